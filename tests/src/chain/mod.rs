//! The audit chain at length (invariant 12): tampered with at many random places, and checked on a full ledger.

mod bench;
mod tamper;

pub use bench::{BenchOptions, Measured, measure};
pub use tamper::{Kind, TamperOptions, Told, tamper};

use std::path::Path;

use ledger::{Ledger, LedgerKey, NewResult, OpenOptions};
use serde_json::json;

/// An arbitrary moment: 2026-11-22 00:00 in Japan.
const NOW: i64 = 1_795_273_200_000;

/// A stored qualification, as small clinics get them.
const BODY: &str = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"架空　一郎","Sex1":"1","Birthdate":"19900115","InsurerName":"架空健康保険組合","InsurerNumber":"06123456","InsuredIdentificationNumber":"3456789"}}]}}}"#;

fn options(folder: &Path) -> OpenOptions {
    OpenOptions {
        path: folder.join("ledger.sqlite"),
        head_path: folder.join("audit-head.json"),
        key: LedgerKey([7; 32]).into(),
        simulated: true,
    }
}

/// A simulated ledger that does not wait for the disk: it is filled for a proof, and nobody is told of it.
fn filled_quickly(folder: &Path) -> anyhow::Result<Ledger> {
    Ok(Ledger::open_with(options(folder), NOW, false)?)
}

/// The next record of the chain as a day brings them: results stored, claimed and acknowledged, looks and refusals of clients. `n` from 0.
fn append(ledger: &mut Ledger, n: u64) -> anyhow::Result<()> {
    let now = NOW + i64::try_from(n)? * 1000;
    let visit = n / 5;
    let new = NewResult {
        visit,
        reader: "desk-1/Reader 0".to_owned(),
        kind: "qualification".to_owned(),
        body_json: BODY.to_owned(),
        simulated: true,
    };
    match n % 5 {
        0 => drop(ledger.store_result(now, &new)?),
        1 => drop(ledger.claim(&new.id(), "rececon", now, 60_000)?),
        2 => ledger.acknowledge(&new.id(), "rececon", now)?,
        3 => {
            let detail = json!({"request": "/v1/results", "times": n % 7 + 1});
            ledger.append_audit(now, "rececon", "looked-at", &detail)?;
        }
        _ => {
            let detail = json!({"code": "UK-RCPT-002", "request": "GET /v1/audit", "times": 1});
            ledger.append_audit(now, "other", "request-refused", &detail)?;
        }
    }
    Ok(())
}
