//! The counter against the simulated service, over real TLS, with a real ledger.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use central::{CentralClient, CentralConfig, Paths};
use hw_sim::central::{
    BulkForm, Care, CentralSim, CentralSimConfig, HomeConsent, PASSWORD, USER_ID,
};
use hw_sim::persons::Register;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use super::{Counter, CounterRequest};
use crate::clock::TrustedClock;
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;

pub(super) const CLINIC: &str = "1310000001";

const PERSONS: &str = r#"
[[person]]
id = "mitaku"
name = "未託　花子"
kana = "ﾐﾀｸ ﾊﾅｺ"
sex = "2"
birth_date = "19750303"
address = "東京都清瀬市架空町二丁目４番５号"
[person.card]
pin = "2345"
expiry = "birthday-5-years-ahead"
security_code = "5678"
portrait = "biden"
[person.insurance]
insurer_number = "06123456"
symbol = "12"
number = "3456789"
branch = "00"
insurer_name = "架空健康保険組合"
validity = "1"
personal_family = "1"
card_classification = "01"
valid_start = "start-of-31-months-ago"
[[person.former_insurance]]
insurer_number = "39123451"
symbol = "7"
number = "77"
branch = "01"
insurer_name = "前の架空組合"
validity = "1"
personal_family = "1"
card_classification = "01"
valid_start = "start-of-61-months-ago"
valid_end = "end-of-32-months-ago"
[person.assistance]
payer_number = "12000009"
recipient_number = "2020002"
office_name = "隣架空市福祉事務所"
validity = "1"
qualification_date = "start-of-17-months-ago"
[[person.medicine]]
date = "52-days-ago"
name = "架空錠10mg"
amount = "1日3回 7日分"
institution = "架空薬局"
[[person.checkup]]
date = "100-days-ago"
name = "血圧"
amount = "132/84"
institution = "架空健診所"
"#;

pub(crate) struct Bench {
    pub(crate) counter: Counter,
    pub(crate) sim: CentralSim,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) folder: tempfile::TempDir,
    /// Codes that staff was told.
    pub(crate) alerts: Arc<std::sync::Mutex<Vec<&'static str>>>,
}

pub(crate) async fn bench() -> Bench {
    bench_with(0).await
}

/// The same with invented persons beside, every second one with a ticket of this month.
pub(crate) async fn bench_with(invented: u32) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("sim");
    let register = Register::from_toml(PERSONS).unwrap();
    let portraits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/portraits");
    hw_sim::pki::prepare_with(&dir, &register, &portraits).unwrap();
    let mut config = CentralSimConfig::new(&dir, register);
    config.invented.persons = invented;
    let sim = CentralSim::start(config).await.unwrap();
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    let config = CentralConfig {
        host: "localhost".into(),
        port: sim.port(),
        connect_address: Some(sim.address()),
        ca_pem: read("central/ca.pem"),
        crls: Vec::new(),
        client_cert_pem: read("terminal/client.pem"),
        client_key_pem: Zeroizing::new(read("terminal/client.key")),
        user_id: USER_ID.into(),
        password: Zeroizing::new(PASSWORD.into()),
        paths: Paths::default(),
        tls12: false,
        connect_timeout: Duration::from_secs(10),
        request_timeout: Duration::from_secs(20),
        institution_code: CLINIC.into(),
    };
    let client = Arc::new(CentralClient::new(config).unwrap());
    let ledger = ledger::Ledger::open(
        ledger::OpenOptions {
            path: folder.path().join("ledger.db"),
            head_path: folder.path().join("head"),
            key: ledger::LedgerKey([3; 32]).into(),
            simulated: true,
        },
        1,
    )
    .unwrap();
    let (engine, mut mail) = mpsc::channel(64);
    let alerts: Arc<std::sync::Mutex<Vec<&'static str>>> = Arc::default();
    let told = Arc::clone(&alerts);
    tokio::spawn(async move {
        while let Some(message) = mail.recv().await {
            use crate::engine::Message as M;
            if let M::Alert { code } | M::ServiceSaid { code, .. } = message {
                told.lock().unwrap().push(code);
            } else if matches!(message, M::LookAtService) {
                told.lock().unwrap().push("look");
            }
        }
    });
    let counter = Counter {
        central: Arc::clone(&client) as _,
        visits: client as _,
        desk: LedgerDesk::start(ledger).unwrap(),
        clock: Arc::new(TrustedClock::default()),
        happenings: Happenings::default(),
        engine,
        news: Arc::default(),
        institution_code: CLINIC.into(),
        desk_name: "desk-1".into(),
        simulated: true,
        test_service: true,
        qualification_only: false,
        asking: Arc::default(),
    };
    let (stop, ended) = watch::channel(false);
    tokio::spawn(counter.clone().work_on_jobs(ended));
    Bench {
        counter,
        sim,
        stop,
        folder,
        alerts,
    }
}

impl Bench {
    pub(super) async fn ask(&self, request: Value) -> Result<Value, String> {
        self.ask_fully(request).await.map_err(|error| error.code)
    }

    /// The same with the refusal as it is told.
    pub(super) async fn ask_fully(&self, request: Value) -> Result<Value, super::CounterError> {
        let request = CounterRequest::read(request)?;
        self.counter.carry_out("staff:test", request).await
    }

    pub(super) async fn job(&self, begun: &Value) -> Value {
        for _ in 0..300 {
            let job = self
                .ask(json!({"do": "job", "job": begun["job"]}))
                .await
                .unwrap();
            if job["state"] != "working" {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the job does not end");
    }

    pub(crate) fn today(&self) -> String {
        self.counter.today()
    }
}

pub(super) fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("not an object: {more}");
    };
    base.as_object_mut().unwrap().extend(more);
    base
}

/// The way of a recipient who comes before the office has registered: looked up by number, unentrusted, on the list to
/// phone; the ticket comes in, the bulk fetch finds it and settles the follow-up by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_registered_later_settles_the_follow_up() {
    let bench = bench().await;
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    let found = bench.ask(lookup.clone()).await.unwrap();
    assert_eq!(found["summaries"][0]["unentrusted"], true);
    let text = found.to_string();
    assert!(
        !text.contains("12000009") && !text.contains("2020002"),
        "invariant 6: {text}"
    );
    assert!(
        !text.contains("架空錠"),
        "invariant 1: never medical information by number"
    );
    let month: String = bench.today().chars().take(6).collect();
    let fetch = json!({"do": "fetch-tickets", "month": month});

    let first = bench.job(&bench.ask(fetch.clone()).await.unwrap()).await;
    assert_eq!(
        (&first["state"], &first["persons"]),
        (&json!("done"), &json!(0))
    );
    let open = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(open["follow_ups"][0]["closed"], Value::Null);
    assert_eq!(open["follow_ups"][0]["office"], "隣架空市福祉事務所");

    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    for form in [BulkForm::Json, BulkForm::Zip, BulkForm::XmlShiftJis] {
        bench.sim.set_bulk_form(form);
        let second = bench.job(&bench.ask(fetch.clone()).await.unwrap()).await;
        assert_eq!(
            (&second["state"], &second["persons"]),
            (&json!("done"), &json!(1)),
            "{form:?}"
        );
        let new = second["difference"]["new"].as_array().unwrap().len();
        assert_eq!(
            new,
            usize::from(form == BulkForm::Json),
            "only the first fetch brings news"
        );
    }
    let settled = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(settled["follow_ups"][0]["by"], "terminal");
    let late = json!({"do": "close-follow-up", "id": settled["follow_ups"][0]["id"], "who": "佐藤", "answer": "はい"});
    assert_eq!(bench.ask(late).await, Err("UK-VISIT-523".into()));
    let still = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(still["follow_ups"][0]["by"], "terminal");

    let now_valid = bench.ask(lookup).await.unwrap();
    assert_eq!(now_valid["summaries"][0]["unentrusted"], false);
    assert!(
        now_valid.to_string().contains("2020002"),
        "entrusted: the numbers are delivered"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn insurance_lookup_reference_number_settings_and_address() {
    let bench = bench().await;
    let insured = json!({"insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00", "birth_date": "19750303"});
    let ask = |word: &str, more: Value| with(with(json!({"do": word}), insured.clone()), more);
    let found = bench.ask(ask("lookup", json!({}))).await.unwrap();
    assert!(
        found["summaries"][0]["headline_ja"]
            .as_str()
            .unwrap()
            .contains("有効")
    );
    let former = json!({"do": "lookup", "insurer_number": "39123451", "number": "77", "birth_date": "19750303"});
    let former = bench.ask(former).await.unwrap();
    assert!(
        former["summaries"][0]["headline_ja"]
            .as_str()
            .unwrap()
            .contains("新しい資格")
    );
    assert_eq!(
        bench
            .ask(json!({"do": "lookup", "insurer_number": "06123456", "number": "1"}))
            .await,
        Err("UK-VISIT-501".into())
    );

    bench
        .ask(ask(
            "register-reference",
            json!({"reference_number": "P-0001"}),
        ))
        .await
        .unwrap();
    let again = bench.ask(ask("lookup", json!({}))).await.unwrap();
    let result = &again["message"]["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"];
    assert_eq!(result["ReferenceNumber"], "P-0001");
    let long = ask(
        "register-reference",
        json!({"reference_number": "x".repeat(51)}),
    );
    assert_eq!(bench.ask(long).await, Err("UK-VISIT-501".into()));

    let off = json!({"do": "update-settings", "medical_assistance": false});
    assert_eq!(bench.ask(off).await.unwrap()["medical_assistance"], false);
    let none = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    assert_eq!(
        bench.ask(none.clone()).await,
        Err("UK-VISIT-506".into()),
        "with the setting off nobody can be found, and that is what is told"
    );
    let test = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert_eq!(test["ok"], false, "medical assistance is off: {test}");
    bench
        .ask(json!({"do": "update-settings", "medical_assistance": true}))
        .await
        .unwrap();
    let slip = json!({"do": "lookup", "insurer_number": "12000009", "number": "２０２０００１"});
    let slip = bench.ask(slip).await.unwrap();
    let headline = slip["summaries"][0]["headline_ja"].as_str().unwrap();
    assert!(headline.contains("該当"), "{headline}");
    let asked: Vec<_> = slip["asked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"].as_str().unwrap())
        .collect();
    assert_eq!(
        asked,
        ["12000009", "2020001"],
        "what was asked with is repeated, so that the slip is seen"
    );
    assert!(
        bench.ask(none).await.unwrap()["asked"].is_null(),
        "somebody was found: invariant 6"
    );
    let test = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert_eq!(test["ok"], true, "{test}");
    assert_eq!(test["sheet"].as_array().unwrap().len(), 32, "{test}");
    // What is switched off is named, and not taken for tested.
    assert!(bench.sim.set_setting(CLINIC, "VisitingCareUse", "0"));
    let off = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert_eq!(
        off.to_string()
            .matches("switched off in the settings")
            .count(),
        2,
        "{off}"
    );
    assert!(bench.sim.set_setting(CLINIC, "VisitingCareUse", "1"));
    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "1")
    );
    let given = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert!(
        given["ok"] == true && given.to_string().contains("authority: yes"),
        "{given}"
    );
    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "0")
    );

    let url = bench
        .ask(json!({"do": "access-url", "care": "online"}))
        .await
        .unwrap();
    assert!(
        url["url"].as_str().unwrap().starts_with("https://")
            && url["qr_svg"].as_str().unwrap().starts_with("<svg")
    );
    let same = bench
        .ask(json!({"do": "access-url", "care": "online"}))
        .await
        .unwrap();
    let changed = bench
        .ask(json!({"do": "access-url", "care": "online", "change": true}))
        .await
        .unwrap();
    assert_eq!(url["url"], same["url"]);
    assert_ne!(url["url"], changed["url"]);
    let passcode = bench.ask(json!({"do": "passcode"})).await.unwrap();
    assert_eq!(passcode["taken_over"], true);
    assert!(
        passcode
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["taken_over", "until"].contains(&key.as_str())),
        "the passcode is told to nobody"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reinquiry_stands_on_a_consent_and_ends_with_its_withdrawal() {
    let bench = bench().await;
    let insured = json!({"insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00", "birth_date": "19750303", "care": "visiting"});
    let ask = with(json!({"do": "reinquire"}), insured.clone());
    assert_eq!(
        bench.ask(ask.clone()).await,
        Err("UK-VISIT-504".into()),
        "no consent"
    );
    bench.sim.add_consent(HomeConsent {
        person: "mitaku".into(),
        institution_code: CLINIC.into(),
        care: Care::Visiting,
        at: bench.counter.clock.wall_ms(),
        examination: bench.today(),
        kinds: vec!["YZK".into()],
        withdrawn: false,
    });
    let found = bench.ask(ask.clone()).await.unwrap();
    assert!(
        found.to_string().contains("PharmacistsInfoAvailableTime"),
        "the window is the service's"
    );
    let day = bench.today();
    let fetch = json!({"do": "fetch-consented", "care": "visiting", "from": day, "to": day});
    let job = bench.job(&bench.ask(fetch).await.unwrap()).await;
    assert_eq!(
        (&job["state"], &job["persons"]),
        (&json!("done"), &json!(1))
    );
    bench
        .ask(with(json!({"do": "withdraw", "by_patient": true}), insured))
        .await
        .unwrap();
    assert_eq!(bench.ask(ask).await, Err("UK-VISIT-504".into()));
}
