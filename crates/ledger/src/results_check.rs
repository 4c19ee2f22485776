//! Whether the results are those that the audit chain tells of: none that still waits was removed, none has another owner or another state
//! than its records say, and the seal of each that nobody has taken over yet opens (invariants 9 and 12). The chain alone would not notice: it is about what was done, the
//! results stand beside it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use crate::LedgerError;
use crate::audit::Record;
use crate::results;
use crate::seal::Sealer;
use crate::verify::{Finding, FindingKind};

/// More findings than this say nothing new.
const MOST: usize = 100;

/// What the chain says of one result.
struct Told {
    /// The record that told of it last.
    seq: u64,
    owner: Option<String>,
    acknowledged: bool,
    medical: bool,
}

/// What does not agree between what the chain says and the results that came through a damage, by their ids; at most so many of each.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// Not there, although nobody has taken them over.
    pub(crate) gone: Vec<String>,
    /// With another owner or state.
    pub(crate) changed: Vec<String>,
}

/// What the chain says of all results, gathered record by record.
#[derive(Default)]
pub(crate) struct Results {
    told: BTreeMap<String, Told>,
    /// Medical results that nobody could take and that were erased by records which do not name them.
    unnamed: u64,
}

impl Results {
    /// Takes in one record of the chain, whose seal holds, with its opened detail.
    pub(crate) fn take(&mut self, record: &Record, seq: u64, detail: &Value) {
        let relevant = matches!(
            record.action.as_str(),
            "result-stored"
                | "inquiry-completed"
                | "ask-answered"
                | "result-claimed"
                | "result-acknowledged"
                | "result-released"
                | "result-released-by-staff"
                | "result-delivered-again"
                | "erased"
        );
        if !relevant {
            return;
        }
        if record.action == "erased" {
            match detail.get("untaken_results").and_then(Value::as_array) {
                Some(named) => {
                    for id in named.iter().filter_map(Value::as_str) {
                        self.told.remove(id);
                    }
                }
                None => {
                    let count = detail.get("untaken_medical").and_then(Value::as_u64);
                    self.unnamed = self.unnamed.saturating_add(count.unwrap_or(0));
                }
            }
            return;
        }
        let text = |key: &str| detail.get(key).and_then(Value::as_str);
        let Some(id) = text("result") else {
            return;
        };
        let client = (record.actor != "terminal").then(|| record.actor.clone());
        let told = self.told.entry(id.to_owned()).or_insert_with(|| Told {
            seq,
            owner: None,
            acknowledged: false,
            medical: !id.ends_with("-qualification"),
        });
        match record.action.as_str() {
            "result-stored" => told.owner = text("owner").map(str::to_owned).or(client),
            "ask-answered" => told.owner = text("owner").map(str::to_owned),
            "result-claimed" => told.owner = Some(record.actor.clone()),
            // Its owner acknowledges it, and nobody else (the terminal what it keeps beside a job): of a result that came from before a joint the
            // chain says so for the first time here.
            "result-acknowledged" => {
                told.owner = Some(record.actor.clone());
                told.acknowledged = true;
            }
            "inquiry-completed" => return,
            _ => told.owner = None,
        }
        told.seq = seq;
    }

    /// Compares with the rows that stand there.
    pub(crate) fn compare(
        mut self,
        connection: &Connection,
        sealer: &Sealer,
    ) -> Result<Vec<Finding>, LedgerError> {
        let mut findings = Vec::new();
        let mut statement = connection.prepare(results::ALL)?;
        let rows = statement.query_map([], results::Raw::from_row)?;
        for row in rows {
            let row = row?;
            let told = self.told.remove(row.id());
            let seq = told.as_ref().map_or(0, |told| told.seq);
            if !row.taken_over() && !row.opens(sealer) {
                findings.push(Finding {
                    seq,
                    kind: FindingKind::ResultUnreadable,
                });
            } else if told.is_some_and(|told| !row.is(told.owner.as_deref(), told.acknowledged)) {
                findings.push(Finding {
                    seq,
                    kind: FindingKind::ResultChanged,
                });
            }
            if findings.len() >= MOST {
                return Ok(findings);
            }
        }
        findings.extend(self.gone().into_iter().map(|(_, told)| Finding {
            seq: told.seq,
            kind: FindingKind::ResultGone,
        }));
        findings.sort_by_key(|finding| finding.seq);
        findings.truncate(MOST);
        Ok(findings)
    }

    /// The same beside the rows that came through a damage; each of them could be opened.
    pub(crate) fn gaps(mut self, connection: &Connection) -> Result<Gaps, LedgerError> {
        let mut gaps = Gaps::default();
        let mut statement = connection.prepare(results::ALL)?;
        let rows = statement.query_map([], results::Raw::from_row)?;
        for row in rows {
            let row = row?;
            let told = self.told.remove(row.id());
            if told.is_some_and(|told| !row.is(told.owner.as_deref(), told.acknowledged)) {
                gaps.changed.push(row.id().to_owned());
            }
        }
        gaps.gone = self.gone().into_iter().map(|(id, _)| id).collect();
        gaps.gone.truncate(MOST);
        gaps.changed.truncate(MOST);
        Ok(gaps)
    }

    /// What was acknowledged may have been erased since; what waits may not be gone.
    fn gone(self) -> Vec<(String, Told)> {
        let mut unnamed = self.unnamed;
        let waiting = self.told.into_iter().filter(|(_, told)| !told.acknowledged);
        waiting
            .filter(|(_, told)| {
                let excused = told.medical && told.owner.is_none() && unnamed > 0;
                unnamed -= u64::from(excused);
                !excused
            })
            .collect()
    }
}
