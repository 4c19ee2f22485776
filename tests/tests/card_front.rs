//! Matching number B off the card's front in a whole visit: the worker reads, the keypad is filled in, the person confirms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use e2e::{Bench, BenchOptions, end, matching_number, to_method};
use hw_sim::camera::Face;
use hw_sim::camera::card_front::{Print, Printer, Scene};
use serde_json::Value;

/// The worker looks at the front for fifteen seconds.
const LOOK: Duration = Duration::from_secs(40);

fn filled(view: &Value) -> u64 {
    let groups = view["keypad"]["groups"].as_array();
    groups
        .into_iter()
        .flatten()
        .filter_map(|group| group["filled"].as_u64())
        .sum()
}

/// Invariant 3: what was read stands on the keypad, and goes to the card only when the person confirms it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_3_the_number_is_read_off_the_card_and_confirmed_by_the_person() {
    // What the card of `seiho` prints: born on 1990-01-15.
    let number = matching_number("seiho").unwrap();
    let print = Print {
        name: "生保 一郎".into(),
        address: "東京都清瀬市架空町一丁目2番3号".into(),
        sex: "男".into(),
        birth: "平成2年1月15日".into(),
        expiry: format!("{}年1月15日", &number[6..10]),
        code: number[10..].into(),
        addenda: Vec::new(),
    };
    assert!(number.starts_with("020115"), "{number}");
    let printer = Printer::new().unwrap();
    let pictures = tempfile::tempdir().unwrap();
    for seed in 0..6 {
        let scene = Scene {
            width: 700.0,
            turn: 5.0,
            slant: [0.0; 2],
            worn: 0.0,
            glare: 0.0,
            seed,
        };
        let file = pictures.path().join(format!("{seed}.jpg"));
        printer.picture(&print, &scene).save(file).unwrap();
    }
    let mut bench = Bench::start(BenchOptions {
        document: Some(pictures.path().to_owned()),
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    bench.clinic.face(&Face::Portrait("obama2".into())).unwrap();
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, "seiho").await.unwrap();
    page.press("face").await.unwrap();
    let read = page.wait_until("fourteen digits that nobody typed", |view| {
        filled(view) == 14
    });
    let read = tokio::time::timeout(LOOK, read).await;
    assert!(
        matches!(read, Ok(Ok(_))),
        "{read:?}\n{}",
        bench.vision().unwrap().log()
    );
    let verified = || {
        bench.clinic.with_card(0, |card| {
            card.transcript()
                .iter()
                .filter(|entry| entry.is_verify())
                .count()
        })
    };
    assert_eq!(verified(), Some(0), "nothing is sent by itself");
    page.press("confirm").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    assert_eq!(verified(), Some(1));
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    end(bench).await.unwrap();
}
