//! Logs in through the central client, the very path a visit takes; the answer to a nonce request
//! gives the service's time.

use std::sync::Arc;
use std::time::Duration;

use central::{CentralClient, CentralConfig, CentralError, CentralService, Paths};
use zeroize::Zeroizing;

use super::login::LoginSeen;
use crate::bounded::within;
use crate::input::CentralSettings;
use crate::secrets::{Secret, SecretSource};

/// Logs in and asks the time.
pub(crate) fn probe(
    central: &CentralSettings,
    secrets: &SecretSource,
    now: i64,
    limit: Duration,
) -> (LoginSeen, Option<i64>) {
    let read = |path| match secrets.read(path) {
        Secret::Read(content) => Ok(content),
        Secret::Denied => Err(LoginSeen::Denied),
        Secret::Missing(reason) => Err(LoginSeen::NoPassword(reason)),
    };
    let config = (|| {
        let password = read(&central.password_file)?;
        let password = std::str::from_utf8(&password)
            .map_err(|_| LoginSeen::NoPassword("not UTF-8".into()))?;
        Ok(CentralConfig {
            host: central.host.clone(),
            port: central.port,
            connect_address: central.connect,
            crls: central
                .crls
                .iter()
                .map(|path| read(path).map(|list| list.to_vec()))
                .collect::<Result<_, _>>()?,
            ca_pem: read(&central.ca)?.to_vec(),
            client_cert_pem: read(&central.client_certificate)?.to_vec(),
            client_key_pem: read(&central.client_key)?,
            user_id: central.user_id.clone(),
            password: Zeroizing::new(password.trim_end_matches(['\r', '\n']).to_owned()),
            paths: paths(central),
            tls12: central.tls12,
            connect_timeout: limit,
            request_timeout: limit,
            institution_code: central.institution_code.clone(),
        })
    })();
    let config = match config {
        Ok(config) => config,
        Err(seen) => return (seen, None),
    };
    within(limit * 2, move || talk(config, now, limit))
        .unwrap_or((LoginSeen::Unreachable("no answer in time".into()), None))
}

fn paths(central: &CentralSettings) -> Paths {
    let mut paths = Paths::default();
    if let Some(login) = &central.login_path {
        paths.auth.clone_from(login);
    }
    if let Some(nonce) = &central.nonce_path {
        paths.nonce.clone_from(nonce);
    }
    paths
}

fn talk(config: CentralConfig, now: i64, limit: Duration) -> (LoginSeen, Option<i64>) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return (LoginSeen::Other(error.to_string()), None),
    };
    runtime.block_on(async {
        let client = match CentralClient::with_time(config, Arc::new(move || now)) {
            Ok(client) => client,
            Err(error) => return (seen(&error), None),
        };
        if let Err(error) = client.warm().await {
            return (seen(&error), None);
        }
        let nonce = tokio::time::timeout(limit, client.nonce()).await;
        let time = nonce
            .ok()
            .and_then(Result::ok)
            .map(|nonce| nonce.server_time);
        (LoginSeen::Ok, time)
    })
}

fn seen(error: &CentralError) -> LoginSeen {
    let detail = format!("{}: {error}", error.code());
    match error {
        CentralError::LoginRefused { .. } => LoginSeen::Refused(detail),
        CentralError::Unreachable { .. } => LoginSeen::Unreachable(detail),
        _ => LoginSeen::Other(detail),
    }
}
