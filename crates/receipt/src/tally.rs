//! What comes often stands in the audit chain without filling it: who was refused what, and who looked at which list. Of the same client
//! and kind the first is recorded at once; those that follow within a minute make one record with how often it was, at that minute's end
//! and also when no more come (invariants 12, 15). Each record is written by a task of its own, which no client's going away ends and which
//! the end of the terminal waits for.

use crate::connection::closed;
use crate::idempotency;
use crate::problem::{Problem, Refused};
use crate::router::{App, Peer};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Clients and kinds counted one by one; whatever comes beyond is counted together.
const MOST: usize = 1_000;
/// Who stands for those beyond; no client's name has a space.
const OTHERS: &str = "other users";
/// The most characters of an address that are recorded.
const LONGEST: usize = 100;
/// Something was refused.
const REFUSED: &str = "request-refused";
/// A list, or where something stands, was looked at.
const LOOKED: &str = "looked-at";
/// Medical information that visits brought: which visits, which kinds.
const MEDICAL: &str = "/v1/medical-information";
/// What records each reading by itself, or is about nobody.
const NOT_LISTS: [&str; 10] = [
    "/v1/results/{id}",
    "/v1/bulk/{id}/answers",
    "/v1/audit",
    "/v1/settings",
    "/v1/access-url",
    "/v1/openings",
    "/v1/outage/notes",
    "/v1/status",
    "/v1/openapi.json",
    "/v1/events/cursor",
];

/// Who did what kind of thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Act {
    client: String,
    action: &'static str,
    /// A refusal's code, a list's address.
    about: String,
}

/// A record to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    act: Act,
    /// The newest request of that kind.
    request: String,
    times: u64,
}

impl Told {
    fn detail(&self) -> Value {
        let Self { act, request, .. } = self;
        match act.action {
            REFUSED => json!({"code": act.about, "request": request, "times": self.times}),
            _ => json!({"request": act.about, "times": self.times}),
        }
    }
}

struct Count {
    since: Instant,
    /// Not recorded yet.
    times: u64,
    request: String,
}

/// What was counted and is not recorded yet.
#[derive(Clone)]
pub(crate) struct Tally {
    every: Duration,
    all: Arc<Mutex<BTreeMap<Act, Count>>>,
    /// Records that are being written.
    writing: Arc<Mutex<JoinSet<()>>>,
}

impl Tally {
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            every,
            all: Arc::default(),
            writing: Arc::default(),
        }
    }

    /// Does the work in a task of its own; what is given back tells when it is done. Whoever stops waiting stops nothing.
    fn own(&self, work: impl Future<Output = ()> + Send + 'static) -> oneshot::Receiver<()> {
        let (tell, done) = oneshot::channel();
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        while writing.try_join_next().is_some() {}
        writing.spawn(async move {
            work.await;
            // Nobody may be waiting any more.
            let _ = tell.send(());
        });
        done
    }

    /// Waits for everything that is being written. Whoever stops waiting stops none of it.
    async fn written(&self) {
        std::future::poll_fn(|cx| {
            let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match writing.poll_join_next(cx) {
                    Poll::Ready(Some(_)) => {}
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await;
    }

    /// How many records are being written.
    fn being_written(&self) -> usize {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        while writing.try_join_next().is_some() {}
        writing.len()
    }

    /// Counts one; gives the record to be made now, if it is the first of its kind.
    fn count(&self, mut act: Act, request: &str, now: Instant) -> Option<Told> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&act) {
            act.client = OTHERS.into();
            act.about.clear();
        }
        let request: String = request.chars().take(LONGEST).collect();
        if let Some(count) = all.get_mut(&act) {
            count.times = count.times.saturating_add(1);
            count.request = request;
            return None;
        }
        let count = Count {
            since: now,
            times: 0,
            request: request.clone(),
        };
        all.insert(act.clone(), count);
        Some(Told {
            act,
            request,
            times: 1,
        })
    }

    /// The records whose time has come, or all.
    fn due(&self, now: Instant, at_once: bool) -> Vec<Told> {
        let mut told = Vec::new();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|act, count| {
            if !at_once && now.duration_since(count.since) < self.every {
                return true;
            }
            if count.times == 0 {
                return false;
            }
            told.push(Told {
                act: act.clone(),
                request: std::mem::take(&mut count.request),
                times: std::mem::take(&mut count.times),
            });
            count.since = now;
            true
        });
        told
    }

    /// A record that could not be made is made later.
    fn give_back(&self, told: Told) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(told.act).or_insert_with(|| Count {
            since: Instant::now(),
            times: 0,
            request: String::new(),
        });
        if count.request.is_empty() {
            count.request = told.request;
        }
        count.times = count.times.saturating_add(told.times);
    }
}

/// Records to be made one after the other; those that nobody came to are counted on.
struct ToMake<'a> {
    tally: &'a Tally,
    left: VecDeque<Told>,
}

impl Drop for ToMake<'_> {
    fn drop(&mut self) {
        for told in self.left.drain(..) {
            self.tally.give_back(told);
        }
    }
}

impl App {
    async fn record(&self, told: &Told) -> Result<(), Problem> {
        let (client, action) = (told.act.client.clone(), told.act.action);
        let (detail, now) = (told.detail(), (self.clock)());
        self.ask(move |store| store.record_access(&client, action, &detail, now))
            .await
    }

    /// Makes a record now, or later when that can't be done now; also when whoever waits for it is gone.
    fn record_or_keep(&self, told: Told) -> oneshot::Receiver<()> {
        let app = self.clone();
        self.tally.own(async move {
            if app.record(&told).await.is_err() {
                tracing::warn!(
                    about = told.act.about,
                    "who was refused or looked could not be recorded: tried again"
                );
                app.tally.give_back(told);
            }
        })
    }

    /// Records what was counted and is due.
    async fn record_counted(&self, at_once: bool) {
        let mut to_make = ToMake {
            tally: &self.tally,
            left: self.tally.due(Instant::now(), at_once).into(),
        };
        while let Some(told) = to_make.left.pop_front() {
            // It ends without a word only when the whole server is thrown away.
            let _ = self.record_or_keep(told).await;
        }
    }

    /// Records all that was counted, and waits for what others are writing; once more what could not be written at first. At most for so
    /// long: a ledger that hangs does not keep the terminal from ending. What is left then stays counted.
    pub(crate) async fn record_all(&self, at_most: Duration) {
        let all = async {
            for _ in 0..2 {
                self.tally.written().await;
                self.record_counted(true).await;
            }
        };
        if tokio::time::timeout(at_most, all).await.is_err() {
            tracing::warn!("the ledger does not answer: what was counted waits for it no longer");
        }
    }

    /// Says what could not be recorded before the end.
    pub(crate) fn tell_left(&self) {
        let left = self.tally.due(Instant::now(), true);
        let being_written = self.tally.being_written();
        if being_written > 0 {
            tracing::error!(
                being_written,
                "records of who was refused or looked were still being written at the end"
            );
        }
        if !left.is_empty() {
            let times: u64 = left.iter().map(|told| told.times).sum();
            tracing::error!(
                times,
                ?left,
                "who was refused or looked could not be recorded before the end"
            );
        }
    }

    /// Records minute by minute what was counted, until the server closes; never left in the midst of it.
    pub(crate) async fn keep_recording(self) {
        let pause = (self.tally.every / 4).max(Duration::from_millis(10));
        let mut closing = self.closing.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = closed(&mut closing) => return,
            }
            self.record_counted(false).await;
        }
    }

    /// A user whom no rule names was refused. It stands there by number: it has no name here.
    pub(crate) fn stranger(&self, uid: u32) {
        let act = Act {
            client: format!("user {uid}"),
            action: REFUSED,
            about: "UK-RCPT-001".into(),
        };
        if let Some(told) = self.tally.count(act, "connect", Instant::now()) {
            // Nobody waits for it but the end of the terminal.
            drop(self.record_or_keep(told));
        }
    }
}

/// Records who was refused what, and who looked at which list. A record that can't be made changes no answer and is made later: nothing
/// that a message says stands in a list. Only which visit brought which medical information is not told without.
pub(crate) async fn recorded(State(app): State<App>, request: Request, next: Next) -> Response {
    let client = match request.extensions().get::<Peer>() {
        Some(Peer(Some(client))) => Arc::clone(client),
        _ => return next.run(request).await,
    };
    let what = format!("{} {}", request.method(), request.uri().path());
    let list = matches!(*request.method(), Method::GET | Method::HEAD)
        .then(|| idempotency::template(&Method::GET, request.uri().path()))
        .flatten()
        .filter(|path| !NOT_LISTS.contains(path));
    let response = next.run(request).await;
    let seen = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let (action, about) = match (response.extensions().get::<Refused>(), list) {
        (Some(Refused(code)), _) => (REFUSED, *code),
        (None, Some(list)) if seen => (LOOKED, list),
        _ => return response,
    };
    let act = Act {
        client: client.name.clone(),
        action,
        about: about.to_owned(),
    };
    if about == MEDICAL {
        // Each by itself and before it is shown: nothing that is only counted may be lost with the power.
        let told = Told {
            act,
            request: what,
            times: 1,
        };
        if let Err(problem) = app.record(&told).await {
            return problem.into_response();
        }
    } else if let Some(told) = app.tally.count(act, &what, Instant::now()) {
        let _ = app.record_or_keep(told).await;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(client: &str, about: &str) -> Act {
        Act {
            client: client.into(),
            action: REFUSED,
            about: about.into(),
        }
    }

    #[test]
    fn the_first_at_once_and_the_others_of_its_minute_as_one() {
        let tally = Tally::new(Duration::from_secs(60));
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let count = |client, about, seconds: u64| {
            let told = tally.count(act(client, about), &seconds.to_string(), at(seconds));
            told.map(|told| told.times)
        };
        let due = |seconds, all| -> Vec<(String, String, u64)> {
            let told = tally.due(at(seconds), all);
            told.into_iter()
                .map(|told| (told.act.client, told.request, told.times))
                .collect()
        };
        assert_eq!(count("a", "X", 0), Some(1));
        for second in 1..5 {
            assert_eq!(count("a", "X", second), None);
        }
        assert_eq!(count("b", "X", 5), Some(1));
        assert_eq!(count("a", "Y", 5), Some(1));
        assert_eq!(due(59, false), []);
        assert_eq!(due(60, false), [("a".into(), "4".into(), 4)]);
        assert_eq!(due(119, false), [], "b and Y came once only");
        assert_eq!(count("a", "X", 119), None, "another minute has begun");
        assert_eq!(due(119, true), [("a".into(), "119".into(), 1)]);
        assert_eq!(due(180, false), []);
        assert_eq!(count("a", "X", 181), Some(1));
    }

    #[test]
    fn inv15_many_users_are_counted_together_and_none_is_lost() {
        let tally = Tally::new(Duration::from_secs(60));
        let now = Instant::now();
        let mut times = 0;
        for user in 0..3 * MOST {
            let told = tally.count(act(&format!("user {user}"), "X"), "connect", now);
            times += told.map_or(0, |told| told.times);
        }
        let told = tally.due(now, true);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].act.client, OTHERS);
        assert_eq!(times + told[0].times, 3 * MOST as u64);
        // What could not be recorded is counted on.
        tally.give_back(told[0].clone());
        assert_eq!(tally.due(now, true), told);
    }
}
