//! What must be there so that every operation can give a 2xx: visits and what was asked through the socket itself, and the central
//! service's side, which is kept as it is while requests change it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hw_sim::central::{Care, CentralSim, HomeConsent, Opening};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::bridge::Waiting;
use crate::bench::Bench;
use crate::http::request;
use crate::served::serve;

/// Longest wait for something the terminal does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// The person whose numbers stand in the document's examples.
const PERSON: &str = "seiho";
/// Results for the release: schemathesis acknowledges results that it has heard of, in an order of its own, and what was acknowledged can't be
/// given back.
const RELEASED: usize = 6;
/// The note to be taken off, as the document's example names it. It is named in a body, and asking about everybody noted, which the tool may
/// do first, takes it away: so what is passed on names one that is there.
const EXAMPLE_NOTE: &str = "00000000000000ab";
/// Stands for a follow-up that is open: the tool may close any number that it can think of, and a closed one takes no note.
const EXAMPLE_FOLLOW_UP: u64 = 77_777_777;

/// Values of the path parameter, by operation.
pub(super) type Planted = BTreeMap<&'static str, Vec<Value>>;

/// Makes the objects; gives the path parameter of each operation that has one, by operation.
pub(super) async fn plant(bench: &Bench) -> anyhow::Result<Planted> {
    let mut page = bench.patient().await?;
    let insured = serve(bench, &mut page, PERSON).await?;
    serve(bench, &mut page, "mitaku").await?;
    let mut owned = Vec::new();
    let mut inquiry = Value::Null;
    for n in 0..3 + RELEASED {
        let made = ask(
            bench,
            "POST",
            "/v1/inquiries?wait=20",
            Some(&format!("plant-{n}")),
            &example(bench, "/v1/inquiries").await?,
        )
        .await?;
        owned.push(made["result"].clone());
        inquiry = made["id"].clone();
    }
    ensure!(owned.iter().all(Value::is_string), "{owned:?}");
    let bulk = ask(
        bench,
        "POST",
        "/v1/bulk",
        Some("plant-bulk"),
        &example(bench, "/v1/bulk").await?,
    )
    .await?["id"]
        .clone();
    let until = Instant::now() + PATIENCE;
    loop {
        let job = ask(
            bench,
            "GET",
            &format!("/v1/bulk/{bulk}"),
            None,
            &Value::Null,
        )
        .await?;
        if job["state"] == "done" {
            break;
        }
        ensure!(Instant::now() < until, "the bulk job is not done: {job}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let follow_up = open_follow_up(bench).await?.context("no follow-up")?;
    let document = document(bench).await?;
    let note = &document["components"]["schemas"]["OutageNoteRemoval"]["example"]["id"];
    ensure!(
        note == EXAMPLE_NOTE,
        "the document's example of a note: {note}"
    );
    let released = owned.split_off(3);
    let mut planted = Planted::from([("releaseResult", released)]);
    let owned = ["claimResult", "acknowledgeResult"].into_iter().zip(owned);
    let others = [
        ("getResult", insured["id"].clone()),
        ("getInquiry", inquiry),
        ("getBulk", bulk.clone()),
        ("bulkAnswers", bulk.clone()),
        ("bulkChanges", bulk),
        ("getFollowUp", follow_up.into()),
        ("closeFollowUp", follow_up.into()),
        ("noteFollowUp", EXAMPLE_FOLLOW_UP.into()),
    ];
    planted.extend(
        owned
            .chain(others)
            .map(|(operation, value)| (operation, vec![value])),
    );
    Ok(planted)
}

/// One request that must go well.
async fn ask(
    bench: &Bench,
    method: &str,
    path: &str,
    key: Option<&str>,
    body: &Value,
) -> anyhow::Result<Value> {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    let bytes = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let answer = request(&bench.path("receipt.sock"), method, path, &headers, &bytes).await?;
    ensure!(
        (200..300).contains(&answer.status),
        "{method} {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()
}

/// The first example of a request body, as the document has it.
async fn example(bench: &Bench, path: &str) -> anyhow::Result<Value> {
    let document = document(bench).await?;
    let schema =
        &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(place) => document
            .pointer(place.trim_start_matches('#'))
            .with_context(|| place.to_owned())?,
        None => schema,
    };
    let example = &schema["examples"][0];
    ensure!(example.is_object(), "no example of {path}");
    Ok(example.clone())
}

/// The document that the terminal serves.
pub(super) async fn document(bench: &Bench) -> anyhow::Result<Value> {
    ask(bench, "GET", "/v1/openapi.json", None, &Value::Null).await
}

/// Keeps the service, the notes and the follow-ups as the operations need them, for as long as this is polled: a request may withdraw a consent
/// or switch something off that the very next one needs, so it is renewed before each; and where the document's example of a note is named, one
/// that is there takes its place, as an open follow-up does where one is to be noted on.
///
/// # Errors
/// A note or a follow-up can't be made.
pub(super) async fn keep_service(
    bench: &Bench,
    central: &CentralSim,
    institution: &str,
    mut asked: mpsc::Receiver<Waiting>,
) -> anyhow::Result<Infallible> {
    let (mut made, mut noted) = (0, 0);
    while let Some(Waiting { mut part, on }) = asked.recv().await {
        renew(central, institution);
        let example = EXAMPLE_NOTE.as_bytes();
        if let Some(at) = part.windows(example.len()).position(|id| id == example) {
            let note = a_note(bench, &mut made).await?;
            ensure!(note.len() == example.len(), "a note's number: {note}");
            part.splice(at..at + example.len(), note.bytes());
        }
        let example = format!("/follow-ups/{EXAMPLE_FOLLOW_UP}/notes");
        if let Some(at) = part
            .windows(example.len())
            .position(|path| path == example.as_bytes())
        {
            let path = format!("/follow-ups/{}/notes", a_follow_up(bench).await?);
            part.splice(at..at + example.len(), path.bytes());
            // The tool may have spent the operation's key on a number of its own.
            let key = b"planted-noteFollowUp";
            if let Some(at) = part.windows(key.len()).position(|found| found == key) {
                noted += 1;
                part.splice(at..at + key.len(), format!("noted-on-{noted}").into_bytes());
            }
        }
        // The tool hung up meanwhile.
        let _ = on.send(part);
    }
    std::future::pending().await
}

/// A follow-up that is open; of another visit, if there is none.
async fn a_follow_up(bench: &Bench) -> anyhow::Result<u64> {
    if let Some(open) = open_follow_up(bench).await? {
        return Ok(open);
    }
    serve(bench, &mut bench.patient().await?, "mitaku").await?;
    open_follow_up(bench)
        .await?
        .context("the visit left nobody to phone")
}

async fn open_follow_up(bench: &Bench) -> anyhow::Result<Option<u64>> {
    let open = ask(bench, "GET", "/v1/follow-ups?open=true", None, &Value::Null).await?;
    Ok(open["follow_ups"][0]["id"].as_u64())
}

/// A note that is there, made anew if there is none.
async fn a_note(bench: &Bench, made: &mut u32) -> anyhow::Result<String> {
    loop {
        let notes = ask(bench, "GET", "/v1/outage/notes", None, &Value::Null).await?;
        if let Some(note) = notes["notes"][0]["id"].as_str() {
            return Ok(note.to_owned());
        }
        *made += 1;
        let key = format!("note-{made}");
        let body = example(bench, "/v1/outage/notes").await?;
        let noted = ask(bench, "POST", "/v1/outage/notes", Some(&key), &body).await?;
        ensure!(noted["noted"].is_number(), "not noted: {noted}");
    }
}

fn renew(central: &CentralSim, institution: &str) {
    let now = super::now();
    for (key, value) in [
        ("MedicalAssistanceUse", "1"),
        ("VisitingCareUse", "1"),
        ("OnlineCareUse", "1"),
        ("EmergencyViewingAuthority", "1"),
    ] {
        central.set_setting(institution, key, value);
    }
    for mode in ["disaster", "outage"] {
        central.open_special(Opening {
            mode: mode.to_owned(),
            region: String::new(),
            until: now + 600_000,
        });
    }
    for care in [Care::Visiting, Care::Online] {
        central.add_consent(HomeConsent {
            person: PERSON.to_owned(),
            institution_code: institution.to_owned(),
            care,
            at: now,
            examination: oqs::time::to_jst(now).chars().take(8).collect(),
            kinds: vec!["YZK".to_owned()],
            withdrawn: false,
        });
    }
}

/// The document with the planted objects as examples of its path parameters, and a key of its own for each operation.
pub(super) fn with_examples(mut document: Value, planted: &Planted) -> anyhow::Result<Value> {
    let operations = document["paths"]
        .as_object_mut()
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut)
        .flat_map(|methods| methods.values_mut());
    for operation in operations {
        let id = operation["operationId"]
            .as_str()
            .context("an operation without a name")?
            .to_owned();
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            // A key that is needed is one of the operation's own; where it is not, a planted one would tie the examples together.
            if parameter["name"] == "Idempotency-Key" && parameter["required"] == true {
                parameter["examples"] = json!({"planted": {"value": format!("planted-{id}")}});
            }
            if parameter["in"] == "path" {
                let values = planted
                    .get(id.as_str())
                    .with_context(|| format!("nothing is planted for {id}"))?;
                let examples = values
                    .iter()
                    .enumerate()
                    .map(|(n, value)| (format!("planted-{n}"), json!({ "value": value })));
                parameter["examples"] = Value::Object(examples.collect());
            }
        }
    }
    Ok(document)
}
