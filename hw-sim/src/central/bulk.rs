//! Bulk calls of the simulated service: a request makes a job with a reception number, the job says "still working" as
//! often as it was told to, then gives its answer, as JSON, XML in either encoding, or a ZIP.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::desk::Caller;
use super::qualification::{self, bare, text};
use super::web::Outcome;
use super::{Shared, jst};

/// Jobs kept.
const KEPT: usize = 200;

/// The form of a bulk answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkForm {
    /// JSON.
    #[default]
    Json,
    /// XML in UTF-8.
    Xml,
    /// XML in Shift_JIS.
    XmlShiftJis,
    /// A ZIP of one XML in UTF-8.
    Zip,
}

struct Job {
    number: u16,
    institution: String,
    request: Value,
    left: u32,
}

/// The jobs by reception number.
pub(crate) struct Jobs {
    jobs: HashMap<String, Job>,
    order: VecDeque<String>,
    made: u64,
    pub(crate) polls: u32,
    pub(crate) form: BulkForm,
    /// Answers announce one person more than they hold.
    pub(crate) miscount: bool,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            jobs: HashMap::new(),
            order: VecDeque::new(),
            made: 0,
            polls: 1,
            form: BulkForm::default(),
            miscount: false,
        }
    }
}

impl Jobs {
    fn add(&mut self, number: u16, institution: &str, request: &Value, now: i64) -> String {
        self.made += 1;
        let reception = format!("SIM{}{:05}", jst::stamp(now), self.made);
        let job = Job {
            number,
            institution: institution.to_owned(),
            request: request.clone(),
            left: self.polls,
        };
        self.jobs.insert(reception.clone(), job);
        self.order.push_back(reception.clone());
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.jobs.remove(&oldest);
            }
        }
        reception
    }
}

/// First phase. The same request under the same identifier gets the same number, so that repeating does no harm.
pub(crate) fn begin(shared: &Shared, number: u16, caller: &Caller<'_>) -> Outcome {
    let identifier = text(caller.header, "ArbitraryFileIdentifier");
    let mut jobs = shared.jobs();
    let known = jobs.jobs.iter().find(|(_, job)| {
        let header = &job.request["XmlMsg"]["MessageHeader"];
        job.number == number
            && job.institution == caller.institution
            && !identifier.is_empty()
            && text(header, "ArbitraryFileIdentifier") == identifier
    });
    let reception = match known {
        Some((reception, _)) => reception.clone(),
        None => jobs.add(number, caller.institution, caller.request, caller.now),
    };
    let mut header = caller.answer_header(shared, "1");
    header["ReceptionNumber"] = reception.as_str().into();
    Outcome::ok(
        json!({"XmlMsg": {"MessageHeader": header, "MessageBody": {"ProcessingResultStatus": "1"}}}),
        format!("bulk {number:03} taken as {reception}"),
    )
}

/// Second phase.
pub(crate) fn download(shared: &Shared, number: u16, caller: &Caller<'_>) -> Outcome {
    let reception = text(caller.body, "ReceptionNumber").to_owned();
    let (request, form, miscount) = {
        let mut jobs = shared.jobs();
        let (form, miscount) = (jobs.form, jobs.miscount);
        let found = jobs
            .jobs
            .get_mut(&reception)
            .filter(|job| job.number == number && job.institution == caller.institution);
        match found {
            None => return caller.failed(shared, "SIM-B01", "受付番号が見つかりません"),
            Some(job) if job.left > 0 => {
                job.left -= 1;
                let mut header = caller.answer_header(shared, "2");
                header["ReceptionNumber"] = reception.as_str().into();
                return Outcome::ok(
                    json!({"XmlMsg": {"MessageHeader": header}}),
                    format!("bulk {reception}: still working"),
                );
            }
            Some(job) => (job.request.clone(), form, miscount),
        }
    };
    let (unit, units) = match number {
        5 => ("BulkConfirmUnit", by_numbers(shared, &request, caller)),
        9 => (
            "BulkRegistrationUnit",
            registrations(shared, &request, caller),
        ),
        13 => ("BulkConfirmUnit", tickets(shared, &request, caller)),
        _ => (
            "BulkConfirmUnit",
            consented(shared, &request, number, caller),
        ),
    };
    let mut header = caller.answer_header(shared, "1");
    header["ReceptionNumber"] = reception.as_str().into();
    let announced = units.len() + usize::from(miscount);
    header["NumberOfProcessingResult"] = announced.to_string().into();
    let summary = format!("bulk {reception}: {} persons", units.len());
    let message = json!({"XmlMsg": {"MessageHeader": header, "MessageBody": {unit: units}}});
    // Registrations come back as JSON like single answers; persons in the form switched.
    if number == 9 {
        return Outcome::ok(message, summary);
    }
    dressed(message, form, &reception, summary)
}

fn dressed(message: Value, form: BulkForm, reception: &str, summary: String) -> Outcome {
    let raw = match form {
        BulkForm::Json => return Outcome::ok(message, summary),
        BulkForm::Xml => (
            "application/xml; charset=utf-8",
            xml(&message, "UTF-8").into_bytes(),
        ),
        BulkForm::XmlShiftJis => {
            let text = xml(&message, "Shift_JIS");
            ("application/xml; charset=Shift_JIS", shift_jis(&text))
        }
        BulkForm::Zip => {
            let name = format!("OQSmutic02res_{reception}.xml");
            let packed = oqs::zip::pack(&name, xml(&message, "UTF-8").as_bytes());
            match packed {
                Ok(packed) => ("application/zip", packed),
                Err(_) => return Outcome::bad_request("ZIPにできません"),
            }
        }
    };
    Outcome {
        raw: Some(raw),
        ..Outcome::ok(Value::Null, summary)
    }
}

/// The message as XML: a key is an element, a `…List` array stands under its wrapper, other arrays repeat it.
fn xml(message: &Value, encoding: &str) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"{encoding}\" standalone=\"no\"?>\n");
    write(&mut out, message);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Array(items) if !name.ends_with("List") => {
                        for item in items {
                            element(out, name, item);
                        }
                    }
                    value => element(out, name, value),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| write(out, item)),
        Value::String(text) => {
            for c in text.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    c => out.push(c),
                }
            }
        }
        other => out.push_str(&other.to_string()),
    }
}

fn element(out: &mut String, name: &str, value: &Value) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    write(out, value);
    out.push_str("</");
    out.push_str(name);
    out.push_str(">\n");
}

/// CP932 bytes; what it can't hold becomes a numeric reference, as a real encoder in a service would do.
fn shift_jis(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

/// IF-005: each search by itself.
fn by_numbers(shared: &Shared, request: &Value, caller: &Caller<'_>) -> Vec<Value> {
    let searches = &request["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"];
    let searches: Vec<&Value> = match searches {
        Value::Array(items) => items.iter().collect(),
        Value::Object(_) => vec![searches],
        _ => Vec::new(),
    };
    let answered = searches.into_iter().map(|info| {
        let mut body = qualification::by_numbers(shared, info, caller.institution, caller.now).body;
        body["QualificationConfirmSearchInfo"] = info.clone();
        unit_of(body)
    });
    answered.collect()
}

/// Results stand right under a unit in bulk answers.
fn unit_of(mut body: Value) -> Value {
    if let Some(list) = body
        .as_object_mut()
        .and_then(|body| body.remove("ResultList"))
    {
        let results: Vec<Value> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item["ResultOfQualificationConfirmation"].clone())
            .collect();
        body["ResultOfQualificationConfirmation"] = results.into();
    }
    body
}

/// IF-009.
fn registrations(shared: &Shared, request: &Value, caller: &Caller<'_>) -> Vec<Value> {
    let asked = &request["XmlMsg"]["MessageBody"]["ReferenceNumberRegistrationInfo"];
    let asked: Vec<&Value> = match asked {
        Value::Array(items) => items.iter().collect(),
        Value::Object(_) => vec![asked],
        _ => Vec::new(),
    };
    let done = asked
        .into_iter()
        .map(|info| super::desk::registration(shared, info, caller.institution, caller.now));
    done.collect()
}

/// IF-013: every person with a ticket of the month that names the institution, with the tied qualification.
fn tickets(shared: &Shared, request: &Value, caller: &Caller<'_>) -> Vec<Value> {
    let info = &request["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"];
    let month = text(info, "MedicalTreatmentMonth");
    if !shared.setting(caller.institution, "MedicalAssistanceUse") {
        return Vec::new();
    }
    let mut units = Vec::new();
    for mut person in shared.persons(caller.now) {
        let named = person.assistance.as_mut().is_some_and(|assistance| {
            // Of the month that was asked for, not of all that stand there.
            assistance.tickets.retain(|ticket| ticket.month == month);
            let of = |t: &crate::persons::Ticket| t.institution_code == caller.institution;
            assistance.tickets.iter().any(of)
        });
        if named {
            let body =
                qualification::assistance_only(shared, &person, caller.institution, caller.now);
            units.push(unit_of(body));
        }
    }
    let invented = shared.config.invented;
    for place in 0..invented.persons {
        let Some(person) = invented.person(place, month, &shared.config.institution_code) else {
            break;
        };
        if person.assistance.is_some() && caller.institution == shared.config.institution_code {
            units.push(unit_of(qualification::invented(
                shared,
                &person,
                caller.institution,
                caller.now,
            )));
        }
    }
    units
}

/// IF-017 and IF-021.
fn consented(shared: &Shared, request: &Value, number: u16, caller: &Caller<'_>) -> Vec<Value> {
    use super::office::Care;
    let care = if number == 17 {
        Care::Visiting
    } else {
        Care::Online
    };
    let info = &request["XmlMsg"]["MessageBody"]["QualificationConfirmSearchInfo"];
    let examined = info.get("ExaminationDateFrom").is_some();
    let (from, to) = if examined {
        (
            text(info, "ExaminationDateFrom"),
            text(info, "ExaminationDateTo"),
        )
    } else {
        (text(info, "ConsentDateFrom"), text(info, "ConsentDateTo"))
    };
    let consents: Vec<_> = shared.office().consents.clone();
    let mut units = Vec::new();
    for consent in consents {
        let day = if examined {
            consent.examination.clone()
        } else {
            jst::day(consent.at)
        };
        let wanted = consent.care == care
            && consent.institution_code == caller.institution
            && consent.holds(caller.now)
            && from <= day.as_str()
            && day.as_str() <= to;
        if let Some(person) = shared
            .person(&consent.person, caller.now)
            .filter(|_| wanted)
        {
            let body = qualification::under_consent(
                shared,
                &person,
                &consent,
                caller.institution,
                caller.now,
            );
            units.push(unit_of(body));
        }
    }
    units
}

/// Kept for callers that compare numbers as the service does.
pub(crate) fn same_number(a: &str, b: &str) -> bool {
    bare(a) == bare(b)
}
