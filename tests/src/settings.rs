//! The settings file of a simulated terminal over a simulated clinic.

use std::path::Path;

use hw_sim::clinic::Addresses;

/// Passcode of the simulated clinic's staff.
pub(crate) const PASSCODE: &str = "4649";

/// This machine's own disk may be nearly full; what a terminal does then is tested with a small disk of its own.
const ROOMY: &str = "\n[ledger.disk]\nerase_percent = 98\nrefuse_percent = 99\n";

/// Writes settings, keys and passwords below `dir`. `roomy`: the ledger uses the disk up to the last percents.
pub(crate) fn write(
    dir: &Path,
    addresses: &Addresses,
    uid: u32,
    reader: &str,
    all_rights: bool,
    roomy: bool,
    extra: &str,
) -> anyhow::Result<()> {
    let sim = addresses.dir.display();
    let d = dir.display();
    std::fs::write(dir.join("ledger.key"), "5a".repeat(32))?;
    std::fs::write(dir.join("password"), hw_sim::central::PASSWORD)?;
    std::fs::write(dir.join("passcode"), PASSCODE)?;
    let text = format!(
        r#"# Settings of a simulated terminal. Nothing here is real.
[terminal]
institution_code = "{institution}"
institution_name = "架空クリニック"
mode = "simulation"

[card]
reader = "{reader}"
issuers = "{sim}/terminal/issuers.toml"
auth_roots = ["{sim}/terminal/auth-ca.der"]

[card.fictitious_terminal]
certificate = "{sim}/terminal/terminal.cvc"
key = "{sim}/terminal/terminal.key"

[vision]
socket = "{d}/vision.sock"
attempt_ms = 8000
challenge = "off"
hourly_tries = 60

[central]
host = "{host}"
port = {port}
connect = "{address}"
ca = "{sim}/central/ca.pem"
crls = ["{sim}/central/revoked.crl"]
client_certificate = "{sim}/terminal/client.pem"
client_key = "{sim}/terminal/client.key"
user_id = "{user}"
password_file = "{d}/password"
connect_timeout_ms = 2000
request_timeout_ms = 4000

[ledger]
path = "{d}/ledger/ledger.db"
head = "{d}/head/head"
key_file = "{d}/ledger.key"
{disk}
[receipt]
socket = "{d}/receipt.sock"

[[receipt.client]]
name = "receipt-computer"
uid = {uid}
{rights}

[kiosk]
patient_listen = "127.0.0.1:0"
staff_listen = "127.0.0.1:0"
patient_url_file = "{d}/kiosk.url"
staff_url_file = "{d}/staff.url"
staff_passcode_file = "{d}/passcode"

[staff]
accounts = "{d}/staff.json"

[visit]
farewell_s = 3

[admin]
socket = "{d}/admin.sock"

[[welfare_office]]
name = "隣架空市福祉事務所"
payer_numbers = ["12000009"]
telephone = "03-0000-0002"
hours = "平日8:30～17:15"
{extra}"#,
        disk = if roomy { ROOMY } else { "" },
        rights = if all_rights {
            r#"rights = ["read", "claim", "medical", "inquire", "settings", "audit"]"#
        } else {
            r#"rights = ["read", "claim", "medical", "inquire"]"#
        },
        institution = addresses.institution_code,
        host = addresses.central_host,
        port = addresses.central_port,
        address = addresses.central_address,
        user = hw_sim::central::USER_ID,
    );
    std::fs::write(dir.join("uketsuke.toml"), text)?;
    Ok(())
}

/// Lets the ledger not wait for the disk (`synchronous=OFF`), which only a simulation may.
pub(crate) fn make_careless(dir: &Path) -> anyhow::Result<()> {
    let file = dir.join("uketsuke.toml");
    let text = std::fs::read_to_string(&file)?;
    let careless = text.replacen("[ledger]\n", "[ledger]\ndurable = false\n", 1);
    anyhow::ensure!(careless != text, "no [ledger] in the settings");
    Ok(std::fs::write(file, careless)?)
}

/// Asks for head turns in every face check, with the time that a person has for them.
pub(crate) fn ask_for_turns(dir: &Path) -> anyhow::Result<()> {
    let file = dir.join("uketsuke.toml");
    let text = std::fs::read_to_string(&file)?;
    let asking = text.replacen(
        "attempt_ms = 8000\nchallenge = \"off\"\n",
        "attempt_ms = 30000\nchallenge = \"always\"\n",
        1,
    );
    anyhow::ensure!(asking != text, "no challenge in the settings");
    Ok(std::fs::write(file, asking)?)
}

/// Lets the last page stay as long as on terminals where nobody set otherwise, so that what it says is heard.
pub(crate) fn take_time(dir: &Path) -> anyhow::Result<()> {
    let file = dir.join("uketsuke.toml");
    let text = std::fs::read_to_string(&file)?;
    let slow = text.replacen("farewell_s = 3\n", "", 1);
    anyhow::ensure!(slow != text, "no farewell_s in the settings");
    Ok(std::fs::write(file, slow)?)
}
