//! After visits by face, by PIN and of an unentrusted person, spoken directly and in a real browser, and staff's work at the desk: no PIN, no
//! matching number, no piece of a photo, no staff password and no suppressed number stands anywhere (invariants 5 and 6). A canary planted in
//! each place is found, so that the search is known to see.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::path::Path;

use e2e::browser::Browser;
use e2e::scenarios::play;
use e2e::secrets::{Place, Secret, search};
use e2e::{
    Bench, BenchOptions, Journal, PatientPage, identify_by_pin, matching_number, registered, serve,
    to_camera,
};
use hw_sim::camera::Face;

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

/// A visit by face with all consents, and one by PIN of an unentrusted person, both drawn and touched in a browser.
async fn patients_in_browser(bench: &Bench) -> Browser {
    let mut page = PatientPage::open_in_browser(&bench.path("kiosk.url"))
        .await
        .unwrap();
    bench.clinic.face(&Face::Portrait("obama2".into())).unwrap();
    to_camera(bench, &mut page, "seiho").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-yes").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    serve(bench, &mut page, "mitaku").await.unwrap();
    page.into_browser().unwrap()
}

/// Staff signs in, looks at what came, at its medical information and its printed form, and at whom to phone.
async fn staff_in_browser(
    bench: &Bench,
    name: &str,
    password: &str,
    results: &[String],
) -> Browser {
    let mut browser = Browser::start(1280, 960).await.unwrap();
    let url = std::fs::read_to_string(bench.path("staff.url")).unwrap();
    let origin = url.trim().split("/?").next().unwrap().to_owned();
    browser.open(url.trim()).await.unwrap();
    browser.tap("go-desk").await.unwrap();
    browser
        .wait_for("!!document.getElementById('sign-in')")
        .await
        .unwrap();
    for (id, text) in [("name", name), ("password", password)] {
        browser
            .evaluate(&format!("document.getElementById('{id}').value = '{text}'"))
            .await
            .unwrap();
    }
    browser.tap("sign-in").await.unwrap();
    let home = "!!document.getElementById('home')";
    browser.wait_for(home).await.unwrap();
    let mut seen = 0;
    for id in results {
        for path in ["result", "medical", "print/result"] {
            let address = format!("{origin}/desk/{path}/{id}");
            browser.open(&address).await.unwrap();
            browser
                .wait_for("document.readyState === 'complete'")
                .await
                .unwrap();
            let text = browser
                .evaluate("document.body?.innerText ?? ''")
                .await
                .unwrap();
            seen += usize::from(text.as_str().is_some_and(|text| text.contains("未委託")));
        }
    }
    assert!(seen > 0, "the desk shows the unentrusted results");
    browser
        .open(&format!("{origin}/desk/follow-ups"))
        .await
        .unwrap();
    browser
        .wait_for("document.readyState === 'complete' && !!document.querySelector('tr.open')")
        .await
        .unwrap();
    browser
}

/// What the browser keeps while it runs, and, with a canary left by the page itself, what it keeps when it has ended.
async fn profile(mut browser: Browser) -> (Vec<u8>, Vec<u8>) {
    let running = all_files(browser.profile());
    browser
        .evaluate(&format!("localStorage.setItem('canary', 'x{CANARY}y')"))
        .await
        .unwrap();
    let profile = browser.close().await.unwrap();
    (running, all_files(profile.path()))
}

/// What lies in the folders after a visit of the unentrusted person and a request by number about another, with a canary beside it on the
/// disk: in the encoding `charset` of the settings.
async fn filled_folders(charset: &str) -> Vec<u8> {
    let place = tempfile::Builder::new()
        .prefix("simulation-")
        .tempdir()
        .unwrap();
    let folder = |name: &str| place.path().join(name);
    let mut settings = format!("[folders]\ncharset = \"{charset}\"\npoll_ms = 100\n");
    for name in ["req", "res", "face"] {
        std::fs::create_dir(folder(name)).unwrap();
        settings += &format!("{name} = \"{}\"\n", folder(name).display());
    }
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        settings,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    identify_by_pin(&bench, &mut page, "mitaku").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    let register = hw_sim::persons::Register::default_register().unwrap();
    let asked = register.person("hoken").unwrap();
    let insurance = asked.insurance.as_ref().unwrap();
    let (declared, encoding) = match charset {
        "shift_jis" => ("Shift_JIS", encoding_rs::SHIFT_JIS),
        _ => ("UTF-8", encoding_rs::UTF_8),
    };
    let request = format!(
        "<?xml version=\"1.0\" encoding=\"{declared}\"?><XmlMsg><MessageHeader><MedicalInstitutionCode>1310000001</MedicalInstitutionCode>\
         </MessageHeader><MessageBody><QualificationConfirmSearchInfo><InsurerNumber>{}</InsurerNumber><InsuredCardSymbol>{}</InsuredCardSymbol>\
         <InsuredIdentificationNumber>{}</InsuredIdentificationNumber><InsuredBranchNumber>{}</InsuredBranchNumber><Birthdate>{}</Birthdate>\
         </QualificationConfirmSearchInfo></MessageBody></XmlMsg>",
        insurance.insurer_number,
        insurance.symbol,
        insurance.number,
        insurance.branch,
        asked.birth_date
    );
    let beside = folder("req").join("one.tmp");
    std::fs::write(&beside, encoding.encode(&request).0).unwrap();
    std::fs::rename(beside, folder("req").join("OQSsiquc01req_1.xml")).unwrap();
    // The file of the visit names its person, the answer the other.
    let holds = |name: &str, person: &str| {
        let entries = std::fs::read_dir(folder(name)).unwrap().flatten();
        let files = entries
            .filter(|entry| entry.path().extension().is_some_and(|end| end == "xml"))
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        let texts: Vec<String> = files
            .map(|entry| {
                let bytes = std::fs::read(entry.path()).unwrap();
                encoding.decode(&bytes).0.into_owned()
            })
            .collect();
        texts.iter().any(|text| text.contains(person))
    };
    let names = [
        ("face", &register.person("mitaku").unwrap().name),
        ("res", &asked.name),
    ];
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !names.iter().all(|(name, person)| holds(name, person)) {
        assert!(
            std::time::Instant::now() < until,
            "{charset}: no files\n{}",
            bench.daemon_log()
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    drop(page);
    assert!(bench.daemon().stop(std::time::Duration::from_secs(10)));
    // As a leak would be: on the disk before anything is collected.
    let leak = format!("<a>{CANARY}</a>");
    std::fs::write(folder("face").join("canary.xml"), encoding.encode(&leak).0).unwrap();
    let bytes = all_files(place.path());
    bench.stop().await;
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv5_inv6_nothing_secret_stands_anywhere_after_visits_and_a_canary_is_found_everywhere() {
    let folders = tempfile::Builder::new()
        .prefix("simulation-")
        .tempdir()
        .unwrap();
    let mut settings = String::from("[folders]\n");
    for name in ["req", "res", "face"] {
        std::fs::create_dir(folders.path().join(name)).unwrap();
        settings += &format!("{name} = \"{}/{name}\"\n", folders.path().display());
    }
    // Only what comes from another reader goes to these folders: the visits below take their results themselves. Those that a visit
    // fills are of terminals of their own, further down.
    settings += "readers = [\"desk-9\"]\n";
    let journals = tempfile::tempdir().unwrap();
    let journal = Journal::in_folder(journals.path());
    let mut bench = Bench::start(BenchOptions {
        settings,
        daemon_under: journal.around(),
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

    let traffic = |page: &[String]| page.join("\n").into_bytes();
    let (patients, staffs) = (traffic(page.traffic()), traffic(staff.traffic()));
    assert!(page.traffic().len() > 10 && !staff.traffic().is_empty());
    drop((page, staff));

    // The same in a real browser, and the desk with everything that came of the visits.
    let kiosk = patients_in_browser(&bench).await;
    let waiting = bench.receipt().waiting().await.unwrap();
    let ids: Vec<String> = waiting
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    let password = registered(&bench, "hanako").unwrap();
    let desk = staff_in_browser(&bench, "hanako", &password, &ids).await;
    let (kiosk_running, kiosk_ended) = profile(kiosk).await;
    let (desk_running, desk_ended) = profile(desk).await;

    let folder = bench.path("");
    let wal = std::fs::read(bench.path("ledger/ledger.db-wal")).unwrap();
    assert!(
        !wal.is_empty(),
        "the daemon runs: its log of writes is there"
    );
    // Planted on the disk before anything is collected there.
    std::fs::write(
        folders.path().join("res/canary.xml"),
        format!("<a>{CANARY}</a>"),
    )
    .unwrap();
    let files = all_files(folders.path());
    // A file whose name is the canary is refused, and the daemon says so in its journal.
    let before = journal.export("ready").unwrap();
    std::fs::write(folders.path().join(format!("req/{CANARY}.xml")), "<a/>").unwrap();
    let journal_canary = journal.export(CANARY).unwrap();
    assert!(before.len() > 2000, "{}", String::from_utf8_lossy(&before));
    // The daemon ends, the folder stays until the test does.
    let kept = tempfile::tempdir().unwrap();
    assert!(bench.daemon().stop(std::time::Duration::from_secs(10)));
    for name in ["ledger", "head"] {
        std::fs::create_dir(kept.path().join(name)).unwrap();
        for entry in std::fs::read_dir(bench.path(name)).unwrap().flatten() {
            std::fs::copy(entry.path(), kept.path().join(name).join(entry.file_name())).unwrap();
        }
    }
    let (utf8, sjis_folders) = (
        filled_folders("utf-8").await,
        filled_folders("shift_jis").await,
    );
    let log = |name: &str| std::fs::read(bench.path(name)).unwrap();
    let mut places = vec![
        Place::new("ledger, every sealed record opened", opened(kept.path())),
        Place::new(
            "ledger, file as it lies on the disk",
            log("ledger/ledger.db"),
        ),
        Place::new("ledger, write-ahead log", wal),
        Place::new("journal of the daemon", before),
        Place::new("standard error of the daemon", log("uketsuked.log")),
        Place::new("log of the face worker", log("vision.log")),
        Place::new("folders", files),
        Place::new("folders of a visit, UTF-8", utf8),
        Place::new("folders of a visit, Shift_JIS", sjis_folders),
        Place::new("results as JSON and XML", forms),
        Place::new("patient page's traffic", patients),
        Place::new("staff page's traffic", staffs),
        Place::new("browser of the patient page, running", kiosk_running),
        Place::new("browser of the patient page, ended", kiosk_ended),
        Place::new("browser of the desk, running", desk_running),
        Place::new("browser of the desk, ended", desk_ended),
    ];
    let mut secrets = secrets(&folder);
    secrets.push(Secret::text("password of staff", &password));
    let found = search(&places, &secrets);
    let sizes: Vec<_> = places
        .iter()
        .map(|p| (p.name.as_str(), p.bytes.len()))
        .collect();
    println!("{} secrets, {sizes:?}", secrets.len());
    assert!(found.is_empty(), "{found:#?}");

    // A canary in each place, put there as a leak would be where there is a way, and in each form.
    let canary = Secret::digits("canary", CANARY);
    ledger(kept.path())
        .put_state("canary", &format!("x{CANARY}"))
        .unwrap();
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
    let full: String = CANARY
        .chars()
        .filter_map(|digit| char::from_u32(0xFF10 + digit.to_digit(10)?))
        .collect();
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(&full);
    let planted: [Vec<u8>; 5] = [
        CANARY.into(),
        hex.into(),
        "MTIzOTA4MTcyNjM1NDQ1MzY".into(),
        sjis.into_owned(),
        full.into(),
    ];
    let mut forms = planted.iter().cycle();
    for place in &mut places {
        match place.name.as_str() {
            "ledger, every sealed record opened" => place.bytes = opened(kept.path()),
            "journal of the daemon" => place.bytes.clone_from(&journal_canary),
            // The page itself left it there before the browser ended; in the folders it lay when they were collected.
            name if name.ends_with(", ended") || name.starts_with("folders") => {}
            _ => {
                let middle = place.bytes.len() / 2;
                let form = forms.next().unwrap().iter().copied();
                let leak = [b'"'].into_iter().chain(form).chain([b'"']);
                drop(place.bytes.splice(middle..middle, leak));
            }
        }
    }
    // Each form in one place as well, so that no form is known only in the places where it happened to be planted.
    for (form, name) in planted
        .iter()
        .zip(["plain", "hex", "base64", "plain", "plain"])
    {
        let leak = [b"...\"".as_slice(), form, b"\"..."].concat();
        assert_eq!(canary.found_in(&leak), Some(name));
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
