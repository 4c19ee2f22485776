//! Matching number B off a card that is held up to the face camera, in whole visits: the card is taken off the reader for it, which ends one
//! visit, and laid down again, which begins the next.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use e2e::{Bench, BenchOptions, PatientPage, end, matching_number, to_method};
use hw_sim::camera::Face;
use serde_json::Value;

/// The last page of the visit that the taken card ended has stood there (`visit.farewell_s` is 3), and the waiting page after it.
const PAST_THE_VISIT: Duration = Duration::from_secs(5);
/// One after the other: a held card is drawn slowly where several are drawn at once, and the worker does not wait for it.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// The worker looks for twenty seconds.
const LOOK: Duration = Duration::from_secs(40);

fn filled(view: &Value) -> u64 {
    let groups = view["keypad"]["groups"].as_array();
    groups
        .into_iter()
        .flatten()
        .filter_map(|group| group["filled"].as_u64())
        .sum()
}

fn says(view: &Value, words: &str) -> bool {
    view["title"]
        .as_str()
        .is_some_and(|title| title.contains(words))
}

fn offers(view: &Value, button: &str) -> bool {
    let actions = view["actions"].as_array();
    actions
        .into_iter()
        .flatten()
        .any(|action| action["id"] == button)
}

/// VERIFYs that the card on the reader was sent.
fn verified(bench: &Bench) -> usize {
    let count = bench.clinic.with_card(0, |card| {
        let transcript = card.transcript();
        transcript.iter().filter(|entry| entry.is_verify()).count()
    });
    count.expect("a card lies there")
}

/// To the keypad for the number, and from there to the page that asks for the card's front.
async fn to_hold_page(person: &str) -> (Bench, PatientPage) {
    let bench = Bench::start(BenchOptions {
        reads_held_cards: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    bench.clinic.face(&Face::Portrait("obama2".into())).unwrap();
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, person).await.unwrap();
    page.press("face").await.unwrap();
    page.wait_until("the keypad with its camera button", |view| {
        view["page"] == "keypad" && offers(view, "hold-card")
    })
    .await
    .unwrap();
    page.press("hold-card").await.unwrap();
    let view = page.wait_for(&["hold-card"]).await.unwrap();
    assert!(view["face"].is_object(), "the coarse picture: {view}");
    (bench, page)
}

/// Whether a page says that the card was taken too early.
fn too_early(text: &str) -> bool {
    text.contains("UK-VISIT-103") || text.contains(r#""page":"trouble""#)
}

/// The card is taken and held up until the page asks to lay it down.
async fn hold_up_until_read(bench: &mut Bench, page: &mut PatientPage, person: &str) {
    bench.clinic.take().await.unwrap();
    bench.clinic.hold_up(person).await.unwrap();
    let read = page.wait_until("that it was read", |view| says(view, "読み取りました"));
    let read = tokio::time::timeout(LOOK, read).await;
    let log = bench.vision().unwrap().log();
    assert!(matches!(read, Ok(Ok(_))), "{read:?}\n{log}");
}

/// Invariants 3 and 16: the digits wait for the same card, are typed in the visit that it begins, and go to the card when the person confirms them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_3_a_card_held_up_is_read_laid_down_again_and_confirmed() {
    let _alone = ALONE.lock().await;
    let (mut bench, mut page) = to_hold_page("seiho").await;
    let asked = page.traffic().len();
    hold_up_until_read(&mut bench, &mut page, "seiho").await;
    // Long enough for the taken card's visit to say its last word, if it said it.
    let other = page.wait_until("another page", |view| view["page"] != "hold-card");
    let other = tokio::time::timeout(PAST_THE_VISIT, other).await;
    assert!(other.is_err(), "waited for the card: {other:?}");
    let said: Vec<&String> = page.traffic().iter().skip(asked).collect();
    assert!(!said.iter().any(|text| too_early(text)), "{said:?}");
    let number = matching_number("seiho").unwrap();
    assert!(!said.iter().any(|text| text.contains(&number)), "{said:?}");

    let laid = page.traffic().len();
    bench.clinic.lay("seiho").await.unwrap();
    let view = page
        .wait_until("fourteen digits that nobody typed", |view| {
            filled(view) == 14
        })
        .await
        .unwrap();
    assert_eq!(verified(&bench), 0, "nothing is sent by itself");
    // Who typed them is said, and how many; nothing else was shown or spoken on the way: no choice, no "10 digits", no count that runs up.
    assert!(says(&view, "カメラ") && says(&view, "14"), "{view}");
    let on_the_way: Vec<Value> = page.traffic()[laid..]
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .filter(|view: &Value| view["page"] == "method" || says(view, "10"))
        .collect();
    assert_eq!(on_the_way, Vec::<Value>::new());
    // Staff's list shows no failure, for nothing failed.
    let mut staff = bench.staff().await.unwrap();
    let view = staff
        .wait_until("a drawing", |view| view["ended"].is_object())
        .await
        .unwrap();
    assert_eq!(view["ended"]["items"], serde_json::json!([]), "{view}");
    // Wiped at one touch, and typed by hand.
    page.press("clear").await.unwrap();
    let view = page
        .wait_until("an empty keypad", |view| {
            view["page"] == "keypad" && filled(view) == 0
        })
        .await
        .unwrap();
    assert!(!says(&view, "カメラ"), "{view}");
    for digit in number.chars() {
        page.press(&format!("key-{digit}")).await.unwrap();
    }
    let view = page
        .wait_until("the digits by hand", |view| filled(view) == 14)
        .await
        .unwrap();
    assert!(!says(&view, "カメラ"), "{view}");
    assert_eq!(verified(&bench), 0, "the person confirms");
    page.press("confirm").await.unwrap();
    // The number opened the photo, and the face is the card's.
    page.wait_for(&["consents"]).await.unwrap();
    assert_eq!(verified(&bench), 1);
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    end(bench).await.unwrap();
}

/// Invariants 3, 5 and 16: another person's card gets no digit of it, and nothing is left for the first one either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_16_another_card_laid_down_gets_no_digit_of_the_one_held_up() {
    let _alone = ALONE.lock().await;
    let (mut bench, mut page) = to_hold_page("seiho").await;
    hold_up_until_read(&mut bench, &mut page, "seiho").await;
    bench.clinic.put_away();
    for person in ["mitaku", "seiho"] {
        bench.clinic.lay(person).await.unwrap();
        page.wait_for(&["method"]).await.unwrap();
        page.press("face").await.unwrap();
        page.wait_for(&["keypad"]).await.unwrap();
        let typed = page.wait_until("a digit", |view| filled(view) > 0);
        let typed = tokio::time::timeout(Duration::from_secs(3), typed).await;
        assert!(typed.is_err(), "{person}: {typed:?}");
        assert_eq!(verified(&bench), 0, "{person}");
        bench.clinic.take().await.unwrap();
        page.wait_for(&["waiting"]).await.unwrap();
    }
    end(bench).await.unwrap();
}

/// Somebody else's card is held up: the page says that its date is not the card's, long before the worker's time is up, and the way goes on with the card
/// laid down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_persons_card_held_up_is_told_at_once() {
    let _alone = ALONE.lock().await;
    let (mut bench, mut page) = to_hold_page("seiho").await;
    bench.clinic.take().await.unwrap();
    bench.clinic.hold_up("mitaku").await.unwrap();
    let told = page.wait_until("that the date does not match", |view| {
        view["page"] == "hold-card" && says(view, "有効期限が合いません")
    });
    let told = tokio::time::timeout(LOOK, told).await;
    let log = bench.vision().unwrap().log();
    assert!(matches!(told, Ok(Ok(_))), "{told:?}\n{log}");
    bench.clinic.put_away();
    bench.clinic.lay("seiho").await.unwrap();
    let view = page
        .wait_until("the keypad with its camera button", |view| {
            view["page"] == "keypad" && offers(view, "hold-card")
        })
        .await
        .unwrap();
    assert_eq!((filled(&view), verified(&bench)), (0, 0), "{view}");
    end(bench).await.unwrap();
}

/// Invariant 15: nobody holds a card up. The person is told, with the card on the reader and with the card in the hand, and types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_15_when_no_card_is_held_up_the_number_is_typed() {
    let _alone = ALONE.lock().await;
    let (bench, mut page) = to_hold_page("seiho").await;
    let told = page.wait_until("the keypad, and that nothing was read", |view| {
        view["page"] == "keypad" && view["notice"].to_string().contains("読み取れませんでした")
    });
    let view = tokio::time::timeout(LOOK, told).await.unwrap().unwrap();
    assert!(offers(&view, "hold-card"), "once more: {view}");
    page.press("hold-card").await.unwrap();
    page.wait_for(&["hold-card"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    let told = page.wait_until("that nothing was read", |view| {
        view["page"] == "hold-card" && says(view, "読み取れませんでした")
    });
    tokio::time::timeout(LOOK, told).await.unwrap().unwrap();
    // Laid down again the way goes on where it was: the person chose the face already.
    bench.clinic.lay("seiho").await.unwrap();
    let number = matching_number("seiho").unwrap();
    page.type_digits(&number).await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    assert_eq!(verified(&bench), 1);
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    end(bench).await.unwrap();
}
