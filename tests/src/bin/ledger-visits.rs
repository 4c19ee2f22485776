//! Visits at the ledger alone, for the sweep over disk errors: opens it, writes what the daemon writes for three visits in the daemon's
//! order, takes results as a receipt computer does, and says on standard output what was answered. `ledger-visits FOLDER`; with `anew` behind it
//! the ledger that lies there, one of an earlier release, is written anew, and a result is taken afterwards.
//! Ends with 0 when everything went well and with 3 when the ledger said an error; anything else is a fault.
#![allow(
    clippy::print_stdout,
    reason = "what was answered is told on standard output"
)]

use std::path::Path;
use std::process::ExitCode;

use ledger::{
    Beside, Ledger, LedgerError, LedgerKey, NewConsent, NewFollowUp, NewResult, OpenOptions, Turned,
};
use serde_json::json;

/// 2026-11-22 00:00 in Japan.
const NOW: i64 = 1_795_273_200_000;
const READER: &str = "desk-1/Reader 0";
const SAID: u8 = 3;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(folder) = words.next() else {
        return ExitCode::FAILURE;
    };
    let anew = words.next().is_some_and(|word| word == "anew");
    let folder = Path::new(&folder);
    let options = OpenOptions {
        path: folder.join("ledger/ledger.db"),
        head_path: folder.join("head/head"),
        key: LedgerKey([0x5a; 32]).into(),
        simulated: true,
    };
    let mut clinic = Clinic { said: false };
    let Some(mut ledger) = clinic.ask("open", Ledger::open(options, NOW)) else {
        return ExitCode::from(SAID);
    };
    if anew {
        clinic.anew(&mut ledger);
    } else {
        clinic.day(&mut ledger);
    }
    drop(ledger);
    if clinic.said {
        ExitCode::from(SAID)
    } else {
        ExitCode::SUCCESS
    }
}

struct Clinic {
    said: bool,
}

impl Clinic {
    /// Takes an answer; an error is said with its code and remembered.
    fn ask<T>(&mut self, what: &str, answer: Result<T, LedgerError>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.said = true;
                println!("error {} {what}", error.code());
                None
            }
        }
    }

    fn day(&mut self, ledger: &mut Ledger) {
        let started = ledger.append_audit(NOW, "terminal", "started", &json!({}));
        self.ask("started", started);
        for visit in 1..=3 {
            self.visit(ledger, visit);
        }
        // What stayed open is asked again, as after an outage.
        let open = self.ask("open inquiries", ledger.open_inquiries());
        for inquiry in open.unwrap_or_default() {
            let now = NOW + 60_000;
            let postponed = ledger.postpone_inquiry(inquiry.id, now, "UK-CENT-001");
            self.ask("postpone", postponed);
            self.complete(ledger, inquiry.id, inquiry.visit);
        }
        let lapsed = ledger.tell_lapsed(NOW + 1);
        self.ask("lapsed", lapsed);
    }

    /// As at the start of a release that gives pages back, and the receipt computer goes on.
    fn anew(&mut self, ledger: &mut Ledger) {
        let turned = ledger.make_shrinkable(u64::MAX);
        if let Some(Turned::Now { .. }) = self.ask("anew", turned) {
            println!("turned");
        }
        self.take(ledger, &new(1, "medicines").id(), true);
    }

    fn visit(&mut self, ledger: &mut Ledger, visit: u64) {
        let queued = ledger.queue_inquiry(NOW, visit, READER, "{\"proof\":true}");
        let Some(inquiry) = self.ask("queue", queued) else {
            return;
        };
        let trusted = ledger.put_state("clock", &NOW.to_string());
        self.ask("state", trusted);
        if visit == 3 {
            // The service was away: this one waits.
            return;
        }
        let Some(id) = self.complete(ledger, inquiry, visit) else {
            return;
        };
        if visit == 1 {
            let medicines = ledger.store_result(NOW, &new(visit, "medicines"));
            if let Some(stored) = self.ask("medicines", medicines) {
                println!("stored {}", stored.id);
            }
        }
        let ended = ledger.append_audit(NOW, "terminal", "visit-ended", &json!({"visit": visit}));
        self.ask("visit-ended", ended);
        self.take(ledger, &id, visit == 1);
    }

    fn complete(&mut self, ledger: &mut Ledger, inquiry: u64, visit: u64) -> Option<String> {
        let new = new(visit, "qualification");
        let completed = ledger.complete_inquiry(inquiry, NOW, &new, &beside(&new));
        let stored = self.ask("complete", completed)?;
        println!("stored {}", stored.id);
        Some(stored.id)
    }

    fn take(&mut self, ledger: &mut Ledger, id: &str, whole: bool) {
        let claimed = ledger.claim(id, "receipt-computer", NOW, 60_000);
        if self.ask("claim", claimed).is_none() {
            return;
        }
        println!("claimed {id}");
        let read = ledger.record_reading(id, "receipt-computer", false, NOW);
        self.ask("read", read);
        if whole {
            let acknowledged = ledger.acknowledge(id, "receipt-computer", NOW);
            if self.ask("acknowledge", acknowledged).is_some() {
                println!("acknowledged {id}");
            }
        }
    }
}

fn new(visit: u64, kind: &str) -> NewResult {
    NewResult {
        visit,
        reader: READER.into(),
        kind: kind.into(),
        body_json: format!("{{\"XmlMsg\":{{\"visit\":\"{visit}\",\"kind\":\"{kind}\"}}}}"),
        simulated: true,
    }
}

/// As the daemon stores it: consents always, and a follow-up for the unentrusted person.
fn beside(new: &NewResult) -> Beside {
    Beside {
        consents: ["checkups", "medicines"]
            .map(|kind| NewConsent {
                visit: new.visit,
                kind: kind.into(),
                flow: "reader".into(),
                flag: "1".into(),
                given_at: Some(NOW),
                until: Some(NOW + 3_600_000),
                person: String::new(),
            })
            .into(),
        follow_up: (new.visit == 2).then(|| NewFollowUp {
            visit: new.visit,
            reader: new.reader.clone(),
            result_id: new.id(),
            reason: "unentrusted".into(),
            note: "架空市福祉事務所".into(),
        }),
        state: vec![(format!("mark:{}", new.id()), "[]".into())],
    }
}
