//! States of the staff's page worth looking at. All persons and institutions are invented.

use kiosk::Words;
use kiosk::staff::{
    ResultState, StaffAction, StaffAlert, StaffField, StaffProblem, StaffQueued, StaffRequest,
    StaffResult, StaffState, StaffSummary, StaffVisit, TerminalLine, TerminalState,
};
use tokio::sync::mpsc;

/// Accepts the passcode 2468 and nothing else.
pub(crate) async fn answer(mut asked: mpsc::Receiver<StaffRequest>) {
    while let Some(StaffRequest { action, reply }) = asked.recv().await {
        let answer = match action {
            StaffAction::ConfirmVisual { passcode, .. } if passcode.as_str() != "2468" => {
                Err(StaffProblem {
                    code: "UK-VISIT-021".into(),
                    text: Words::new(
                        "パスコードが違います。あと 4 回まで入力できます。",
                        "The passcode is wrong. 4 tries left.",
                    ),
                })
            }
            _ => Ok(()),
        };
        let _ = reply.send(answer);
    }
}

fn field(ja: &str, en: &str, value: &str) -> StaffField {
    StaffField {
        label: Words::new(ja, en),
        value: Words::new(value, value),
    }
}

fn assistance(unentrusted: bool, name: &str) -> StaffSummary {
    let kept = |value: &'static str| if unentrusted { "" } else { value };
    StaffSummary {
        validity: if unentrusted { "6" } else { "1" }.into(),
        unentrusted,
        classification: Words::new("医療扶助", "Medical assistance"),
        headline: if unentrusted {
            Words::new(
                "○：この資格は有効です。（医療券/調剤券情報が未登録です。）",
                "This qualification is valid. (Ticket information is not registered.)",
            )
        } else {
            Words::new("○：この資格は有効です。", "This qualification is valid.")
        },
        advice: if unentrusted {
            Words::default()
        } else {
            Words::new("そのまま診療できます。", "The patient may be treated.")
        },
        office: Some("架空市福祉事務所".into()),
        fields: vec![
            field("照会番号", "Reference number", "00000001"),
            field("公費負担者番号", "Payer number", kept("12000001")),
            field("福祉事務所名", "Welfare office", "架空市福祉事務所"),
            field("受給者番号", "Recipient number", kept("1010001")),
            field("氏名", "Name", name),
            field("性別", "Sex", "男"),
            field("生年月日", "Date of birth", "平成2年1月15日"),
            field("医療券/調剤券別", "Kind of ticket", kept("医療券")),
            field("診療年月", "Month of care", kept("令和8年11月")),
            field(
                "指定医療機関名",
                "Designated institution",
                kept("架空クリニック"),
            ),
            field("単独/併用別", "Single or combined", kept("併用")),
            field("有効開始年月日", "Valid from", kept("令和8年11月1日")),
            field("有効終了年月日", "Valid until", kept("令和8年11月30日")),
            field("傷病名1", "Injury or disease 1", kept("XXX")),
            field("傷病名2", "Injury or disease 2", ""),
            field("傷病名3", "Injury or disease 3", ""),
        ],
    }
}

fn insurance(validity: &str, headline: Words, advice: Words) -> StaffSummary {
    StaffSummary {
        validity: validity.into(),
        unentrusted: false,
        classification: Words::new("医療保険", "Health insurance"),
        headline,
        advice,
        office: None,
        fields: vec![
            field("保険者番号", "Insurer number", "06123456"),
            field("保険者名", "Insurer", "架空健康保険組合"),
            field("記号", "Symbol", "12"),
            field("番号", "Number", "3456789"),
            field("枝番", "Branch", "00"),
            field("本人・家族", "Insured or family", "本人"),
        ],
    }
}

fn result(
    id: &str,
    at: &str,
    name: &str,
    state: ResultState,
    summaries: Vec<StaffSummary>,
) -> StaffResult {
    StaffResult {
        id: id.into(),
        at: at.into(),
        visit: 0x5bd1_e995_2f8a_4c01,
        reader: "受付1".into(),
        name: name.into(),
        state,
        summaries,
    }
}

/// Names and states.
pub(crate) fn all() -> Vec<(&'static str, StaffState)> {
    let line = |ok, ja: &str, en: &str| TerminalLine {
        ok,
        text: Words::new(ja, en),
    };
    let lines = vec![
        line(true, "カードリーダー：受付1", "Card reader: 受付1"),
        line(true, "カメラ", "Camera"),
        line(true, "中央サービス", "Central service"),
        line(true, "記録", "Ledger"),
    ];
    let valid = || {
        insurance(
            "1",
            Words::new("この資格は有効です。", "This qualification is valid."),
            Words::default(),
        )
    };
    let quiet = StaffState {
        terminal: TerminalState {
            ok: true,
            lines: lines.clone(),
        },
        ..StaffState::default()
    };
    let busy = StaffState {
        simulated: true,
        terminal: TerminalState { ok: true, lines },
        visit: Some(StaffVisit {
            visit: 0x1f,
            reader: "受付1".into(),
            page: "staff-coming".into(),
            waiting_for_visual: true,
        }),
        results: vec![
            result(
                "r3",
                "10:42",
                "未託　花子",
                ResultState::Waiting,
                vec![assistance(true, "未託　花子")],
            ),
            result(
                "r2",
                "10:31",
                "生保　一郎",
                ResultState::Claimed {
                    by: "recepta".into(),
                },
                vec![valid(), assistance(false, "生保　一郎")],
            ),
            result(
                "r1",
                "10:05",
                "保険　太郎",
                ResultState::Taken,
                vec![insurance(
                    "3",
                    Words::new(
                        "この資格は無効です。新しい資格があります。",
                        "Not valid. There is a newer qualification.",
                    ),
                    Words::new(
                        "新しい資格で確認し直してください。",
                        "Check again with the newer qualification.",
                    ),
                )],
            ),
        ],
        queued: vec![StaffQueued {
            id: "q1".into(),
            at: "10:20".into(),
            visit: 0x77,
            reason: Words::new("回線がつながりませんでした。", "There was no connection."),
            next_at: "10:50".into(),
        }],
        alerts: vec![StaffAlert {
            code: "UK-CENT-001".into(),
            at: "10:20".into(),
            text: Words::new(
                "中央サービスにつながりませんでした。",
                "The central service could not be reached.",
            ),
            advice: Words::new(
                "そのままお待ちください。つながったら自動で問い合わせます。続くときは回線を確認してください。",
                "Please wait; it is asked again by itself. If it goes on, check the line.",
            ),
        }],
    };
    let mut trouble = busy.clone();
    trouble.visit = None;
    trouble.terminal.ok = false;
    trouble.terminal.lines[1] = line(
        false,
        "カメラが見つかりません（UK-FACE-003）",
        "No camera found (UK-FACE-003)",
    );
    vec![
        ("staff", busy),
        ("staff-quiet", quiet),
        ("staff-trouble", trouble),
    ]
}
