//! The simulated service, a real ledger and the counter between them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use central::{CentralClient, CentralConfig, Paths};
use hw_sim::central::{CentralSim, CentralSimConfig, PASSWORD, USER_ID};
use hw_sim::persons::Register;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use crate::clock::TrustedClock;
use crate::counter::{Counter, CounterError, CounterRequest};
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;

pub(in crate::counter) const CLINIC: &str = "1310000001";

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
    /// The service's codes and words beside them.
    pub(crate) said: Arc<std::sync::Mutex<Vec<String>>>,
    /// Somebody's visit is under way.
    pub(crate) occupied: Arc<std::sync::atomic::AtomicBool>,
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
    let said: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let (told, heard) = (Arc::clone(&alerts), Arc::clone(&said));
    let occupied: Arc<std::sync::atomic::AtomicBool> = Arc::default();
    let somebody = Arc::clone(&occupied);
    tokio::spawn(async move {
        while let Some(message) = mail.recv().await {
            use crate::engine::Message as M;
            if let M::ServiceSaid {
                service: Some(service),
                ..
            } = &message
            {
                let words = format!("{} {}", service.code, service.words);
                heard.lock().unwrap().push(words);
            }
            let message = match message {
                M::ForgetTimes(done) => {
                    let _ = done.send(!somebody.load(std::sync::atomic::Ordering::SeqCst));
                    continue;
                }
                M::SetBack { .. } => M::Alert { code: "set-back" },
                other => other,
            };
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
        tickets: Some((20, 6)),
        asking: Arc::default(),
        offices: kiosk::staff::Offices::new(vec![kiosk::staff::Office {
            name: "隣架空市福祉事務所".into(),
            payer_numbers: vec!["12000009".into()],
            telephone: "03-0000-0002".into(),
            hours: "平日8:30～17:15".into(),
        }]),
    };
    let (stop, ended) = watch::channel(false);
    tokio::spawn(counter.clone().work_on_jobs(ended));
    Bench {
        counter,
        sim,
        stop,
        folder,
        alerts,
        said,
        occupied,
    }
}

impl Bench {
    pub(in crate::counter) async fn ask(&self, request: Value) -> Result<Value, String> {
        self.ask_fully(request).await.map_err(|error| error.code)
    }

    /// The same with the refusal as it is told.
    pub(in crate::counter) async fn ask_fully(
        &self,
        request: Value,
    ) -> Result<Value, CounterError> {
        let request = CounterRequest::read(request)?;
        self.counter.carry_out("staff:test", request).await
    }

    pub(in crate::counter) async fn job(&self, begun: &Value) -> Value {
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

pub(in crate::counter) fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("not an object: {more}");
    };
    base.as_object_mut().unwrap().extend(more);
    base
}
