//! Refusals stand in the audit chain: who was refused what. Not each one of a program that asks over and over: of the same client and
//! code one a minute, with how often it was (invariant 15).

use crate::problem::Refused;
use crate::router::{App, Peer};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SAY_AGAIN: Duration = Duration::from_secs(60);
/// Clients and codes remembered.
const MOST: usize = 1_000;
/// The most characters of an address that are recorded.
const LONGEST: usize = 100;

/// Of each client and code: when it was told last, and how often it came since.
type Known = BTreeMap<(String, &'static str), (Instant, u64)>;

/// When each was recorded last, and how often it was refused since.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Known>>);

impl Refusals {
    /// How often to record now; `None` = not yet again.
    fn count(&self, client: &str, code: &'static str, now: Instant) -> Option<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        match all.get_mut(&(client.to_owned(), code)) {
            Some((last, times)) if now.duration_since(*last) < SAY_AGAIN => {
                *times += 1;
                None
            }
            Some(known) => {
                let times = known.1 + 1;
                *known = (now, 0);
                Some(times)
            }
            None => {
                all.insert((client.to_owned(), code), (now, 0));
                Some(1)
            }
        }
    }
}

/// Records what the answer refuses. A record that can't be written changes no answer: nothing was given.
pub(crate) async fn recorded(State(app): State<App>, request: Request, next: Next) -> Response {
    let client = match request.extensions().get::<Peer>() {
        Some(Peer(Some(client))) => Some(client.name.clone()),
        _ => None,
    };
    let what: String = format!("{} {}", request.method(), request.uri().path())
        .chars()
        .take(LONGEST)
        .collect();
    let response = next.run(request).await;
    let refused = response.extensions().get::<Refused>().copied();
    if let (Some(client), Some(Refused(code))) = (client, refused)
        && let Some(times) = app.refusals.count(&client, code, Instant::now())
    {
        let detail = json!({"code": code, "request": what, "times": times});
        let now = (app.clock)();
        let done = app
            .ask(move |store| store.record_refusal(&client, &detail, now))
            .await;
        if done.is_err() {
            tracing::warn!(code, "a refusal could not be recorded");
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_minute_with_how_often_it_was() {
        let refusals = Refusals::default();
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(refusals.count("a", "X", at(0)), Some(1));
        for second in 1..5 {
            assert_eq!(refusals.count("a", "X", at(second)), None);
        }
        assert_eq!(refusals.count("b", "X", at(5)), Some(1));
        assert_eq!(refusals.count("a", "Y", at(5)), Some(1));
        assert_eq!(refusals.count("a", "X", at(61)), Some(5));
        assert_eq!(refusals.count("a", "X", at(62)), None);
    }
}
