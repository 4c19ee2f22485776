//! The event stream: server-sent events with durable numbers. What happened while a client was away is replayed from the
//! store after the `Last-Event-ID` it sends; nothing is kept for it in memory.

use crate::clients::Client;
use crate::config::Right;
use crate::connection::closed;
use crate::negotiate;
use crate::problem::{Kind, Problem};
use crate::router::{App, Caller, ConnectionEnd};
use crate::store::EventRecord;
use crate::times::japan;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Events fetched at once.
const PAGE: usize = 100;
/// After a lost connection the client waits so long before it connects again.
const RETRY: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    after: Option<u64>,
    /// `cursor`: after the event that this client noted with `PUT /v1/events/cursor`.
    from: Option<FromWord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FromWord {
    Cursor,
}

pub(crate) async fn stream(
    State(app): State<App>,
    caller: Caller,
    Extension(ConnectionEnd(end)): Extension<ConnectionEnd>,
    headers: HeaderMap,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Right::Read)?;
    negotiate::require(&headers, "text/event-stream")?;
    let query = crate::resource::query(query)?;
    let after = match headers.get("last-event-id") {
        // As in the standard, the header of a resumed stream goes before the address.
        Some(id) => id
            .to_str()
            .ok()
            .and_then(|id| id.parse().ok())
            .ok_or(Kind::BadEventId)?,
        None if query.from.is_some() => {
            let name = caller.client.name.clone();
            app.ask(move |store| store.cursor(&consumer(&name))).await?
        }
        None => query.after.unwrap_or(0),
    };
    // Subscribed before the first look, so that no event falls between the two.
    let news = app.store.event_watch();
    let newest = app.ask(|store| store.latest_event_seq()).await?;
    if after > newest {
        return Err(Problem::new(Kind::BadEventId).because(
            format!("最新のイベントは {newest} です"),
            format!("the newest event is {newest}"),
        ));
    }
    let heartbeat = app.heartbeat;
    let follower = Follower {
        app,
        client: caller.client,
        news,
        after,
        ready: VecDeque::new(),
        end,
        greeted: false,
    };
    let keep_alive = KeepAlive::new().interval(heartbeat).text("heartbeat");
    let mut response = Sse::new(stream::unfold(follower, Follower::step))
        .keep_alive(keep_alive)
        .into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    Ok(response)
}

/// One client's place in the events.
struct Follower {
    app: App,
    client: Arc<Client>,
    news: watch::Receiver<u64>,
    after: u64,
    ready: VecDeque<EventRecord>,
    end: Instant,
    greeted: bool,
}

impl Follower {
    async fn step(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if !self.greeted {
            self.greeted = true;
            return Some((
                Ok(Event::default().retry(RETRY).comment("uketsuke events")),
                self,
            ));
        }
        loop {
            if let Some(record) = self.ready.pop_front() {
                self.after = record.seq;
                if !self.client.sees(&record.reader) {
                    continue;
                }
                let event = self.event(&record);
                return Some((Ok(event), self));
            }
            self.news.mark_unchanged();
            let after = self.after;
            match self
                .app
                .ask(move |store| store.events_after(after, PAGE))
                .await
            {
                Ok(records) if !records.is_empty() => {
                    self.ready = records.into();
                    continue;
                }
                Ok(_) => {}
                // The client connects again and resumes after the last event that it got.
                Err(_) => return None,
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                () = tokio::time::sleep_until(self.end) => return None,
                () = closed(&mut self.app.closing) => return None,
            }
        }
    }

    fn event(&self, record: &EventRecord) -> Event {
        let (what, path) = subject(&record.kind);
        let mut data = json!({
            "seq": record.seq,
            "at": japan(record.at),
            "kind": record.kind,
            "href": format!("/v1/{path}/{}", record.result_id),
            "simulated": self.app.simulated,
        });
        if let Some(map) = data.as_object_mut() {
            let id = match record.result_id.parse::<u64>() {
                Ok(number) if what != "result" => json!(number),
                _ => json!(record.result_id),
            };
            map.insert(what.into(), id);
        }
        Event::default()
            .id(record.seq.to_string())
            .event(record.kind.replace(['\r', '\n'], " "))
            .data(data.to_string())
    }
}

/// What an event of this kind is about, and where that is found.
fn subject(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "inquiry-failed" => ("inquiry", "inquiries"),
        "bulk-ended" => ("bulk", "bulk"),
        "follow-up-opened" | "follow-up-closed" => ("follow_up", "follow-ups"),
        _ => ("result", "results"),
    }
}

/// Name of a socket client among the consumers.
fn consumer(client: &str) -> String {
    format!("client:{client}")
}

pub(crate) async fn cursor(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.reads(Right::Read, &headers)?;
    let name = consumer(&caller.client.name);
    let seq = app.ask(move |store| store.cursor(&name)).await?;
    Ok(crate::resource::json_answer(
        StatusCode::OK,
        &json!({"seq": seq}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CursorBody {
    seq: u64,
}

/// The largest number that every JSON reader holds exactly (RFC 8259, section 6).
const MOST_EXACT: u64 = (1 << 53) - 1;

pub(crate) async fn move_cursor(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.reads(Right::Read, &headers)?;
    let CursorBody { seq } = app.needed(&headers, body).await?;
    if seq > MOST_EXACT {
        return Err(Problem::new(Kind::Malformed).because(
            format!("seq は {MOST_EXACT} 以下です"),
            format!("seq is at most {MOST_EXACT}"),
        ));
    }
    let (name, now) = (consumer(&caller.client.name), (app.clock)());
    let seq = app.ask(move |store| store.advance(&name, seq, now)).await?;
    Ok(crate::resource::json_answer(
        StatusCode::OK,
        &json!({"seq": seq}),
    ))
}
