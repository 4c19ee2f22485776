//! Who may open a page: a token that works once in the first URL, then a cookie of the session.
//!
//! The cookie carries a random session number and its HMAC under the page's secret. So a session is checked in constant time,
//! nothing is kept for it, and it outlives a restart of the daemon when the daemon keeps the secret: the kiosk browser
//! comes back by itself. Neither page's cookie opens the other, even under one secret, because the page's kind is in the HMAC.

use crate::KioskError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use zeroize::Zeroizing;

const SESSION_BYTES: usize = 16;
const TAG_BYTES: usize = 32;
/// Tokens issued and not yet used; the oldest goes when one more is asked for.
const MAX_TOKENS: usize = 8;

/// Which page a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// The patient's page.
    Patient,
    /// The staff's page.
    Staff,
}

impl PageKind {
    /// The cookie's name.
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Patient => "uketsuke-patient",
            Self::Staff => "uketsuke-staff",
        }
    }
}

/// The credential of one page. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct Credential {
    inner: Arc<Inner>,
}

struct Inner {
    key: hmac::Key,
    tokens: Mutex<VecDeque<Zeroizing<String>>>,
    used: watch::Sender<u64>,
}

/// Prints no secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

impl Credential {
    /// A credential under a fresh secret; sessions end with the process.
    ///
    /// # Errors
    /// [`KioskError::Random`] when the system gives no random bytes.
    pub fn generate() -> Result<Self, KioskError> {
        Ok(Self::from_secret(&*random::<32>()?))
    }

    /// A credential under a kept secret; sessions outlive a restart of the daemon.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self {
            inner: Arc::new(Inner {
                key: hmac::Key::new(hmac::HMAC_SHA256, secret),
                tokens: Mutex::new(VecDeque::new()),
                used: watch::Sender::new(0),
            }),
        }
    }

    /// A new token for `http://<listener>/?s=<token>`. It opens the page once. At most eight wait; the oldest then lapses.
    ///
    /// # Errors
    /// [`KioskError::Random`] when the system gives no random bytes.
    pub fn issue(&self) -> Result<Zeroizing<String>, KioskError> {
        let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(random::<32>()?.as_slice()));
        let mut tokens = self
            .inner
            .tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if tokens.len() == MAX_TOKENS {
            tokens.pop_front();
        }
        tokens.push_back(token.clone());
        Ok(token)
    }

    /// Counts the tokens used, so that the daemon can lay a fresh one ready for a restarted browser.
    pub fn used(&self) -> watch::Receiver<u64> {
        self.inner.used.subscribe()
    }

    /// Exchanges a token for the value of a session cookie; `None` when the token is not, or no longer, good.
    pub(crate) fn exchange(&self, kind: PageKind, token: &str) -> Option<Zeroizing<String>> {
        let session = random::<SESSION_BYTES>().ok()?;
        {
            let mut tokens = self
                .inner
                .tokens
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Every token is compared, so that the time tells nothing about which one was near.
            let mut found = None;
            for (at, known) in tokens.iter().enumerate() {
                if same(&self.inner.key, known.as_bytes(), token.as_bytes()) {
                    found = Some(at);
                }
            }
            tokens.remove(found?);
        }
        self.inner.used.send_modify(|count| *count += 1);
        let tag = hmac::sign(&self.inner.key, &message(kind, &*session));
        let mut value = Zeroizing::new(Vec::with_capacity(SESSION_BYTES + TAG_BYTES));
        value.extend_from_slice(&*session);
        value.extend_from_slice(tag.as_ref());
        Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(&*value)))
    }

    /// Whether a cookie's value is a session of this page.
    pub(crate) fn opens(&self, kind: PageKind, cookie: &str) -> bool {
        // Length first: nothing of an overlong header is decoded.
        if cookie.len() > 128 {
            return false;
        }
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(cookie) else {
            return false;
        };
        let bytes = Zeroizing::new(bytes);
        if bytes.len() != SESSION_BYTES + TAG_BYTES {
            return false;
        }
        let (session, tag) = bytes.split_at(SESSION_BYTES);
        hmac::verify(&self.inner.key, &message(kind, session), tag).is_ok()
    }
}

fn message(kind: PageKind, session: &[u8]) -> Vec<u8> {
    [
        b"uketsuke page session\0",
        kind.cookie().as_bytes(),
        b"\0",
        session,
    ]
    .concat()
}

/// Compares without telling by its time how much was alike: the HMACs are compared, by ring, in constant time.
fn same(key: &hmac::Key, known: &[u8], given: &[u8]) -> bool {
    hmac::verify(key, given, hmac::sign(key, known).as_ref()).is_ok()
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KioskError> {
    let mut bytes = Zeroizing::new([0u8; N]);
    SystemRandom::new()
        .fill(&mut *bytes)
        .map_err(|_| KioskError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once() {
        let credential = Credential::generate().unwrap();
        let token = credential.issue().unwrap();
        let cookie = credential.exchange(PageKind::Patient, &token).unwrap();
        assert!(credential.opens(PageKind::Patient, &cookie));
        assert!(
            credential.exchange(PageKind::Patient, &token).is_none(),
            "a token must work once"
        );
        assert_eq!(*credential.used().borrow(), 1);
    }

    #[test]
    fn neither_cookie_opens_the_other_page() {
        let credential = Credential::generate().unwrap();
        let cookie = credential
            .exchange(PageKind::Patient, &credential.issue().unwrap())
            .unwrap();
        assert!(!credential.opens(PageKind::Staff, &cookie));
        assert!(
            !Credential::generate()
                .unwrap()
                .opens(PageKind::Patient, &cookie)
        );
    }

    #[test]
    fn a_session_outlives_a_restart_under_the_kept_secret() {
        let before = Credential::from_secret(&[7; 32]);
        let cookie = before
            .exchange(PageKind::Patient, &before.issue().unwrap())
            .unwrap();
        assert!(Credential::from_secret(&[7; 32]).opens(PageKind::Patient, &cookie));
    }

    #[test]
    fn changed_short_long_and_foreign_cookies_do_not_open() {
        let credential = Credential::generate().unwrap();
        let cookie = credential
            .exchange(PageKind::Staff, &credential.issue().unwrap())
            .unwrap();
        let mut changed = cookie.to_string();
        changed.replace_range(0..1, if changed.starts_with('A') { "B" } else { "A" });
        let long = "A".repeat(100_000);
        for bad in ["", "A", "あ", &changed, &cookie[..cookie.len() - 1], &long] {
            assert!(!credential.opens(PageKind::Staff, bad));
        }
    }

    #[test]
    fn unused_tokens_do_not_pile_up() {
        let credential = Credential::generate().unwrap();
        let first = credential.issue().unwrap();
        for _ in 0..MAX_TOKENS {
            credential.issue().unwrap();
        }
        assert!(credential.exchange(PageKind::Staff, &first).is_none());
        assert_eq!(credential.inner.tokens.lock().unwrap().len(), MAX_TOKENS);
    }
}
