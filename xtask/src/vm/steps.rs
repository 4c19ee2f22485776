//! What a proof in the machine went through: printed as it happens, and as one JSON document at the end.

use std::time::Instant;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One step.
#[derive(Serialize)]
struct Step {
    what: String,
    ok: bool,
    ms: u64,
    detail: String,
}

/// All of them, with the figures that were measured on the way.
pub(super) struct Steps {
    began: Instant,
    steps: Vec<Step>,
    figures: Map<String, Value>,
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            steps: Vec::new(),
            figures: Map::new(),
        }
    }

    /// Does one; its text says what was seen. The error of one that failed ends the proof.
    pub(super) fn step<T>(
        &mut self,
        what: &str,
        work: impl FnOnce() -> Result<(T, String)>,
    ) -> Result<T> {
        eprintln!("   …  {what}");
        let begun = Instant::now();
        let done = work();
        let (ok, detail) = match &done {
            Ok((_, detail)) => (true, detail.clone()),
            Err(error) => (false, format!("{error:#}")),
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let word = if ok { "ok    " } else { "NOT OK" };
        eprintln!("   {word} {:>6.1} s  {what}: {detail}", ms as f64 / 1000.0);
        self.steps.push(Step {
            what: what.into(),
            ok,
            ms,
            detail,
        });
        done.map(|(value, _)| value)
    }

    /// Something that was measured.
    pub(super) fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.into(), value.into());
    }

    /// Prints the end; says whether all went well.
    pub(super) fn finish(self, outcome: Result<()>, json: bool) -> Result<bool> {
        let ok = outcome.is_ok() && self.steps.iter().all(|step| step.ok);
        let total_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if json {
            let error = outcome.err().map(|error| format!("{error:#}"));
            let document = json!({
                "simulation": true, "ok": ok, "error": error, "steps": self.steps, "figures": self.figures, "total_ms": total_ms,
            });
            println!("{}", serde_json::to_string_pretty(&document)?);
        } else {
            for (name, value) in &self.figures {
                println!("{name}: {value}");
            }
            if let Err(error) = outcome {
                println!("ended early: {error:#}");
            }
            let word = if ok { "ok" } else { "NOT OK" };
            println!(
                "{} steps, {:.0} s: {word}",
                self.steps.len(),
                total_ms as f64 / 1000.0
            );
        }
        Ok(ok)
    }
}
