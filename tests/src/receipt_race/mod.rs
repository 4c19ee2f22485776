//! Many receipt computers at once: all of them claim all results at the real daemon's socket, and each result must get exactly one owner
//! (invariant 9). Each client is a process and a user of its own, for the daemon knows its clients by their users; that needs root. Without
//! root the same processes race over the same server and ledger inside this process, where each has a socket of its own, and the report says so.
//! Measured beside it: from "stored" to "the client has the event", and a bare Unix-socket echo of the same sizes by as many processes.

mod events;
mod racers;
mod terminal;
pub mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use uketsuked::measure::ReceiptSide;

use racers::Post;
use wire::Claim;

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
    /// What was raced at: `uketsuked`, or `in-process` where nobody may become fifty users.
    pub server: &'static str,
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
    /// All claims.
    pub claim: Times,
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
    /// From the first claim to the last.
    pub race_ms: u64,
    /// Everything, milliseconds.
    pub total_ms: u64,
}

/// Runs the race; `tell` hears how far it is.
///
/// # Errors
/// The terminal does not come up, or the sockets do not answer as documented.
pub async fn race(
    clients: usize,
    results: usize,
    events: usize,
    tell: &dyn Fn(&str),
) -> anyhow::Result<Told> {
    let began = Instant::now();
    let names: Vec<String> = (0..clients).map(|n| format!("client-{n}")).collect();
    let mut told = Told {
        clients,
        results,
        claims: clients * results,
        ..Told::default()
    };

    tell(&format!("{clients} clients follow {events} events"));
    let folder = folder()?;
    let measured = events::follow(folder.path(), &names, events).await?;
    (told.stored, told.event) = (times(measured.stored), times(measured.delay));

    let (claims, ids);
    if nix::unistd::geteuid().is_root() {
        told.server = "uketsuked";
        tell(&format!("a terminal with {results} results"));
        let (bench, posts, stored) = terminal::start(&names, results, BODY, tell).await?;
        (claims, told.race_ms) = all_claim(posts, stored.clone(), tell).await?;
        ids = stored;
        bench.stop().await;
    } else {
        told.server = "in-process";
        tell("not root: the race is over the same server in this process");
        let folder = self::folder()?;
        let side = ReceiptSide::open(folder.path(), &names)?;
        let (posts, stored) = beside_us(&side, results, tell).await?;
        (claims, told.race_ms) = all_claim(posts, stored.clone(), tell).await?;
        ids = stored;
    }
    judge(&mut told, &names, &ids, &claims);
    told.bytes = claims
        .iter()
        .flatten()
        .next()
        .map_or([0, 0], |claim| claim.bytes);

    tell(&format!("the echo: {clients} clients, {results} times"));
    told.echo = echo(folder.path(), clients, results, told.bytes).await?;
    told.total_ms = millis(began.elapsed());
    Ok(told)
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("uketsuke-race-").tempdir()
}

/// Results in a receipt side of our own, and a socket for each client.
async fn beside_us(
    side: &ReceiptSide,
    results: usize,
    tell: &dyn Fn(&str),
) -> anyhow::Result<(Vec<Post>, Vec<String>)> {
    let mut ids = Vec::new();
    for n in 0..results {
        ids.push(side.store(1_000_000 + n as u64, BODY).await?);
        if (n + 1) % 250 == 0 {
            tell(&format!("{} of {results} results stored", n + 1));
        }
    }
    let posts = side.sockets().iter().map(|socket| Post {
        socket: socket.clone(),
        uid: None,
    });
    Ok((posts.collect(), ids))
}

/// Everybody claims everything, in the same order, so that they meet at each result.
async fn all_claim(
    posts: Vec<Post>,
    ids: Vec<String>,
    tell: &dyn Fn(&str),
) -> anyhow::Result<(Vec<Vec<Claim>>, u64)> {
    let all = posts.len() * ids.len();
    tell(&format!("{all} claims"));
    let began = Instant::now();
    // The processes are waited for on a thread that may block: the other side may live in this process.
    let mut running = tokio::task::spawn_blocking(move || racers::claim(&posts, &ids));
    let claims = loop {
        let wait = Duration::from_secs(10);
        match tokio::time::timeout(wait, &mut running).await {
            Ok(done) => break done??,
            Err(_) => tell(&format!("racing for {} s", began.elapsed().as_secs())),
        }
    };
    Ok((claims, millis(began.elapsed())))
}

fn judge(told: &mut Told, names: &[String], ids: &[String], claims: &[Vec<Claim>]) {
    let mut owners: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (client, of) in claims.iter().enumerate() {
        for (result, claim) in of.iter().enumerate() {
            if claim.status == 200 {
                owners.entry(result).or_default().push(client);
            }
        }
    }
    told.owned_once = owners.values().filter(|owners| owners.len() == 1).count();
    told.wrong = ids.len() - told.owned_once;
    let named = |result: usize, claim: &Claim| {
        let owner = owners.get(&result).and_then(|owners| owners.first());
        claim.owner.as_deref() == owner.map(|&client| names[client].as_str())
    };
    let each = || claims.iter().flat_map(|of| of.iter().enumerate());
    told.misled = each()
        .filter(|(result, claim)| !named(*result, claim) || !matches!(claim.status, 200 | 409))
        .count();
    let of = |wanted: &[u16]| {
        let took = each().filter(|(_, claim)| wanted.contains(&claim.status));
        times(took.map(|(_, claim)| claim.took).collect())
    };
    (told.claim, told.won, told.refused) = (of(&[200, 409]), of(&[200]), of(&[409]));
    told.ok = told.wrong == 0 && told.misled == 0 && each().count() == told.claims;
}

/// As many processes send and get as many bytes, with nothing between.
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
    let work = move || racers::echo(&path, clients, rounds, bytes);
    let took = tokio::task::spawn_blocking(work).await??;
    server.abort();
    Ok(times(took))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Counts and sorts measured times.
pub(crate) fn times(mut took: Vec<Duration>) -> Times {
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
