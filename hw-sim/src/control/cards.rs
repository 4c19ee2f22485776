//! What a hand does with cards: laying, taking, faults, latency, tries, and the transcript.
use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::api::{Answer, Desks, Problem, blocking, parse};
use crate::card::{CredentialName, Latency, Script, atr};
use crate::clinic::LayOptions;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lay {
    person: String,
    #[serde(default)]
    reader: usize,
    /// What goes wrong from the first command on.
    #[serde(default)]
    faults: Script,
    /// Another answer to reset, by name or in hexadecimal.
    atr: Option<String>,
}

pub(super) async fn lay(State(desk): Desks, body: Bytes) -> Answer {
    let wanted: Lay = parse(&body)?;
    let options = LayOptions {
        script: wanted.faults,
        atr: match wanted.atr {
            None => None,
            Some(text) => Some(atr(&text).ok_or_else(|| {
                refused(
                    "unknown-atr",
                    "ATRの名前または16進数が正しくありません",
                    "atr is neither a known name nor hexadecimal",
                )
            })?),
        },
    };
    blocking(desk, move |desk| {
        desk.lay_with(&wanted.person, wanted.reader, options)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnReader {
    #[serde(default)]
    reader: usize,
}

pub(super) async fn take(State(desk): Desks, body: Bytes) -> Answer {
    let OnReader { reader } = parse(&body)?;
    blocking(desk, move |desk| desk.take(reader)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    #[serde(default)]
    reader: usize,
    /// Empty ends everything.
    faults: Script,
}

pub(super) async fn faults(State(desk): Desks, body: Bytes) -> Answer {
    let Faults { reader, faults } = parse(&body)?;
    blocking(desk, move |desk| desk.set_faults(reader, faults)).await
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Profile {
    Preset(String),
    Figures(Latency),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetLatency {
    #[serde(default)]
    reader: usize,
    /// A preset's name, or the three figures.
    latency: Profile,
}

pub(super) async fn latency(State(desk): Desks, body: Bytes) -> Answer {
    let SetLatency { reader, latency } = parse(&body)?;
    let latency = match latency {
        Profile::Figures(latency) => latency,
        Profile::Preset(name) => Latency::preset(&name).ok_or_else(|| {
            refused(
                "unknown-latency",
                "その名前の待ち時間設定はありません",
                "there is no latency preset of this name",
            )
        })?,
    };
    blocking(desk, move |desk| desk.set_latency(reader, latency)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tries {
    person: String,
    tries: BTreeMap<CredentialName, u8>,
}

pub(super) async fn tries(State(desk): Desks, body: Bytes) -> Answer {
    let Tries { person, tries } = parse(&body)?;
    if tries.values().any(|tries| *tries > 15) {
        return Err(refused(
            "bad-tries",
            "残り回数は0から15までです",
            "tries are 0 to 15",
        ));
    }
    blocking(desk, move |desk| desk.set_tries(&person, &tries).map(drop)).await
}

#[derive(Deserialize)]
pub(super) struct OfReader {
    #[serde(default)]
    reader: usize,
}

pub(super) async fn transcript(
    State(desk): Desks,
    Query(OfReader { reader }): Query<OfReader>,
) -> Answer {
    let (entries, traffic) = desk.transcript(reader)?;
    Ok(Json(json!({"entries": entries, "traffic": traffic})))
}

pub(super) async fn clear_transcript(State(desk): Desks, body: Bytes) -> Answer {
    let OnReader { reader } = parse(&body)?;
    blocking(desk, move |desk| desk.clear_transcript(reader)).await
}

fn refused(code: &'static str, ja: &str, en: &str) -> Problem {
    Problem {
        status: StatusCode::BAD_REQUEST,
        code,
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}
