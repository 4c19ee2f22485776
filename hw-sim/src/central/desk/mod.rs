//! The calls of the reception desk beside a visit with a card. ASSUMED in paths and, but for IF-003–024, in form; see
//! `oqs::assumed`, which the terminal uses. The service believes nothing: it checks settings, openings and consents
//! by itself.

pub(crate) mod held;
mod home;
mod special;

use serde_json::{Value, json};

use super::office::Care;
use super::qualification::{invented_of, text};
use super::web::Outcome;
use super::{Shared, bulk, jst};
use crate::persons::Person;

/// Prefix of the paths; the interface's first number or a word follows.
pub(crate) const PREFIX: &str = "/assumed/if/";
/// Longest reference number.
const REFERENCE: usize = 50;

/// Who asks, what, when.
pub(crate) struct Caller<'a> {
    pub(crate) institution: &'a str,
    pub(crate) request: &'a Value,
    pub(crate) header: &'a Value,
    pub(crate) body: &'a Value,
    pub(crate) now: i64,
}

impl<'a> Caller<'a> {
    /// Of a request's message.
    pub(crate) fn of(institution: &'a str, request: &'a Value, now: i64) -> Self {
        let message = &request["XmlMsg"];
        Self {
            institution,
            request,
            header: &message["MessageHeader"],
            body: &message["MessageBody"],
            now,
        }
    }

    /// Header of an answer with a 処理結果区分.
    pub(crate) fn answer_header(&self, shared: &Shared, segment: &str) -> Value {
        let mut header = json!({
            "ProcessExecutionTime": jst::stamp(shared.shown_time(self.now)),
            "MedicalInstitutionCode": self.institution,
            "SegmentOfResult": segment,
            "CharacterCodeIdentifier": "0",
        });
        for echoed in ["ArbitraryFileIdentifier", "QualificationConfirmationDate"] {
            if let Some(value) = self.header.get(echoed) {
                header[echoed] = value.clone();
            }
        }
        header
    }

    /// A message that failed.
    pub(crate) fn failed(&self, shared: &Shared, code: &str, words: &str) -> Outcome {
        let mut header = self.answer_header(shared, "9");
        header["ErrorCode"] = code.into();
        header["ErrorMessage"] = words.into();
        let message = json!({"XmlMsg": {"MessageHeader": header}});
        Outcome::ok(message, format!("refused: {code}"))
    }

    fn done(&self, shared: &Shared, body: Value, summary: impl Into<String>) -> Outcome {
        let mut message = json!({"XmlMsg": {"MessageHeader": self.answer_header(shared, "1")}});
        message["XmlMsg"]["MessageBody"] = body;
        Outcome::ok(message, summary)
    }

    /// Processed, but the person's part failed.
    fn refused(&self, shared: &Shared, code: &str, words: &str) -> Outcome {
        let body = json!({
            "ProcessingResultStatus": "2",
            "ProcessingResultCode": code,
            "ProcessingResultMessage": words,
        });
        self.done(shared, body, format!("refused: {code}"))
    }

    fn search(&self) -> &Value {
        &self.body["QualificationConfirmSearchInfo"]
    }
}

/// Answers a call by its name.
pub(crate) fn answer(
    shared: &Shared,
    name: &str,
    institution: &str,
    request: &Value,
    now: i64,
) -> Outcome {
    let caller = Caller::of(institution, request, now);
    if !caller.header.is_object() {
        return Outcome::bad_request("XmlMsgの形式が違います");
    }
    if text(caller.header, "MedicalInstitutionCode") != institution {
        return caller.failed(
            shared,
            "SIM-H01",
            "医療機関コードが電子証明書と一致しません",
        );
    }
    match name {
        "003" => register(shared, &caller),
        "005" | "009" | "013" | "017" | "021" => {
            let number = name.parse().unwrap_or(0);
            let off = match number {
                17 => !shared.setting(institution, "VisitingCareUse"),
                21 => !shared.setting(institution, "OnlineCareUse"),
                _ => false,
            };
            if off {
                return caller.failed(shared, "SIM-S01", "環境設定で利用しない設定になっています");
            }
            bulk::begin(shared, number, &caller)
        }
        "007" | "011" | "015" | "019" | "023" => {
            let number: u16 = name.parse().unwrap_or(2);
            bulk::download(shared, number - 2, &caller)
        }
        "025" => home::reinquire(shared, &caller, Care::Visiting),
        "027" => home::reinquire(shared, &caller, Care::Online),
        "037" => home::withdraw(shared, &caller),
        "039" => home::url(shared, &caller),
        "041" => settings(shared, &caller),
        "043" => update(shared, &caller),
        "047" => special::emergency(shared, &caller),
        "049" => passcode(shared, &caller),
        "checkups" => home::checkups(shared, &caller),
        "insurance-use" => insurance_use(shared, &caller),
        "openings" => special::openings(shared, &caller),
        "special" => special::inquiry(shared, &caller),
        "special-information" => special::information(shared, &caller),
        "usage-report" => special::report(shared, &caller),
        _ => Outcome::error(
            hyper::StatusCode::NOT_FOUND,
            "SIM-NO-SUCH-PATH",
            "該当する機能がありません",
        ),
    }
}

/// The numbers by which somebody is asked for.
pub(crate) struct Whose<'a> {
    insurer: &'a str,
    number: &'a str,
    symbol: &'a str,
    branch: &'a str,
    born: &'a str,
}

impl<'a> Whose<'a> {
    /// Of a search or a registration.
    pub(crate) fn of_search(info: &'a Value) -> Self {
        Self {
            insurer: text(info, "InsurerNumber"),
            number: text(info, "InsuredIdentificationNumber"),
            symbol: text(info, "InsuredCardSymbol"),
            branch: text(info, "InsuredBranchNumber"),
            born: text(info, "Birthdate"),
        }
    }

    /// Of the header of a request for medical information.
    pub(crate) fn of_header(header: &'a Value) -> Self {
        Self {
            insurer: text(header, "InsurerNumber"),
            number: text(header, "InsuredPersonIdentificationNumber"),
            symbol: text(header, "InsuranceCardSymbol"),
            branch: text(header, "BranchNumber"),
            born: "",
        }
    }

    /// Whether they are this person's: payer and recipient number, or insurer and number of an insurance, now or of before; symbol, branch and
    /// birth date where they are told: they tell the members of a family apart.
    fn is(&self, person: &Person) -> bool {
        let same = bulk::same_number;
        if self.insurer.trim().is_empty() || self.number.trim().is_empty() {
            return false;
        }
        let insured = |i: &crate::persons::Insurance| {
            same(&i.insurer_number, self.insurer)
                && same(&i.number, self.number)
                && (self.symbol.trim().is_empty() || i.symbol.trim() == self.symbol.trim())
                && (self.branch.trim().is_empty() || same(&i.branch, self.branch))
        };
        let named = person.insurance.as_ref().is_some_and(insured)
            || person.former_insurances.iter().any(insured)
            || person.assistance.as_ref().is_some_and(|a| {
                same(&a.payer_number, self.insurer) && same(&a.recipient_number, self.number)
            });
        named && (self.born.trim().is_empty() || person.birth_date == self.born.trim())
    }
}

/// The one person of these numbers; nobody when they fit several.
fn person_of(shared: &Shared, whose: &Whose<'_>, now: i64) -> Option<Person> {
    let mut found = shared.persons(now);
    found.retain(|person| whose.is(person));
    let one = found.pop();
    one.filter(|_| found.is_empty())
}

/// One registration of a reference number; the outcome with its echo.
pub(crate) fn registration(shared: &Shared, info: &Value, institution: &str, now: i64) -> Value {
    let number = text(info, "ReferenceNumber").trim();
    let refused = |code: &str, words: &str| {
        json!({
            "ProcessingResultStatus": "2",
            "ProcessingResultCode": code,
            "ProcessingResultMessage": words,
            "ReferenceNumberRegistrationInfo": info,
        })
    };
    if number.is_empty() || number.chars().count() > REFERENCE {
        return refused("SIM-R01", "照会番号は1文字以上50文字以内としてください");
    }
    let insured = text(info, "InsuredIdentificationNumber");
    let id = match shared.config.invented.places_of(insured).as_slice() {
        [] => person_of(shared, &Whose::of_search(info), now).map(|p| p.id),
        [place] => Some(format!("invented-{place}")),
        _ => match invented_of(shared, info, now).as_slice() {
            [one] => Some(format!("invented-{}", one.place)),
            _ => None,
        },
    };
    match id {
        None => refused("SIM-R02", "該当する加入者が見つかりません"),
        Some(id) => {
            shared.office().set_reference(institution, &id, number);
            json!({"ProcessingResultStatus": "1", "ReferenceNumberRegistrationInfo": info})
        }
    }
}

fn register(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let info = match &caller.body["ReferenceNumberRegistrationInfo"] {
        Value::Array(items) => items.first().cloned().unwrap_or_default(),
        info => info.clone(),
    };
    let outcome = registration(shared, &info, caller.institution, caller.now);
    let status = text(&outcome, "ProcessingResultStatus").to_owned();
    caller.done(shared, outcome, format!("reference number: {status}"))
}

fn settings(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let found = {
        let institutions = shared.institutions();
        let found = institutions.iter().find(|i| i.code == caller.institution);
        found.map(|i| i.settings.json())
    };
    let body = json!({"ProcessingResultStatus": "1", "EnvironmentSettingInfo": found});
    caller.done(shared, body, "settings")
}

fn update(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let wanted = caller.body["EnvironmentSettingInfo"].as_object().cloned();
    let wanted = wanted.unwrap_or_default();
    let changed = {
        let mut institutions = shared.institutions();
        let found = institutions
            .iter_mut()
            .find(|i| i.code == caller.institution);
        found.is_some_and(|institution| {
            // All or nothing.
            let mut settings = institution.settings.clone();
            let mut each = wanted.iter();
            let fine = each.all(|(key, value)| settings.set(key, value.as_str().unwrap_or("")));
            if fine {
                institution.settings = settings;
            }
            fine
        })
    };
    if !changed {
        return caller.refused(
            shared,
            "SIM-S02",
            "環境設定の項目または値が正しくありません",
        );
    }
    settings(shared, caller)
}

/// An institution's own four digits.
fn passcode_of(institution: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, institution.as_bytes());
    let digits = digest.as_ref().iter().take(4);
    digits.map(|byte| char::from(b'0' + byte % 10)).collect()
}

fn passcode(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let body = json!({
        "ProcessingResultStatus": "1",
        "VisualConfirmationPasscode": passcode_of(caller.institution),
        "PasscodeValidTime": format!("{}235959", jst::day(caller.now)),
    });
    caller.done(shared, body, "passcode")
}

/// Items of medical information as the assumed lists have them.
pub(crate) fn items(found: &[crate::persons::Medicine]) -> Vec<Value> {
    let item = |m: &crate::persons::Medicine| {
        json!({
            "Date": m.date,
            "Name": m.name,
            "Amount": m.amount,
            "Institution": m.institution,
        })
    };
    found.iter().map(item).collect()
}

fn insurance_use(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let id = text(caller.body, "RegistrationIdentifier");
    let person = shared.state().registration(id);
    match person {
        None => caller.refused(shared, "SIM-L01", "登録の手続きが見つかりません"),
        Some(person) => {
            shared.office().register_insurance_use(&person);
            let body = json!({"ProcessingResultStatus": "1"});
            caller.done(
                shared,
                body,
                format!("{person} registered for insurance use"),
            )
        }
    }
}
