//! From peer credentials to a named client. A user whom no rule names is nobody.

use crate::config::{ClientRule, Right};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A mistake in the list of clients.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A name is empty, too long, has characters that do not fit into a header and the audit chain, or is the terminal's own.
    #[error("client name {0:?} is not usable")]
    BadName(String),
    /// Two rules have the same name or mean the same user.
    #[error("client {0:?} is named twice or its user belongs to another client too")]
    Twice(String),
    /// Neither `uid` nor `user` is given.
    #[error("client {0:?} names no user")]
    NoUser(String),
    /// The system knows no user of that name.
    #[error("client {client:?}: the system has no user {user:?}")]
    UnknownUser {
        /// The rule's client name.
        client: String,
        /// The name that was looked up.
        user: String,
    },
}

impl ClientError {
    /// The stable code, documented in docs/errors.md.
    pub fn code(&self) -> &'static str {
        "UK-RCPT-030"
    }

    /// What is wrong and what to do, in Japanese.
    pub fn ja(&self) -> &'static str {
        "レセプト接続先（clients）の設定に誤りがあります。名前とユーザーを確認してください。"
    }

    /// What is wrong and what to do, in English.
    pub fn en(&self) -> &'static str {
        "The list of receipt clients in the settings is wrong. Check the names and users."
    }
}

/// How something was asked without a card; stands in place of the reader, before `:` and who asked.
const ASKED: [&str; 5] = ["number", "visiting", "online", "disaster", "outage"];
/// Names that the audit chain uses for the terminal's own doings.
const RESERVED: [&str; 7] = [
    "terminal",
    "technician",
    "schedule",
    "staff",
    "folders",
    "ledger",
    "patient",
];

/// A client that was recognised.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) rights: Vec<Right>,
    pub(crate) readers: Vec<String>,
}

impl Client {
    /// Whether results of this reader concern the client: it is bound to none, to this one, or to its desk; or it asked itself.
    pub(crate) fn sees(&self, reader: &str) -> bool {
        let bound = |name: &String| {
            reader == name
                || reader
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        self.readers.is_empty()
            || reader.is_empty()
            || self.readers.iter().any(bound)
            || reader
                .rsplit_once('/')
                .and_then(|(_, how)| how.split_once(':'))
                .is_some_and(|(how, client)| ASKED.contains(&how) && client == self.name)
    }

    pub(crate) fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

/// All clients by user number.
#[derive(Debug)]
pub(crate) struct Clients(BTreeMap<u32, Arc<Client>>);

impl Clients {
    pub(crate) fn resolve(rules: &[ClientRule]) -> Result<Self, ClientError> {
        let mut clients = BTreeMap::new();
        for rule in rules {
            let name = &rule.name;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let reserved = RESERVED.contains(&name.as_str());
            if name.is_empty() || name.len() > 64 || !name.chars().all(plain) || reserved {
                return Err(ClientError::BadName(name.clone()));
            }
            if clients
                .values()
                .any(|known: &Arc<Client>| known.name == *name)
            {
                return Err(ClientError::Twice(name.clone()));
            }
            let client = Client {
                name: name.clone(),
                rights: rule.rights.clone(),
                readers: rule.readers.clone(),
            };
            if clients.insert(uid_of(rule)?, Arc::new(client)).is_some() {
                return Err(ClientError::Twice(name.clone()));
            }
        }
        Ok(Self(clients))
    }

    pub(crate) fn by_uid(&self, uid: u32) -> Option<Arc<Client>> {
        self.0.get(&uid).cloned()
    }
}

fn uid_of(rule: &ClientRule) -> Result<u32, ClientError> {
    if let Some(uid) = rule.uid {
        return Ok(uid);
    }
    let Some(user) = &rule.user else {
        return Err(ClientError::NoUser(rule.name.clone()));
    };
    match nix::unistd::User::from_name(user) {
        Ok(Some(found)) => Ok(found.uid.as_raw()),
        _ => Err(ClientError::UnknownUser {
            client: rule.name.clone(),
            user: user.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, uid: Option<u32>, user: Option<&str>) -> ClientRule {
        ClientRule {
            name: name.into(),
            uid,
            user: user.map(Into::into),
            rights: vec![Right::Read],
            readers: Vec::new(),
        }
    }

    #[test]
    fn users_become_clients_and_others_nobody() {
        let clients =
            Clients::resolve(&[rule("a", Some(7), None), rule("r", None, Some("root"))]).unwrap();
        assert_eq!(clients.by_uid(7).unwrap().name, "a");
        assert_eq!(clients.by_uid(0).unwrap().name, "r");
        assert!(clients.by_uid(8).is_none());
    }

    #[test]
    fn a_bound_client_sees_its_readers_and_its_own_questions() {
        let client = |readers: &[&str]| Client {
            name: "a".into(),
            rights: vec![],
            readers: readers.iter().map(|&reader| reader.into()).collect(),
        };
        assert!(client(&[]).sees("desk-2/R"));
        let bound = client(&["desk-1", "desk-3/R 0"]);
        for (reader, sees) in [
            ("desk-1/R", true),
            ("desk-1", true),
            ("desk-10/R", false),
            ("desk-3/R 0", true),
            ("desk-3/R 01", false),
            ("desk-2/number:a", true),
            ("desk-2/number:b", false),
            ("desk-2/visiting:a", true),
            ("desk-2/R:a", false),
            ("desk-1/number:b", true),
        ] {
            assert_eq!(bound.sees(reader), sees, "{reader}");
        }
    }

    #[test]
    fn one_mistake_each_is_refused() {
        let rows: [(&[ClientRule], &str); 9] = [
            (&[rule("terminal", Some(1), None)], "not usable"),
            (&[rule("ledger", Some(1), None)], "not usable"),
            (&[rule("patient", Some(1), None)], "not usable"),
            (&[rule("", Some(1), None)], "not usable"),
            (&[rule("a\nb", Some(1), None)], "not usable"),
            (&[rule("a", None, None)], "names no user"),
            (&[rule("a", None, Some("no-such-user-here"))], "has no user"),
            (
                &[rule("a", Some(1), None), rule("a", Some(2), None)],
                "named twice",
            ),
            (
                &[rule("a", Some(1), None), rule("b", Some(1), None)],
                "another client",
            ),
        ];
        for (rules, why) in rows {
            let error = Clients::resolve(rules).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
