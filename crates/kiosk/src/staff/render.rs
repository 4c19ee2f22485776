//! From the state to the staff's view.

use crate::staff::view::{
    AlertView, EndedView, FieldView, LanguageView, LineView, ListView, PhoneView, QueuedView,
    RemarkView, ResultView, StaffView, SummaryView, TerminalView, VisitView, VisualView,
    WarningView,
};
use crate::staff::{OfficePhone, ResultState, StaffResult, StaffState, StaffSummary, StaffVisit};
use crate::texts::Texts;
use crate::{Lang, Words};

/// Results drawn at once; a clinic's day rarely has more, and a page must stay quick.
const MAX_RESULTS: usize = 100;
const MAX_OTHERS: usize = 50;
/// 資格有効性 6: 有効(未登録).
const UNENTRUSTED: &str = "6";

/// Renders the whole page in `lang`.
pub fn render(state: &StaffState, lang: Lang, terminal_simulates: bool) -> StaffView {
    let texts = Texts(lang);
    StaffView {
        kind: "view",
        lang: lang.tag(),
        window_title: texts.get("staff-page-title"),
        banner: (state.simulated || terminal_simulates).then(|| texts.get("common-simulation")),
        terminal: terminal(state, texts),
        visit: visit(state.visit.as_ref(), texts),
        results: results(state, texts),
        alerts: alerts(state, texts),
        ended: ended(state, texts),
        queued: queued(state, texts),
        desk: texts.get("desk-pages"),
        help: texts.get("staff-help"),
        languages: Lang::STAFF
            .into_iter()
            .map(|known| LanguageView {
                lang: known.tag(),
                label: Texts(known).get("common-language-name"),
                chosen: known == lang,
            })
            .collect(),
        languages_label: texts.get("staff-languages"),
    }
}

fn terminal(state: &StaffState, texts: Texts) -> TerminalView {
    TerminalView {
        ok: state.terminal.ok,
        text: texts.get(if state.terminal.ok {
            "staff-terminal-ok"
        } else {
            "staff-terminal-trouble"
        }),
        lines_title: texts.get("staff-terminal-lines"),
        lines: state
            .terminal
            .lines
            .iter()
            .take(MAX_OTHERS)
            .map(|line| LineView {
                ok: line.ok,
                state: texts.get(if line.ok {
                    "staff-line-ok"
                } else {
                    "staff-line-trouble"
                }),
                text: line.text.get(texts.0).to_owned(),
            })
            .collect(),
    }
}

fn visit(visit: Option<&StaffVisit>, texts: Texts) -> VisitView {
    let visual = visit
        .filter(|visit| visit.waiting_for_visual)
        .map(|_| VisualView {
            title: texts.get("staff-visual"),
            waiting: texts.get("staff-visual-waiting"),
            explain: texts.get("staff-visual-explain"),
            name: texts.get("staff-visual-name"),
            passcode: texts.get("staff-visual-passcode"),
            confirm: texts.get("staff-visual-confirm"),
        });
    VisitView {
        title: texts.get("staff-visit"),
        remark: visit.is_none().then(|| texts.get("staff-visit-none")),
        number: visit.map(|visit| number(visit.visit)),
        facts: visit.map_or_else(Vec::new, |visit| {
            vec![
                field(
                    texts.get("staff-visit-page"),
                    screen(&visit.page, texts),
                    texts,
                ),
                field(
                    texts.get("staff-reader"),
                    super::people::reader(&visit.reader, texts),
                    texts,
                ),
            ]
        }),
        signed_in: None,
        name: texts.get("staff-visual-name"),
        cancel: texts.get("staff-visit-cancel"),
        cancel_sure: texts.get("staff-visit-cancel-sure"),
        restart: texts.get("staff-visit-restart"),
        visual,
    }
}

/// The patient's screen in words; a name that is not known here is shown as it is.
fn screen(page: &str, texts: Texts) -> String {
    let key = match page {
        "starting" => "staff-screen-starting",
        "out-of-service" => "staff-screen-out-of-service",
        "waiting" => "staff-screen-waiting",
        "reading" => "staff-screen-reading",
        "not-my-number-card" => "staff-screen-not-my-number-card",
        "method" => "staff-screen-method",
        "keypad" => "staff-screen-keypad",
        "face-check" => "staff-screen-face-check",
        "staff-coming" => "staff-screen-staff-coming",
        "working" => "staff-screen-working",
        "register" => "staff-screen-register",
        "consents" => "staff-screen-consents",
        "farewell" => "staff-screen-farewell",
        "trouble" => "staff-screen-trouble",
        other => return other.to_owned(),
    };
    texts.get(key)
}

/// Today's visits without a result: when, how they ended, why, and what to do.
pub(crate) fn ended(state: &StaffState, texts: Texts) -> ListView<EndedView> {
    let items = state.ended.iter().take(MAX_OTHERS).map(|one| {
        let words_for = texts.find(&format!("audit-value-{}", one.outcome));
        let reason = one.code.as_deref().map(super::said::alert);
        let (why, advice) = match &reason {
            Some((why, advice)) => (Some(words(why, texts)), Some(words(advice, texts))),
            // Staff had it begun anew: as a rule it went on at once.
            None if one.outcome == "begun-anew" => (None, Some(texts.get("staff-ended-anew"))),
            // Nothing went wrong: nobody went on, or somebody ended it.
            None => (None, Some(texts.get("staff-ended-again"))),
        };
        EndedView {
            at: one.at.clone(),
            what: words_for.unwrap_or_else(|| one.outcome.clone()),
            code: one.code.clone(),
            why,
            advice_title: texts.get("staff-advice"),
            advice,
        }
    });
    ListView {
        title: texts.get("staff-ended"),
        remark: state
            .ended
            .is_empty()
            .then(|| texts.get("staff-ended-none")),
        items: items.collect(),
    }
}

fn results(state: &StaffState, texts: Texts) -> ListView<ResultView> {
    let left_out = state.results_left_out + state.results.len().saturating_sub(MAX_RESULTS);
    let remark = match (state.results.is_empty(), left_out) {
        (true, _) => Some(texts.get("staff-results-none")),
        (false, 0) => None,
        (false, count) => Some(texts.with("staff-results-more", "count", count)),
    };
    ListView {
        title: texts.get("staff-results"),
        remark,
        items: state
            .results
            .iter()
            .take(MAX_RESULTS)
            .map(|one| result(one, texts))
            .collect(),
    }
}

fn result(result: &StaffResult, texts: Texts) -> ResultView {
    let (state, state_text) = match &result.state {
        ResultState::Waiting => ("waiting", texts.get("staff-state-waiting")),
        ResultState::Claimed { by } => (
            "claimed",
            texts.with("staff-state-claimed", "by", by.as_str()),
        ),
        ResultState::Taken => ("taken", texts.get("staff-state-taken")),
    };
    ResultView {
        id: result.id.clone(),
        name: if result.name.trim().is_empty() {
            texts.get("staff-name-unknown")
        } else {
            result.name.clone()
        },
        state,
        state_text,
        facts: vec![
            field(texts.get("staff-at"), result.at.clone(), texts),
            field(
                texts.get("staff-reader"),
                super::people::reader(&result.reader, texts),
                texts,
            ),
            field(texts.get("staff-visit-number"), number(result.visit), texts),
        ],
        remark: result.remark.as_deref().map(|code| remark(code, texts)),
        summaries: result
            .summaries
            .iter()
            .map(|one| summary(one, texts))
            .collect(),
    }
}

/// What is special about a result, by its code.
pub(crate) fn remark(code: &str, texts: Texts) -> RemarkView {
    let (text, advice) = super::said::alert(code);
    RemarkView {
        code: code.to_owned(),
        text: words(&text, texts),
        advice_title: texts.get("staff-advice"),
        advice: words(&advice, texts),
    }
}

/// One qualification as drawn, for the desk's pages.
pub(crate) fn render_summary(summary: &StaffSummary, lang: Lang) -> SummaryView {
    self::summary(summary, Texts(lang))
}

fn summary(summary: &StaffSummary, texts: Texts) -> SummaryView {
    // A "6" that comes without the mark is treated as unentrusted all the same.
    let unentrusted = summary.unentrusted || summary.validity == UNENTRUSTED;
    let (tone, validity) = validity(
        if unentrusted {
            UNENTRUSTED
        } else {
            &summary.validity
        },
        texts,
    );
    let tone = if summary.doubtful && tone == "good" {
        "unclear"
    } else {
        tone
    };
    SummaryView {
        tone,
        validity,
        classification: words(&summary.classification, texts),
        headline: words(&summary.headline, texts),
        advice_title: texts.get("staff-advice"),
        advice: words(&summary.advice, texts),
        phone: match &summary.phone {
            Some(phone) => Some(phone_view(phone, texts)),
            // Whom to phone about somebody unentrusted is said, so it is said as well when the number is not known.
            None => unentrusted.then(|| phone_view(&OfficePhone::unknown(), texts)),
        },
        warning: unentrusted.then(|| warning(summary.office.as_deref(), texts)),
        fields: summary
            .fields
            .iter()
            .map(|one| field(words(&one.label, texts), words(&one.value, texts), texts))
            .collect(),
    }
}

fn phone_view(phone: &OfficePhone, texts: Texts) -> PhoneView {
    PhoneView {
        known: phone.known,
        text: words(&phone.text, texts),
    }
}

/// 資格有効性: 1 valid, 2 invalid, 3 invalid with a newer one, 4 none, 5 several, 6 valid but ticket not registered.
fn validity(code: &str, texts: Texts) -> (&'static str, String) {
    match code {
        "1" => ("good", texts.get("staff-validity-valid")),
        "2" => ("bad", texts.get("staff-validity-invalid")),
        "3" => ("bad", texts.get("staff-validity-replaced")),
        "4" => ("bad", texts.get("staff-validity-none")),
        "5" => ("unclear", texts.get("staff-validity-several")),
        UNENTRUSTED => ("unentrusted", texts.get("staff-validity-unentrusted")),
        other => (
            "unclear",
            texts.with("staff-validity-unknown", "code", other),
        ),
    }
}

fn warning(office: Option<&str>, texts: Texts) -> WarningView {
    WarningView {
        title: texts.get("staff-unentrusted-title"),
        text: texts.get("staff-unentrusted"),
        office: match office {
            Some(office) if !office.trim().is_empty() => {
                texts.with("staff-office", "office", office)
            }
            _ => texts.get("staff-office-unknown"),
        },
        call: texts.get("staff-unentrusted-call"),
        withheld: texts.get("staff-unentrusted-withheld"),
    }
}

fn alerts(state: &StaffState, texts: Texts) -> ListView<AlertView> {
    ListView {
        title: texts.get("staff-alerts"),
        remark: state
            .alerts
            .is_empty()
            .then(|| texts.get("staff-alerts-none")),
        items: state
            .alerts
            .iter()
            .take(MAX_OTHERS)
            .map(|alert| AlertView {
                id: alert.id.to_string(),
                close: alert.closable.then(|| texts.get("staff-alert-close")),
                code: alert.code.clone(),
                at: alert.at.clone(),
                text: words(&alert.text, texts),
                advice_title: texts.get("staff-advice"),
                advice: words(&alert.advice, texts),
                service: alert.service.as_ref().map(|said| {
                    let text = format!("{} {}", said.code, said.words);
                    field(
                        texts.get("staff-service-said"),
                        text.trim().to_owned(),
                        texts,
                    )
                }),
            })
            .collect(),
    }
}

fn queued(state: &StaffState, texts: Texts) -> ListView<QueuedView> {
    ListView {
        title: texts.get("staff-queued"),
        remark: state
            .queued
            .is_empty()
            .then(|| texts.get("staff-queued-none")),
        items: state
            .queued
            .iter()
            .take(MAX_OTHERS)
            .map(|one| QueuedView {
                id: one.id.clone(),
                facts: vec![
                    field(texts.get("staff-at"), one.at.clone(), texts),
                    field(texts.get("staff-visit-number"), number(one.visit), texts),
                ],
                reason: words(&one.reason, texts),
                next: texts.with("staff-queued-next", "at", one.next_at.as_str()),
            })
            .collect(),
    }
}

fn words(words: &Words, texts: Texts) -> String {
    words.get(texts.0).to_owned()
}

fn field(label: String, value: String, texts: Texts) -> FieldView {
    let value = if value.trim().is_empty() {
        texts.get("staff-withheld")
    } else {
        value
    };
    FieldView { label, value }
}

/// A visit's number as it is printed everywhere.
pub(crate) fn number(visit: u64) -> String {
    format!("{visit:016x}")
}
