//! How often somebody may try to sign in: a bucket for each address, and a larger one for the listener as a whole. `now` is a parameter.
//!
//! A machine of the network that guesses uses up its own tries, not everybody's. The lock of a name after five wrong passwords is the
//! daemon's, and stands beside this.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use tokio::time::Instant;

/// Tries of one address at once; one more comes back every [`REFILL_S`] seconds.
const BURST: f64 = 10.0;
const REFILL_S: f64 = 6.0;
/// Tries of all addresses at once, and the seconds until one more comes back: what the hashing of passwords can bear.
const BURST_OF_ALL: f64 = 60.0;
const REFILL_OF_ALL_S: f64 = 1.0;
/// Addresses that are remembered; a full bucket need not be.
const ADDRESSES: usize = 1024;

/// Where a request comes from; put beside it by the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn full(burst: f64, at: Instant) -> Self {
        Self { left: burst, at }
    }

    fn fill(&mut self, now: Instant, (burst, refill_s): (f64, f64)) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed / refill_s).min(burst);
    }

    /// Takes one; false when there is none.
    fn take(&mut self) -> bool {
        let some = self.left >= 1.0;
        if some {
            self.left -= 1.0;
        }
        some
    }
}

/// How many tries are left on this listener.
pub(super) struct Tries {
    all: Bucket,
    each: HashMap<Option<IpAddr>, Bucket>,
}

impl Tries {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            all: Bucket::full(BURST_OF_ALL, now),
            each: HashMap::new(),
        }
    }

    /// Takes one of this address; false when it has none left, or the listener has none. An address that has none takes nothing from
    /// the others.
    pub(super) fn take(&mut self, from: Option<Peer>, now: Instant) -> bool {
        let address = from.map(|peer| network(peer.0));
        if self.each.len() >= ADDRESSES && !self.each.contains_key(&address) {
            self.each.retain(|_, bucket| {
                bucket.fill(now, (BURST, REFILL_S));
                bucket.left < BURST
            });
            if self.each.len() >= ADDRESSES {
                return false;
            }
        }
        let own = self
            .each
            .entry(address)
            .or_insert_with(|| Bucket::full(BURST, now));
        own.fill(now, (BURST, REFILL_S));
        self.all.fill(now, (BURST_OF_ALL, REFILL_OF_ALL_S));
        own.take() && self.all.take()
    }
}

/// One machine has a whole /64 of IPv6 addresses to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn peer(text: &str) -> Option<Peer> {
        Some(Peer(text.parse().unwrap()))
    }

    #[test]
    fn tries_run_out_and_come_back() {
        let now = Instant::now();
        let mut tries = Tries::new(now);
        let from = peer("192.168.1.9");
        assert_eq!((0..20).filter(|_| tries.take(from, now)).count(), 10);
        assert!(!tries.take(from, now + Duration::from_secs(5)));
        assert!(tries.take(from, now + Duration::from_secs(12)));
    }

    /// A machine that guesses without end keeps nobody else out.
    #[test]
    fn one_address_uses_up_its_own_tries() {
        let mut now = Instant::now();
        let mut tries = Tries::new(now);
        for _ in 0..10_000 {
            now += Duration::from_millis(100);
            tries.take(peer("192.168.1.9"), now);
            tries.take(peer("2001:db8::1"), now);
            tries.take(peer("2001:db8::2"), now);
        }
        assert!(tries.take(peer("192.168.1.10"), now));
        assert!(!tries.take(peer("2001:db8::3"), now), "the same machine");
        assert!(tries.take(peer("2001:db8:0:1::3"), now));
    }

    #[test]
    fn many_addresses_are_bounded_and_forgotten() {
        let now = Instant::now();
        let mut tries = Tries::new(now);
        let address = |n: u32| Some(Peer(IpAddr::from(n.to_be_bytes())));
        let taken = (0..5000).filter(|n| tries.take(address(*n), now)).count();
        assert_eq!(taken, 60, "the listener as a whole");
        assert!(tries.each.len() <= ADDRESSES);
        let later = now + Duration::from_secs(120);
        assert!(tries.take(address(9999), later));
        assert_eq!(tries.each.len(), 1);
    }
}
