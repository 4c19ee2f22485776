//! The faults of the simulated service that a visit can meet, and when they come and go.

use std::fmt;
use std::time::Duration;

use hw_sim::central::{Fault, ServerCertificate};

use super::Random;
use crate::bench::Bench;

/// Points of a visit at which a fault can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    BeforeTheCard,
    AtTheChoice,
    AfterThePin,
    AtTheConsents,
    WhileAsking,
}

const MOMENTS: [Moment; 5] = [
    Moment::BeforeTheCard,
    Moment::AtTheChoice,
    Moment::AfterThePin,
    Moment::AtTheConsents,
    Moment::WhileAsking,
];

/// What the service does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A switch of the simulator.
    Switched(&'static str, Fault),
    /// Another certificate than the expected one.
    Certificate(ServerCertificate),
    /// Tokens given so far are refused.
    TokensForgotten,
    /// Every token has run out when it arrives.
    TokensDead,
    /// Times are off by so many milliseconds.
    Skew(i64),
}

/// A fault, when it begins, and how long it lasts when it does not last for the visit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble {
    what: What,
    from: Moment,
    lasts: Option<Duration>,
}

impl Trouble {
    pub(super) fn random(random: &mut Random) -> Self {
        let what = match random.below(10) {
            0 => What::Switched("slow", Fault::Slow(50 + random.below(1_450))),
            1 => What::Switched("cut mid-answer", Fault::Cut),
            2 => {
                let status = random.of(&[500_u16, 502, 503, 504]).unwrap_or(500);
                What::Switched("5xx", Fault::Status(status))
            }
            3 => {
                let wrong = [
                    ServerCertificate::Expired,
                    ServerCertificate::OtherHost,
                    ServerCertificate::Untrusted,
                ];
                What::Certificate(random.of(&wrong).unwrap_or(ServerCertificate::Untrusted))
            }
            4 if random.below(2) == 0 => What::TokensForgotten,
            4 => What::TokensDead,
            5 if random.below(4) == 0 => {
                What::Switched("malformed body", Fault::Oversized(5 * 1024 * 1024))
            }
            5 => What::Switched("malformed body", Fault::NotJson),
            6 => What::Switched("duplicated answer", Fault::Duplicate),
            7 => {
                let minutes = i64::try_from(random.below(180)).unwrap_or(0) - 90;
                What::Skew(minutes * 60_000)
            }
            8 => What::Switched("lost answer", Fault::LoseAnswer),
            _ => What::Switched("silence", Fault::Hang),
        };
        let from = random.of(&MOMENTS).unwrap_or(Moment::BeforeTheCard);
        let short = random.below(3) == 0;
        let lasts = short.then(|| Duration::from_millis(20 + random.below(800)));
        Self { what, from, lasts }
    }

    /// Its kind, for the count.
    pub(super) fn name(&self) -> &'static str {
        match self.what {
            What::Switched(name, _) => name,
            What::Certificate(_) => "wrong certificate",
            What::TokensForgotten | What::TokensDead => "expired token",
            What::Skew(_) => "clock skew",
        }
    }

    /// Begins when its moment has come. A short one ends by itself, whatever the visit does meanwhile.
    pub(super) async fn at(&self, bench: &Bench, moment: Moment) {
        if self.from != moment {
            return;
        }
        let central = bench.clinic.central();
        match self.what {
            What::Switched(_, fault) => central.set_fault(fault),
            What::Certificate(certificate) => central.set_certificate(certificate),
            What::TokensForgotten => central.forget_tokens(),
            What::TokensDead => {
                central.set_token_life(Duration::from_millis(1));
                central.forget_tokens();
            }
            What::Skew(ms) => central.set_server_time_skew(ms),
        }
        if let Some(lasts) = self.lasts {
            tokio::time::sleep(lasts).await;
            self.over(bench);
        }
    }

    /// Everything is well again.
    pub(super) fn over(&self, bench: &Bench) {
        let central = bench.clinic.central();
        if central.fault() != Fault::None {
            central.set_fault(Fault::None);
        }
        if central.certificate() != ServerCertificate::Good {
            central.set_certificate(ServerCertificate::Good);
        }
        central.set_token_life(Duration::from_secs(30 * 60));
        central.set_server_time_skew(0);
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} from {:?}", self.name(), self.what, self.from)?;
        match self.lasts {
            Some(lasts) => write!(f, " for {} ms", lasts.as_millis()),
            None => f.write_str(" to the end"),
        }
    }
}
