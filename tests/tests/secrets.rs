//! After visits by face, by PIN and of an unentrusted person: no PIN, no matching number, no piece of a photo and no suppressed number
//! stands anywhere (invariant 6). A canary planted in each place is found, so that the search is known to see. No browser takes part
//! here: the pages' own traffic is searched instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::path::Path;

use e2e::scenarios::play;
use e2e::secrets::{Place, Secret, search};
use e2e::{Bench, BenchOptions, matching_number, serve};

const CANARY: &str = "90817263544536";

fn all_files(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        bytes.extend_from_slice(path.to_string_lossy().as_bytes());
        bytes.push(b'\n');
        if path.is_dir() {
            bytes.extend(all_files(&path));
        } else {
            bytes.extend(std::fs::read(&path).unwrap_or_default());
        }
        bytes.push(b'\n');
    }
    bytes
}

fn ledger(folder: &Path) -> ledger::Ledger {
    let options = ledger::OpenOptions {
        path: folder.join("ledger/ledger.db"),
        head_path: folder.join("head/head"),
        key: ledger::LedgerKey([0x5a; 32]).into(),
        simulated: true,
    };
    ledger::Ledger::open(options, 1).unwrap()
}

/// Every sealed record, opened.
fn opened(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let count = ledger(folder)
        .each_opened(&mut |table, plain| {
            bytes.extend_from_slice(table.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(plain);
            bytes.push(b'\n');
        })
        .unwrap();
    assert!(count > 20, "only {count} records");
    bytes
}

fn secrets(folder: &Path) -> Vec<Secret> {
    let register = hw_sim::persons::Register::default_register().unwrap();
    let mut all = Vec::new();
    for id in ["seiho", "hoken", "mitaku"] {
        let person = register.person(id).unwrap();
        all.push(Secret::digits(&format!("PIN of {id}"), &person.card.pin));
        let number = matching_number(id).unwrap();
        all.push(Secret::digits(
            &format!("matching number B of {id}"),
            &number,
        ));
        let photo = std::fs::read(folder.join("sim/cards").join(id).join("photo.jp2")).unwrap();
        all.extend(Secret::photo(&format!("photo of {id}"), &photo));
    }
    let unentrusted = register.person("mitaku").unwrap();
    let assistance = unentrusted.assistance.as_ref().unwrap();
    all.push(Secret::digits(
        "suppressed payer number",
        &assistance.payer_number,
    ));
    all.push(Secret::digits(
        "suppressed recipient number",
        &assistance.recipient_number,
    ));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_nothing_secret_stands_anywhere_after_visits_and_a_canary_is_found_everywhere() {
    let folders = tempfile::Builder::new()
        .prefix("simulation-")
        .tempdir()
        .unwrap();
    let mut settings = String::from("[folders]\n");
    for name in ["req", "res", "face"] {
        std::fs::create_dir(folders.path().join(name)).unwrap();
        settings += &format!("{name} = \"{}/{name}\"\n", folders.path().display());
    }
    // Only what comes from another reader goes to the folders: the visits below take their results themselves.
    settings += "readers = [\"desk-9\"]\n";
    let mut bench = Bench::start(BenchOptions {
        settings,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    for visit in ["face", "unentrusted"] {
        let report = play(&mut bench, visit, |step| println!("{visit}: {}", step.what)).await;
        assert!(
            report.ok,
            "{visit}: {}\n{}",
            report.outcome,
            bench.daemon_log()
        );
    }
    let mut page = bench.patient().await.unwrap();
    let mut staff = bench.staff().await.unwrap();
    let result = serve(&bench, &mut page, "hoken").await.unwrap();
    serve(&bench, &mut page, "mitaku").await.unwrap();
    staff
        .wait_until("the staff's page to list the visits", |view| {
            let text = view["results"].to_string();
            text.contains("保険") && text.contains("未登録")
        })
        .await
        .unwrap();
    // The forms in which a receipt computer gets a result.
    let mut forms = Vec::new();
    let list = bench.receipt().waiting().await.unwrap();
    for item in &list {
        let id = item["id"].as_str().unwrap();
        for accept in [
            "application/json",
            "application/xml",
            "application/xml;charset=Shift_JIS",
        ] {
            forms.extend(bench.receipt().result(id, accept).await.unwrap().body);
            forms.push(b'\n');
        }
    }
    assert!(list.iter().any(|item| item["id"] == result["id"]));

    let folder = bench.path("");
    let wal = std::fs::read(bench.path("ledger/ledger.db-wal")).unwrap();
    assert!(
        !wal.is_empty(),
        "the daemon runs: its log of writes is there"
    );
    let traffic = |page: &[String]| page.join("\n").into_bytes();
    let (patients, staffs) = (traffic(page.traffic()), traffic(staff.traffic()));
    assert!(page.traffic().len() > 10 && !staff.traffic().is_empty());
    // The daemon ends, the folder stays until the test does.
    let kept = tempfile::tempdir().unwrap();
    assert!(bench.daemon().stop(std::time::Duration::from_secs(10)));
    for name in ["ledger", "head"] {
        std::fs::create_dir(kept.path().join(name)).unwrap();
        for entry in std::fs::read_dir(bench.path(name)).unwrap().flatten() {
            std::fs::copy(entry.path(), kept.path().join(name).join(entry.file_name())).unwrap();
        }
    }
    let log = |name: &str| std::fs::read(bench.path(name)).unwrap();
    let mut places = vec![
        Place::new("ledger, every sealed record opened", opened(kept.path())),
        Place::new(
            "ledger, file as it lies on the disk",
            log("ledger/ledger.db"),
        ),
        Place::new("ledger, write-ahead log", wal),
        Place::new("log of the daemon", log("uketsuked.log")),
        Place::new("log of the face worker", log("vision.log")),
        Place::new("folders", all_files(folders.path())),
        Place::new("results as JSON and XML", forms),
        Place::new("patient page's traffic", patients),
        Place::new("staff page's traffic", staffs),
    ];
    let secrets = secrets(&folder);
    let found = search(&places, &secrets);
    let sizes: Vec<_> = places
        .iter()
        .map(|p| (p.name.as_str(), p.bytes.len()))
        .collect();
    println!("{} secrets, {sizes:?}", secrets.len());
    assert!(found.is_empty(), "{found:#?}");

    // A canary in each place, put there as a leak would be, and in each form.
    let canary = Secret::digits("canary", CANARY);
    ledger(kept.path())
        .put_state("canary", &format!("x{CANARY}"))
        .unwrap();
    std::fs::write(
        folders.path().join("res/canary.xml"),
        format!("<a>{CANARY}</a>"),
    )
    .unwrap();
    places[0].bytes = opened(kept.path());
    places[5].bytes = all_files(folders.path());
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
    let forms = [CANARY.to_owned(), hex, "MTIzOTA4MTcyNjM1NDQ1MzY".to_owned()];
    for (n, place) in places.iter_mut().enumerate() {
        if n == 0 || n == 5 {
            continue;
        }
        let middle = place.bytes.len() / 2;
        let planted = format!("\"{}\"", forms[n % forms.len()]);
        drop(place.bytes.splice(middle..middle, planted.into_bytes()));
    }
    let found = search(&places, &[canary]);
    assert_eq!(found.len(), places.len(), "{found:#?}");
    for form in ["plain", "hex", "base64"] {
        assert!(
            found.iter().any(|line| line.contains(form)),
            "{form}: {found:#?}"
        );
    }
    bench.stop().await;
}
