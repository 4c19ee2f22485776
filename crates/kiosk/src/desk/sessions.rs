//! Who is signed in: random cookie, kept here only as its hash, ended by signing out, by doing nothing for too long, or by its age.

use super::port::{Actor, Left, Person};
use crate::{KioskError, Lang};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Sessions at once; the one that has been idle longest goes first.
const MOST: usize = 32;

/// A session's longest life, whatever is done in it: a shift's sign-in does not serve the next one's.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

type Id = [u8; 32];

struct Session {
    person: Person,
    /// The second factor was given.
    second: bool,
    lang: Lang,
    form_key: Zeroizing<String>,
    used: Instant,
    begun: Instant,
    /// Results of the overview that this session was shown, of those that stand there.
    looked_at: HashSet<String>,
}

impl Session {
    /// Why it has ended, if it has.
    fn ended(&self, idle: Duration, now: Instant) -> Option<Left> {
        if now.saturating_duration_since(self.begun) > LONGEST {
            Some(Left::TooLong)
        } else if now.saturating_duration_since(self.used) > idle {
            Some(Left::Idle)
        } else {
            None
        }
    }
}

/// A session as a page sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Who.
    pub(crate) person: Person,
    /// The second factor was given.
    pub(crate) second: bool,
    /// The language of the page.
    pub(crate) lang: Lang,
    /// What every form must carry (against forged requests).
    pub(crate) form_key: Zeroizing<String>,
}

impl Seen {
    /// As who asks.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            name: self.person.name.clone(),
            qualified: self.person.medical && self.second,
        }
    }
}

/// All sessions of the staff's page.
pub(crate) struct Sessions {
    idle: Duration,
    inner: Mutex<HashMap<Id, Session>>,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new(idle: Duration) -> Self {
        Self {
            idle,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, HashMap<Id, Session>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session and gives the cookie's value.
    ///
    /// # Errors
    /// [`KioskError::Random`] when the system gives no random bytes.
    pub(crate) fn begin(
        &self,
        person: Person,
        lang: Lang,
        now: Instant,
    ) -> Result<Zeroizing<String>, KioskError> {
        let cookie = random()?;
        let session = Session {
            person,
            second: false,
            lang,
            form_key: random()?,
            used: now,
            begun: now,
            looked_at: HashSet::new(),
        };
        let mut inner = self.inner();
        if inner.len() >= MOST {
            let oldest = inner.iter().min_by_key(|(_, session)| session.used);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                inner.remove(&id);
            }
        }
        inner.insert(id(&cookie), session);
        Ok(cookie)
    }

    /// The session of this cookie. `active` says whether a person did something, or the page looked by itself.
    pub(crate) fn see(&self, cookie: &str, active: bool, now: Instant) -> Option<Seen> {
        let mut inner = self.inner();
        let session = inner.get_mut(&id(cookie))?;
        if session.ended(self.idle, now).is_some() {
            return None;
        }
        if active {
            session.used = now;
        }
        Some(Seen {
            person: session.person.clone(),
            second: session.second,
            lang: session.lang,
            form_key: session.form_key.clone(),
        })
    }

    /// Which of the results that stand on the overview this session was not shown yet; `None` when there is no such session.
    pub(crate) fn not_looked_at(&self, cookie: &str, standing: &[String]) -> Option<Vec<String>> {
        let mut inner = self.inner();
        let session = inner.get_mut(&id(cookie))?;
        // Bounded by what the overview has room for.
        session.looked_at.retain(|one| standing.contains(one));
        let fresh = standing.iter();
        let fresh = fresh.filter(|one| !session.looked_at.contains(*one));
        Some(fresh.cloned().collect())
    }

    /// That this session is shown these results stands in the audit chain.
    pub(crate) fn looked_at(&self, cookie: &str, results: Vec<String>) {
        if let Some(session) = self.inner().get_mut(&id(cookie)) {
            session.looked_at.extend(results);
        }
    }

    /// Whether a form's key is this session's; compared without telling by its time how much was alike.
    pub(crate) fn form_is_ours(seen: &Seen, given: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"uketsuke form");
        let known = hmac::sign(&key, seen.form_key.as_bytes());
        hmac::verify(&key, given.as_bytes(), known.as_ref()).is_ok()
    }

    /// The second factor was right: a fresh cookie takes the place of the old one.
    ///
    /// # Errors
    /// [`KioskError::Random`] when the system gives no random bytes.
    pub(crate) fn raise(&self, cookie: &str) -> Result<Option<Zeroizing<String>>, KioskError> {
        let fresh = random()?;
        let mut inner = self.inner();
        let Some(mut session) = inner.remove(&id(cookie)) else {
            return Ok(None);
        };
        session.second = true;
        inner.insert(id(&fresh), session);
        Ok(Some(fresh))
    }

    /// Shows the pages of this session in another language.
    pub(crate) fn speak(&self, cookie: &str, lang: Lang) {
        if let Some(session) = self.inner().get_mut(&id(cookie)) {
            session.lang = lang;
        }
    }

    /// Ends a session and says whose it was.
    pub(crate) fn end(&self, cookie: &str) -> Option<String> {
        let ended = self.inner().remove(&id(cookie))?;
        Some(ended.person.name)
    }

    /// Ends every session of this account as it was, and says how many there were.
    pub(crate) fn end_all(&self, person: &Person) -> usize {
        let mut inner = self.inner();
        let before = inner.len();
        inner.retain(|_, session| session.person != *person);
        before - inner.len()
    }

    /// Removes what has ended by itself and says whose it was, and why.
    pub(crate) fn sweep(&self, now: Instant) -> Vec<(String, Left)> {
        let idle = self.idle;
        let mut gone = Vec::new();
        self.inner().retain(|_, session| {
            let ended = session.ended(idle, now);
            if let Some(why) = ended {
                gone.push((session.person.name.clone(), why));
            }
            ended.is_none()
        });
        gone
    }
}

fn id(cookie: &str) -> Id {
    let mut id = [0; 32];
    id.copy_from_slice(digest(&SHA256, cookie.as_bytes()).as_ref());
    id
}

fn random() -> Result<Zeroizing<String>, KioskError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    SystemRandom::new()
        .fill(&mut *bytes)
        .map_err(|_| KioskError::Random)?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            name: "a".into(),
            medical: true,
            edition: 1,
        }
    }

    #[test]
    fn a_session_ends_when_nothing_is_done_and_looking_is_not_doing() {
        let sessions = Sessions::new(Duration::from_secs(600));
        let begun = Instant::now();
        let cookie = sessions.begin(person(), Lang::Ja, begun).unwrap();
        let later = begun + Duration::from_secs(500);
        assert!(sessions.see(&cookie, false, later).is_some());
        assert!(sessions.see(&cookie, true, later).is_some());
        let end = later + Duration::from_secs(601);
        assert!(sessions.see(&cookie, false, end).is_none());
        assert_eq!(sessions.sweep(end), [("a".to_owned(), Left::Idle)]);
        assert!(
            sessions.see(&cookie, true, later).is_none(),
            "gone for good"
        );
    }

    /// Also the one that is never idle, and the one that was raised by the second factor late.
    #[test]
    fn a_session_ends_after_twelve_hours() {
        let sessions = Sessions::new(Duration::from_secs(3600));
        let begun = Instant::now();
        let mut cookie = sessions.begin(person(), Lang::Ja, begun).unwrap();
        for half_hours in 1..=24 {
            let now = begun + Duration::from_secs(half_hours * 1800);
            assert!(sessions.see(&cookie, true, now).is_some());
            if half_hours == 23 {
                cookie = sessions.raise(&cookie).unwrap().unwrap();
            }
        }
        let end = begun + Duration::from_secs(12 * 3600 + 1);
        assert!(sessions.see(&cookie, true, end).is_none());
        assert_eq!(sessions.sweep(end), [("a".to_owned(), Left::TooLong)]);
    }

    #[test]
    fn the_second_factor_changes_the_cookie() {
        let sessions = Sessions::new(Duration::from_secs(600));
        let now = Instant::now();
        let cookie = sessions.begin(person(), Lang::Ja, now).unwrap();
        assert!(!sessions.see(&cookie, true, now).unwrap().actor().qualified);
        let fresh = sessions.raise(&cookie).unwrap().unwrap();
        assert!(sessions.see(&cookie, true, now).is_none());
        let seen = sessions.see(&fresh, true, now).unwrap();
        assert!(seen.actor().qualified);
        assert!(Sessions::form_is_ours(&seen, &seen.form_key));
        assert!(!Sessions::form_is_ours(&seen, ""));
        assert_eq!(sessions.end(&fresh), Some("a".into()));
        assert_eq!(sessions.end(&fresh), None);
    }

    #[test]
    fn sessions_are_bounded() {
        let sessions = Sessions::new(Duration::from_secs(600));
        let now = Instant::now();
        let first = sessions.begin(person(), Lang::Ja, now).unwrap();
        for at in 1..=MOST as u64 {
            let at = now + Duration::from_secs(at);
            sessions.begin(person(), Lang::Ja, at).unwrap();
        }
        assert_eq!(sessions.inner().len(), MOST);
        assert!(sessions.see(&first, true, now).is_none());
    }
}
