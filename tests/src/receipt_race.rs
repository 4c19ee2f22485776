//! Many receipt computers at once over the real ledger and real sockets: all of them claim all results, and each result must get exactly
//! one owner (invariant 9). Measured beside it: from "stored" to "the client has the event", and a bare Unix-socket echo of the same
//! sizes under the same number of clients.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Barrier;
use uketsuked::measure::ReceiptSide;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// A stored qualification, as small clinics get them.
const BODY: &str = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"架空　一郎","Sex1":"1","Birthdate":"19900115","InsurerName":"架空健康保険組合","InsurerNumber":"06123456","InsuredIdentificationNumber":"3456789"}}]}}}"#;

/// Times in milliseconds.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Times {
    /// How many were measured.
    pub count: usize,
    /// Median.
    pub p50_ms: f64,
    /// 99 of 100 are no longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// Each result had exactly one owner, and everybody else was told who it is.
    pub ok: bool,
    /// Clients.
    pub clients: usize,
    /// Results.
    pub results: usize,
    /// Claims made: every client claims every result.
    pub claims: usize,
    /// Results that exactly one client was told to own.
    pub owned_once: usize,
    /// Results that nobody, or more than one, was told to own.
    pub wrong: usize,
    /// Refusals that named another owner than the one who was told to own it.
    pub misled: usize,
    /// Claims that made their client the owner, durably.
    pub won: Times,
    /// Claims that were refused because of another owner.
    pub refused: Times,
    /// The durable write of a result.
    pub stored: Times,
    /// From "stored" (durable) to "the client has the event", all clients following.
    pub event: Times,
    /// Bytes of one claim and of its answer.
    pub bytes: [usize; 2],
    /// The same numbers of bytes there and back over a bare Unix socket, by as many clients at once.
    pub echo: Times,
    /// Everything, milliseconds.
    pub total_ms: u64,
}

/// Runs the race.
///
/// # Errors
/// The sockets do not answer as documented.
pub async fn race(clients: usize, results: usize, events: usize) -> anyhow::Result<Told> {
    let began = Instant::now();
    let folder = tempfile::Builder::new()
        .prefix("uketsuke-race-")
        .tempdir()?;
    let names: Vec<String> = (0..clients).map(|n| format!("client-{n}")).collect();
    let side = Arc::new(ReceiptSide::open(folder.path(), &names)?);
    let mut told = Told {
        clients,
        results,
        claims: clients * results,
        ..Told::default()
    };
    (told.stored, told.event) = follow(&side, events).await?;
    let mut ids = Vec::new();
    for n in 0..results {
        ids.push(side.store(1_000_000 + n as u64, BODY).await?);
    }
    let claims = all_claim(&side, &ids).await?;
    judge(&mut told, &names, &ids, &claims);
    told.bytes = claims.first().map_or([0, 0], |claim| claim.bytes);
    told.echo = echo(folder.path(), clients, results, told.bytes).await?;
    told.total_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(told)
}

struct Claim {
    client: usize,
    result: usize,
    status: u16,
    owner: Option<String>,
    took: Duration,
    bytes: [usize; 2],
}

async fn all_claim(side: &ReceiptSide, ids: &[String]) -> anyhow::Result<Vec<Claim>> {
    let start = Arc::new(Barrier::new(side.sockets().len()));
    let mut running = Vec::new();
    for (client, socket) in side.sockets().iter().enumerate() {
        let (socket, ids, start) = (socket.clone(), ids.to_vec(), Arc::clone(&start));
        running.push(tokio::spawn(async move {
            claim_each(client, &socket, &ids, &start).await
        }));
    }
    let mut all = Vec::new();
    for one in running {
        all.extend(one.await??);
    }
    Ok(all)
}

/// One client's claims, on one kept connection. Everybody goes through the results in the same order, so that they meet at each.
async fn claim_each(
    client: usize,
    socket: &Path,
    ids: &[String],
    start: &Barrier,
) -> anyhow::Result<Vec<Claim>> {
    let mut stream = BufReader::new(UnixStream::connect(socket).await?);
    let mut claims = Vec::with_capacity(ids.len());
    start.wait().await;
    for (result, id) in ids.iter().enumerate() {
        let request = format!(
            "POST /v1/results/{id}/claim HTTP/1.1\r\nHost: terminal\r\nContent-Length: 0\r\n\r\n"
        );
        let began = Instant::now();
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (status, body, bytes) = tokio::time::timeout(PATIENCE, answer(&mut stream))
            .await
            .context("no answer to a claim")??;
        let took = began.elapsed();
        let document: serde_json::Value = serde_json::from_slice(&body)?;
        claims.push(Claim {
            client,
            result,
            status,
            owner: document["owner"].as_str().map(str::to_owned),
            took,
            bytes: [request.len(), bytes],
        });
    }
    Ok(claims)
}

/// An answer with a length: status, body, bytes in all.
async fn answer(stream: &mut BufReader<UnixStream>) -> anyhow::Result<(u16, Vec<u8>, usize)> {
    let (mut line, mut length, mut status, mut bytes) = (String::new(), 0, 0, 0);
    loop {
        line.clear();
        let read = stream.read_line(&mut line).await?;
        ensure!(read > 0, "the connection was closed");
        bytes += read;
        let text = line.trim_end();
        if status == 0 {
            status = text
                .split(' ')
                .nth(1)
                .and_then(|word| word.parse().ok())
                .with_context(|| text.to_owned())?;
        } else if text.is_empty() {
            break;
        } else if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status, body, bytes + length))
}

fn judge(told: &mut Told, names: &[String], ids: &[String], claims: &[Claim]) {
    let mut owners: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.status == 200) {
        owners.entry(claim.result).or_default().push(claim.client);
    }
    told.owned_once = owners.values().filter(|owners| owners.len() == 1).count();
    told.wrong = ids.len() - told.owned_once;
    let named = |claim: &Claim| {
        let owner = owners.get(&claim.result).and_then(|owners| owners.first());
        claim.owner.as_deref() == owner.map(|&client| names[client].as_str())
    };
    told.misled = claims
        .iter()
        .filter(|claim| !named(claim) || !matches!(claim.status, 200 | 409))
        .count();
    let of = |status: u16| {
        let took = claims.iter().filter(|claim| claim.status == status);
        times(took.map(|claim| claim.took).collect())
    };
    (told.won, told.refused) = (of(200), of(409));
    told.ok = told.wrong == 0 && told.misled == 0 && claims.len() == told.claims;
}

/// All clients follow the events while results are stored one after the other.
async fn follow(side: &ReceiptSide, events: usize) -> anyhow::Result<(Times, Times)> {
    let ready = Arc::new(Barrier::new(side.sockets().len() + 1));
    let mut running = Vec::new();
    for socket in side.sockets() {
        let (socket, ready) = (socket.clone(), Arc::clone(&ready));
        running.push(tokio::spawn(async move {
            arrivals(socket, events, &ready).await
        }));
    }
    ready.wait().await;
    let (mut writing, mut stored) = (Vec::new(), BTreeMap::new());
    for n in 0..events {
        let began = Instant::now();
        let id = side.store(1 + n as u64, BODY).await?;
        writing.push(began.elapsed());
        stored.insert(id, Instant::now());
    }
    let mut delays = Vec::new();
    for one in running {
        for (id, at) in one.await?? {
            let since = stored.get(&id).context("an event of no result")?;
            // The event leaves when the write is durable, which may be before the writer is told so.
            delays.push(at.saturating_duration_since(*since));
        }
    }
    Ok((times(writing), times(delays)))
}

async fn arrivals(
    socket: PathBuf,
    events: usize,
    ready: &Barrier,
) -> anyhow::Result<Vec<(String, Instant)>> {
    let mut stream = BufReader::new(UnixStream::connect(socket).await?);
    let request = "GET /v1/events HTTP/1.1\r\nHost: terminal\r\nAccept: text/event-stream\r\n\r\n";
    stream.get_mut().write_all(request.as_bytes()).await?;
    let mut line = String::new();
    // The greeting comes when the stream stands.
    while !line.contains("uketsuke events") {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "no event stream");
    }
    ready.wait().await;
    let mut seen = Vec::new();
    while seen.len() < events {
        line.clear();
        let read = tokio::time::timeout(PATIENCE, stream.read_line(&mut line));
        if read.await.context("no event")?? == 0 {
            bail!("the event stream ended");
        }
        if let Some(data) = line.strip_prefix("data:") {
            let at = Instant::now();
            let event: serde_json::Value = serde_json::from_str(data.trim())?;
            let id = event["result"].as_str().context("no result")?;
            seen.push((id.to_owned(), at));
        }
    }
    Ok(seen)
}

/// As many clients send and get as many bytes, with nothing between.
async fn echo(
    folder: &Path,
    clients: usize,
    rounds: usize,
    bytes: [usize; 2],
) -> anyhow::Result<Times> {
    let path = folder.join("echo.sock");
    let listener = UnixListener::bind(&path)?;
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut there, back) = (vec![0; bytes[0]], vec![b'x'; bytes[1]]);
                while stream.read_exact(&mut there).await.is_ok() {
                    if stream.write_all(&back).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let start = Arc::new(Barrier::new(clients));
    let mut running = Vec::new();
    for _ in 0..clients {
        let (path, start) = (path.clone(), Arc::clone(&start));
        running.push(tokio::spawn(async move {
            let mut stream = UnixStream::connect(path).await?;
            let (there, mut back) = (vec![b'y'; bytes[0]], vec![0; bytes[1]]);
            let mut took = Vec::with_capacity(rounds);
            start.wait().await;
            for _ in 0..rounds {
                let began = Instant::now();
                stream.write_all(&there).await?;
                stream.read_exact(&mut back).await?;
                took.push(began.elapsed());
            }
            anyhow::Ok(took)
        }));
    }
    let mut all = Vec::new();
    for one in running {
        all.extend(one.await??);
    }
    server.abort();
    Ok(times(all))
}

fn times(mut took: Vec<Duration>) -> Times {
    took.sort_unstable();
    let at = |share: f64| {
        let last = took.len().saturating_sub(1);
        let place = (took.len() as f64 * share) as usize;
        let one = took.get(place.min(last)).copied().unwrap_or_default();
        (one.as_secs_f64() * 1e6).round() / 1e3
    };
    Times {
        count: took.len(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
    }
}
