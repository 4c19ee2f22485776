//! Scripts on a whole card: what each fault leaves behind, what it costs, and what the transcript and the
//! virtual clock say of it.
use std::time::Duration;

use super::*;

const SELECT: &str = "00A4040C0AD392F000260100000001";
const VERIFY: &[u8] = b"\x00\x20\x00\x98\x049999";

/// Invariants 2 and 3 rest on this: what was carried out costs its try, whatever became of the answer; what
/// never reached the card costs none.
#[test]
fn a_try_is_spent_by_commands_that_were_carried_out_and_by_no_others() {
    for (word, rule) in Fault::list(1) {
        let mut card = TestCard::of("normal");
        card.select(JPKI_AID);
        card.engine.set_fault(rule.clone());
        let _ = card.engine.exchange(VERIFY);
        let carried_out = !matches!(
            rule.fault,
            Fault::Removed | Fault::Silent | Fault::Status(_) | Fault::Empty
        );
        // After a loss of power the application is no longer there to be asked.
        let reached = carried_out && rule.fault != Fault::PowerLost;
        let left = card.engine.counters().auth_pin;
        assert_eq!(left, if reached { 2 } else { 3 }, "{word}");
    }
}

#[test]
fn a_fault_at_one_command_leaves_the_others_alone() {
    for (word, rule) in Fault::list(2) {
        let mut card = TestCard::of("normal");
        card.engine.set_fault(rule.clone());
        assert_eq!(card.send(SELECT), "9000", "{word}");
        let _ = card.engine.exchange(&from_hex("00B0860000"));
        let gone = matches!(
            rule.fault,
            Fault::Removed | Fault::RemovedAfter | Fault::Empty | Fault::EmptyAfter
        );
        assert_eq!(card.engine.is_powered(), !gone, "{word}");
        let reset = matches!(rule.fault, Fault::WarmReset | Fault::PowerLost);
        assert_eq!(card.engine.take_reset(), reset, "{word}");
        assert!(!card.engine.take_reset());
        card.engine.power_on();
        assert_eq!(card.send(SELECT), "9000", "{word}");
        assert_eq!(card.send("00B0880000"), "8F8F009000", "{word}");
    }
}

#[test]
fn answers_are_cut_emptied_and_limited_as_told() {
    let mut card = TestCard::of("normal");
    assert_eq!(card.send(SELECT), "9000");
    card.engine.set_fault(Fault::Limit(QEMU_LIMIT));
    // 256 bytes and a status word pass, 372 and one do, one more does not.
    assert!(card.send("00B08A0000").ends_with("9000"));
    assert_eq!(card.send("00B08A00000174").len(), 2 * QEMU_LIMIT);
    let too_long = card.engine.exchange(&from_hex("00B08A00000175"));
    assert_eq!(too_long, Reply::Silent);
    card.engine.set_fault(Fault::EmptyAfter);
    let empty = card.engine.exchange(VERIFY);
    assert_eq!(empty, Reply::Answer(Vec::new()));
    assert!(!card.engine.is_powered());
    assert_eq!(card.engine.counters().auth_pin, 2);
    card.engine.power_on();
    card.engine.clear_fault();
    assert_eq!(card.send(SELECT), "9000");
    card.engine.set_fault(Fault::Status(0x6F00).at_power_on());
    assert_eq!(card.send(SELECT), "9000");
    card.engine.power_on();
    assert_eq!(card.send(SELECT), "6F00");
    assert_eq!(card.send(SELECT), "9000");
}

/// Invariant 16: whoever keeps talking after a swap talks to a card that knows nothing of what was before.
#[test]
fn a_swapped_card_has_forgotten_what_the_first_was_told() {
    let cards = Cards::of(&["normal", "old"]);
    for unseen in [false, true] {
        let mut engine = cards.engine("normal");
        engine.power_on();
        assert_eq!(engine.transmit(&from_hex(SELECT)), [0x90, 0x00]);
        assert_eq!(engine.transmit(b"\x00\x20\x00\x98\x041234"), [0x90, 0x00]);
        let other = "old".to_owned();
        let sign = from_hex("802A039701AA00");
        if unseen {
            engine.set_fault(Fault::SwappedUnseen(other).on("sign"));
            // The other card was never asked for its application, let alone its PIN.
            assert_eq!(engine.transmit(&sign), [0x6A, 0x88]);
            assert!(!engine.take_swapped());
        } else {
            engine.set_fault(Fault::Swapped(other).on("sign"));
            assert_eq!(engine.exchange(&sign), Reply::Removed);
            assert!(engine.take_swapped() && !engine.take_swapped());
            assert!(!engine.is_powered());
            engine.power_on();
        }
        assert_eq!(engine.card().person, "old");
        assert_eq!(engine.atr(), OLD_JUKI_ATR);
        engine.clear_fault();
        assert_eq!(engine.transmit(&from_hex(SELECT)), [0x90, 0x00]);
        assert_eq!(engine.transmit(&sign), [0x69, 0x82]);
    }
    // Nobody there to swap with: the card is gone.
    let mut engine = cards.engine("normal");
    engine.power_on();
    engine.set_fault(Fault::SwappedUnseen("nobody".into()));
    assert_eq!(engine.exchange(&from_hex(SELECT)), Reply::Removed);
}

/// The whole of a face visit by name; no name, command or count holds a secret or anything personal.
#[test]
fn a_transcript_names_every_command_and_shows_nothing() {
    let mut card = TestCard::of("normal");
    card.engine.set_latency(Latency::CONTACTLESS_106);
    card.select(JPKI_AID);
    card.read(0x06);
    card.select(SURFACE_AID);
    assert_eq!(card.tries(0x12), 0x63CA);
    assert_eq!(card.verify(0x12, "02011520304321"), 0x9000);
    card.read(0x02);
    let _ = card.call([0x80, 0x2A, 3, 0], b"challenge", true);
    let _ = card.send("0084000010");
    let _ = card.send("00CA00F200");
    let entries = card.engine.transcript();
    let mut names: Vec<&str> = entries.iter().map(|e| e.name.as_str()).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "select jpki",
            "select-file jpki/token",
            "read jpki/token",
            "select surface",
            "tries surface/matching-b",
            "verify surface/matching-b",
            "select-file surface/card-face",
            "read surface/card-face",
            "sign surface/card-key",
            "challenge",
            "data 00f2",
        ]
    );
    let text = format!("{}{}", json_lines(&entries), readable(&entries));
    for secret in ["02011520304321", "3032303131", "19900115", "架空", "JPKIAP"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(json_lines(&entries).lines().count(), entries.len());
    for line in json_lines(&entries).lines() {
        let entry: Entry = serde_json::from_str(line).unwrap();
        assert!(entry.card_us > 0 && entry.sent >= 4);
    }
    // The virtual clock: the sum of all entries, nothing waited for.
    let traffic = card.engine.traffic();
    let sum = |of: fn(&Entry) -> u64| entries.iter().map(of).sum::<u64>();
    assert_eq!(traffic.card_us, sum(|e| e.card_us));
    assert_eq!(traffic.sent, sum(|e| e.sent as u64));
    assert_eq!(traffic.received, sum(|e| e.received as u64));
    assert_eq!(traffic.signatures, 1);
    assert!(traffic.card_time() > Duration::from_millis(600));
}

#[test]
fn the_time_of_an_exchange_is_known_before_anybody_waits() {
    let mut card = TestCard::of("normal");
    let latency = Latency {
        command_us: 1000,
        byte_ns: 1_000_000,
        signature_us: 500_000,
    };
    card.engine.set_latency(latency);
    assert_eq!(card.send(SELECT), "9000");
    assert_eq!(card.engine.delay(), Duration::from_millis(1 + 15 + 2));
    card.engine
        .set_fault(Fault::Delay(Duration::from_millis(7)).at(1));
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    assert_eq!(card.engine.delay(), Duration::from_millis(1 + 9 + 2 + 7));
    let fault = card.engine.transcript().last().unwrap().fault.clone();
    assert_eq!(fault.as_deref(), Some("delayed 7 ms"));
    let _ = card.call([0x80, 0x2A, 3, 0x97], b"m", true);
    assert_eq!(
        card.engine.delay(),
        Duration::from_millis(1 + 7 + 258 + 500)
    );
    // A refused signature takes no time of the key.
    card.select(COMMON_AID);
    card.select(JPKI_AID);
    let _ = card.call([0x80, 0x2A, 3, 0x97], b"m", true);
    assert_eq!(card.engine.delay(), Duration::from_millis(1 + 7 + 2));
}
