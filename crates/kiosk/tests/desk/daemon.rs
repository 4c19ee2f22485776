//! A daemon behind the desk that writes down what it is asked.

use kiosk::Words;
use kiosk::desk::{
    Actor, DayResults, DeskProblem, FollowUpLine, FollowUpNote, Fut, JobDetail, JobItem, JobLine,
    JobState, Left, Look, MedicalList, Person, ProposedTicket, Referable, RegistrationLine,
    ResultDetail, StaffDesk, Ways,
};
use kiosk::staff::{OfficePhone, ResultState, StaffField, StaffResult, StaffSummary};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use zeroize::Zeroizing;

pub(crate) const HOSTILE: &str = "<script>alert('a')</script>\"";

/// What the daemon's clock shows.
pub(crate) const NOW: i64 = 1_795_316_400_000;

/// What was asked, by whom.
pub(crate) type Asked = Arc<Mutex<Vec<(String, Value)>>>;

pub(crate) struct Daemon {
    pub(crate) asked: Asked,
    /// Whose account is gone.
    pub(crate) removed: Arc<Mutex<Vec<String>>>,
    pub(crate) changes: watch::Receiver<u64>,
    /// Whether anybody has an account.
    pub(crate) accounts: Arc<AtomicBool>,
    /// Whether nothing can be recorded.
    pub(crate) full: Arc<AtomicBool>,
    /// Whether nothing is answered that must be recorded.
    pub(crate) hangs: Arc<AtomicBool>,
}

pub(crate) fn problem(code: &str) -> DeskProblem {
    DeskProblem {
        code: code.into(),
        text: Words::new("だめ", "No"),
        service: Some(("SIM-1".into(), HOSTILE.into())),
    }
}

pub(crate) fn result() -> ResultDetail {
    let summary = StaffSummary {
        validity: "6".into(),
        unentrusted: true,
        doubtful: false,
        office: Some(HOSTILE.into()),
        fields: vec![StaffField {
            item: "",
            label: Words::new("氏名", "Name"),
            value: Words::new(HOSTILE, HOSTILE),
        }],
        ..StaffSummary::default()
    };
    ResultDetail {
        result: StaffResult {
            id: "r-1".into(),
            at: "10:00".into(),
            stored_at: NOW,
            visit: 1,
            reader: "r".into(),
            name: HOSTILE.into(),
            state: ResultState::Waiting,
            medical: false,
            remark: None,
            summaries: vec![summary],
        },
        at: "2026-11-22 10:00".into(),
        marked: Vec::new(),
        spelling: None,
        before: None,
        calls: vec![FollowUpLine {
            id: 8,
            since: "2026-11-22 10:05".into(),
            result: "r-1".into(),
            name: HOSTILE.into(),
            office: "架空市福祉事務所".into(),
            phone: OfficePhone::default(),
            proposed: None,
            closed: Some("2026-11-22 10:52".into()),
            by: "受付 花子".into(),
            answer: "受診可".into(),
            notes: Vec::new(),
            unreadable: false,
        }],
        audit: Vec::new(),
        medical: true,
        uncollected: true,
        referable: vec![Referable {
            index: 1,
            of: HOSTILE.into(),
            number: Some("P-0".into()),
        }],
    }
}

impl Daemon {
    fn note(&self, who: &str, what: Value) {
        self.asked.lock().unwrap().push((who.to_owned(), what));
    }
}

impl StaffDesk for Daemon {
    fn sign_in(
        &self,
        name: String,
        password: Zeroizing<String>,
    ) -> Fut<Result<Person, DeskProblem>> {
        let fits = *password == "right";
        Box::pin(async move {
            let medical = name == "doctor";
            if fits {
                Ok(Person {
                    name,
                    medical,
                    edition: 1,
                })
            } else {
                Err(problem("UK-STAFF-001"))
            }
        })
    }

    fn second_factor(
        &self,
        _name: String,
        code: Zeroizing<String>,
    ) -> Fut<Result<(), DeskProblem>> {
        let fits = *code == "123456";
        Box::pin(async move {
            if fits {
                Ok(())
            } else {
                Err(problem("UK-STAFF-004"))
            }
        })
    }

    fn stands(&self, person: Person) -> Fut<Result<bool, DeskProblem>> {
        let stands = !self.removed.lock().unwrap().contains(&person.name);
        Box::pin(async move { Ok(stands) })
    }

    fn has_accounts(&self) -> Fut<Result<bool, DeskProblem>> {
        let any = self.accounts.load(Ordering::Relaxed);
        Box::pin(async move { Ok(any) })
    }

    fn left(&self, name: String, why: Left) {
        self.note(&name, json!({"left": why == Left::SignedOut}));
    }

    fn ask(&self, actor: Actor, request: Value) -> Fut<Result<Value, DeskProblem>> {
        let answer = match request["do"].as_str() {
            Some("lookup") => Ok(json!({"result": "r-1"})),
            Some("fetch-tickets") => Ok(json!({"job": 3})),
            Some("operation-test") => Ok(json!({
                "ok": false, "at": "20261122090500", "simulated": true, "institution_code": "1310000001",
                "sheet": [
                    {"ja": "接続とログイン", "en": "connection and login", "state": "ok", "ok": true, "ms": 12, "detail": ""},
                    {"ja": "環境設定", "en": "settings", "state": "failed", "ok": false, "ms": 34, "error": {
                        "code": "UK-VISIT-506", "ja": "利用しない設定です。", "en": "It is switched off.",
                        "service_code": "SVC-1", "service_message": HOSTILE}},
                    {"ja": "利用報告", "en": "report", "state": "not-run", "ok": null, "ms": 0,
                        "detail": "実際の報告になります / It would be a real report",
                        "told": {"ja": "実際の報告になります", "en": "It would be a real report"}},
                ],
            })),
            Some("emergency") => Ok(
                json!({"not_shown": ["Vaccine"], "information": {"ResultCode": "1", "MedicineList": [
                {"Medicine": {"Name": "甲錠"}}, {"Medicine": {"Name": "乙錠", "Amount": "9mg"}}]}}),
            ),
            Some("outage-notes") => Ok(json!({"notes": [{
                "id": "00000000000000ab", "at": "20261122090500", "by": HOSTILE, "name": HOSTILE,
                "birth_date": "19750303", "sex": "2", "address": HOSTILE, "oral_consent": true,
                "nobody_found_at": "20261122110500", "result": "r-1"}, {
                "id": "00000000000000ad", "at": "20261122090600", "by": "a", "name": "b",
                "birth_date": "19750303", "sex": "2", "address": "c", "oral_consent": true,
                "nobody_found_at": "20261122110500", "result": "r-1", "several_match": true}],
                "unreadable": ["00000000000000ac"]})),
            Some("disaster") => Err(problem("UK-VISIT-503")),
            _ => Ok(json!({})),
        };
        self.note(&actor.name, request);
        Box::pin(async move { answer })
    }

    fn result(
        &self,
        actor: Actor,
        id: String,
        look: Look,
    ) -> Fut<Result<ResultDetail, DeskProblem>> {
        self.note(&actor.name, json!({"look": format!("{look:?}"), "of": id}));
        Box::pin(async move {
            if id == "r-1" {
                Ok(result())
            } else {
                Err(problem("UK-VISIT-505"))
            }
        })
    }

    fn overview(&self, actor: Actor, results: Vec<String>) -> Fut<Result<(), DeskProblem>> {
        if self.full.load(Ordering::Relaxed) {
            return Box::pin(async { Err(problem("UK-LEDG-005")) });
        }
        if self.hangs.load(Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        self.note(&actor.name, json!({ "overview": results }));
        Box::pin(async { Ok(()) })
    }

    fn results(&self, from: usize) -> Fut<Result<DayResults, DeskProblem>> {
        let count = 70_usize;
        let results = (from..count.min(from.saturating_add(60))).map(|n| StaffResult {
            id: format!("r-{n}"),
            ..result().result
        });
        let day = DayResults {
            results: results.collect(),
            from,
            count,
        };
        Box::pin(async move { Ok(day) })
    }

    fn ways(&self) -> Ways {
        Ways {
            tickets: Some((20, 6)),
            qualification_only: true,
        }
    }

    fn clock(&self) -> String {
        "2026-11-22 17:05".into()
    }

    fn now(&self) -> i64 {
        NOW
    }

    fn follow_ups(&self) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>> {
        let line = FollowUpLine {
            id: 7,
            since: "2026-11-22 09:00".into(),
            result: "r-1".into(),
            name: HOSTILE.into(),
            office: "架空市福祉事務所".into(),
            phone: OfficePhone::default(),
            proposed: Some(ProposedTicket {
                job: 3,
                item: 51,
                why: "period",
            }),
            closed: None,
            by: String::new(),
            answer: String::new(),
            notes: vec![FollowUpNote {
                at: "2026-11-22 09:30".into(),
                by: "staff:clerk".into(),
                text: HOSTILE.into(),
            }],
            unreadable: false,
        };
        Box::pin(async move { Ok(vec![line]) })
    }

    fn follow_ups_to_print(&self, actor: Actor) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>> {
        self.note(&actor.name, json!({"printed": "follow-ups"}));
        self.follow_ups()
    }

    fn jobs(&self) -> Fut<Result<Vec<JobLine>, DeskProblem>> {
        let refused = JobLine {
            id: 5,
            kind: "tickets".into(),
            asked: "2026-10".into(),
            at: "2026-11-22 09:00".into(),
            state: JobState::Failed,
            persons: 0,
            code: "UK-VISIT-504".into(),
            service: Some(("E-9".into(), HOSTILE.into())),
            difference: None,
            refused: 0,
            refused_first: Vec::new(),
        };
        let partly = JobLine {
            id: 4,
            kind: "references".into(),
            state: JobState::Done,
            persons: 9,
            code: String::new(),
            service: None,
            refused: 5,
            refused_first: vec![
                (Some(2), format!("SIM-R02 {HOSTILE}")),
                (Some(7), String::new()),
            ],
            ..refused.clone()
        };
        Box::pin(async move { Ok(vec![refused, partly]) })
    }

    fn job(&self, actor: Actor, id: u64, from: u32) -> Fut<Result<JobDetail, DeskProblem>> {
        self.note(&actor.name, json!({"job": id, "from": from}));
        let references = id == 4;
        let person = JobItem {
            n: 51,
            change: "new",
            summaries: vec![(HOSTILE.into(), result().result.summaries[0].clone())],
            registration: None,
        };
        let registration = |n: u32, registered: bool, missing: bool| JobItem {
            n,
            change: "",
            summaries: Vec::new(),
            registration: Some(RegistrationLine {
                reference: format!("P-{n}"),
                registered,
                missing,
                said: HOSTILE.into(),
            }),
        };
        let detail = JobDetail {
            line: JobLine {
                id,
                kind: if references { "references" } else { "tickets" }.into(),
                asked: "2026-11".into(),
                at: "2026-11-22 09:00".into(),
                state: JobState::Done,
                persons: 2,
                code: String::new(),
                service: None,
                difference: None,
                refused: 0,
                refused_first: Vec::new(),
            },
            items: if references {
                vec![registration(0, true, false), registration(1, false, true)]
            } else {
                vec![person]
            },
            next: (!references).then_some(101),
        };
        Box::pin(async move { Ok(detail) })
    }

    fn register_reference(
        &self,
        actor: Actor,
        id: String,
        index: usize,
        reference: String,
    ) -> Fut<Result<(), DeskProblem>> {
        let told = json!({"reference": reference, "of": id, "index": index});
        self.note(&actor.name, told);
        Box::pin(async { Ok(()) })
    }

    fn medical(&self, actor: Actor, id: String) -> Fut<Result<Vec<MedicalList>, DeskProblem>> {
        self.note(
            &actor.name,
            json!({"medical": id, "qualified": actor.qualified}),
        );
        let body = json!({"MedicineList": [
            {"Medicine": {"Date": "20261101", "Name": "架空錠"}},
            {"Medicine": {"Date": "20261101", "Name": "架空錠", "Amount": "9mg 7日分"}},
        ]});
        let mut lists = MedicalList::read(&body, &["medicines", "checkups"]);
        lists.push(MedicalList::unreadable(
            "operations",
            problem("UK-STAFF-013"),
        ));
        let answer = if actor.qualified {
            Ok(lists)
        } else {
            Err(problem("UK-STAFF-005"))
        };
        Box::pin(async move { answer })
    }

    fn deliver_again(
        &self,
        actor: Actor,
        id: String,
        reason: String,
    ) -> Fut<Result<(), DeskProblem>> {
        self.note(&actor.name, json!({"again": id, "reason": reason}));
        Box::pin(async { Ok(()) })
    }

    fn keep_spelling(
        &self,
        actor: Actor,
        id: String,
        text: String,
    ) -> Fut<Result<(), DeskProblem>> {
        self.note(&actor.name, json!({"spelling": text, "of": id}));
        Box::pin(async { Ok(()) })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}
