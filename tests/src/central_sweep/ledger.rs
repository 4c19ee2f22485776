//! The receipt computer's books: what each visit promised, what arrived, and whether the two agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Context as _;
use serde_json::Value;

use super::{PEOPLE, Person, Told};
use crate::bench::Bench;

/// A visit as it ended.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) visit: String,
    pub(super) outcome: String,
    pub(super) person: Person,
    pub(super) agrees: bool,
    pub(super) fault: String,
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            visit,
            outcome,
            person,
            agrees,
            fault,
        } = self;
        let person = person.id;
        write!(
            f,
            "visit {visit} of {person} (agrees: {agrees}) under {fault}, {outcome}"
        )
    }
}

impl Played {
    fn promises(&self) -> bool {
        matches!(self.outcome.as_str(), "delivered" | "queued")
    }
}

/// Everything promised and everything that arrived.
#[derive(Debug, Default)]
pub(super) struct Books {
    played: Vec<Played>,
    /// Result ids taken.
    ids: BTreeSet<String>,
    /// Bodies by visit and kind.
    arrived: BTreeMap<(String, String), Vec<Value>>,
}

impl Books {
    /// A visit has ended.
    pub(super) fn promise(&mut self, played: Played) {
        self.played.push(played);
    }

    /// Takes what waits, as a receipt computer does: reads, claims, acknowledges. What was acknowledged must never wait again.
    pub(super) async fn take(&mut self, bench: &Bench, told: &mut Told) -> anyhow::Result<()> {
        let receipt = bench.receipt();
        for row in receipt.waiting().await? {
            let id = row["id"].as_str().context("a result without id")?;
            let body = receipt.read(&format!("/v1/results/{id}")).await?;
            receipt.take(id).await?;
            let kind = row["kind"].as_str().unwrap_or_default().to_owned();
            if !self.ids.insert(id.to_owned()) {
                told.doubled += 1;
                told.problem(format!("result {id} came again"));
                continue;
            }
            *told.results.entry(kind.clone()).or_default() += 1;
            let visit = row["visit"].as_str().unwrap_or_default().to_owned();
            self.arrived.entry((visit, kind)).or_default().push(body);
        }
        Ok(())
    }

    /// Compares promises with what arrived.
    pub(super) fn close(&self, told: &mut Told) {
        for played in &self.played {
            let kinds = [
                "qualification",
                "medicines",
                "checkups",
                "treatment",
                "operations",
            ];
            for kind in kinds {
                let key = (played.visit.clone(), kind.to_owned());
                let arrived = self.arrived.get(&key).map_or(&[][..], Vec::as_slice);
                if arrived.len() > 1 {
                    told.doubled += 1;
                    told.problem(format!("{} {kind}s of one visit: {played}", arrived.len()));
                }
                if kind == "qualification" && played.promises() && arrived.is_empty() {
                    told.lost += 1;
                    told.problem(format!("no qualification came: {played}"));
                }
                if !played.promises() && !arrived.is_empty() {
                    told.mixed += 1;
                    told.problem(format!("a {kind} of a visit that promised none: {played}"));
                }
                for body in arrived {
                    if let Some(wrong) = foreign(played, kind, body) {
                        told.mixed += 1;
                        told.problem(format!("{wrong}: {played}"));
                    }
                }
            }
        }
        let known: BTreeSet<&str> = self.played.iter().map(|p| p.visit.as_str()).collect();
        for (visit, kind) in self.arrived.keys() {
            if !known.contains(visit.as_str()) {
                told.mixed += 1;
                told.problem(format!("a {kind} of visit {visit}, which nobody saw end"));
            }
        }
    }
}

/// What in a result can't be of this visit.
fn foreign(played: &Played, kind: &str, body: &Value) -> Option<String> {
    let echo = &body["XmlMsg"]["MessageHeader"]["ArbitraryFileIdentifier"];
    if echo.as_str().is_some_and(|echo| echo != played.visit) {
        return Some(format!("{kind} answers the question {echo}"));
    }
    if body["Uketsuke"]["visit"] != played.visit.as_str() {
        return Some(format!("{kind} names visit {}", body["Uketsuke"]["visit"]));
    }
    let text = body.to_string();
    let mark = |person: &Person| match kind {
        "qualification" => person.mark,
        "treatment" => person.treatment,
        _ => person.medicine,
    };
    let marked = matches!(kind, "qualification" | "medicines" | "treatment");
    for person in &PEOPLE {
        let own = person.id == played.person.id;
        let expected = marked && !mark(person).is_empty();
        let there = expected && text.contains(mark(person));
        if there && !own {
            return Some(format!("{kind} of {}", person.id));
        }
        if own && expected && !there {
            return Some(format!("{kind} without {}'s own items", person.id));
        }
    }
    let yes = text.contains("InfoConsFlg\":\"1\"");
    if kind == "qualification" && yes && !played.agrees {
        return Some("consents of somebody who agreed to nothing".to_owned());
    }
    if kind != "qualification" && !played.agrees {
        return Some(format!("{kind} without this visit's consent"));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VISIT: &str = "00000000000000aa";

    fn played(outcome: &str, agrees: bool) -> Played {
        Played {
            visit: VISIT.to_owned(),
            outcome: outcome.to_owned(),
            person: PEOPLE[0],
            agrees,
            fault: "none".to_owned(),
        }
    }

    fn body(visit: &str, mark: &str, flag: &str) -> Value {
        json!({
            "Uketsuke": {"visit": visit},
            "XmlMsg": {
                "MessageHeader": {"ArbitraryFileIdentifier": visit},
                "MessageBody": {"Number": mark, "PharmacistsInfoConsFlg": flag},
            },
        })
    }

    /// Lost, doubled, mixed.
    fn judged(played: Played, arrived: Vec<(&str, Value)>) -> [u32; 3] {
        let mut books = Books::default();
        books.promise(played);
        for (visit, body) in arrived {
            let key = (visit.to_owned(), "qualification".to_owned());
            books.arrived.entry(key).or_default().push(body);
        }
        let mut told = Told::default();
        books.close(&mut told);
        [told.lost, told.doubled, told.mixed]
    }

    /// The defects that the sweep is there to see, planted one by one.
    #[test]
    fn lost_doubled_and_mixed_results_are_seen() {
        let own = PEOPLE[0].mark;
        let good = || body(VISIT, own, "0");
        assert_eq!(
            judged(played("delivered", false), vec![(VISIT, good())]),
            [0, 0, 0]
        );
        assert_eq!(
            judged(played("queued", false), vec![]),
            [1, 0, 0],
            "never came"
        );
        assert_eq!(
            judged(
                played("delivered", false),
                vec![(VISIT, good()), (VISIT, good())]
            ),
            [0, 1, 0],
            "came twice"
        );
        for (foreign, why) in [
            (body(VISIT, PEOPLE[1].mark, "0"), "another person's"),
            (body("00000000000000bb", own, "0"), "another visit's"),
            (body(VISIT, "nobody", "0"), "nobody's"),
            (body(VISIT, own, "1"), "a consent that nobody gave"),
        ] {
            assert_eq!(
                judged(played("delivered", false), vec![(VISIT, foreign)]),
                [0, 0, 1],
                "{why}"
            );
        }
        assert_eq!(
            judged(played("unreachable", false), vec![(VISIT, good())]),
            [0, 0, 1],
            "promised nothing"
        );
        let stranger = "00000000000000cc";
        assert_eq!(
            judged(
                played("delivered", false),
                vec![(VISIT, good()), (stranger, body(stranger, own, "0"))]
            ),
            [0, 0, 1],
            "of a visit that nobody saw"
        );
    }
}
