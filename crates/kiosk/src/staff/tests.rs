//! The staff's view: what staff must see, and what must not be there.

use super::*;
use crate::{Lang, Words};

fn field(label: &str, value: &str) -> StaffField {
    StaffField {
        item: "",
        label: Words::new(format!("{label}日"), label),
        value: Words::new(value, value),
    }
}

fn summary(validity: &str, unentrusted: bool) -> StaffSummary {
    StaffSummary {
        validity: validity.into(),
        unentrusted,
        doubtful: false,
        classification: Words::new("医療扶助", "Medical assistance"),
        headline: Words::new("見出し", "Headline"),
        advice: Words::new("対応方法", "Advice"),
        office: Some("架空市福祉事務所".into()),
        phone: None,
        fields: vec![
            field("reference", "00000001"),
            field("payer", ""),
            field("name", "生保　一郎"),
            field("recipient", " "),
        ],
    }
}

fn state(summaries: Vec<StaffSummary>) -> StaffState {
    let result = StaffResult {
        id: "r1".into(),
        at: "10:00".into(),
        stored_at: 0,
        visit: 0xff,
        reader: "受付1".into(),
        name: "生保　一郎".into(),
        state: ResultState::Claimed {
            by: "recepta".into(),
        },
        medical: false,
        remark: None,
        summaries,
    };
    StaffState {
        simulated: true,
        visit: Some(StaffVisit {
            visit: 0x1f,
            reader: "受付1".into(),
            page: "staff-coming".into(),
            waiting_for_visual: true,
        }),
        results: vec![result],
        queued: vec![StaffQueued {
            id: "q".into(),
            at: "9:00".into(),
            visit: 1,
            reason: Words::new("理由", "Reason"),
            next_at: "9:30".into(),
        }],
        alerts: vec![StaffAlert {
            id: 7,
            closable: true,
            code: "UK-CENT-001".into(),
            at: "9:00".into(),
            text: Words::new("起きた", "Happened"),
            advice: Words::new("する", "Do"),
            service: Some(ServiceSaid {
                code: "E-77".into(),
                words: "原文のまま".into(),
            }),
        }],
        ..StaffState::default()
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    for lang in Lang::STAFF {
        for validity in ["1", "2", "3", "4", "5", "6", "7", ""] {
            for state in [
                state(vec![summary(validity, false), summary(validity, true)]),
                StaffState::default(),
            ] {
                let json = serde_json::to_string(&render(&state, lang, true)).unwrap();
                assert!(!json.contains('\u{27E6}'), "{json}");
                assert!(json.contains(if lang == Lang::Ja {
                    "シミュレーション"
                } else {
                    "SIMULATION"
                }));
            }
        }
    }
}

/// Whoever is told to phone an office reads its number there, or that none is known and where it is entered; what is special about a
/// valid result stands beside it.
#[test]
fn whom_to_phone_comes_with_the_number_and_a_special_result_with_why() {
    let known = OfficePhone {
        known: true,
        text: Words::new("電話 03", "Telephone 03"),
    };
    for lang in Lang::STAFF {
        let mut state = state(vec![
            StaffSummary {
                phone: Some(known.clone()),
                ..summary("1", false)
            },
            summary("6", true),
            summary("1", false),
        ]);
        state.results[0].remark = Some("UK-VISIT-216".into());
        let view = render(&state, lang, false);
        let [doubtful, unentrusted, valid] = view.results.items[0].summaries.as_slice() else {
            panic!("{view:?}");
        };
        let phone = doubtful.phone.as_ref().unwrap();
        assert!(phone.known && phone.text.contains("03"));
        let phone = unentrusted.phone.as_ref().unwrap();
        assert!(!phone.known && phone.text.contains("[[welfare_office]]"));
        assert_eq!(valid.phone, None, "nobody is to be phoned");
        let remark = view.results.items[0].remark.as_ref().unwrap();
        let (text, advice) = alert("UK-VISIT-216");
        assert_eq!(remark.text, text.get(lang));
        assert_eq!(remark.advice, advice.get(lang));
    }
}

/// The help desk asks for the service's own code and words: they stand beside ours as they came.
#[test]
fn the_services_own_words_stand_beside_ours() {
    for lang in Lang::STAFF {
        let view = render(&state(Vec::new()), lang, false);
        let said = view.alerts.items[0].service.as_ref().unwrap();
        assert_eq!(said.value, "E-77 原文のまま");
        assert!(!said.label.contains('\u{27E6}'));
    }
}

#[test]
fn every_page_of_the_patient_has_a_name_for_staff() {
    use crate::patient::{KeypadPurpose, Page, WorkStep};
    let pages = [
        Page::Starting,
        Page::OutOfService { code: "UK" },
        Page::Waiting,
        Page::Reading,
        Page::NotMyNumberCard {
            what: crate::patient::OtherCard::Unknown,
            code: "UK",
        },
        Page::Method {
            face: true,
            pin: true,
            pin_tries: None,
            visual: true,
            notice: None,
        },
        Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled: 0,
            tries_left: None,
            notice: None,
        },
        Page::FaceCheck {
            guidance: None,
            attempt: 1,
            pin: true,
            visual: true,
        },
        Page::StaffComing { notice: None },
        Page::Working {
            step: WorkStep::Saving,
        },
        Page::Consents {
            answers: [None; 4],
            itemised: false,
        },
        Page::Farewell {
            received: true,
            agreed: Some(vec![]),
            take_card: false,
            notice: None,
        },
        Page::Trouble {
            code: "UK",
            take_card: false,
            notice: None,
        },
    ];
    for page in pages {
        let mut state = state(vec![]);
        state.visit = Some(StaffVisit {
            visit: 1,
            reader: "r".into(),
            page: page.name().into(),
            waiting_for_visual: false,
        });
        let view = render(&state, Lang::En, false);
        assert_ne!(view.visit.facts[0].value, page.name());
        assert_eq!(view.visit.visual, None);
    }
}

#[test]
fn unentrusted_warns_and_says_whom_to_phone_invariant_6() {
    for marked in [summary("6", true), summary("6", false), summary("1", true)] {
        let view = render(&state(vec![marked]), Lang::Ja, false);
        let one = &view.results.items[0].summaries[0];
        assert_eq!((one.tone, one.validity.as_str()), ("unentrusted", "未委託"));
        let warning = one.warning.as_ref().unwrap();
        assert!(
            warning.office.contains("架空市福祉事務所"),
            "{}",
            warning.office
        );
    }
    let entrusted = render(&state(vec![summary("1", false)]), Lang::Ja, false);
    assert_eq!(entrusted.results.items[0].summaries[0].warning, None);
}

#[test]
fn an_office_without_a_name_is_still_to_be_phoned() {
    for office in [None, Some(" ".to_owned())] {
        let view = render(
            &state(vec![StaffSummary {
                office,
                ..summary("6", true)
            }]),
            Lang::En,
            false,
        );
        assert_eq!(
            view.results.items[0].summaries[0]
                .warning
                .as_ref()
                .unwrap()
                .office,
            "Phone the welfare office"
        );
    }
}

#[test]
fn withheld_fields_show_a_dash_and_keep_their_order() {
    let view = render(&state(vec![summary("6", true)]), Lang::En, false);
    let fields: Vec<(&str, &str)> = view.results.items[0].summaries[0]
        .fields
        .iter()
        .map(|one| (one.label.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("reference", "00000001"),
            ("payer", "-"),
            ("name", "生保　一郎"),
            ("recipient", "-")
        ]
    );
}

#[test]
fn each_validity_has_its_own_words_and_never_looks_good_by_mistake() {
    let tone = |code: &str| {
        render(&state(vec![summary(code, false)]), Lang::Ja, false)
            .results
            .items[0]
            .summaries[0]
            .tone
    };
    let tones: Vec<&str> = ["1", "2", "3", "4", "5", "6", "", "01", "９"]
        .map(tone)
        .into();
    assert_eq!(
        tones,
        [
            "good",
            "bad",
            "bad",
            "bad",
            "unclear",
            "unentrusted",
            "unclear",
            "unclear",
            "unclear"
        ]
    );
}

#[test]
fn a_long_day_is_cut_and_says_so() {
    let mut state = state(vec![summary("1", false)]);
    state.results = vec![state.results[0].clone(); 250];
    let view = render(&state, Lang::En, false);
    assert_eq!(view.results.items.len(), 100);
    assert!(view.results.remark.unwrap().contains("150"));
}

#[test]
fn printing_a_state_or_a_view_shows_no_person_invariant_5() {
    let state = state(vec![summary("6", true)]);
    let view = render(&state, Lang::Ja, true);
    assert!(serde_json::to_string(&view).unwrap().contains("生保　一郎"));
    for printed in [format!("{state:?}"), format!("{view:?}")] {
        assert!(
            printed.contains("r1") && !printed.contains("生保"),
            "{printed}"
        );
    }
}
