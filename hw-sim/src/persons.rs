//! The register of invented persons: who they are, what is on their cards, and what the central
//! service knows about them. Read from TOML (`hw-sim/persons.toml` is the default); every value is
//! checked here, so that the card issuer and the simulated service can rely on it. Dates may be words
//! that move with the clock ([`when`]).

mod card_spec;
mod front;
pub mod when;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::card::matching::{DateParts, MatchingNumberError, matching_number_b};

pub use card_spec::{
    BerForm, CardSort, CardSpec, CertificateState, Forgery, KeySort, RecordForgery,
};

/// The register that the simulator carries.
const DEFAULT: &str = include_str!("../persons.toml");
/// A card of every kind, for those who want to see what a terminal makes of them.
const CATALOGUE: &str = include_str!("../cards.toml");

/// Why a register was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The file could not be read.
    #[error("the register {path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The text is not the TOML of a register.
    #[error("the register is not valid TOML of the expected form")]
    Form(#[from] toml::de::Error),
    /// A value is out of its range.
    #[error("person {person}: {problem}")]
    Value {
        /// The person's id.
        person: String,
        /// What is wrong with which field.
        problem: String,
    },
}

/// All persons.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The persons in the order of the file.
    #[serde(default, rename = "person")]
    pub persons: Vec<Person>,
}

/// One invented person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Short name used on command lines, by the control page and as a folder name (`[a-z0-9-]`).
    pub id: String,
    /// 氏名, family and given name separated by U+3000.
    pub name: String,
    /// Half-width kana.
    pub kana: String,
    /// "1" male, "2" female, "9" not applicable, "0" unknown.
    pub sex: String,
    /// Gregorian YYYYMMDD.
    pub birth_date: String,
    /// 住所.
    pub address: String,
    /// What is printed and stored on the card.
    pub card: CardSpec,
    /// Registered for use as an insurance card (マイナ保険証利用登録).
    #[serde(default = "yes")]
    pub registered: bool,
    /// The central service has never heard of this person.
    #[serde(default)]
    pub unknown: bool,
    /// Medical insurance, if any.
    pub insurance: Option<Insurance>,
    /// Insurances of before: their numbers are still asked for.
    #[serde(default, rename = "former_insurance")]
    pub former_insurances: Vec<Insurance>,
    /// Medical assistance (医療扶助), if any.
    pub assistance: Option<Assistance>,
    /// Dispensed medicines that the service would give with consent.
    #[serde(default, rename = "medicine")]
    pub medicines: Vec<Medicine>,
    /// Treatments (診療情報), in the form of medicines.
    #[serde(default, rename = "treatment")]
    pub treatments: Vec<Medicine>,
    /// Operations (手術情報).
    #[serde(default, rename = "operation")]
    pub operations: Vec<Medicine>,
    /// Values of checkups (特定健診情報).
    #[serde(default, rename = "checkup")]
    pub checkups: Vec<Medicine>,
}

/// Medical insurance as the central service answers it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insurance {
    /// 保険者番号.
    pub insurer_number: String,
    /// 被保険者証記号.
    pub symbol: String,
    /// 被保険者証番号.
    pub number: String,
    /// 枝番.
    pub branch: String,
    /// 保険者名称.
    pub insurer_name: String,
    /// QualificationValidity.
    pub validity: String,
    /// 本人・家族の別.
    pub personal_family: String,
    /// 被保険者証区分.
    pub card_classification: String,
    /// 有効開始, YYYYMMDD or a word of [`when`].
    pub valid_start: String,
    /// 有効終了, YYYYMMDD or a word, if it ends.
    pub valid_end: Option<String>,
    /// 資格喪失年月日, YYYYMMDD or a word, if it is lost.
    #[serde(default)]
    pub lost: Option<String>,
    /// 資格喪失事由 (OQSCD008), if one is told.
    #[serde(default)]
    pub reason_of_loss: Option<String>,
}

/// Medical assistance as the central service knows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assistance {
    /// 公費負担者番号.
    pub payer_number: String,
    /// 受給者番号.
    pub recipient_number: String,
    /// 福祉事務所名.
    pub office_name: String,
    /// QualificationValidity ("6" is 未委託).
    pub validity: String,
    /// 資格取得日, YYYYMMDD or a word.
    pub qualification_date: String,
    /// Medical and dispensing tickets.
    #[serde(default, rename = "ticket")]
    pub tickets: Vec<Ticket>,
}

/// A medical ticket (医療券) or dispensing ticket (調剤券).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Ten-digit code of the institution the ticket is for.
    pub institution_code: String,
    /// Kind of ticket.
    pub ticket_type: String,
    /// Month of treatment, YYYYMM or a word.
    pub month: String,
    /// First day, YYYYMMDD or a word.
    pub valid_start: String,
    /// Last day, YYYYMMDD or a word.
    pub valid_end: String,
    /// Name of the institution.
    pub institution_name: String,
    /// 単独・併用区分.
    pub single_or_combined: String,
    /// 傷病名.
    #[serde(default)]
    pub injury_names: Vec<String>,
    /// Day on which the office registered it (YYYYMMDD or a word); at once when absent.
    #[serde(default)]
    pub registered: Option<String>,
}

/// One dispensed medicine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Medicine {
    /// YYYYMMDD or a word.
    pub date: String,
    /// Name of the medicine.
    pub name: String,
    /// Dose and days.
    pub amount: String,
    /// Who dispensed it.
    pub institution: String,
}

fn yes() -> bool {
    true
}

impl Register {
    /// The register that the simulator carries.
    ///
    /// # Errors
    /// Never with an unmodified tree; a broken `persons.toml` is reported like any other.
    pub fn default_register() -> Result<Self, RegisterError> {
        Self::from_toml(DEFAULT)
    }

    /// A card of every kind (`hw-sim/cards.toml`), each with a holder of its own.
    ///
    /// # Errors
    /// Never with an unmodified tree.
    pub fn catalogue() -> Result<Self, RegisterError> {
        Self::from_toml(CATALOGUE)
    }

    /// The simulator's register with the catalogue after it.
    ///
    /// # Errors
    /// Never with an unmodified tree.
    pub fn with_catalogue() -> Result<Self, RegisterError> {
        Self::from_toml(&format!("{DEFAULT}\n{CATALOGUE}"))
    }

    /// Reads a register from a file.
    ///
    /// # Errors
    /// When the file cannot be read or is not a valid register.
    pub fn load(path: &Path) -> Result<Self, RegisterError> {
        let text = std::fs::read_to_string(path).map_err(|source| RegisterError::Read {
            path: path.display().to_string(),
            source,
        })?;
        Self::from_toml(&text)
    }

    /// Reads a register from TOML text and checks every person. Cards are printed as of today.
    ///
    /// # Errors
    /// When the text is not TOML of this form or a value is out of range.
    pub fn from_toml(text: &str) -> Result<Self, RegisterError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| {
                i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
            });
        Self::from_toml_at(text, now)
    }

    /// The same, with cards printed as of `now` (milliseconds since the Unix epoch). What the service
    /// knows stays in words until it is asked ([`Person::as_of`]).
    ///
    /// # Errors
    /// See [`Self::from_toml`].
    pub fn from_toml_at(text: &str, now: i64) -> Result<Self, RegisterError> {
        let mut register: Self = toml::from_str(text)?;
        let mut seen = std::collections::BTreeSet::new();
        for person in &mut register.persons {
            if let Some(day) = when::expiry(&person.card.expiry, &person.birth_date, now) {
                person.card.expiry = day;
            }
            person.check()?;
            if !seen.insert(person.id.as_str()) {
                return Err(person.wrong("the id appears twice"));
            }
        }
        for person in &register.persons {
            let Some(victim) = person.card.certificate_of() else {
                continue;
            };
            // A forger copies a genuine card: one of another forgery would not be one.
            let genuine = register.person(victim).is_some_and(|other| {
                other.card.forged.is_none() && other.card.kind.has_card_face()
            });
            if !genuine {
                return Err(person.wrong("forged.certificate_of must name a genuine card"));
            }
        }
        Ok(register)
    }

    /// The person with this id.
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.persons.iter().find(|person| person.id == id)
    }
}

/// Settles a date of the register as of a moment; `None` leaves it.
type Settle = fn(&str, i64) -> Option<String>;

/// Every date of an insurance, with what understands it.
fn of_insurance(insurance: &mut Insurance) -> impl Iterator<Item = (&mut String, Settle)> {
    let dates = [
        Some(&mut insurance.valid_start),
        insurance.valid_end.as_mut(),
        insurance.lost.as_mut(),
    ];
    let day: Settle = when::day;
    dates.into_iter().flatten().map(move |date| (date, day))
}

impl Person {
    /// Matching number B (照合番号B) of this person's card.
    ///
    /// # Errors
    /// When birth date, expiry or security code cannot form one.
    pub fn matching_number_b(&self) -> Result<String, MatchingNumberError> {
        matching_number_b(
            &self.birth_date,
            self.card.western_birth_date,
            &self.card.expiry,
            &self.card.security_code,
        )
    }

    /// This person with every date word settled, as of `now` (milliseconds since the Unix epoch).
    pub fn as_of(&self, now: i64) -> Self {
        let mut person = self.clone();
        for (date, settle) in person.dates() {
            // Only words that `settle` understands have passed `check`.
            if let Some(settled) = settle(date, now) {
                *date = settled;
            }
        }
        // What the office has not registered yet is not known (registration comes late, monthly).
        let today = crate::central::jst::day(now);
        if let Some(assistance) = &mut person.assistance {
            assistance.tickets.retain(|t| {
                t.registered
                    .as_deref()
                    .is_none_or(|day| day <= today.as_str())
            });
        }
        person
    }

    /// Every date the service knows, with what understands it.
    fn dates(&mut self) -> Vec<(&mut String, Settle)> {
        let mut dates: Vec<(&mut String, Settle)> = Vec::new();
        if let Some(insurance) = &mut self.insurance {
            dates.extend(of_insurance(insurance));
        }
        if let Some(assistance) = &mut self.assistance {
            dates.push((&mut assistance.qualification_date, when::day));
            for ticket in &mut assistance.tickets {
                dates.extend(ticket.registered.as_mut().map(|d| (d, when::day as _)));
                dates.push((&mut ticket.month, when::month));
                dates.push((&mut ticket.valid_start, when::day));
                dates.push((&mut ticket.valid_end, when::day));
            }
        }
        for former in &mut self.former_insurances {
            dates.extend(of_insurance(former));
        }
        let lists = [
            &mut self.medicines,
            &mut self.treatments,
            &mut self.operations,
            &mut self.checkups,
        ];
        for list in lists {
            dates.extend(list.iter_mut().map(|m| (&mut m.date, when::day as _)));
        }
        dates
    }

    fn wrong(&self, problem: &str) -> RegisterError {
        RegisterError::Value {
            person: self.id.clone(),
            problem: problem.to_owned(),
        }
    }

    fn check(&self) -> Result<(), RegisterError> {
        let checks: [(bool, &str); 5] = [
            (is_id(&self.id), "id must be 1-32 of a-z, 0-9 and '-'"),
            (
                matches!(self.sex.as_str(), "0" | "1" | "2" | "9"),
                "sex must be 0, 1, 2 or 9",
            ),
            (
                DateParts::parse(&self.birth_date).is_some(),
                "birth_date must be YYYYMMDD",
            ),
            (
                DateParts::parse(&self.card.expiry).is_some(),
                "card.expiry must be YYYYMMDD",
            ),
            (
                self.name.chars().count() <= 60 && self.address.chars().count() <= 200,
                "name or address is too long for the card",
            ),
        ];
        for (ok, problem) in checks {
            if !ok {
                return Err(self.wrong(problem));
            }
        }
        for (date, settle) in self.clone().dates() {
            if settle(date, 0).is_none() {
                return Err(self.wrong(&format!("`{date}` is no date, and no word for one")));
            }
        }
        self.card.check().map_err(|problem| self.wrong(problem))?;
        self.matching_number_b()
            .map(|_| ())
            .map_err(|e| self.wrong(&e.to_string()))
    }
}

/// Whether this can be a person's id: it is also the name of a folder.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Exactly `n` ASCII digits.
fn digits(text: &str, n: usize) -> bool {
    text.len() == n && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
