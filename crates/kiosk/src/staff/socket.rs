//! One open staff's page: newest state out in its own language, one request at a time in.

use crate::Lang;
use crate::desk::{Desk, Looks, Seen};
use crate::staff::message::{self, Ask, Said};
use crate::staff::unattended::OpenScreen;
use crate::staff::view::ReplyView;
use crate::staff::{Named, StaffPort, StaffProblem, StaffRequest, render};
use crate::texts::Texts;
use crate::wire::{Gone, Incoming, Wire};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long the daemon may take to answer a request.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Time until a look is recorded again that could not be.
const AGAIN: Duration = Duration::from_secs(3);

/// Who is signed in on the browser that opened the socket.
pub(super) struct Session {
    pub(super) desk: Arc<Desk>,
    pub(super) cookie: String,
    /// The socket ends with the session.
    pub(super) must_go_on: bool,
}

impl Session {
    /// Whose it is while it goes on. `active`: the page was told to do something.
    async fn seen(&self, active: bool) -> Option<Seen> {
        self.desk.see(&self.cookie, active).await
    }
}

type Answer = Result<(), StaffProblem>;

/// The request whose answer is awaited.
struct Pending {
    action: &'static str,
    answer: std::pin::Pin<Box<dyn Future<Output = Option<Answer>> + Send>>,
}

/// Speaks with one page until it or the daemon goes.
pub(super) async fn talk(
    mut wire: Wire,
    port: StaffPort,
    simulated: bool,
    session: Option<Session>,
    open: Option<Arc<OpenScreen>>,
) {
    let StaffPort {
        mut state,
        requests,
    } = port;
    let mut lang = Lang::default();
    let mut pending: Option<Pending> = None;
    let mut shown = None;
    let mut active = false;
    loop {
        let mut seen = None;
        if let Some(session) = &session {
            seen = session.seen(std::mem::take(&mut active)).await;
            if seen.is_none() && session.must_go_on {
                let _ = wire.tell("ended").await;
                return;
            }
        }
        let mut signed_in = seen.as_ref().map(|seen| seen.person.name.clone());
        // Only what differs from what the page has is sent.
        let mut now = state.borrow_and_update().clone();
        let mut taken_away = 0;
        if let Some(screen) = &open {
            taken_away = screen.leave(&mut now, signed_in.is_some()).await;
        }
        let mut unrecorded = None;
        if let (Some(session), Some(seen)) = (&session, &seen)
            && session.must_go_on
        {
            let Session { desk, cookie, .. } = session;
            match desk.record_looks(cookie, seen, &mut now.results).await {
                Looks::Recorded => {}
                Looks::HeldBack(count, code) => unrecorded = Some((count, code)),
                Looks::Ended => {
                    let _ = wire.tell("ended").await;
                    return;
                }
            }
        }
        let mut view = render(&now, lang, simulated);
        view.signed_in(signed_in.as_deref(), lang);
        view.taken_away(taken_away, lang);
        view.unrecorded(unrecorded.as_ref(), lang);
        if shown.as_ref() != Some(&view) {
            if wire.send_json(&view).await.is_err() {
                return;
            }
            shown = Some(view);
        }
        let went = tokio::select! {
            changed = state.changed() => changed.map_err(|_| Gone),
            () = beat(open.as_deref()) => Ok(()),
            () = again(unrecorded.is_some()) => Ok(()),
            (action, answer) = awaited(&mut pending) => {
                pending = None;
                wire.send_json(&reply(action, answer, lang)).await
            }
            incoming = wire.next() => match incoming {
                Incoming::Text(text) => match message::read(&text) {
                    Ok(Said::Present) => {
                        touched(open.as_deref());
                        Ok(())
                    }
                    Ok(Said::Language(chosen)) => {
                        touched(open.as_deref());
                        lang = chosen;
                        active = true;
                        Ok(())
                    }
                    Ok(Said::Ask(asked)) => {
                        touched(open.as_deref());
                        // Whoever was put out since the last look asks for nothing any more.
                        if let Some(session) = &session {
                            signed_in = session.seen(true).await.map(|seen| seen.person.name);
                            if signed_in.is_none() && session.must_go_on {
                                let _ = wire.tell("ended").await;
                                return;
                            }
                        }
                        let named = Named::of(signed_in.as_ref());
                        let asked = match asked.by(signed_in) {
                            Ok(asked) => (asked, named),
                            Err((action, key)) => {
                                if wire.send_json(&refusal(action, key, lang)).await.is_err() {
                                    return;
                                }
                                continue;
                            }
                        };
                        let current = state.borrow().visit.as_ref().map(|visit| visit.visit);
                        match ask(asked, current, &requests, pending.is_some()) {
                            Ok(next) => {
                                pending = Some(next);
                                Ok(())
                            }
                            Err((action, key)) => wire.send_json(&refusal(action, key, lang)).await,
                        }
                    }
                    Err(_) => gone(&wire.senseless().await),
                },
                other => gone(&other),
            },
        };
        if went.is_err() {
            return;
        }
    }
}

/// The next look at what has stood there too long.
async fn beat(open: Option<&OpenScreen>) {
    match open {
        Some(screen) => tokio::time::sleep(screen.beat()).await,
        None => std::future::pending().await,
    }
}

/// The next try at what could not be recorded, and is not shown for that.
async fn again(unrecorded: bool) {
    if unrecorded {
        tokio::time::sleep(AGAIN).await;
    } else {
        std::future::pending().await
    }
}

fn touched(open: Option<&OpenScreen>) {
    if let Some(screen) = open {
        screen.touched();
    }
}

fn gone(incoming: &Incoming) -> Result<(), Gone> {
    if matches!(incoming, Incoming::Gone) {
        Err(Gone)
    } else {
        Ok(())
    }
}

/// Hands a request on; a request for a visit that is over never reaches the next one (invariant 8).
fn ask(
    (asked, named): (Ask, Named),
    current: Option<u64>,
    requests: &mpsc::Sender<StaffRequest>,
    busy: bool,
) -> Result<Pending, (&'static str, &'static str)> {
    let action = asked.name();
    if busy {
        return Err((action, "staff-reply-busy"));
    }
    if asked.visit.is_some() && current != asked.visit {
        return Err((action, "staff-reply-gone"));
    }
    let (reply, answer) = oneshot::channel();
    requests
        .try_send(StaffRequest {
            action: asked.action,
            named,
            reply,
        })
        .map_err(|_| (action, "staff-reply-no-answer"))?;
    let answer = async move { timeout(ANSWER_LIMIT, answer).await.ok()?.ok() };
    Ok(Pending {
        action,
        answer: Box::pin(answer),
    })
}

async fn awaited(pending: &mut Option<Pending>) -> (&'static str, Option<Answer>) {
    match pending {
        Some(pending) => (pending.action, pending.answer.as_mut().await),
        None => std::future::pending().await,
    }
}

fn reply(action: &'static str, answer: Option<Answer>, lang: Lang) -> ReplyView {
    match answer {
        Some(Ok(())) => ReplyView {
            kind: "reply",
            action,
            ok: true,
            code: None,
            text: Texts(lang).get("staff-reply-ok"),
        },
        Some(Err(problem)) => ReplyView {
            kind: "reply",
            action,
            ok: false,
            code: Some(problem.code),
            text: problem.text.get(lang).to_owned(),
        },
        None => refusal(action, "staff-reply-no-answer", lang),
    }
}

fn refusal(action: &'static str, key: &str, lang: Lang) -> ReplyView {
    ReplyView {
        kind: "reply",
        action,
        ok: false,
        code: None,
        text: Texts(lang).get(key),
    }
}
