//! The desk's pages over HTTP, with a daemon that writes down what it is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Answer, LIMIT, Served, Socket, serve};
use kiosk::desk::{
    Actor, DeskPlan, DeskProblem, FollowUpLine, FollowUpNote, Fut, JobDetail, JobItem, JobLine,
    JobState, Left, MedicalList, Person, ProposedTicket, Referable, RegistrationLine, ResultDetail,
    StaffDesk,
};
use kiosk::staff::{
    ResultState, StaffConfig, StaffField, StaffPort, StaffResult, StaffState, StaffSummary,
};
use kiosk::{Credential, ScreenSize, Words};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use zeroize::Zeroizing;

const HOSTILE: &str = "<script>alert('a')</script>\"";

/// What was asked, by whom.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

struct Daemon {
    asked: Asked,
    /// Whose account is gone.
    removed: Arc<Mutex<Vec<String>>>,
    changes: watch::Receiver<u64>,
}

fn problem(code: &str) -> DeskProblem {
    DeskProblem {
        code: code.into(),
        text: Words::new("だめ", "No"),
        service: Some(("SIM-1".into(), HOSTILE.into())),
    }
}

fn result() -> ResultDetail {
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
            visit: 1,
            reader: "r".into(),
            name: HOSTILE.into(),
            state: ResultState::Waiting,
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
            proposed: None,
            closed: Some("2026-11-22 10:52".into()),
            by: "受付 花子".into(),
            answer: "受診可".into(),
            notes: Vec::new(),
        }],
        audit: Vec::new(),
        medical: true,
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
                    {"ja": "接続とログイン", "en": "connection and login", "ok": true, "ms": 12, "detail": ""},
                    {"ja": "環境設定", "en": "settings", "ok": false, "ms": 34, "error": {
                        "code": "UK-VISIT-506", "ja": "利用しない設定です。", "en": "It is switched off.",
                        "service_code": "SVC-1", "service_message": HOSTILE}},
                ],
            })),
            Some("emergency") => Ok(
                json!({"not_shown": ["Vaccine"], "information": {"ResultCode": "1", "MedicineList": [
                {"Medicine": {"Name": "甲錠"}}, {"Medicine": {"Name": "乙錠", "Amount": "9mg"}}]}}),
            ),
            Some("outage-notes") => Ok(json!({"notes": [{
                "id": "00000000000000ab", "at": "20261122090500", "by": HOSTILE, "name": HOSTILE,
                "birth_date": "19750303", "sex": "2", "address": HOSTILE, "oral_consent": true}]})),
            Some("disaster") => Err(problem("UK-VISIT-503")),
            _ => Ok(json!({})),
        };
        self.note(&actor.name, request);
        Box::pin(async move { answer })
    }

    fn result(&self, id: String) -> Fut<Result<ResultDetail, DeskProblem>> {
        Box::pin(async move {
            if id == "r-1" {
                Ok(result())
            } else {
                Err(problem("UK-VISIT-505"))
            }
        })
    }

    fn follow_ups(&self) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>> {
        let line = FollowUpLine {
            id: 7,
            since: "2026-11-22 09:00".into(),
            result: "r-1".into(),
            name: HOSTILE.into(),
            office: "架空市福祉事務所".into(),
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
        };
        Box::pin(async move { Ok(vec![line]) })
    }

    fn jobs(&self) -> Fut<Result<Vec<JobLine>, DeskProblem>> {
        Box::pin(async { Ok(Vec::new()) })
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
                difference: None,
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

struct Page {
    served: Served,
    asked: Asked,
    changes: watch::Sender<u64>,
    gate: String,
    scheme: &'static str,
    removed: Arc<Mutex<Vec<String>>>,
    _state: watch::Sender<StaffState>,
}

async fn page(idle: Duration) -> Page {
    page_on(idle, None).await
}

/// The page as the clinic's network has it, without the TLS around it.
async fn page_on(idle: Duration, network: Option<Vec<String>>) -> Page {
    let removed = Arc::<Mutex<Vec<String>>>::default();
    let asked = Asked::default();
    let (changes, changed) = watch::channel(0);
    let (state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let credential = Credential::generate().unwrap();
    let plan = DeskPlan {
        desk: Arc::new(Daemon {
            asked: Arc::clone(&asked),
            removed: Arc::clone(&removed),
            changes: changed,
        }),
        idle,
        network: network.clone(),
    };
    let config = StaffConfig {
        credential: credential.clone(),
        simulated: true,
        size: ScreenSize::default(),
    };
    let port = StaffPort {
        state: states,
        requests,
    };
    let router = kiosk::staff::router_with_desk(port, config, &plan);
    let served = serve(router, credential).await;
    let (gate, scheme) = match network {
        None => (served.sign_in().await, "http"),
        Some(_) => ("none=1".to_owned(), "https"),
    };
    Page {
        served,
        asked,
        changes,
        gate,
        scheme,
        removed,
        _state: state,
    }
}

impl Page {
    async fn get(&self, person: &str, target: &str) -> Answer {
        let cookies = format!("{}; {person}", self.gate);
        self.served
            .request(
                target,
                &[("Host", &self.served.host()), ("Cookie", &cookies)],
            )
            .await
    }

    async fn post(&self, person: &str, target: &str, body: &str) -> Answer {
        let host = self.served.host();
        let text = format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: {}://{host}\r\nCookie: {}; {person}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.scheme,
            self.gate,
            body.len()
        );
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(LIMIT, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.into(),
            body: body.into(),
        }
    }

    async fn sign_in(&self, name: &str) -> String {
        let entered = self
            .post("", "/desk/sign-in", &format!("name={name}&password=right"))
            .await;
        assert_eq!(entered.status, 303, "{entered:?}");
        let cookie = entered.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn send(&self, person: &str, target: &str, body: &str) -> Answer {
        let drawn = self.get(person, "/desk/lookup").await.body;
        let key = drawn.split("name=\"key\" value=\"").nth(1).unwrap();
        let key = key.split('"').next().unwrap();
        self.post(person, target, &format!("{body}&key={key}"))
            .await
    }

    /// Opens the overview's socket; `None` when that is refused.
    async fn socket(&self, person: &str) -> Option<Socket> {
        let origin = format!("{}://{}", self.scheme, self.served.host());
        let cookies = format!("{}; {person}", self.gate);
        let opened = self.served.socket_with(Some(&origin), Some(&cookies));
        opened.await.ok()
    }

    fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn nothing_is_shown_or_done_without_a_sign_in_and_the_forms_own_key() {
    let page = page(Duration::from_secs(600)).await;
    for target in [
        "/desk",
        "/desk/follow-ups",
        "/desk/lookup",
        "/desk/result/r-1",
        "/desk/medical/r-1",
        "/desk/job/3",
        "/desk/print/follow-ups",
        "/desk/live",
    ] {
        let answer = page.get("", target).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/desk/sign-in")),
            "{target}"
        );
    }
    let wrong = page
        .post("", "/desk/sign-in", "name=clerk&password=wrong")
        .await;
    assert!(
        wrong.status == 403
            && wrong.body.contains("UK-STAFF-001")
            && wrong.header("set-cookie").is_none()
    );
    assert!(
        wrong
            .header("content-security-policy")
            .unwrap()
            .contains("form-action 'self'")
    );
    let clerk = page.sign_in("clerk").await;
    assert!(
        page.get(&clerk, "/desk")
            .await
            .body
            .contains("シミュレーション"),
        "invariant 13"
    );
    for body in ["month=2026-11", "month=2026-11&key=guessed"] {
        let forged = page.post(&clerk, "/desk/do/tickets", body).await;
        assert!(
            forged.status == 403 && forged.body.contains("UK-STAFF-008"),
            "{body}"
        );
    }
    assert!(page.asked().is_empty(), "{:?}", page.asked());
    let begun = page.send(&clerk, "/desk/do/tickets", "month=2026-11").await;
    assert_eq!(begun.header("location"), Some("/desk/bulk"), "{begun:?}");
    assert_eq!(
        page.asked(),
        [(
            "clerk".to_owned(),
            json!({"do": "fetch-tickets", "month": "202611"})
        )]
    );
    let other = page.sign_in("doctor").await;
    let drawn = page.get(&other, "/desk/lookup").await.body;
    let theirs = drawn
        .split("name=\"key\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let crossed = page
        .post(
            &clerk,
            "/desk/do/tickets",
            &format!("month=2026-11&key={theirs}"),
        )
        .await;
    assert_eq!(crossed.status, 403, "another session's key");
    page.send(&clerk, "/desk/sign-out", "x=1").await;
    assert_eq!(page.get(&clerk, "/desk").await.status, 303);
}

#[tokio::test]
async fn what_comes_from_outside_is_text_on_every_page() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    for target in [
        "/desk",
        "/desk/follow-ups",
        "/desk/result/r-1",
        "/desk/print/result/r-1",
        "/desk/print/follow-ups",
        "/desk/settings",
        "/desk/special",
        "/desk/job/3",
        "/desk/job/4",
    ] {
        let answer = page.get(&clerk, target).await;
        assert_eq!(answer.status, 200, "{target}");
        assert!(
            !answer.body.contains("<script>") && !answer.body.contains('\u{27E6}'),
            "{target}: {}",
            answer.body
        );
    }
    let refused = page
        .send(
            &clerk,
            "/desk/do/disaster",
            "name=%3Cscript%3E&birth_date=19750303&sex=2&address=a&reason=b&oral_consent=true",
        )
        .await;
    assert!(refused.body.contains("UK-VISIT-503") && refused.body.contains("SIM-1"));
    assert!(
        !refused.body.contains("<script>") && refused.body.contains("&lt;script&gt;"),
        "what was typed is still there"
    );
    let asked = page.asked();
    let (_, request) = asked
        .iter()
        .rfind(|(_, asked)| asked["do"] == "disaster")
        .unwrap();
    assert_eq!(
        request["operator"], "clerk",
        "who is signed in is the operator"
    );
}

#[tokio::test]
async fn a_lookup_leads_to_its_result_and_a_call_is_settled_under_the_own_name() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let unsure = page
        .send(
            &clerk,
            "/desk/do/assistance",
            "insurer_number=12000009&number=2020002",
        )
        .await;
    assert!(unsure.status == 422 && unsure.body.contains("UK-VISIT-501"));
    let found = page
        .send(
            &clerk,
            "/desk/do/assistance",
            "insurer_number=12000009&number=2020002&identity=yes",
        )
        .await;
    assert_eq!(found.header("location"), Some("/desk/result/r-1"));
    let result = page.get(&clerk, "/desk/result/r-1").await.body;
    assert!(result.contains("未委託") && result.contains("0800-080-4583"));
    let sheet = page.get(&clerk, "/desk/print/result/r-1").await.body;
    assert!(sheet.contains("class=\"sheet\"") && !sheet.contains("<nav"));
    let settled = page
        .send(&clerk, "/desk/follow-ups", "id=7&answer=ok&who=forged")
        .await;
    assert_eq!(settled.header("location"), Some("/desk/follow-ups"));
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"do": "close-follow-up", "id": 7, "who": "clerk", "answer": "ok"})
    );
    page.send(&clerk, "/desk/result/r-1/spelling", "text=x")
        .await;
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"spelling": "x", "of": "r-1"})
    );
    assert_eq!(page.get(&clerk, "/desk/result/nobody").await.status, 404);
    assert_eq!(page.get(&clerk, "/desk/result/..%2Fx").await.status, 404);
}

/// The sheet of the operation test says where and when it was made, which step failed and in whose words, and never "done".
/// A proposal leads to what it proposes; a number is registered from the result without typing the insurance anew; registrations in
/// bulk say which did not come; a note of an outage is taken off with name and reason.
#[tokio::test]
async fn what_a_fetch_brought_is_opened_and_nothing_is_typed_twice() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    let calls = page.get(&clerk, "/desk/follow-ups").await.body;
    assert!(calls.contains("/desk/job/3?from=51#item-51") && calls.contains("有効期間"));
    let opened = page.get(&clerk, "/desk/job/3?from=51").await.body;
    assert!(opened.contains("id=\"item-51\"") && opened.contains("新規"));
    assert!(opened.contains("/desk/job/3?from=101"), "the next page");
    assert_eq!(
        page.asked().pop().unwrap(),
        ("clerk".to_owned(), json!({"job": 3, "from": 51}))
    );
    let registered = page.get(&clerk, "/desk/job/4").await.body;
    assert!(registered.contains("P-1") && registered.contains("回答にありません"));
    assert!(registered.contains("照会番号の一括登録"));
    assert_eq!(page.get(&clerk, "/desk/job/3?to=1").await.status, 404);

    let shown = page.get(&clerk, "/desk/result/r-1").await.body;
    assert!(shown.contains("id=\"reference-1\"") && shown.contains("value=\"P-0\""));
    let sent = "index=1&reference_number=P-9";
    page.send(&clerk, "/desk/result/r-1/reference", sent).await;
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"reference": "P-9", "of": "r-1", "index": 1})
    );

    let special = page.get(&clerk, "/desk/special").await.body;
    assert!(special.contains("id=\"note-00000000000000ab\""));
    let removal = "id=00000000000000ab&reason=typo&operator=forged";
    page.send(&clerk, "/desk/do/note-remove", removal).await;
    let asked = page.asked();
    let (_, request) = asked
        .iter()
        .rfind(|(_, asked)| asked["do"] == "remove-note")
        .unwrap();
    assert_eq!(
        *request,
        json!({"do": "remove-note", "id": "00000000000000ab", "reason": "typo", "operator": "clerk"})
    );
}

#[tokio::test]
async fn the_sheet_of_the_operation_test_names_what_failed() {
    let page = page(Duration::from_secs(600)).await;
    let person = page.sign_in("clerk").await;
    let sheet = page.send(&person, "/desk/do/test", "").await;
    let body = &sheet.body;
    for expected in [
        "1310000001",
        "2026-11-22 09:05",
        "接続とログイン",
        "UK-VISIT-506",
        "利用しない設定です。",
        "SVC-1",
        "できなかった項目があります。",
        "シミュレーション",
        "id=\"print\"",
        ">34<",
    ] {
        assert!(body.contains(expected), "{expected} in {body}");
    }
    assert!(!body.contains(HOSTILE), "what the service said is text");
}

#[tokio::test]
async fn medical_information_needs_the_second_factor_and_a_fresh_cookie_comes_with_it() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    assert!(
        page.get(&clerk, "/desk/medical/r-1")
            .await
            .body
            .contains("UK-STAFF-005")
    );
    let doctor = page.sign_in("doctor").await;
    let asked = page.get(&doctor, "/desk/medical/r-1").await;
    assert_eq!(asked.header("location"), Some("/desk/second/r-1"));
    let wrong = page.send(&doctor, "/desk/second/r-1", "code=000000").await;
    assert!(wrong.body.contains("UK-STAFF-004"));
    let given = page
        .send(&doctor, "/desk/second/r-1", "code=123%20456")
        .await;
    assert_eq!(
        given.header("location"),
        Some("/desk/medical/r-1"),
        "{given:?}"
    );
    let fresh = given
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(fresh, doctor);
    assert_eq!(
        page.get(&doctor, "/desk").await.status,
        303,
        "the old cookie has ended"
    );
    let shown = page.get(&fresh, "/desk/medical/r-1").await.body;
    assert!(
        shown.contains("架空錠") && shown.contains("class=\"twice\""),
        "{shown}"
    );
    assert!(
        shown.contains("9mg 7日分"),
        "the dose that the first row lacks: {shown}"
    );
    assert!(
        shown.contains("この種類の記録はありません") && shown.contains("UK-STAFF-013"),
        "a kind with nothing, and one that can't be read: {shown}"
    );
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"medical": "r-1", "qualified": true})
    );
}

#[tokio::test]
async fn an_open_page_is_told_of_changes_and_of_its_sessions_end() {
    let page = page(Duration::from_secs(2)).await;
    let clerk = page.sign_in("clerk").await;
    let host = page.served.host();
    let mut live = TcpStream::connect(&host).await.unwrap();
    let request = format!(
        "GET /desk/live HTTP/1.1\r\nHost: {host}\r\nCookie: {}; {clerk}\r\n\r\n",
        page.gate
    );
    live.write_all(request.as_bytes()).await.unwrap();
    let mut told = String::new();
    let mut heard = [0; 2048];
    for wanted in ["text/event-stream", "event: changed", "event: ended"] {
        while !told.contains(wanted) {
            let read = timeout(LIMIT, live.read(&mut heard))
                .await
                .unwrap()
                .unwrap();
            assert!(read > 0, "{told}");
            told.push_str(&String::from_utf8_lossy(&heard[..read]));
        }
        page.changes.send_modify(|count| *count += 1);
    }
    assert_eq!(page.get(&clerk, "/desk").await.status, 303, "idle too long");
    assert_eq!(
        page.asked().pop().unwrap(),
        ("clerk".to_owned(), json!({"left": false}))
    );
}

#[tokio::test]
async fn an_emergency_answer_shows_whose_it_is_every_dose_and_what_is_not_there() {
    let page = page(Duration::from_secs(600)).await;
    let doctor = page.sign_in("doctor").await;
    let given = page.send(&doctor, "/desk/second/none", "code=123456").await;
    let fresh = given
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let fields = "name=Sato+Emi&birth_date=19900115&sex=2&address=Tokyo+1&reason=unconscious";
    let shown = page.send(&fresh, "/desk/do/emergency", fields).await.body;
    for told in [
        "Sato Emi",
        "19900115",
        "<dd>女</dd>",
        "Tokyo 1",
        "9mg",
        "乙錠",
        "Vaccine",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert_eq!(
        shown.matches("この種類の記録はありません").count(),
        3,
        "treatment, operations and checkups: {shown}"
    );
}

#[tokio::test]
async fn a_removed_account_reads_nothing_more_and_its_open_pages_end() {
    for network in [None, Some(vec!["127.0.0.1".to_owned()])] {
        let over_network = network.is_some();
        let page = page_on(Duration::from_secs(600), network).await;
        let clerk = page.sign_in("clerk").await;
        let mut socket = page.socket(&clerk).await.unwrap();
        let view = socket.json().await;
        let signed_in = view["visit"]["signed_in"].as_str().unwrap();
        assert!(signed_in.contains("clerk"), "{signed_in}");
        let targets = [
            "/desk",
            "/desk/follow-ups",
            "/desk/lookup",
            "/desk/bulk",
            "/desk/result/r-1",
            "/desk/print/result/r-1",
            "/desk/print/follow-ups",
        ];
        for target in targets {
            assert_eq!(page.get(&clerk, target).await.status, 200, "{target}");
        }
        page.removed.lock().unwrap().push("clerk".into());
        if over_network {
            assert_eq!(socket.json().await["type"], "ended");
            assert!(socket.next().await.is_none(), "and is closed");
            assert!(page.socket(&clerk).await.is_none());
        } else {
            let view = socket.json().await;
            assert!(view["visit"]["signed_in"].is_null(), "{view}");
        }
        for target in targets {
            let refused = page.get(&clerk, target).await;
            assert_eq!(
                refused.header("location"),
                Some("/desk/sign-in"),
                "{target}"
            );
        }
        page.removed.lock().unwrap().clear();
        assert_eq!(
            page.get(&clerk, "/desk").await.status,
            303,
            "ended for good"
        );
        let ends = page.asked();
        assert_eq!(
            ends.last().unwrap(),
            &("clerk".to_owned(), json!({"left": false}))
        );
    }
}

#[tokio::test]
async fn over_the_network_a_socket_keeps_a_session_only_by_what_somebody_does() {
    let page = page_on(Duration::from_secs(2), Some(vec!["127.0.0.1".into()])).await;
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    assert_eq!(socket.json().await["type"], "view");
    // Cancelling and confirming over the socket is doing something.
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        let text = r#"{"type":"cancel-visit","visit":"00000000000000ff"}"#;
        socket.send(text).await;
        assert_eq!(socket.json().await["action"], "cancel-visit");
    }
    // What the page opens again by itself is not.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(page.socket(&clerk).await);
    }
    assert!(page.socket(&clerk).await.is_none(), "the session has ended");
    assert_eq!(socket.json().await["type"], "ended");
}
