//! The client of QEMU's CCID reader against a stand-in that speaks QEMU's side as it was measured: greeting,
//! card in and out, commands, plugging the reader out and in, QEMU dying. The virtual machine comes later.
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use super::*;
use crate::card::vscard::UsbReader;

const LIMIT: Duration = Duration::from_secs(5);
const SELECT: &str = "00A4040C0AD392F000260100000001";

/// QEMU's side of one connection.
struct Qemu(UnixStream);

#[derive(Debug, PartialEq)]
struct Message {
    kind: u32,
    reader: u32,
    payload: Vec<u8>,
}

impl Qemu {
    fn accept(listener: &UnixListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(stream)
    }

    fn send(&mut self, kind: u32, payload: &[u8]) {
        for number in [kind, 0, u32::try_from(payload.len()).unwrap()] {
            self.0.write_all(&number.to_be_bytes()).unwrap();
        }
        self.0.write_all(payload).unwrap();
    }

    fn receive(&mut self) -> Message {
        let mut header = [0; 12];
        self.0.read_exact(&mut header).unwrap();
        let number = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap());
        let mut payload = vec![0; usize::try_from(number(8)).unwrap()];
        self.0.read_exact(&mut payload).unwrap();
        Message {
            kind: number(0),
            reader: number(4),
            payload,
        }
    }

    /// The introduction; QEMU answers Init, and Error 0 to the new reader.
    fn greeted(mut self) -> Self {
        let init = self.receive();
        assert_eq!((init.kind, init.reader), (1, u32::MAX));
        assert_eq!(init.payload, b"VSCD\0\0\0\x02\0\0\0\0");
        let add = self.receive();
        assert_eq!((add.kind, add.reader), (3, u32::MAX));
        assert!(!add.payload.is_empty());
        self.send(1, b"VSCD\0\0\0\x02\0\0\0\0");
        self.send(2, &[0; 4]);
        self
    }

    fn atr(&mut self) -> Vec<u8> {
        let atr = self.receive();
        assert_eq!((atr.kind, atr.reader), (5, 0));
        self.send(2, &[0; 4]);
        atr.payload
    }

    fn call(&mut self, hex: &str) -> String {
        self.send(7, &from_hex(hex));
        let answer = self.receive();
        assert_eq!((answer.kind, answer.reader), (7, 0));
        to_hex(&answer.payload)
    }

    fn removed(&mut self) {
        assert_eq!(
            self.receive(),
            Message {
                kind: 6,
                reader: 0,
                payload: Vec::new()
            }
        );
    }

    /// Nothing comes for a while.
    fn quiet(&mut self) {
        self.0
            .set_read_timeout(Some(Duration::from_millis(150)))
            .unwrap();
        assert!(self.0.read(&mut [0]).is_err());
        self.0.set_read_timeout(Some(LIMIT)).unwrap();
    }
}

struct Machine {
    reader: UsbReader,
    listener: UnixListener,
    _socket: TempDir,
}

fn machine() -> (Machine, Qemu) {
    let socket = tempfile::tempdir().unwrap();
    let path = socket.path().join("ccid.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let reader = UsbReader::start(&path).unwrap();
    let mut qemu = Qemu::accept(&listener).greeted();
    // Once this is acknowledged QEMU's greeting has been read: a card laid from now on is shown once.
    qemu.send(8, &[]);
    assert_eq!(qemu.receive().kind, 9);
    let machine = Machine {
        reader,
        listener,
        _socket: socket,
    };
    (machine, qemu)
}

#[test]
fn a_card_is_laid_spoken_to_and_taken() {
    let (mut machine, mut qemu) = machine();
    // QEMU's own Init finds no card here: nothing is sent.
    qemu.quiet();
    assert!(machine.reader.is_connected() && !machine.reader.is_inserted());
    let card = TestCard::of("normal");
    machine.reader.insert(card.engine).unwrap();
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    assert!(machine.reader.is_inserted());
    assert_eq!(qemu.call(SELECT), "9000");
    assert_eq!(qemu.call("00B0880000"), "8F8F009000");
    // Extended commands pass unchanged.
    assert!(qemu.call("00B08A00000000").len() > 2400);
    let other = TestCard::of("face");
    assert!(machine.reader.insert(other.engine).is_err());
    let engine = machine.reader.remove().unwrap();
    qemu.removed();
    assert!(!engine.is_powered());
    assert_eq!(engine.traffic().commands, 3);
    // A command that crossed the removal is not answered.
    qemu.send(7, &from_hex(SELECT));
    qemu.quiet();
    // Laid again, it has forgotten its selection.
    machine.reader.insert(engine).unwrap();
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    assert_eq!(qemu.call("00B0880000"), "6A82");
    // A flush is acknowledged.
    qemu.send(8, &[]);
    assert_eq!(qemu.receive().kind, 9);
}

#[test]
fn the_guest_plugs_its_reader_out_and_in() {
    let (mut machine, mut qemu) = machine();
    let card = TestCard::of("normal");
    machine.reader.insert(card.engine).unwrap();
    qemu.atr();
    // device_del and device_add: the connection stays, QEMU greets anew and knows of no card.
    qemu.send(1, b"VSCD\0\0\0\x02\0\0\0\0");
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    assert_eq!(qemu.call(SELECT), "9000");
}

#[test]
fn another_qemu_finds_the_card_and_a_lost_one_is_told_nothing() {
    let (mut machine, mut qemu) = machine();
    let card = TestCard::of("normal");
    machine.reader.insert(card.engine).unwrap();
    qemu.atr();
    drop(qemu);
    let mut qemu = Qemu::accept(&machine.listener).greeted();
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    // QEMU's greeting asks for the card once more.
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    // Nonsense on the line ends the connection, not the reader.
    qemu.0.write_all(&[0xFF; 12]).unwrap();
    let mut qemu = Qemu::accept(&machine.listener).greeted();
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    // Going away says so, because QEMU would show the card for ever.
    drop(machine.reader);
    qemu.removed();
    assert_eq!(qemu.0.read(&mut [0]).unwrap(), 0);
}

#[test]
fn faults_arrive_as_qemu_needs_them() {
    let (mut machine, mut qemu) = machine();
    let card = TestCard::of("normal");
    machine.reader.insert(card.engine).unwrap();
    qemu.atr();
    let set = |reader: &UsbReader, rule: Rule| {
        reader.with_card(|card| card.set_fault(rule)).unwrap();
    };
    // Longer answers than QEMU can pass on never come; shorter ones do.
    set(&machine.reader, Fault::Limit(QEMU_LIMIT).from(1));
    assert_eq!(qemu.call(SELECT), "9000");
    assert_eq!(qemu.call("00B08A0000").len(), 2 * 258);
    qemu.send(7, &from_hex("00B08A00000000"));
    qemu.quiet();
    set(&machine.reader, Fault::Silent.at(1));
    qemu.send(7, &from_hex(SELECT));
    qemu.quiet();
    assert_eq!(qemu.call(SELECT), "9000");
    for fault in [Fault::Removed, Fault::RemovedAfter, Fault::Empty] {
        set(&machine.reader, fault.at(1));
        qemu.send(7, &from_hex(SELECT));
        qemu.removed();
        assert!(!machine.reader.is_inserted());
        let engine = machine.reader.remove().unwrap();
        qemu.removed();
        machine.reader.insert(engine).unwrap();
        qemu.atr();
    }
    // Waiting for a slow answer never holds up a hand that takes the card.
    set(&machine.reader, Fault::Delay(LIMIT * 100).at(1));
    qemu.send(7, &from_hex(SELECT));
    let start = Instant::now();
    let engine = machine.reader.remove().unwrap();
    qemu.removed();
    qemu.quiet();
    assert!(start.elapsed() < LIMIT);
    assert_eq!(engine.card().person, "normal");
}

#[test]
fn a_swapped_card_shows_itself_after_the_first_has_gone() {
    let (mut machine, mut qemu) = machine();
    let cards = Cards::of(&["normal", "old"]);
    let mut engine = cards.engine("normal");
    engine.set_fault(Fault::Swapped("old".into()).at(2));
    machine.reader.insert(engine).unwrap();
    assert_eq!(qemu.atr(), CONTACTLESS_ATR);
    assert_eq!(qemu.call(SELECT), "9000");
    qemu.send(7, &from_hex("00B0860000"));
    qemu.removed();
    assert_eq!(qemu.atr(), OLD_JUKI_ATR);
    assert_eq!(qemu.call(SELECT), "9000");
    assert!(
        qemu.call("00B0860010")
            .starts_with("4A504B494150494343544F4B454E2020")
    );
    let engine = machine.reader.remove().unwrap();
    assert_eq!(engine.card().person, "old");
}
