//! The desk's pages over HTTP as a browser asks for them, with the counter, a real ledger and the simulated service behind.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kiosk::desk::DeskPlan;
use kiosk::staff::{StaffConfig, StaffPort, StaffState};
use kiosk::{Credential, ScreenSize};
use ledger::{NewConsent, NewResult};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::accounts::Accounts;
use super::{DeskSide, totp};
use crate::counter::tests::{Bench, bench};

const CLERK: (&str, &str) = ("受付 花子", "reception 2468");
const DOCTOR: (&str, &str) = ("医師 太郎", "physician 1357");

struct Page {
    bench: Bench,
    address: SocketAddr,
    gate: String,
    second: String,
    _state: watch::Sender<StaffState>,
}

/// One browser: its cookies.
#[derive(Default, Clone)]
struct Browser {
    gate: String,
    person: String,
}

struct Answer {
    status: u16,
    location: String,
    cookie: Option<String>,
    body: String,
}

fn read(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        location: header("location").unwrap_or_default(),
        cookie: header("set-cookie").and_then(|line| Some(line.split(';').next()?.to_owned())),
        body: body.to_owned(),
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: String) -> Answer {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A TLS peer may end without saying so.
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer))
        .await
        .unwrap();
    read(&String::from_utf8(answer).unwrap())
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let plain = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let pairs: Vec<_> = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", plain(value)))
        .collect();
    pairs.join("&")
}

/// Reads the stream of changes until it has told of so many.
async fn hear(live: &mut TcpStream, told: &mut String, changes: usize) {
    let mut heard = vec![0; 4096];
    while told.matches("event: changed").count() < changes {
        let read = tokio::time::timeout(Duration::from_secs(10), live.read(&mut heard)).await;
        let read = read.unwrap().unwrap();
        assert!(read > 0, "the stream ended: {told}");
        told.push_str(&String::from_utf8_lossy(&heard[..read]));
    }
}

async fn page() -> Page {
    let bench = bench().await;
    let path = bench.folder.path().join("staff.json");
    let mut accounts = Accounts::default();
    accounts.put(CLERK.0, CLERK.1, false).unwrap();
    let address = accounts.put(DOCTOR.0, DOCTOR.1, true).unwrap().unwrap();
    let second = address
        .split("secret=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    accounts.save(&path, bench.folder.path()).unwrap();
    let (state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let credential = Credential::generate().unwrap();
    let plan = DeskPlan {
        desk: Arc::new(DeskSide::start(
            bench.counter.clone(),
            path,
            bench.stop.subscribe(),
        )),
        idle: Duration::from_secs(600),
        network: None,
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
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(kiosk::serve(listener, router, std::future::pending()));
    let token = credential.issue().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let opened = exchange(
        stream,
        format!(
            "GET /?s={} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
            *token
        ),
    )
    .await;
    Page {
        bench,
        address,
        gate: opened.cookie.unwrap(),
        second,
        _state: state,
    }
}

impl Page {
    fn browser(&self) -> Browser {
        Browser {
            gate: self.gate.clone(),
            person: String::new(),
        }
    }

    async fn ask(
        &self,
        browser: &Browser,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        more: &str,
    ) -> Answer {
        let address = self.address;
        let body = encoded(fields);
        let cookies = format!("{}; {}", browser.gate, browser.person);
        let stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookies}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n{body}",
            body.len()
        );
        exchange(stream, request).await
    }

    async fn get(&self, browser: &Browser, target: &str) -> Answer {
        self.ask(browser, "GET", target, &[], "").await
    }

    /// Sends a form without the page's key.
    async fn post(&self, browser: &Browser, target: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: http://{}\r\n", self.address);
        self.ask(browser, "POST", target, fields, &origin).await
    }

    /// Sends a form as the page draws it: with the key of the session.
    async fn send(&self, browser: &Browser, target: &str, fields: &[(&str, &str)]) -> Answer {
        let drawn = self.get(browser, "/desk/lookup").await.body;
        let key = drawn
            .split("name=\"key\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let mut fields = fields.to_vec();
        fields.push(("key", &key));
        self.post(browser, target, &fields).await
    }

    async fn sign_in(&self, (name, password): (&str, &str)) -> Browser {
        let mut browser = self.browser();
        let fields = [("name", name), ("password", password)];
        let answer = self.post(&browser, "/desk/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser.person = answer.cookie.unwrap();
        browser
    }

    async fn audit(&self) -> Vec<(String, String, Value)> {
        let records = self
            .bench
            .counter
            .desk
            .run(|ledger| ledger.audit_records(0, 1000))
            .await;
        let records = records.unwrap().unwrap();
        records
            .into_iter()
            .map(|record| (record.actor, record.action, record.detail))
            .collect()
    }

    async fn recorded(&self, actor: &str, action: &str) -> Vec<Value> {
        let audit = self.audit().await;
        let ours = audit
            .into_iter()
            .filter(|(who, what, _)| who == actor && what == action);
        ours.map(|(_, _, detail)| detail).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_is_personal_recorded_and_locked_after_five_wrong_passwords() {
    let page = page().await;
    let nobody = page.browser();
    let turned_away = page.get(&nobody, "/desk/follow-ups").await;
    assert_eq!(
        (turned_away.status, turned_away.location.as_str()),
        (303, "/desk/sign-in")
    );
    assert_eq!(
        page.get(&Browser::default(), "/desk/sign-in").await.status,
        403,
        "not without the terminal's own credential"
    );
    let fields = [("name", CLERK.0), ("password", CLERK.1)];
    let elsewhere = page
        .ask(
            &nobody,
            "POST",
            "/desk/sign-in",
            &fields,
            "Origin: http://elsewhere.example\r\n",
        )
        .await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(
        page.ask(&nobody, "POST", "/desk/sign-in", &fields, "")
            .await
            .status,
        403,
        "a form must say where it comes from"
    );

    let clerk = page.sign_in(CLERK).await;
    let home = page.get(&clerk, "/desk").await;
    assert!(
        home.status == 200 && home.body.contains(CLERK.0) && home.body.contains("シミュレーション"),
        "{}",
        home.body
    );
    let forged = page
        .post(&clerk, "/desk/do/noted", &[("key", "guessed")])
        .await;
    assert!(forged.status == 403 && forged.body.contains("UK-STAFF-008"));
    let english = page.send(&clerk, "/desk/language/en", &[]).await;
    assert_eq!(english.status, 303);
    assert!(page.get(&clerk, "/desk").await.body.contains("Sign out"));
    assert_eq!(
        page.send(&clerk, "/desk/sign-out", &[]).await.location,
        "/desk/sign-in"
    );
    assert_eq!(page.get(&clerk, "/desk").await.status, 303, "signed out");

    let wrong = [("name", CLERK.0), ("password", "not it at all")];
    for _ in 0..4 {
        let refused = page.post(&nobody, "/desk/sign-in", &wrong).await;
        assert!(
            refused.status == 403
                && refused.body.contains("UK-STAFF-001")
                && refused.cookie.is_none()
        );
    }
    let locked = page.post(&nobody, "/desk/sign-in", &wrong).await;
    assert!(locked.body.contains("UK-STAFF-002"), "{}", locked.body);
    let right = page.post(&nobody, "/desk/sign-in", &fields).await;
    assert!(
        right.status == 403 && right.body.contains("UK-STAFF-002"),
        "the right one does not help now"
    );
    page.sign_in(DOCTOR).await;

    let who = format!("staff:{}", CLERK.0);
    let tries = page.recorded(&who, "staff-sign-in").await;
    assert_eq!(
        tries.iter().filter(|one| one["accepted"] == true).count(),
        1
    );
    assert_eq!(tries.iter().filter(|one| one["locked"] == true).count(), 2);
    assert_eq!(
        page.recorded(&who, "staff-sign-out").await,
        [json!({"why": "signed-out"})]
    );
    let text = format!("{:?}", page.audit().await);
    assert!(!text.contains("not it at all") && !text.contains(CLERK.1));
    let mut many = 0;
    for _ in 0..10 {
        let refused = page
            .post(
                &nobody,
                "/desk/sign-in",
                &[("name", "x"), ("password", "y")],
            )
            .await;
        many += u32::from(refused.status == 429 && refused.body.contains("UK-STAFF-009"));
    }
    assert!(many > 0, "tries run out whoever makes them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lookup_a_call_and_a_bulk_fetch_through_the_page() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let numbers = [("insurer_number", "１２００ 0009"), ("number", "2020002")];
    let unsure = page.send(&clerk, "/desk/do/assistance", &numbers).await;
    assert!(
        unsure.status == 422 && unsure.body.contains("UK-VISIT-501"),
        "identity by other papers is asked for"
    );
    assert!(
        unsure.body.contains("value=\"2020002\""),
        "what was typed is still there"
    );
    let sure = [numbers[0], numbers[1], ("identity", "yes")];
    let found = page.send(&clerk, "/desk/do/assistance", &sure).await;
    assert_eq!(found.status, 303, "{}", found.body);
    let result = page.get(&clerk, &found.location).await.body;
    for told in [
        "未委託",
        "隣架空市福祉事務所 に電話",
        "未託　花子",
        "result-stored",
        "0800-080-4583",
    ] {
        assert!(result.contains(told), "{told}: {result}");
    }
    assert!(
        !result.contains("12000009") && !result.contains("2020002"),
        "invariant 6"
    );
    assert!(
        !result.contains("架空錠"),
        "invariant 1: never medical information by number"
    );
    let sheet = page
        .get(&clerk, &found.location.replace("/desk/", "/desk/print/"))
        .await
        .body;
    assert!(sheet.contains("未委託") && !sheet.contains("<nav") && !sheet.contains("12000009"));

    // Another browser listens; the call that one settles is told to the other.
    let other = page.sign_in(DOCTOR).await;
    let mut live = TcpStream::connect(page.address).await.unwrap();
    let listen = format!(
        "GET /desk/live HTTP/1.1\r\nHost: {}\r\nCookie: {}; {}\r\n\r\n",
        page.address, other.gate, other.person
    );
    live.write_all(listen.as_bytes()).await.unwrap();
    let mut told = String::new();
    hear(&mut live, &mut told, 1).await;
    assert!(told.contains("text/event-stream"), "{told}");
    let open = page.get(&other, "/desk/follow-ups").await.body;
    let id = open.split("id=\"settle-").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let empty = page
        .send(&clerk, "/desk/follow-ups", &[("id", &id), ("answer", " ")])
        .await;
    assert!(empty.body.contains("UK-VISIT-501"));
    let settled = page
        .send(
            &clerk,
            "/desk/follow-ups",
            &[("id", &id), ("answer", "受診してよい")],
        )
        .await;
    assert_eq!(settled.location, "/desk/follow-ups", "{}", settled.body);
    hear(&mut live, &mut told, 2).await;
    let now = page.get(&other, "/desk/follow-ups").await.body;
    assert!(
        now.contains("受診してよい") && now.contains(&format!("staff:{}", CLERK.0)),
        "{now}"
    );
    assert!(
        page.get(&other, "/desk/print/follow-ups")
            .await
            .body
            .contains("受診してよい")
    );
    assert_eq!(
        page.recorded(&format!("staff:{}", CLERK.0), "follow-up-closed")
            .await
            .len(),
        1
    );

    assert!(page.bench.sim.register_ticket("mitaku", "1310000001"));
    let today = oqs::time::to_jst(page.bench.counter.clock.wall_ms());
    let month = format!("{}-{}", &today[..4], &today[4..6]);
    let begun = page
        .send(&clerk, "/desk/do/tickets", &[("month", &month)])
        .await;
    assert_eq!(begun.location, "/desk/bulk", "{}", begun.body);
    let mut jobs = String::new();
    for _ in 0..200 {
        jobs = page.get(&clerk, "/desk/bulk").await.body;
        if jobs.contains("data-state=\"done\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        jobs.contains("data-state=\"done\"") && jobs.contains("1 人") && jobs.contains(&month),
        "{jobs}"
    );

    // Now entrusted: the comparison with the visit before says what came.
    let again = page.send(&clerk, "/desk/do/assistance", &sure).await;
    let entrusted = page.get(&clerk, &again.location).await.body;
    assert!(
        entrusted.contains("12000009") && entrusted.contains("同じ氏名・生年月日の前回"),
        "{entrusted}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_special_modes_and_reinquiry_through_the_page() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let on = page.get(&clerk, "/desk/settings").await.body;
    assert!(on.contains("利用する"));
    let off = page
        .send(
            &clerk,
            "/desk/do/institution",
            &[
                ("medical_assistance", "false"),
                ("visiting_care", ""),
                ("online_care", ""),
            ],
        )
        .await;
    assert_eq!(off.status, 200, "{}", off.body);
    let lines = off.body.split("id=\"institution\"").nth(1).unwrap();
    assert!(
        lines.split("</div>").next().unwrap().contains("利用しない"),
        "{lines}"
    );
    let test = page.send(&clerk, "/desk/do/test", &[]).await.body;
    assert!(
        test.contains("UK-VISIT-506"),
        "the operation test says that medical assistance is off: {test}"
    );

    let four = [
        ("name", "未託　花子"),
        ("birth_date", "1975-03-03"),
        ("sex", "2"),
        ("address", "東京都清瀬市架空町"),
    ];
    let mut disaster = four.to_vec();
    disaster.extend([("reason", "地震"), ("oral_consent", "true")]);
    let closed = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(closed.body.contains("UK-VISIT-503"));
    page.bench.sim.open_special(hw_sim::central::Opening {
        mode: "disaster".into(),
        region: "13".into(),
        until: page.bench.counter.clock.wall_ms() + 600_000,
    });
    let found = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(
        found.location.starts_with("/desk/result/"),
        "{}",
        found.body
    );
    disaster.push(("information", "yes"));
    let medical = page.send(&clerk, "/desk/do/disaster", &disaster).await;
    assert!(
        medical.status == 403
            && medical.body.contains("UK-STAFF-005")
            && !medical.body.contains("架空錠"),
        "not for a clerk"
    );
    let noted = page.send(&clerk, "/desk/do/note", &four).await.body;
    assert!(noted.contains("控え 1 人"), "{noted}");
    let searches = page
        .recorded(&format!("staff:{}", CLERK.0), "disaster-search")
        .await;
    assert_eq!(
        searches.len(),
        1,
        "operator and reason are recorded: {searches:?}"
    );
    assert_eq!(searches[0]["reason"], "地震");

    let numbers = [
        ("care", "visiting"),
        ("insurer_number", "06123456"),
        ("symbol", "12"),
        ("number", "3456789"),
        ("birth_date", "19750303"),
    ];
    let refused = page.send(&clerk, "/desk/do/reinquire", &numbers).await;
    assert!(
        refused.body.contains("UK-VISIT-504") && refused.body.contains("SIM-"),
        "the service's own code is shown: {}",
        refused.body
    );
    let mobile = page
        .send(&clerk, "/desk/do/access", &[("care", "online")])
        .await
        .body;
    assert!(mobile.contains("https://myna-zaitaku.invalid/") && mobile.contains("<svg "));
    let unknown = page
        .get(&clerk, "/desk/result/sim-0000000000000001-qualification")
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_medical_information_needs_role_second_factor_and_consent() {
    let page = page().await;
    let now = page.bench.counter.clock.wall_ms();
    let answer = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{
        "ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{
        "InsuredCardClassification":"01","Name":"髙●　一郎","Birthdate":"19900115","InsurerNumber":"06123456"}}]}}}"#;
    let medicines = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","MedicineList":[
        {"Date":"20261101","Name":"架空錠10mg","Amount":"1日3回 7日分","Institution":"甲薬局"},
        {"Date":"20261104","Name":"架空錠10mg","Amount":"1日3回 7日分","Institution":"乙薬局"}]}}}"#;
    let checkups = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","CheckupList":[
        {"Checkup":{"Date":"20260601","Name":"血圧","Amount":"132/84","Institution":"架空健診所"}}]}}}"#;
    for (visit, until) in [(0x51_u64, now + 3_600_000), (0x52, now - 1)] {
        let stored = page.bench.counter.desk.run(move |ledger| {
            for (kind, body) in [
                ("qualification", answer),
                ("medicines", medicines),
                ("checkups", checkups),
            ] {
                ledger.store_result(
                    now,
                    &NewResult {
                        visit,
                        reader: "desk-1/r".into(),
                        kind: kind.into(),
                        body_json: body.into(),
                        simulated: true,
                    },
                )?;
            }
            let consent = |kind: &str| NewConsent {
                visit,
                kind: kind.into(),
                flow: "reader".into(),
                flag: "1".into(),
                given_at: Some(now - 10),
                until: Some(until),
                person: String::new(),
            };
            ledger.record_consents(now, &[consent("medicines"), consent("checkups")])
        });
        stored.await.unwrap().unwrap();
    }
    let open = "/desk/medical/sim-0000000000000051-qualification";
    let clerk = page.sign_in(CLERK).await;
    let refused = page.get(&clerk, open).await;
    assert!(
        refused.status == 403
            && refused.body.contains("UK-STAFF-005")
            && !refused.body.contains("架空錠")
    );
    let mut doctor = page.sign_in(DOCTOR).await;
    let asked = page.get(&doctor, open).await;
    assert_eq!(
        asked.location,
        "/desk/second/sim-0000000000000051-qualification"
    );
    let who = format!("staff:{}", DOCTOR.0);
    assert!(page.recorded(&who, "medical-viewed").await.is_empty());
    let wrong = page
        .send(&doctor, &asked.location, &[("code", "000000")])
        .await;
    assert!(wrong.body.contains("UK-STAFF-004"), "{}", wrong.body);
    let code = totp::code_at(&page.second, page.bench.counter.clock.wall_ms());
    let given = page
        .send(&doctor, &asked.location, &[("code", &code)])
        .await;
    assert_eq!(given.location, open, "{}", given.body);
    doctor.person = given.cookie.expect("a fresh cookie");
    let shown = page.get(&doctor, open).await.body;
    for told in [
        "架空錠10mg",
        "甲薬局",
        "132/84",
        "血圧",
        "同じ薬が重なっています",
        "class=\"twice\"",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let views = page.recorded(&who, "medical-viewed").await;
    assert_eq!(views.len(), 1);
    assert_eq!(views[0]["kinds"], json!(["medicines", "checkups"]));
    assert_eq!(
        (&views[0]["factor"], &views[0]["method"]),
        (&json!("3"), &json!("02")),
        "OQSCD041, OQSCD042"
    );
    let late = page
        .get(&doctor, "/desk/medical/sim-0000000000000052-qualification")
        .await;
    assert!(
        late.body.contains("UK-STAFF-006") && !late.body.contains("架空錠"),
        "the consent's time has passed"
    );
    assert_eq!(page.recorded(&who, "medical-view-refused").await.len(), 1);

    // A code works once, also in another session.
    let again = page.sign_in(DOCTOR).await;
    let replayed = page.send(&again, &asked.location, &[("code", &code)]).await;
    assert!(replayed.body.contains("UK-STAFF-004"), "{}", replayed.body);

    // ● is marked, and the spelling that staff accepts is there at the next result of the same name and birth date.
    let result = "/desk/result/sim-0000000000000051-qualification";
    let marked = page.get(&clerk, result).await.body;
    assert!(marked.contains("表示できない文字"), "{marked}");
    let kept = page
        .send(
            &clerk,
            &format!("{result}/spelling"),
            &[("text", "髙𣘺　一郎")],
        )
        .await;
    assert_eq!(kept.location, result, "{}", kept.body);
    let next = page
        .get(&clerk, "/desk/result/sim-0000000000000052-qualification")
        .await
        .body;
    assert!(
        next.contains("髙𣘺　一郎") && next.contains(CLERK.0),
        "{next}"
    );

    // Whose account is removed can do nothing more, signed in or not.
    let path = page.bench.folder.path().join("staff.json");
    let mut accounts = Accounts::load(&path).unwrap();
    accounts.remove(DOCTOR.0).unwrap();
    accounts.save(&path, page.bench.folder.path()).unwrap();
    assert!(page.get(&doctor, open).await.body.contains("UK-STAFF-007"));
}

/// A client that trusts the simulator's authority alone.
fn trusting(folder: &std::path::Path) -> tokio_rustls::TlsConnector {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
    let mut roots = RootCertStore::empty();
    for ca in CertificateDer::pem_file_iter(folder.join("sim/central/ca.pem")).unwrap() {
        roots.add(ca.unwrap()).unwrap();
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_network_everything_needs_tls_and_a_sign_in() {
    let page = page().await;
    let folder = page.bench.folder.path();
    let (_state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let plan = DeskPlan {
        desk: Arc::new(DeskSide::start(
            page.bench.counter.clone(),
            folder.join("staff.json"),
            page.bench.stop.subscribe(),
        )),
        idle: Duration::from_secs(600),
        network: Some(vec!["localhost".into()]),
    };
    let config = StaffConfig {
        credential: Credential::generate().unwrap(),
        simulated: true,
        size: ScreenSize::default(),
    };
    let router = kiosk::staff::router_with_desk(
        StaffPort {
            state: states,
            requests,
        },
        config,
        &plan,
    );
    let settings = crate::config::StaffLan {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        names: vec!["localhost".into()],
        certificate: folder.join("sim/central/server.pem"),
        key: folder.join("sim/central/server.key"),
    };
    let address = super::network::open(&settings, router, page.bench.stop.subscribe())
        .await
        .unwrap();
    let connector = trusting(folder);
    let ask = async |method: &str, target: &str, host: &str, more: &str, body: &str| {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = tokio_rustls::rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n{body}",
            body.len()
        );
        exchange(stream, request).await
    };
    let host = format!("localhost:{}", address.port());
    for target in ["/", "/desk", "/page.js"] {
        let answer = ask("GET", target, &host, "", "").await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (303, "/desk/sign-in"),
            "{target}"
        );
    }
    assert_eq!(
        ask(
            "GET",
            "/ws",
            &host,
            &format!("Origin: https://{host}\r\n"),
            ""
        )
        .await
        .status,
        403
    );
    assert_eq!(
        ask("GET", "/desk/sign-in", "elsewhere.example", "", "")
            .await
            .status,
        421,
        "no other name"
    );
    assert_eq!(ask("GET", "/desk/sign-in", &host, "", "").await.status, 200);
    let body = encoded(&[("name", CLERK.0), ("password", CLERK.1)]);
    let plain = ask(
        "POST",
        "/desk/sign-in",
        &host,
        &format!("Origin: http://{host}\r\n"),
        &body,
    )
    .await;
    assert_eq!(plain.status, 403, "a page without TLS is another page");
    let entered = ask(
        "POST",
        "/desk/sign-in",
        &host,
        &format!("Origin: https://{host}\r\n"),
        &body,
    )
    .await;
    let cookie = entered.cookie.unwrap();
    assert!(cookie.starts_with("__Host-uketsuke-person="), "{cookie}");
    let overview = ask("GET", "/", &host, &format!("Cookie: {cookie}\r\n"), "").await;
    assert!(overview.status == 200 && overview.body.contains("page.js"));

    // Without TLS there is nothing.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("GET /desk/sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    assert!(!String::from_utf8_lossy(&heard).contains("HTTP/1.1 200"));
}
