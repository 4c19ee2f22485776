//! From the settings file to what the checks need. A file that is not accepted is itself a finding.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use diagnosis::{
    CentralSettings, ConfigState, DoctorInput, LedgerSettings, Limits, Settings, SystemPaths,
};
use uketsuked::config::{Admin, Config};

/// Reads the settings and makes the input of a doctor's run.
pub(crate) fn doctor_input(path: &Path, socket: Option<&Path>) -> DoctorInput {
    let (config, settings) = match Config::load(path) {
        Ok(config) => (
            ConfigState::Loaded { path: path.into() },
            Some(settings(&config, socket)),
        ),
        Err(problem) => {
            let code = problem.code();
            let detail = chain(&problem);
            (
                ConfigState::Problem {
                    path: path.into(),
                    code,
                    detail,
                },
                None,
            )
        }
    };
    DoctorInput {
        now: now(),
        config,
        settings,
        limits: Limits::default(),
        system: SystemPaths::default(),
    }
}

/// The technician's socket: named on the command line, else in the settings, else the usual one.
pub(crate) fn admin_socket(path: &Path, socket: Option<&Path>) -> PathBuf {
    match socket {
        Some(socket) => socket.into(),
        None => Config::load(path)
            .map_or_else(|_| Admin::default().socket, |config| config.admin.socket),
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {}", cause.to_string().trim_end());
        source = cause.source();
    }
    text
}

fn settings(config: &Config, socket: Option<&Path>) -> Settings {
    let central = &config.central;
    let mut files: Vec<(&'static str, PathBuf)> = vec![
        ("card.issuers", config.card.issuers.clone()),
        ("central.ca", central.ca.clone()),
        (
            "central.client_certificate",
            central.client_certificate.clone(),
        ),
        ("central.client_key", central.client_key.clone()),
        ("central.password_file", central.password_file.clone()),
        ("ledger.key_file", config.ledger.key_file.clone()),
    ];
    files.extend(
        config
            .card
            .auth_roots
            .iter()
            .map(|path| ("card.auth_roots", path.clone())),
    );
    if let Some(terminal) = &config.card.fictitious_terminal {
        files.push((
            "card.fictitious_terminal.certificate",
            terminal.certificate.clone(),
        ));
        files.push(("card.fictitious_terminal.key", terminal.key.clone()));
    }
    if let Some(passcode) = &config.kiosk.staff_passcode_file {
        files.push(("kiosk.staff_passcode_file", passcode.clone()));
    }
    if let Some(lan) = &config.staff.lan {
        files.push(("staff.lan.certificate", lan.certificate.clone()));
        files.push(("staff.lan.key", lan.key.clone()));
    }
    Settings {
        simulated: config.simulated(),
        reader_filter: config.card.reader.clone(),
        files,
        headphones_page: config
            .kiosk
            .headphones
            .is_some()
            .then_some(config.kiosk.patient_listen),
        vision_socket: config.vision.socket.clone(),
        face_challenge: serde_json::to_value(config.vision.challenge)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
        central: CentralSettings {
            host: central.host.clone(),
            port: central.port,
            connect: central.connect,
            ca: central.ca.clone(),
            client_certificate: central.client_certificate.clone(),
            crls: central.crls.clone(),
            client_key: central.client_key.clone(),
            user_id: central.user_id.clone(),
            password_file: central.password_file.clone(),
            tls12: central.tls12,
            institution_code: config.terminal.institution_code.clone(),
            login_path: central.paths.login.clone(),
            nonce_path: central.paths.nonce.clone(),
        },
        ledger: LedgerSettings {
            path: config.ledger.path.clone(),
            head: config.ledger.head.clone(),
            key_file: config.ledger.key_file.clone(),
        },
        receipt_socket: config.receipt.socket.clone(),
        receipt_clients: config
            .receipt
            .clients
            .iter()
            .map(|client| client.name.clone())
            .collect(),
        folders: config.folders.as_ref().map_or_else(Vec::new, |folders| {
            let all = [
                Some(&folders.req),
                Some(&folders.res),
                folders.face.as_ref(),
            ];
            all.into_iter().flatten().cloned().collect()
        }),
        admin_socket: socket.map_or_else(|| config.admin.socket.clone(), Path::to_path_buf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_the_settings_is_a_finding_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("u.toml");
        std::fs::write(&path, "[terminal]\nverify = false\n").unwrap();
        let input = doctor_input(&path, None);
        assert!(input.settings.is_none());
        match input.config {
            ConfigState::Problem { code, detail, .. } => assert!(
                code == "UK-CONF-002" && detail.contains("verify"),
                "{detail}"
            ),
            ConfigState::Loaded { .. } => panic!("accepted"),
        }
    }

    #[test]
    fn the_socket_on_the_command_line_comes_first() {
        let none = Path::new("/nonexistent.toml");
        assert_eq!(admin_socket(none, Some(Path::new("/x"))), Path::new("/x"));
        assert_eq!(
            admin_socket(none, None),
            Path::new("/run/uketsuke/admin.sock")
        );
    }
}
