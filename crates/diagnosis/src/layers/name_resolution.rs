//! Name resolution: the service's host name leads to an address.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use crate::bounded::within;
use crate::catalogue;
use crate::input::CentralSettings;
use crate::report::Finding;

/// How an address was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// The settings give it.
    Fixed(SocketAddr),
    /// The resolver gave these.
    Found(Vec<SocketAddr>),
    /// The resolver gave an error or nothing.
    Unknown(String),
    /// The resolver gave nothing in time.
    TooSlow,
}

impl Resolved {
    /// The addresses to try.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::Fixed(address) => vec![*address],
            Self::Found(addresses) => addresses.clone(),
            Self::Unknown(_) | Self::TooSlow => Vec::new(),
        }
    }
}

/// Resolves, at most until `limit`.
pub(crate) fn probe(central: &CentralSettings, limit: Duration) -> Resolved {
    if let Some(address) = central.connect {
        return Resolved::Fixed(address);
    }
    if let Ok(ip) = central.host.parse::<IpAddr>() {
        return Resolved::Fixed((ip, central.port).into());
    }
    let target = (central.host.clone(), central.port);
    match within(limit, move || {
        target
            .to_socket_addrs()
            .map(|found| found.take(8).collect::<Vec<_>>())
    }) {
        None => Resolved::TooSlow,
        Some(Err(error)) => Resolved::Unknown(error.to_string()),
        Some(Ok(found)) if found.is_empty() => Resolved::Unknown("no address".into()),
        Some(Ok(found)) => Resolved::Found(found),
    }
}

/// Judges the outcome.
pub(crate) fn judge(resolved: &Resolved, host: &str) -> Finding {
    match resolved {
        Resolved::Fixed(address) => {
            Finding::ok(format!("{host}: {} (fixed in the settings)", address.ip()))
                .ja(format!("{host}: {}（設定で固定）", address.ip()))
        }
        Resolved::Found(addresses) => Finding::ok(format!(
            "{host}: {}",
            addresses
                .iter()
                .map(|a| a.ip().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )),
        Resolved::Unknown(reason) => {
            Finding::failed(&catalogue::NAME_UNKNOWN, format!("{host}: {reason}"))
        }
        Resolved::TooSlow => Finding::failed(&catalogue::NAME_SLOW, host),
    }
}
