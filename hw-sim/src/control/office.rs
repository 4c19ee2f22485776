//! What happens at the central service without the terminal: tickets registered late, consents on the mobile page, openings, revocations,
//! registrations for insurance use, and the log that a welfare office gets.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::api::{Answer, Desks, parse, state};
use crate::central::{Care, HomeConsent, Opening, jst};
use crate::clinic::{Desk, DeskError};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Office {
    Ticket {
        person: String,
        /// yyyyMM; this month when absent.
        month: Option<String>,
    },
    Consent {
        person: String,
        care: Care,
        kinds: Vec<String>,
        /// Day of the care, yyyyMMdd; today when absent.
        examination: Option<String>,
    },
    Open {
        mode: String,
        #[serde(default)]
        region: String,
        minutes: u32,
    },
    Revoke {
        person: String,
        revoked: bool,
    },
    Expire {
        person: String,
        /// Days since the end; `null` takes it back.
        days: Option<u16>,
    },
    Register {
        person: String,
    },
    Day {
        days: i32,
        #[serde(default)]
        hours: i32,
    },
    Authority {
        given: bool,
    },
    Log {
        payer_number: String,
        day: String,
    },
}

pub(super) async fn office(State(desk): Desks, body: Bytes) -> Answer {
    let central = desk.central();
    let clinic = central.institution_code().to_owned();
    let now = central.clock().now();
    match parse(&body)? {
        Office::Ticket { person, month } => {
            let person = known(&desk, person)?;
            let month = month.unwrap_or_else(|| jst::day(now).chars().take(6).collect());
            if !jst::is_day(&format!("{month}01")) {
                return Err(super::api::Problem {
                    status: axum::http::StatusCode::BAD_REQUEST,
                    code: "bad-request",
                    ja: "診療年月はyyyyMMとしてください".to_owned(),
                    en: "the month is yyyyMM".to_owned(),
                });
            }
            if !central.register_ticket_of(&person, &clinic, &month) {
                return Err(DeskError::NoSuchPerson(person).into());
            }
        }
        Office::Consent {
            person,
            care,
            kinds,
            examination,
        } => central.add_consent(HomeConsent {
            person: known(&desk, person)?,
            institution_code: clinic,
            care,
            at: now,
            examination: examination.unwrap_or_else(|| jst::day(now)),
            kinds,
            withdrawn: false,
        }),
        Office::Open {
            mode,
            region,
            minutes,
        } => {
            // Nothing to wait for: what is closed ended a moment ago.
            let until = match minutes {
                0 => now - 1,
                minutes => now.saturating_add(i64::from(minutes) * 60_000),
            };
            central.open_special(Opening {
                mode,
                region,
                until,
            });
        }
        Office::Revoke { person, revoked } => {
            central.set_revoked(&known(&desk, person)?, revoked);
        }
        Office::Expire { person, days } => {
            central.set_expired(&known(&desk, person)?, days);
        }
        Office::Register { person } => central.register_insurance_use(&known(&desk, person)?),
        Office::Day { days, hours } => {
            const HOUR_MS: i64 = 3_600_000;
            let hours = i64::from(days) * 24 + i64::from(hours);
            central.clock().shift(hours.saturating_mul(HOUR_MS));
        }
        Office::Authority { given } => {
            let value = if given { "1" } else { "0" };
            // The clinic's own institution is always there.
            let _ = central.set_setting(&clinic, "EmergencyViewingAuthority", value);
        }
        Office::Log { payer_number, day } => {
            let confirmations = central.confirmations(&payer_number, &day);
            return Ok(Json(
                json!({"simulation": true, "confirmations": confirmations}),
            ));
        }
    }
    Ok(state(&desk))
}

fn known(desk: &Desk, person: String) -> Result<String, DeskError> {
    match desk.register().person(&person) {
        Some(_) => Ok(person),
        None => Err(DeskError::NoSuchPerson(person)),
    }
}
