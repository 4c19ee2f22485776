//! The way to the service, layer by layer and timed, for the technician: which one is broken?

use std::time::Duration;

use tokio::time::Instant;

use crate::client::CentralClient;
use crate::connection::{self, within};
use crate::error::CentralError;
use crate::login;

/// A layer of the way, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeLayer {
    /// Name resolution.
    Name,
    /// TCP connection.
    Connect,
    /// TLS: the server's certificate.
    Tls,
    /// Login; with TLS 1.3 a refusal of our certificate shows here.
    Login,
}

/// What became of one layer.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The layer.
    pub layer: ProbeLayer,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, if anything.
    pub outcome: Result<(), CentralError>,
}

impl CentralClient {
    /// Tries each layer anew, not using the kept connection. Ends at the first that fails.
    pub async fn probe(&self) -> Vec<Probe> {
        let config = self.exchanger.config();
        let deadline = self.exchanger.deadline();
        let connect_by = within(config.connect_timeout, deadline);
        let mut probes = Vec::new();
        let mut begun = Instant::now();
        let mut note = |layer, outcome: Result<(), CentralError>| {
            let outcome = outcome.map_err(|error| self.explain(error));
            let went_well = outcome.is_ok();
            let took = begun.elapsed();
            begun = Instant::now();
            probes.push(Probe {
                layer,
                took,
                outcome,
            });
            went_well
        };
        let resolved = connection::resolve(
            &config.host,
            config.port,
            config.connect_address,
            connect_by,
        );
        let resolved = resolved.await;
        let addresses = resolved.as_ref().map_or(&[] as &[_], Vec::as_slice);
        if note(
            ProbeLayer::Name,
            resolved.as_ref().map(drop).map_err(Clone::clone),
        ) {
            let tcp = connection::connect_tcp(addresses, connect_by).await;
            let failed = tcp.as_ref().map(drop).map_err(Clone::clone);
            note(ProbeLayer::Connect, failed);
            if let Ok(stream) = tcp {
                let secured = self.exchanger.secure(stream, connect_by).await;
                if note(ProbeLayer::Tls, secured.map(drop)) {
                    let login = login::login(&self.exchanger, deadline).await;
                    note(ProbeLayer::Login, login.map(drop));
                }
            }
        }
        probes
    }
}
