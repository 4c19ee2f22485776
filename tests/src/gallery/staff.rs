//! The staff's page in the gallery: the desk's screens in both languages, looked at by the same check. Every person is invented.

use anyhow::Context as _;
use kiosk::staff::{
    OfficePhone, ResultState, StaffAlert, StaffConfig, StaffField, StaffPort, StaffQueued,
    StaffResult, StaffState, StaffSummary, StaffVisit, TerminalLine, TerminalState, render, router,
};
use kiosk::{Credential, Lang, ScreenSize, Words};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::stage::NOTE_VIEWS;
use super::{FORMATS, Format, Options, Report, look, take, wanted};
use crate::browser::Browser;

/// What the check asks of this page: it is read at a desk, and it may be longer than the screen.
const LIMITS: &str =
    r#"{ letters: 2.3, contrast: 7, touch: 8.99, gap: 2.53, roots: ["head", "page", "foot"] }"#;
/// The staff's screens: two that lie, one that stands.
const SIZES: [&str; 3] = ["10-landscape", "10-portrait", "15-landscape"];

/// Draws and looks at every state on every size in both languages.
///
/// # Errors
/// The browser does not come up, or a state is not drawn.
pub(super) async fn run(
    options: &Options,
    report: &mut Report,
    pictures: &mut Vec<String>,
) -> anyhow::Result<()> {
    let sizes: Vec<&Format> = FORMATS
        .iter()
        .filter(|format| SIZES.contains(&format.name) && wanted(&options.formats, format.name))
        .collect();
    if !wanted(&options.variants, "standard") {
        return Ok(());
    }
    for format in sizes {
        for (name, state) in states() {
            let shown = format!("staff-{name}");
            let asked = |part: &String| options.screens.is_empty() || shown.contains(part.as_str());
            if !options.screens.is_empty() && !options.screens.iter().any(asked) {
                continue;
            }
            for lang in Lang::STAFF {
                if !wanted(&options.languages, lang.key()) {
                    continue;
                }
                let name = format!("{}/standard/{}/{shown}", format.name, lang.key());
                let mut browser = draw(format, &state, lang).await.context(name.clone())?;
                look(&mut browser, report, &name, LIMITS).await?;
                if let Some(folder) = &options.folder {
                    take(&mut browser, folder, &name).await?;
                    pictures.push(name);
                }
            }
        }
    }
    Ok(())
}

/// Serves one state and waits until it stands there in this language, on a screen as long as the page.
pub(super) async fn draw(
    format: &Format,
    state: &StaffState,
    lang: Lang,
) -> anyhow::Result<Browser> {
    let (width, height) = format.pixels;
    let (keep, states) = watch::channel(state.clone());
    let (requests, mut asked) = mpsc::channel(4);
    tokio::spawn(async move {
        // Without its sender the page would say that the terminal is away.
        let _keep = keep;
        while asked.recv().await.is_some() {}
    });
    let credential = Credential::generate()?;
    let config = StaffConfig {
        credential: credential.clone(),
        simulated: state.simulated,
        size: ScreenSize::from_diagonal(format.inches, width, height)?,
    };
    let port = StaffPort {
        state: states,
        requests,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(kiosk::serve(
        listener,
        router(port, config),
        std::future::pending(),
    ));
    let mut browser = Browser::start(width, height).await?;
    browser.before_every_page(NOTE_VIEWS).await?;
    let token = credential.issue()?;
    browser
        .open(&format!("http://{address}/?s={}", token.as_str()))
        .await?;
    browser.wait_for("!!window.drawn").await?;
    if lang != Lang::Ja {
        browser.tap(&format!("lang-{}", lang.key())).await?;
    }
    let view = serde_json::to_string(&render(state, lang, state.simulated))?;
    browser
        .wait_for_quickly(&format!("window.drawn === {}", Value::String(view)))
        .await?;
    // What is folded is looked at unfolded.
    browser
        .evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; }); 0")
        .await?;
    let tall = browser
        .evaluate("document.documentElement.scrollHeight")
        .await?;
    let tall = u32::try_from(tall.as_u64().unwrap_or(0)).unwrap_or(height);
    browser.resize(width, tall.max(height)).await?;
    Ok(browser)
}

/// The states of a day at the desk.
pub(super) fn states() -> Vec<(&'static str, StaffState)> {
    let quiet = StaffState {
        terminal: TerminalState {
            ok: true,
            lines: vec![
                line(true, "カードリーダー：使えます", "Card reader: ready"),
                line(true, "カメラ：使えます", "Camera: ready"),
                line(
                    true,
                    "資格確認のサービス：つながっています",
                    "Eligibility service: connected",
                ),
            ],
        },
        ..StaffState::default()
    };
    let visual = StaffState {
        visit: Some(StaffVisit {
            visit: 0x1f3a,
            reader: "受付1".into(),
            page: "staff-coming".into(),
            waiting_for_visual: true,
        }),
        ..quiet.clone()
    };
    let day = StaffState {
        results: vec![
            result(
                "3",
                "架空　花子",
                ResultState::Waiting,
                vec![insurance("1"), assistance(false)],
            ),
            result("2", "架空　次郎", ResultState::Taken, vec![insurance("2")]),
            result(
                "1",
                "架空　三郎",
                ResultState::Claimed {
                    by: "レセコン".into(),
                },
                vec![insurance("1")],
            ),
        ],
        ..quiet.clone()
    };
    let mut ended = result(
        "5",
        "架空　五子",
        ResultState::Waiting,
        vec![insurance("1")],
    );
    ended.remark = Some("UK-VISIT-216".into());
    let day = StaffState {
        results: [vec![ended], day.results].concat(),
        ..day
    };
    let unentrusted = StaffState {
        simulated: true,
        results: vec![result(
            "4",
            "架空　四郎",
            ResultState::Waiting,
            vec![assistance(true)],
        )],
        ..visual.clone()
    };
    let trouble = StaffState {
        terminal: TerminalState {
            ok: false,
            lines: vec![
                line(
                    false,
                    "カードリーダー：つながっていません",
                    "Card reader: not connected",
                ),
                line(true, "カメラ：使えます", "Camera: ready"),
            ],
        },
        alerts: vec![StaffAlert {
            id: 1,
            closable: true,
            code: "UK-CARD-001".into(),
            at: "10:12".into(),
            text: Words::new(
                "カードリーダーが見つかりません。",
                "The card reader is not found.",
            ),
            advice: Words::new("ケーブルを確かめてください。", "Check the cable."),
            service: None,
        }],
        queued: vec![StaffQueued {
            id: "q1".into(),
            at: "9:41".into(),
            visit: 0x1f39,
            reason: Words::new(
                "サービスにつながりませんでした。",
                "The service was not reached.",
            ),
            next_at: "10:15".into(),
        }],
        ..day.clone()
    };
    vec![
        ("quiet", quiet),
        ("visual", visual),
        ("day", day),
        ("unentrusted", unentrusted),
        ("trouble", trouble),
    ]
}

fn line(ok: bool, ja: &str, en: &str) -> TerminalLine {
    TerminalLine {
        ok,
        text: Words::new(ja, en),
    }
}

fn result(id: &str, name: &str, state: ResultState, summaries: Vec<StaffSummary>) -> StaffResult {
    StaffResult {
        id: id.into(),
        at: "10:05".into(),
        visit: 0x1f38,
        reader: "受付1".into(),
        name: name.into(),
        state,
        remark: None,
        summaries,
    }
}

fn insurance(validity: &str) -> StaffSummary {
    let valid = validity == "1";
    StaffSummary {
        validity: validity.into(),
        classification: Words::new("健康保険", "Health insurance"),
        headline: if valid {
            Words::new("資格は有効です。", "The qualification is valid.")
        } else {
            Words::new(
                "資格は無効です（喪失）。",
                "The qualification is not valid (lost).",
            )
        },
        advice: if valid {
            Words::default()
        } else {
            Words::new(
                "新しい資格があるかを患者さんに確かめてください。",
                "Ask the patient about a new qualification.",
            )
        },
        fields: vec![
            field("氏名", "Name", "架空　花子"),
            field("生年月日", "Date of birth", "1958-03-01"),
            field("保険者番号", "Insurer number", "06990001"),
            field("記号・番号", "Symbol and number", "架空12・345"),
        ],
        ..StaffSummary::default()
    }
}

fn assistance(unentrusted: bool) -> StaffSummary {
    let numbers = if unentrusted { "" } else { "12990001" };
    StaffSummary {
        validity: if unentrusted { "6" } else { "1" }.into(),
        unentrusted,
        doubtful: false,
        classification: Words::new("医療扶助", "Medical assistance"),
        headline: if unentrusted {
            Words::new(
                "この医療機関への委託が登録されていません。",
                "No entrustment to this institution is registered.",
            )
        } else {
            Words::new(
                "資格は有効です。医療券があります。",
                "The qualification is valid; there is a medical ticket.",
            )
        },
        advice: Words::new(
            "福祉事務所に電話で確かめてください。",
            "Phone the welfare office.",
        ),
        office: Some("架空市福祉事務所".into()),
        phone: Some(if unentrusted {
            OfficePhone {
                known: true,
                text: Words::new(
                    "架空市福祉事務所の電話：03-0000-0001（平日8:30～17:15）",
                    "Telephone of 架空市福祉事務所: 03-0000-0001 (平日8:30～17:15)",
                ),
            }
        } else {
            OfficePhone::unknown()
        }),
        fields: vec![
            field("氏名", "Name", "架空　四郎"),
            field("公費負担者番号", "Payer number", numbers),
            field("受給者番号", "Recipient number", numbers),
        ],
    }
}

fn field(ja: &str, en: &str, value: &str) -> StaffField {
    StaffField {
        item: "",
        label: Words::new(ja, en),
        value: Words::new(value, value),
    }
}
