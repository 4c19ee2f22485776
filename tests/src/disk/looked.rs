//! What a rebuilt disk gives: the ledger is opened as the daemon opens it, open inquiries are answered again, and what a receipt
//! computer would see is compared with what is true and with what it had been told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use ledger::{
    Beside, Ledger, LedgerKey, NewResult, OpenOptions, ResultFilter, ResultState, StoredResult,
};

use super::told::Reached;

/// Later than anything recorded, so that nothing seems to come from the future. 2100-01-01.
pub(crate) const NOW: i64 = 4_102_444_800_000;

/// What the recorded visits brought in the end: the truth to compare with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// By result id.
    pub(crate) results: BTreeMap<String, True>,
    /// The qualification of each visit, in the order in which they were stored.
    pub(crate) qualifications: Vec<String>,
}

/// One result as it came out.
#[derive(Debug, Clone)]
pub(crate) struct True {
    visit: u64,
    reader: String,
    kind: String,
    pub(crate) body: String,
    /// How many consents and follow-ups were stored with it.
    beside: [usize; 2],
}

impl True {
    /// Whether what a receipt computer was shown is about the same person.
    pub(crate) fn same_person(&self, shown: &serde_json::Value) -> bool {
        let is = serde_json::from_str::<serde_json::Value>(&self.body).unwrap_or_default();
        let people = names(&is);
        people == names(shown)
    }
}

/// All names of persons in a message, in order.
pub(crate) fn names(message: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    match message {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("Name", Value::String(name)) => vec![name.clone()],
                _ => names(value),
            })
            .collect(),
        Value::Array(all) => all.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

/// What was found wrong at one point.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub(crate) struct Found {
    /// Told results that are not there, or not as far as told; a terminal that does not start.
    pub(crate) lost: u64,
    /// Results, events or inquiries that are there twice.
    pub(crate) doubled: u64,
    /// Results that are not what the visit brought.
    pub(crate) mixed: u64,
    /// The audit chain does not verify, or an open inquiry can't be answered.
    pub(crate) broken: u64,
    /// The same in words.
    pub(crate) problems: Vec<String>,
}

impl Found {
    pub(crate) fn clean(&self) -> bool {
        [self.lost, self.doubled, self.mixed, self.broken] == [0; 4]
    }

    pub(crate) fn lose(&mut self, count: u64, why: String) {
        self.lost += count;
        self.problems.push(why);
    }
}

/// How the bench's daemon opens its ledger below `folder`.
pub(crate) fn options(folder: &Path) -> OpenOptions {
    OpenOptions {
        path: folder.join("ledger/ledger.db"),
        head_path: folder.join("head/head"),
        key: LedgerKey([0x5a; 32]).into(),
        simulated: true,
    }
}

impl Truth {
    /// What stands in the ledger below `folder` at the end. Each visit's results are about one person only.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Self> {
        let ledger = Ledger::open(options(folder), NOW)?;
        let mut truth = Self::default();
        for result in all(&ledger)? {
            let beside = beside(&ledger, &result)?;
            let StoredResult {
                visit,
                reader,
                kind,
                ..
            } = result;
            let body = result.body_json;
            if kind == "qualification" {
                truth.qualifications.push(result.id.clone());
            }
            truth.results.insert(
                result.id,
                True {
                    visit,
                    reader,
                    kind,
                    body,
                    beside,
                },
            );
        }
        anyhow::ensure!(
            ledger.open_inquiries()?.is_empty(),
            "an inquiry is still open at the end"
        );
        Ok(truth)
    }

    fn qualification(&self, visit: u64) -> Option<&True> {
        self.results
            .values()
            .find(|result| result.visit == visit && result.kind == "qualification")
    }
}

fn all(ledger: &Ledger) -> anyhow::Result<Vec<StoredResult>> {
    Ok(ledger.results(ResultFilter {
        limit: ledger::MAX_ROWS,
        ..ResultFilter::default()
    })?)
}

/// Consents and follow-ups of a result.
fn beside(ledger: &Ledger, result: &StoredResult) -> anyhow::Result<[usize; 2]> {
    if result.kind != "qualification" {
        return Ok([0; 2]);
    }
    let follow_ups = ledger.follow_ups(0, false, ledger::MAX_ROWS)?;
    let follow_ups = follow_ups.iter().filter(|one| one.result_id == result.id);
    Ok([ledger.consents_of(result.visit)?.len(), follow_ups.count()])
}

/// Opens what lies below `folder` and compares.
pub(crate) fn look(
    folder: &Path,
    truth: &Truth,
    told: &BTreeMap<String, Reached>,
) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for name in ["ledger", "head"] {
        std::fs::create_dir_all(folder.join(name)).context("the rebuilt disk")?;
    }
    let mut ledger = match Ledger::open(options(folder), NOW) {
        Ok(ledger) => ledger,
        Err(error) => {
            // A terminal that does not start is as bad as a lost result, also before anybody was told of one.
            let count = told.len().max(1) as u64;
            found.lose(
                count,
                format!("the ledger does not open: {} {error}", error.code()),
            );
            return Ok(found);
        }
    };
    compare(&ledger, truth, told, &mut found)?;
    verified(&mut ledger, &mut found)?;
    answer_again(&mut ledger, truth, &mut found)?;
    compare(&ledger, truth, told, &mut found)?;
    verified(&mut ledger, &mut found)?;
    Ok(found)
}

fn compare(
    ledger: &Ledger,
    truth: &Truth,
    told: &BTreeMap<String, Reached>,
    found: &mut Found,
) -> anyhow::Result<()> {
    let results = all(ledger)?;
    for (id, reached) in told {
        let state = results
            .iter()
            .find(|result| result.id == *id)
            .map(|result| match result.state {
                ResultState::Waiting => Reached::Stored,
                ResultState::Claimed => Reached::Claimed,
                ResultState::Acknowledged => Reached::Acknowledged,
            });
        if state.is_none_or(|state| state < *reached) {
            found.lose(1, format!("{id}: told as {reached:?}, now {state:?}"));
        }
    }
    let mut seen = BTreeSet::new();
    for result in &results {
        if !seen.insert((result.visit, &result.kind)) {
            found.doubled += 1;
            found
                .problems
                .push(format!("{}: the visit has two", result.id));
        }
        let Some(is) = truth.results.get(&result.id) else {
            found.mixed += 1;
            found
                .problems
                .push(format!("{}: no such result", result.id));
            continue;
        };
        let now = (
            result.visit,
            &result.reader,
            &result.kind,
            &result.body_json,
        );
        if now != (is.visit, &is.reader, &is.kind, &is.body) {
            found.mixed += 1;
            found
                .problems
                .push(format!("{}: not what the visit brought", result.id));
        }
        let beside = beside(ledger, result)?;
        if beside != is.beside {
            let text = format!(
                "{}: {beside:?} consents and follow-ups, not {:?}",
                result.id, is.beside
            );
            found.lose(1, text);
        }
    }
    let mut events = BTreeSet::new();
    for event in ledger.events_after(0, ledger::MAX_ROWS)? {
        if event.kind != "claim-lapsed"
            && !events.insert((event.kind.clone(), event.result_id.clone()))
        {
            found.doubled += 1;
            found
                .problems
                .push(format!("event {} of {} twice", event.kind, event.result_id));
        }
    }
    Ok(())
}

fn verified(ledger: &mut Ledger, found: &mut Found) -> anyhow::Result<()> {
    let report = ledger.verify()?;
    if !report.intact() {
        found.broken += 1;
        found
            .problems
            .push(format!("the audit chain: {:?}", report.findings));
    }
    Ok(())
}

/// Answers what is open as the terminal does after its start, with the answer that the visit got.
fn answer_again(ledger: &mut Ledger, truth: &Truth, found: &mut Found) -> anyhow::Result<()> {
    for inquiry in ledger.open_inquiries()? {
        let Some(is) = truth.qualification(inquiry.visit) else {
            continue;
        };
        let new = NewResult {
            visit: inquiry.visit,
            reader: inquiry.reader,
            kind: "qualification".into(),
            body_json: is.body.clone(),
            simulated: true,
        };
        if ledger.result(&new.id())?.is_some() {
            found.doubled += 1;
            found
                .problems
                .push(format!("{}: stored, and still asked for", new.id()));
        }
        // Consents and follow-ups come with the answer again; as many as the visit brought.
        let beside = Beside {
            consents: ["checkups", "medicines", "treatment", "operations"]
                .into_iter()
                .take(is.beside[0])
                .map(|kind| ledger::NewConsent {
                    visit: inquiry.visit,
                    kind: kind.into(),
                    flow: "reader".into(),
                    flag: "0".into(),
                    given_at: None,
                    until: Some(NOW),
                    person: String::new(),
                })
                .collect(),
            follow_up: (is.beside[1] > 0).then(|| ledger::NewFollowUp {
                visit: inquiry.visit,
                reader: new.reader.clone(),
                result_id: new.id(),
                reason: "unentrusted".into(),
                note: String::new(),
            }),
            state: Vec::new(),
        };
        if let Err(error) = ledger.complete_inquiry(inquiry.id, NOW, &new, &beside) {
            found.broken += 1;
            found
                .problems
                .push(format!("inquiry {}: {error}", inquiry.id));
        }
    }
    Ok(())
}
