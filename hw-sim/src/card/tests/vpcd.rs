//! The vpcd client against a stand-in for vpcd: frames, removal, silence, and a pcscd that goes
//! away. The run against the real pcscd is in the end-to-end tests.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::*;
use crate::card::vpcd::{InsertError, VirtualReader};

const LIMIT: Duration = Duration::from_secs(5);
const SELECT: &str = "00A4040C0AD392F000260100000001";

/// vpcd's side of one connection.
struct Slot(TcpStream);

impl Slot {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(stream)
    }

    /// Length and data in two writes, as vpcd does.
    fn send(&mut self, bytes: &[u8]) {
        self.0
            .write_all(&(bytes.len() as u16).to_be_bytes())
            .unwrap();
        self.0.write_all(bytes).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).ok()?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    fn call(&mut self, hex: &str) -> String {
        self.send(&from_hex(hex));
        to_hex(&self.receive().unwrap())
    }
}

fn lay(person: &str) -> (VirtualReader, TcpListener, Slot, TempDir) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let card = TestCard::of(person);
    let mut engine = card.engine;
    engine.power_off();
    let mut reader = VirtualReader::connect(listener.local_addr().unwrap().port());
    reader.insert(engine).unwrap();
    let slot = Slot::accept(&listener);
    (reader, listener, slot, card.folder)
}

#[test]
fn controls_and_commands_are_answered_as_vpcd_expects() {
    let (mut reader, _listener, mut slot, _folder) = lay("normal");
    assert!(reader.is_inserted());
    slot.send(&[4]);
    assert_eq!(slot.receive().unwrap(), CONTACTLESS_ATR);
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
    assert_eq!(slot.call("00B0880000"), "8F8F009000");
    // Off and on again: the application is no longer selected. Neither control is answered.
    slot.send(&[0]);
    slot.send(&[1]);
    assert_eq!(slot.call("00B0880000"), "6A82");
    assert_eq!(reader.with_card(|card| card.transcript().len()), Some(3));
    let engine = reader.remove().unwrap();
    assert!(!engine.is_powered());
    assert!(!reader.is_inserted());
    assert_eq!(slot.receive(), None);
    assert!(reader.remove().is_none());
}

#[test]
fn a_thousand_commands_take_no_delayed_acknowledgements() {
    let (_reader, _listener, mut slot, _folder) = lay("normal");
    slot.send(&[1]);
    slot.call(SELECT);
    let start = Instant::now();
    for _ in 0..1000 {
        assert_eq!(slot.call("00B0880001"), "8F9000");
    }
    // With delayed acknowledgement this would be at least 40 seconds.
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn taking_the_card_away_never_waits_for_the_reader() {
    for fault in [None, Some(Fault::Silent), Some(Fault::Delay(LIMIT * 100))] {
        let (mut reader, _listener, mut slot, _folder) = lay("normal");
        slot.send(&[1]);
        if let Some(fault) = fault {
            reader.with_card(|card| card.set_fault(fault));
            slot.send(&from_hex(SELECT));
        } else {
            // Half a frame: the card waits for the rest.
            slot.0.write_all(&[0x00]).unwrap();
        }
        let start = Instant::now();
        assert!(reader.remove().is_some());
        assert!(start.elapsed() < LIMIT);
    }
}

#[test]
fn a_card_that_tears_itself_away_stays_away() {
    let (mut reader, listener, mut slot, _folder) = lay("normal");
    reader.with_card(|card| card.set_fault(Fault::Removed.at(2)));
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
    slot.send(&from_hex(SELECT));
    assert_eq!(slot.receive(), None);
    listener.set_nonblocking(true).unwrap();
    let start = Instant::now();
    while reader.is_inserted() && start.elapsed() < LIMIT {
        std::thread::yield_now();
    }
    assert!(!reader.is_inserted());
    assert!(listener.accept().is_err());
    // The same card can be laid down again.
    let mut engine = reader.remove().unwrap();
    engine.clear_fault();
    listener.set_nonblocking(false).unwrap();
    reader.insert(engine).unwrap();
    let mut slot = Slot::accept(&listener);
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
}

#[test]
fn a_swapped_card_is_a_removal_and_another_card() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cards = Cards::of(&["normal", "old"]);
    let mut engine = cards.engine("normal");
    engine.set_fault(Fault::Swapped("old".into()).at(2));
    let mut reader = VirtualReader::connect(listener.local_addr().unwrap().port());
    reader.insert(engine).unwrap();
    let mut slot = Slot::accept(&listener);
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
    slot.send(&from_hex("00B0860000"));
    assert_eq!(slot.receive(), None);
    let mut slot = Slot::accept(&listener);
    slot.send(&[4]);
    assert_eq!(slot.receive().unwrap(), OLD_JUKI_ATR);
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
    assert_eq!(reader.remove().unwrap().card().person, "old");
}

#[test]
fn the_latency_profile_is_waited_for_on_a_real_line() {
    let (reader, _listener, mut slot, _folder) = lay("normal");
    let latency = Latency {
        command_us: 30_000,
        ..Latency::INSTANT
    };
    reader.with_card(|card| card.set_latency(latency));
    slot.send(&[1]);
    let start = Instant::now();
    for _ in 0..5 {
        assert_eq!(slot.call(SELECT), "9000");
    }
    assert!(start.elapsed() >= Duration::from_millis(150));
    let told = reader.with_card(|card| card.traffic().card_time());
    assert_eq!(told, Some(Duration::from_millis(150)));
}

#[test]
fn a_restarted_pcscd_finds_the_card_again() {
    let (mut reader, listener, mut slot, _folder) = lay("normal");
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
    drop(slot);
    let mut slot = Slot::accept(&listener);
    slot.send(&[1]);
    assert_eq!(slot.call("00B0880000"), "6A82");
    assert_eq!(slot.call(SELECT), "9000");
    assert!(reader.remove().is_some());
}

#[test]
fn without_a_reader_the_card_is_given_back() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let card = TestCard::of("normal");
    let mut reader = VirtualReader::connect(port);
    let error = reader.insert(card.engine).unwrap_err();
    let InsertError::NoReader { engine, .. } = error else {
        panic!("another error: {error}");
    };
    assert_eq!(engine.card().person, "normal");
    assert!(!reader.is_inserted());
}

#[test]
fn two_cards_do_not_fit() {
    let (mut reader, _listener, mut slot, _folder) = lay("normal");
    let other = TestCard::of("face");
    let error = reader.insert(other.engine).unwrap_err();
    assert!(matches!(error, InsertError::Occupied(card) if card.card().person == "face"));
    slot.send(&[1]);
    assert_eq!(slot.call(SELECT), "9000");
}
