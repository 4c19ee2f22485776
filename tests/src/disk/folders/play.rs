//! A day at the folders without a daemon, every call in the same order each time: requests that are answered, refused and never collected,
//! face files that are taken and that are taken back, and at the ledger what the counter keeps. Played by `folder-visits` for both sweeps.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use ledger::{
    Beside, BulkItem, Ledger, LedgerError, NewBulkJob, NewConsent, NewFollowUp, NewResult,
};
use oqs::Charset;
use receipt::folders::{FolderProblem, FolderSettings};
use uketsuked::measure::FolderSide;

use crate::disk::looked::{NOW, options};

/// Nobody counts as having forgotten a file, at first.
pub(super) const LONG: Duration = Duration::from_secs(200 * 366 * 86_400);
/// Passes of the gateway after each turn: one that fails is followed by others.
const PASSES: usize = 6;
/// Who is asked about and who comes: number and name.
pub(super) const PERSONS: [(&str, &str); 3] = [
    ("1111111", "一番　一"),
    ("2222222", "二番　二"),
    ("3333333", "三番　三"),
];
/// The third visit's file and the second request's answer are never collected.
const LEFT: &str = "OQSsiquc01res_2.xml";

/// `req`, `res` and `face` below a place.
pub(super) fn folders(base: &Path) -> [PathBuf; 3] {
    ["req", "res", "face"].map(|name| base.join("folders").join(name))
}

/// The gateway's settings there.
pub(super) fn settings(base: &Path, stay: Duration) -> FolderSettings {
    let [req, res, face] = folders(base);
    FolderSettings {
        req,
        res,
        face: Some(face),
        charset: Charset::Utf8,
        bulk_zip: false,
        stay,
        rejected: LONG,
        settle: Duration::ZERO,
        half_written: Duration::ZERO,
        unfinished: LONG,
        poll: Duration::from_millis(50),
        readers: Vec::new(),
        institution_code: "1310000001".into(),
        simulated: true,
    }
}

/// The service's answer about whom a request (as JSON) names.
pub(super) fn answer(request: &str) -> Option<String> {
    let (number, name) = PERSONS
        .iter()
        .find(|(number, _)| request.contains(number))?;
    Some(body(number, name))
}

fn body(number: &str, name: &str) -> String {
    serde_json::json!({"XmlMsg": {
        "MessageHeader": {"SegmentOfResult": "1", "MedicalInstitutionCode": "1310000001", "CharacterCodeIdentifier": "0"},
        "MessageBody": {"ProcessingResultStatus": "1", "QualificationValidity": "1", "ResultList": [{"ResultOfQualificationConfirmation": {
            "InsuredCardClassification": "01", "InsurerNumber": "06123456", "InsuredIdentificationNumber": number,
            "Name": name, "Sex1": "1", "Birthdate": "19900101", "InsurerName": "架空健保"}}]}}})
    .to_string()
}

/// Plays the day in `base`; `turn` is called when it is the receipt computer's turn. Gives what was said of errors, by code.
///
/// # Errors
/// The ledger does not open, or its thread is gone.
pub fn day(
    base: &Path,
    mut turn: impl FnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    let mut said = Vec::new();
    let mut side = match FolderSide::open(options(base), settings(base, LONG), NOW) {
        Ok(side) => side,
        Err(error) => {
            said.push(code(&error)?);
            return Ok(said);
        }
    };
    for (visit, (number, name)) in (1_u64..).zip(PERSONS) {
        let new = NewResult {
            visit,
            reader: "desk-1/Reader 0".into(),
            kind: "qualification".into(),
            body_json: body(number, name),
            simulated: true,
        };
        let stored = side.ledger(move |ledger| ledger.store_result(NOW, &new).map(drop))?;
        heard(stored, &mut said);
    }
    for number in 0..3 {
        turn(number)?;
        settle(&mut side, &mut said)?;
    }
    heard(side.ledger(counter)?, &mut said);
    // Later everything left is forgotten.
    side.start_again(settings(base, Duration::ZERO), NOW + 1000);
    settle(&mut side, &mut said)?;
    Ok(said)
}

fn settle(side: &mut FolderSide, said: &mut Vec<String>) -> anyhow::Result<()> {
    for _ in 0..PASSES {
        if let Err(error) = side.settle(1, answer) {
            said.push(code(&error)?);
        }
    }
    Ok(())
}

fn heard(answer: Result<(), LedgerError>, said: &mut Vec<String>) {
    said.extend(answer.err().map(|error| error.code().to_owned()));
}

/// The code of an error, which every one must have.
fn code(error: &anyhow::Error) -> anyhow::Result<String> {
    let ledger = error.downcast_ref::<LedgerError>().map(LedgerError::code);
    let folder = error
        .downcast_ref::<FolderProblem>()
        .map(FolderProblem::code);
    Ok(ledger
        .or(folder)
        .context(format!("no code: {error:#}"))?
        .to_owned())
}

/// What the counter writes: a change under a key, a result that is its asker's from the first moment, a bulk job, an ended consent, a
/// follow-up that was settled.
fn counter(ledger: &mut Ledger) -> Result<(), LedgerError> {
    ledger.remember(NOW, "rececon", "change", b"one")?;
    let new = NewResult {
        visit: 90,
        reader: "desk-1/number:rececon".into(),
        kind: "qualification".into(),
        body_json: body("1111111", "一番　一"),
        simulated: true,
    };
    let beside = Beside {
        consents: vec![NewConsent {
            visit: 90,
            kind: "medicines".into(),
            flow: "visiting".into(),
            flag: "1".into(),
            given_at: Some(NOW),
            until: None,
            person: "{}".into(),
        }],
        follow_up: Some(NewFollowUp {
            visit: 90,
            reader: new.reader.clone(),
            result_id: new.id(),
            reason: "unentrusted".into(),
            note: "架空市福祉事務所".into(),
        }),
        ..Beside::default()
    };
    ledger.store_owned_result(NOW, &new, &beside, "rececon")?;
    ledger.keep_answer("rececon", "change", 201, "{}")?;
    let job = NewBulkJob {
        client: "rececon".into(),
        key: "tickets".into(),
        kind: "tickets".into(),
        params_json: "{}".into(),
        reception: "0000000000000090".into(),
        total: 1,
    };
    let job = ledger.begin_bulk(NOW, &job)?;
    let item = BulkItem {
        n: 0,
        who: "1".into(),
        body_json: "{}".into(),
    };
    ledger.add_bulk_items(job, &[item])?;
    ledger.finish_bulk(NOW, job, &[], &[])?;
    if let Some(consent) = ledger.consents_of(90)?.first() {
        ledger.withdraw_consent(NOW, consent.id, "rececon", "the patient's wish")?;
    }
    if let Some(open) = ledger.follow_ups(0, true, 1)?.first() {
        ledger.close_follow_up(NOW, open.id, "staff", "telephoned")?;
    }
    Ok(())
}

/// The receipt computer's turn: what it wants it places, what it finds it takes, all of it durable. Gives what it placed and took.
pub fn receipt(base: &Path, number: usize) -> anyhow::Result<[Vec<String>; 2]> {
    let [req, res, face] = folders(base);
    let (mut placed, mut taken) = (Vec::new(), Vec::new());
    let mut receptions = BTreeMap::new();
    for folder in [&res, &face] {
        let mut names: Vec<_> = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<_>>()?;
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            if name.starts_with('.')
                || name == LEFT
                || (folder == &face && text.contains(PERSONS[2].1))
            {
                continue;
            }
            if let Some((_, rest)) = text.split_once("<ReceptionNumber>") {
                receptions.insert(
                    name.clone(),
                    rest.split('<').next().unwrap_or_default().to_owned(),
                );
            }
            std::fs::remove_file(&path)?;
            File::open(folder)?.sync_all()?;
            taken.push(name);
        }
    }
    let person = |number: &str| {
        format!(
            "<QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredIdentificationNumber>{number}\
             </InsuredIdentificationNumber></QualificationConfirmSearchInfo>"
        )
    };
    let [one, two, three] = PERSONS.map(|(number, _)| person(number));
    let wanted = match number {
        0 => vec![
            ("OQSsiquc01req_1.xml", "UTF-8", "", one.clone()),
            ("OQSsiquc01req_2.xml", "Shift_JIS", "", two),
            ("OQSmuquc01req_3.xml", "UTF-8", "", one + &three),
            (
                "OQSsiquc01req_4.xml",
                "UTF-8",
                "<!DOCTYPE a SYSTEM \"b\">",
                String::new(),
            ),
            ("strange.xml", "UTF-8", "", three),
        ],
        1 => receptions
            .get("OQSmuquc01res_3.xml")
            .map(|reception| {
                let body = format!("<ReceptionNumber>{reception}</ReceptionNumber>");
                ("OQSmuquc02req_5.xml", "UTF-8", "", body)
            })
            .into_iter()
            .collect(),
        _ => vec![],
    };
    for (name, encoding, dtd, body) in wanted {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{dtd}<XmlMsg><MessageHeader/><MessageBody>{body}</MessageBody></XmlMsg>"
        );
        let beside = req.join(format!("{name}.tmp"));
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, req.join(name))?;
        File::open(&req)?.sync_all()?;
        placed.push(name.to_owned());
    }
    Ok([placed, taken])
}
