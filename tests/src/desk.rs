//! What every test does at the desk before and after what it is about: opening it, the way to the camera, waiting
//! for the status, and ending in order.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::bench::{Bench, BenchOptions};
use crate::http::get;
use crate::page::PatientPage;
use crate::served::serve;

/// Longest wait for a state of the terminal.
const PATIENCE: Duration = Duration::from_secs(45);

/// A desk without the face worker, and its patient page: for visits by PIN.
///
/// # Errors
/// It does not come up.
pub async fn desk_without_camera() -> anyhow::Result<(Bench, PatientPage)> {
    let options = BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    };
    let bench = Bench::start(options).await?;
    let page = bench.patient().await?;
    Ok((bench, page))
}

/// Registers somebody for the desk with the technician's command and gives the password it made.
///
/// # Errors
/// The command fails.
pub fn registered(bench: &Bench, name: &str) -> anyhow::Result<String> {
    let told = staff_command(bench, &["add", name])?;
    password_in(&told)
}

/// The same for somebody qualified to see medical information; the password and the address for an authenticator.
///
/// # Errors
/// The command fails.
pub fn registered_as_qualified(bench: &Bench, name: &str) -> anyhow::Result<(String, String)> {
    let told = staff_command(bench, &["add", "--medical", name])?;
    let address = told["otpauth"].as_str().context("no second factor")?;
    Ok((password_in(&told)?, address.to_owned()))
}

/// A new password for somebody registered.
///
/// # Errors
/// The command fails.
pub fn new_password(bench: &Bench, name: &str) -> anyhow::Result<String> {
    password_in(&staff_command(bench, &["reset", name])?)
}

fn password_in(told: &Value) -> anyhow::Result<String> {
    let password = told["password"].as_str();
    Ok(password.context("no password was made")?.to_owned())
}

fn staff_command(bench: &Bench, words: &[&str]) -> anyhow::Result<Value> {
    let output = bench
        .command("uketsukectl")
        .args(["--json", "--config"])
        .arg(bench.settings())
        .arg("staff")
        .args(words)
        .output()?;
    ensure!(output.status.success(), "staff {words:?}: {output:?}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What an authenticator with this address shows now (RFC 6238: HMAC-SHA-1, six digits, 30 seconds).
///
/// # Errors
/// The address has no key.
pub fn one_time_code(address: &str, bench: &Bench) -> anyhow::Result<String> {
    let key = address
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("secret="))
        .context("no key in the address")?;
    let key = data_encoding::BASE32_NOPAD.decode(key.as_bytes())?;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let step = u64::try_from(bench.clinic.central().clock().now() / 30_000)?;
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let word = tag.get(at..at + 4).context("a short tag")?;
    let word = u32::from_be_bytes(word.try_into()?) & 0x7fff_ffff;
    Ok(format!("{:06}", word % 1_000_000))
}

/// Matching number B of a simulated person.
///
/// # Errors
/// The register does not know the person.
pub fn matching_number(person: &str) -> anyhow::Result<String> {
    let register = hw_sim::persons::Register::default_register()?;
    Ok(register
        .person(person)
        .with_context(|| format!("no person `{person}`"))?
        .matching_number_b()?)
}

/// Lays a person's card and waits for the choice of method.
///
/// # Errors
/// A page does not come.
pub async fn to_method(
    bench: &Bench,
    page: &mut PatientPage,
    person: &str,
) -> anyhow::Result<Value> {
    page.wait_for(&["waiting"]).await?;
    bench.clinic.lay(person).await?;
    page.wait_for(&["method"]).await
}

/// The way to the camera: the card, face, and the person's own matching number B.
///
/// # Errors
/// A page does not come.
pub async fn to_camera(bench: &Bench, page: &mut PatientPage, person: &str) -> anyhow::Result<()> {
    to_method(bench, page, person).await?;
    page.press("face").await?;
    page.type_digits(&matching_number(person)?).await
}

/// The next person comes and is served.
///
/// # Errors
/// The person is not; with the daemon's log.
pub async fn next_is_served(bench: &Bench, page: &mut PatientPage) -> anyhow::Result<Value> {
    serve(bench, page, "hoken")
        .await
        .with_context(|| format!("daemon's log:\n{}", bench.daemon_log()))
}

/// Everything ends in order: the daemon still runs, never panicked, and stops when asked to.
///
/// # Errors
/// It does not.
pub async fn end(mut bench: Bench) -> anyhow::Result<()> {
    let log = bench.daemon_log();
    ensure!(bench.daemon().runs(), "the daemon is gone:\n{log}");
    ensure!(!log.contains("panicked"), "{log}");
    ensure!(bench.stop().await, "the daemon did not end when asked to");
    Ok(())
}

/// The technician's status.
///
/// # Errors
/// The socket does not answer.
pub async fn status(bench: &Bench) -> anyhow::Result<Value> {
    get(&bench.path("admin.sock"), "/v1/status").await?.json()
}

/// Waits until the technician's status fits.
///
/// # Errors
/// It does not.
pub async fn status_until(
    bench: &Bench,
    what: &str,
    fits: impl Fn(&Value) -> bool,
) -> anyhow::Result<Value> {
    let until = Instant::now() + PATIENCE;
    loop {
        let status = status(bench).await?;
        if fits(&status) {
            return Ok(status);
        }
        if Instant::now() > until {
            bail!("waiting for {what}: {status:#}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
