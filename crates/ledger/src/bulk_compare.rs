//! Bulk answers compared: which earlier job is about the same, and what changed since, by keyed hashes of person and content.

use crate::bulk::row_id;
use crate::bulk_types::{BulkDifference, BulkJob};
use crate::{Ledger, LedgerError};
use rusqlite::Connection;
use std::collections::BTreeMap;

impl Ledger {
    /// What changed from one job to a later one, by keyed hashes of person and content.
    pub fn bulk_difference(&self, earlier: u64, later: u64) -> Result<BulkDifference, LedgerError> {
        let mut before = fingerprints(&self.connection, earlier)?;
        let mut difference = BulkDifference::default();
        for (who, (n, digest)) in fingerprints(&self.connection, later)? {
            match before.remove(&who) {
                None => difference.new.push(n),
                Some((_, known)) if known != digest => difference.changed.push(n),
                Some(_) => {}
            }
        }
        difference.gone = before.into_values().map(|(n, _)| n).collect();
        for places in [
            &mut difference.new,
            &mut difference.changed,
            &mut difference.gone,
        ] {
            places.sort_unstable();
        }
        Ok(difference)
    }

    /// The ended job before this one to compare with: of the same client and kind, and for the same month or the same days of the same
    /// meaning. A job without a month or days (registrations) has nothing to be compared with.
    pub fn bulk_job_before(&self, job: &BulkJob) -> Result<Option<u64>, LedgerError> {
        const PAGE: usize = 50;
        let Some(of) = span(&job.params_json) else {
            return Ok(None);
        };
        let wanted = "id < ?1 AND client = ?2 AND kind = ?3 AND state = 'done'";
        let mut below = row_id(job.id);
        loop {
            let values: [&dyn rusqlite::ToSql; 3] = [&below, &job.client, &job.kind];
            let earlier = self.read_jobs_in("DESC", wanted, &values, PAGE)?;
            let same = |one: &&BulkJob| span(&one.params_json).as_ref() == Some(&of);
            if let Some(found) = earlier.iter().find(same) {
                return Ok(Some(found.id));
            }
            match earlier.last() {
                Some(last) if earlier.len() == PAGE => below = row_id(last.id),
                _ => return Ok(None),
            }
        }
    }
}

/// Which month or days a fetch is for, and whether they are days of care; `None` when it is for neither.
fn span(params_json: &str) -> Option<[serde_json::Value; 4]> {
    let params: serde_json::Value = serde_json::from_str(params_json).ok()?;
    let of = ["month", "from", "to", "by_care_day"].map(|name| params[name].clone());
    let named = of.iter().take(3).any(|value| !value.is_null());
    named.then_some(of)
}

/// Place and content by whom it is about; a second answer about the same is the second in both.
type Fingerprints = BTreeMap<(Vec<u8>, u32), (u32, Vec<u8>)>;

fn fingerprints(connection: &Connection, job: u64) -> Result<Fingerprints, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT who, n, digest FROM bulk_items WHERE job = ?1 ORDER BY n")?;
    let rows = statement.query_map([row_id(job)], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?))
    })?;
    let mut found = Fingerprints::new();
    let mut times: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for row in rows {
        let (who, n, digest) = row?;
        let time = times.entry(who.clone()).or_default();
        found.insert((who, *time), (n, digest));
        *time = time.saturating_add(1);
    }
    Ok(found)
}
