//! `hw-sim central …`: each word as a call of the control interface of the running clinic.

use hw_sim::central::ServerCertificate;
use serde_json::{Value, json};

use crate::cli::{AuthorityWord, CareWord, CentralCommand, ModeWord};

/// Path and body of the call.
pub(crate) fn call(what: CentralCommand) -> (&'static str, Value) {
    const CENTRAL: &str = "/api/central";
    const OFFICE: &str = "/api/office";
    use CentralCommand as C;
    match what {
        C::Up => (
            CENTRAL,
            json!({"up": true, "fault": "none", "certificate": "good", "skew_ms": 0, "token_life_s": 1800}),
        ),
        C::Down => (CENTRAL, json!({"up": false})),
        C::Hang => (CENTRAL, json!({"fault": "hang"})),
        C::LoseAnswer => (CENTRAL, json!({"fault": "lose-answer"})),
        C::Slow { ms } => (CENTRAL, json!({"fault": {"slow": ms}})),
        C::Cut => (CENTRAL, json!({"fault": "cut"})),
        C::Status { status } => (CENTRAL, json!({"fault": {"status": status}})),
        C::Malformed => (CENTRAL, json!({"fault": "not-json"})),
        C::Oversized { bytes } => (CENTRAL, json!({"fault": {"oversized": bytes}})),
        C::Duplicate => (CENTRAL, json!({"fault": "duplicate"})),
        C::Certificate { which } => (
            CENTRAL,
            json!({"certificate": ServerCertificate::from(which)}),
        ),
        C::ForgetTokens => (CENTRAL, json!({"forget_tokens": true})),
        C::TokenLife { seconds } => (CENTRAL, json!({"token_life_s": seconds})),
        C::Skew { seconds } => (CENTRAL, json!({"skew_ms": seconds.saturating_mul(1000)})),
        C::Ticket { person, month } => {
            let mut body = json!({"do": "ticket", "person": person});
            if let Some(month) = month {
                body["month"] = month.into();
            }
            (OFFICE, body)
        }
        C::Consent {
            person,
            care,
            kinds,
        } => {
            let care = match care {
                CareWord::Visiting => "visiting",
                CareWord::Online => "online",
            };
            let body = json!({"do": "consent", "person": person, "care": care, "kinds": kinds});
            (OFFICE, body)
        }
        C::Open {
            mode,
            region,
            minutes,
        } => {
            let mode = match mode {
                ModeWord::Disaster => "disaster",
                ModeWord::Outage => "outage",
            };
            let body = json!({"do": "open", "mode": mode, "region": region, "minutes": minutes});
            (OFFICE, body)
        }
        C::Revoke { person, undo } => (
            OFFICE,
            json!({"do": "revoke", "person": person, "revoked": !undo}),
        ),
        C::Expire { person, days, undo } => {
            let days = (!undo).then_some(days);
            (
                OFFICE,
                json!({"do": "expire", "person": person, "days": days}),
            )
        }
        C::Register { person } => (OFFICE, json!({"do": "register", "person": person})),
        C::Day { days, hours } => (OFFICE, json!({"do": "day", "days": days, "hours": hours})),
        C::Authority { word } => {
            let given = matches!(word, AuthorityWord::Give);
            (OFFICE, json!({"do": "authority", "given": given}))
        }
        C::Log { payer_number, day } => (
            OFFICE,
            json!({"do": "log", "payer_number": payer_number, "day": day}),
        ),
    }
}
