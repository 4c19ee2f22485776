//! What the service remembers between requests: tokens, nonces, confirmations with their consents.
//! Every table has an upper size; the oldest entry gives way.

use std::collections::{HashMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;

/// Nonces live a day, so that a proof made during an outage can be handed in later.
pub const NONCE_LIFE_MS: i64 = DAY_MS;
/// A consent given at the reader lasts a day (a published sample result file).
pub const CONSENT_LIFE_MS: i64 = DAY_MS;
/// A confirmation can be asked about for a day.
pub const CONFIRMATION_LIFE_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 3_600_000;
const KEPT: usize = 10_000;

/// A map that forgets its oldest entry when it is full.
struct Bounded<V> {
    map: HashMap<String, V>,
    order: VecDeque<String>,
}

impl<V> Bounded<V> {
    fn new() -> Self {
        Self {
            map: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    fn insert(&mut self, key: String, value: V) {
        if self.map.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.map.remove(&oldest);
            }
        }
    }
}

/// The four kinds of consent asked for at the reader, in the order of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Checkups,
    Medicines,
    Treatment,
    Operations,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Checkups,
        Self::Medicines,
        Self::Treatment,
        Self::Operations,
    ];

    /// First part of the element names (`…ConsFlg`, `…ConsTime`, `…AvailableTime`), as
    /// hangilc/myclinic-ts and a published sample have them.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Checkups => "SpecificHealthCheckupsInfo",
            Self::Medicines => "PharmacistsInfo",
            Self::Treatment => "DiagnosisInfo",
            Self::Operations => "OperationInfo",
        }
    }

    /// 閲覧同意種別 (OQSCD036).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Checkups => "TKK",
            Self::Medicines => "YZK",
            Self::Treatment => "SRJ",
            Self::Operations => "SHJ",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// Consents held: when each was given (ms), if it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    since: [Option<i64>; 4],
}

impl Held {
    pub(crate) fn since(&self, kind: Kind) -> Option<i64> {
        self.since.get(kind.index()).copied().flatten()
    }

    /// Is there a consent of this kind that has not run out?
    pub(crate) fn holds(&self, kind: Kind, now: i64) -> bool {
        self.since(kind)
            .is_some_and(|since| now < since.saturating_add(CONSENT_LIFE_MS))
    }

    /// The same answer given again keeps its first time, so that repeating a request changes nothing.
    pub(crate) fn set(&mut self, kind: Kind, given: bool, now: i64) {
        if let Some(slot) = self.since.get_mut(kind.index()) {
            *slot = given.then(|| slot.unwrap_or(now));
        }
    }
}

/// A card that was confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Confirmed {
    pub(crate) person: String,
    pub(crate) at: i64,
    /// End of the card's certificate (ms).
    pub(crate) not_after: i64,
    pub(crate) held: Held,
}

struct Nonce {
    expires: i64,
    /// The proof that spent it, and what was answered.
    spent: Option<(Vec<u8>, Value)>,
    /// The one proof that may be judged again, after its holder registered.
    reserved: Option<Vec<u8>>,
}

/// How a nonce stands.
pub(crate) enum NonceState {
    Fresh,
    /// Spent by this very proof: this was answered.
    Repeated(Value),
    /// Never issued, run out, or spent by another proof.
    Unknown,
}

/// The tables.
pub(crate) struct Store {
    tokens: Bounded<(i64, String)>,
    refresh: Bounded<String>,
    registrations: Bounded<(String, String)>,
    nonces: Bounded<Nonce>,
    confirmations: Bounded<Confirmed>,
    random: SystemRandom,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            tokens: Bounded::new(),
            refresh: Bounded::new(),
            registrations: Bounded::new(),
            nonces: Bounded::new(),
            confirmations: Bounded::new(),
            random: SystemRandom::new(),
        }
    }

    fn bytes(&self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A new text nobody can guess; `None` when the system gives no randomness.
    pub(crate) fn secret(&self) -> Option<String> {
        self.bytes().map(|b| URL_SAFE_NO_PAD.encode(b))
    }

    pub(crate) fn issue_token(&mut self, institution: &str, expires: i64) -> Option<String> {
        let token = self.secret()?;
        self.tokens
            .insert(token.clone(), (expires, institution.to_owned()));
        Some(token)
    }

    /// The institution a token stands for, while it holds.
    pub(crate) fn token_holder(&self, token: &str, now: i64) -> Option<String> {
        let found = self.tokens.map.get(token).filter(|(end, _)| now < *end);
        found.map(|(_, institution)| institution.clone())
    }

    /// A token that renews the session once.
    pub(crate) fn issue_refresh(&mut self, institution: &str) -> Option<String> {
        let token = self.secret()?;
        self.refresh.insert(token.clone(), institution.to_owned());
        Some(token)
    }

    /// Spends a refresh token.
    pub(crate) fn take_refresh(&mut self, token: &str) -> Option<String> {
        self.refresh.map.remove(token)
    }

    /// Identifier under which a person can register for insurance use, with the nonce to be judged anew after that.
    pub(crate) fn offer_registration(&mut self, person: &str, nonce: &str) -> Option<String> {
        let id = self.secret()?;
        self.registrations
            .insert(id.clone(), (person.to_owned(), nonce.to_owned()));
        Some(id)
    }

    /// The person of such an identifier; the proof that was refused, and only that, may be handed in again. Asked twice, since
    /// an answer may be lost on its way, the outcome is the same.
    pub(crate) fn registration(&mut self, id: &str) -> Option<String> {
        let (person, nonce) = self.registrations.map.get(id).cloned()?;
        if let Some(entry) = self.nonces.map.get_mut(&nonce)
            && let Some((proof, answer)) = entry.spent.take()
        {
            if answer.get("registrationId").and_then(Value::as_str) == Some(id) {
                entry.reserved = Some(proof);
            } else {
                entry.spent = Some((proof, answer));
            }
        }
        Some(person)
    }

    /// Every token given out so far is refused from now on.
    pub(crate) fn forget_tokens(&mut self) {
        self.tokens = Bounded::new();
        self.refresh = Bounded::new();
    }

    pub(crate) fn issue_nonce(&mut self, now: i64) -> Option<(String, i64)> {
        let nonce = STANDARD.encode(self.bytes()?);
        let expires = now.saturating_add(NONCE_LIFE_MS);
        self.nonces.insert(
            nonce.clone(),
            Nonce {
                expires,
                spent: None,
                reserved: None,
            },
        );
        Some((nonce, expires))
    }

    pub(crate) fn nonce(&self, nonce: &str, proof: &[u8], now: i64) -> NonceState {
        match self.nonces.map.get(nonce) {
            Some(Nonce {
                spent: Some((by, answer)),
                ..
            }) if by == proof => NonceState::Repeated(answer.clone()),
            Some(Nonce {
                spent: None,
                expires,
                reserved,
            }) if now < *expires && reserved.as_ref().is_none_or(|only| only == proof) => {
                NonceState::Fresh
            }
            _ => NonceState::Unknown,
        }
    }

    pub(crate) fn spend_nonce(&mut self, nonce: &str, proof: &[u8], answer: &Value) {
        if let Some(entry) = self.nonces.map.get_mut(nonce) {
            entry.spent = Some((proof.to_vec(), answer.clone()));
        }
    }

    pub(crate) fn confirm(&mut self, person: &str, not_after: i64, now: i64) -> Option<String> {
        let id = self.secret()?;
        self.confirmations.insert(
            id.clone(),
            Confirmed {
                person: person.to_owned(),
                at: now,
                not_after,
                held: Held::default(),
            },
        );
        Some(id)
    }

    pub(crate) fn confirmation(&mut self, id: &str, now: i64) -> Option<&mut Confirmed> {
        self.confirmations
            .map
            .get_mut(id)
            .filter(|c| now < c.at.saturating_add(CONFIRMATION_LIFE_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_bounded() {
        let mut table = Bounded::new();
        for n in 0..KEPT + 10 {
            table.insert(n.to_string(), n);
            table.insert(n.to_string(), n);
        }
        assert_eq!((table.map.len(), table.order.len()), (KEPT, KEPT));
        assert!(!table.map.contains_key("9") && table.map.contains_key("10"));
    }

    #[test]
    fn a_consent_keeps_its_first_time_and_runs_out() {
        let mut held = Held::default();
        held.set(Kind::Medicines, true, 100);
        held.set(Kind::Medicines, true, 200);
        assert_eq!(held.since(Kind::Medicines), Some(100));
        assert!(held.holds(Kind::Medicines, 100 + CONSENT_LIFE_MS - 1));
        assert!(!held.holds(Kind::Medicines, 100 + CONSENT_LIFE_MS));
        assert!(!held.holds(Kind::Checkups, 100));
        held.set(Kind::Medicines, false, 300);
        assert!(!held.holds(Kind::Medicines, 300));
    }

    #[test]
    fn a_nonce_runs_out_and_is_spent_once() {
        let mut store = Store::new();
        let (nonce, expires) = store.issue_nonce(0).expect("randomness");
        assert!(matches!(
            store.nonce(&nonce, b"a", expires - 1),
            NonceState::Fresh
        ));
        assert!(matches!(
            store.nonce(&nonce, b"a", expires),
            NonceState::Unknown
        ));
        store.spend_nonce(&nonce, b"a", &Value::from(1));
        assert!(matches!(
            store.nonce(&nonce, b"a", expires + 1),
            NonceState::Repeated(_)
        ));
        assert!(matches!(store.nonce(&nonce, b"b", 0), NonceState::Unknown));
    }

    #[test]
    fn a_registration_lets_the_same_proof_in_again_and_no_other() {
        let mut store = Store::new();
        let (nonce, _) = store.issue_nonce(0).expect("randomness");
        let id = store.offer_registration("p", &nonce).expect("randomness");
        let refused = serde_json::json!({ "registrationId": id });
        store.spend_nonce(&nonce, b"a", &refused);
        for _ in 0..2 {
            assert_eq!(store.registration(&id).as_deref(), Some("p"));
            assert!(matches!(store.nonce(&nonce, b"a", 1), NonceState::Fresh));
            assert!(matches!(store.nonce(&nonce, b"b", 1), NonceState::Unknown));
        }
        store.spend_nonce(&nonce, b"a", &Value::from("confirmed"));
        assert_eq!(store.registration(&id).as_deref(), Some("p"));
        assert!(matches!(
            store.nonce(&nonce, b"a", 1),
            NonceState::Repeated(_)
        ));
        assert_eq!(store.registration("unknown"), None);
    }
}
