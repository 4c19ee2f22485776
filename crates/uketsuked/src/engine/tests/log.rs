//! What a visit writes to the log.

use std::sync::{Arc, Mutex};

use kiosk::patient::Input;

use super::bench::{Bench, NAME, NUMBER, Service};
use super::refused;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Invariant 5, and more: no log line carries a name or a number, also when the service's refusal does.
#[tokio::test]
async fn invariant_5_no_log_line_carries_a_name_or_a_number() {
    // While tests side by side come and go without one, what is logged here would be switched off in between: a subscriber of all keeps it on.
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(std::io::sink)
            .finish(),
    );
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for qualification in [Service::good().qualification, Err(refused())] {
        let mut bench = Bench::new(Service {
            qualification,
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(true));
        bench.until("farewell").await;
    }
    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("UK-CENT-301"), "the refusal is logged: {log}");
    for secret in [NAME, NUMBER, "C-1"] {
        assert!(!log.contains(secret), "{secret} in: {log}");
    }
}
