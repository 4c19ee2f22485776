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
                return Err(bad("診療年月はyyyyMMとしてください", "the month is yyyyMM"));
            }
            if !central.register_ticket_of(&person, &clinic, &month) {
                return Err(bad(
                    &format!("{person} は医療扶助の受給者ではないため、券を登録できません"),
                    &format!("{person} has no medical assistance: there is no ticket to register"),
                ));
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
            if !is_region(&region) {
                return Err(bad(
                    "地域は都道府県番号2桁（01～47）としてください。空欄は全国です",
                    "the region is two digits, 01 to 47; empty is everywhere",
                ));
            }
            if minutes == 0 && region.is_empty() {
                central.close_special(&mode);
            }
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
            // A part of a day would bring several, and today's among them.
            if !jst::is_day(&day) {
                return Err(bad("日付はyyyyMMddとしてください", "the day is yyyyMMdd"));
            }
            let confirmations = central.confirmations(&payer_number, &day);
            return Ok(Json(
                json!({"simulation": true, "confirmations": confirmations}),
            ));
        }
    }
    Ok(state(&desk))
}

/// Everywhere, or a prefecture.
fn is_region(region: &str) -> bool {
    let is_prefecture = |number: u8| (1..=47).contains(&number);
    region.is_empty() || (region.len() == 2 && region.parse().is_ok_and(is_prefecture))
}

fn bad(ja: &str, en: &str) -> super::api::Problem {
    super::api::Problem {
        status: axum::http::StatusCode::BAD_REQUEST,
        code: "bad-request",
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

fn known(desk: &Desk, person: String) -> Result<String, DeskError> {
    match desk.register().person(&person) {
        Some(_) => Ok(person),
        None => Err(DeskError::NoSuchPerson(person)),
    }
}
