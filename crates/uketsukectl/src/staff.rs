//! `uketsukectl staff`: the accounts of the staff's page, and a certificate for it on the clinic's network.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use qrcodegen::{QrCode, QrCodeEcc};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use serde_json::json;
use uketsuked::accounts::{Accounts, AccountsError};
use uketsuked::config::Config;
use zeroize::Zeroizing;

use crate::args::{Args, Exit, Lang, StaffCommand};
use crate::output;

/// Letters of a password made here: none that is taken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
/// Letters of a password made here: 80 bits.
const LENGTH: usize = 16;
/// Longest password read, in bytes.
const LONGEST: u64 = 512;

/// Carries the command out.
pub(crate) fn run(args: &Args, command: &StaffCommand) -> anyhow::Result<Exit> {
    let config = Config::load(&args.config)?;
    let path = &config.staff.accounts;
    match command {
        StaffCommand::List => list(args, path),
        StaffCommand::Add {
            name,
            medical,
            password_stdin,
        } => {
            let mut accounts = Accounts::load(path).map_err(|error| said(args, error))?;
            if accounts.medical(name.trim()).is_some() {
                anyhow::bail!(
                    "UK-STAFF-014 {}",
                    args.lang.pick(
                        "その名前の職員はもう登録されています。パスワードを作りなおすには staff reset を使ってください。",
                        "There is an account of that name. Use staff reset for a new password."
                    )
                );
            }
            put(args, &mut accounts, path, name, *medical, *password_stdin)
        }
        StaffCommand::Reset {
            name,
            password_stdin,
        } => {
            let mut accounts = Accounts::load(path).map_err(|error| said(args, error))?;
            let medical = accounts
                .medical(name.trim())
                .ok_or_else(|| said(args, AccountsError::Unknown))?;
            put(args, &mut accounts, path, name, medical, *password_stdin)
        }
        StaffCommand::Remove { name } => {
            let mut accounts = Accounts::load(path).map_err(|error| said(args, error))?;
            accounts.remove(name).map_err(|error| said(args, error))?;
            accounts
                .save(path, &args.config)
                .map_err(|error| said(args, error))?;
            if args.json {
                output::line(&json!({ "removed": name.trim() }).to_string());
            } else {
                let text = args.lang.pick("登録を消しました", "removed");
                output::line(&format!("{text}: {}", output::plain(name.trim())));
            }
            Ok(Exit::Well)
        }
        StaffCommand::Certificate { days } => certificate(args, &config, *days),
    }
}

fn list(args: &Args, path: &Path) -> anyhow::Result<Exit> {
    let accounts = Accounts::load(path).map_err(|error| said(args, error))?;
    let staff = accounts.list();
    if args.json {
        output::line(&json!({ "staff": staff }).to_string());
        return Ok(Exit::Well);
    }
    if staff.is_empty() {
        output::line(
            args.lang
                .pick("登録された職員はいません", "nobody is registered"),
        );
    }
    for one in staff {
        let role = if one.medical {
            args.lang.pick(
                "有資格者（2つ目の確認あり）",
                "qualified, with a second factor",
            )
        } else {
            args.lang.pick("受付", "reception")
        };
        output::line(&format!("{}  {role}", output::plain(&one.name)));
    }
    Ok(Exit::Well)
}

fn put(
    args: &Args,
    accounts: &mut Accounts,
    path: &Path,
    name: &str,
    medical: bool,
    from_stdin: bool,
) -> anyhow::Result<Exit> {
    let password = if from_stdin {
        read_password()?
    } else {
        made_password()?
    };
    let address = accounts
        .put(name, &password, medical)
        .map_err(|error| said(args, error))?;
    accounts
        .save(path, &args.config)
        .map_err(|error| said(args, error))?;
    let shown = (!from_stdin).then_some(password.as_str());
    if args.json {
        let told = json!({
            "name": name.trim(),
            "medical": medical,
            "password": shown,
            "otpauth": address.as_deref(),
        });
        output::line(&told.to_string());
        return Ok(Exit::Well);
    }
    let lang = args.lang;
    output::line(&format!(
        "{}: {}",
        lang.pick("登録しました", "registered"),
        output::plain(name.trim())
    ));
    if let Some(password) = shown {
        output::line(&format!(
            "{}: {password}",
            lang.pick("パスワード（いまだけ表示）", "password (shown only now)")
        ));
    }
    if let Some(address) = address {
        output::line(lang.pick(
            "認証アプリでこの二次元コードを読み取ってください（いまだけ表示）:",
            "Scan this code with an authenticator (shown only now):",
        ));
        for row in drawn(&address)? {
            output::line(&row);
        }
        output::line(&address);
    }
    Ok(Exit::Well)
}

/// One line, without its end.
fn read_password() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut text)?;
    Ok(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

fn made_password() -> anyhow::Result<Zeroizing<String>> {
    use ring::rand::SecureRandom as _;
    let mut bytes = Zeroizing::new([0_u8; LENGTH]);
    // One that begins with a hyphen looks like an option where it is typed behind a command, or like a list on paper: made anew.
    loop {
        ring::rand::SystemRandom::new()
            .fill(&mut *bytes)
            .map_err(|_| anyhow::anyhow!("UK-STAFF-012: no random bytes"))?;
        let password = password_of(&bytes);
        if !password.starts_with('-') {
            return Ok(password);
        }
    }
}

fn password_of(bytes: &[u8; LENGTH]) -> Zeroizing<String> {
    let letter = |byte: &u8| {
        LETTERS
            .get(usize::from(*byte) % LETTERS.len())
            .copied()
            .unwrap_or(b'x')
    };
    Zeroizing::new(bytes.iter().map(|byte| char::from(letter(byte))).collect())
}

/// The code in half blocks, dark on light whatever the terminal's colours, with its quiet zone.
fn drawn(address: &str) -> anyhow::Result<Vec<String>> {
    let code =
        QrCode::encode_text(address, QrCodeEcc::Low).map_err(|error| anyhow::anyhow!("{error}"))?;
    let dark = |x: i32, y: i32| code.get_module(x, y);
    let edge = -4..code.size() + 4;
    let rows = edge.clone().step_by(2).map(|y| {
        edge.clone()
            .map(|x| match (dark(x, y), dark(x, y + 1)) {
                (true, true) => ' ',
                (true, false) => '▄',
                (false, true) => '▀',
                (false, false) => '█',
            })
            .collect()
    });
    Ok(rows.collect())
}

/// A certificate of its own making for the clinic's network, where the clinic has no authority: browsers must be told to trust it.
fn certificate(args: &Args, config: &Config, days: u32) -> anyhow::Result<Exit> {
    let Some(lan) = &config.staff.lan else {
        anyhow::bail!(
            "UK-CONF-024 {}",
            args.lang.pick(
                "設定に [staff.lan] がありません",
                "the settings have no [staff.lan]"
            )
        );
    };
    let names: Vec<String> = lan
        .names
        .iter()
        .map(|name| name.trim_matches(['[', ']']).to_owned())
        .collect();
    let key = KeyPair::generate().context("UK-STAFF-012")?;
    let mut params =
        CertificateParams::new(names.clone()).context("UK-CONF-024 staff.lan.names")?;
    params
        .distinguished_name
        .push(DnType::CommonName, "uketsuke");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = crate::settings::now() / 1000;
    let at = |seconds: i64| {
        time::OffsetDateTime::from_unix_timestamp(seconds).context("the terminal's clock")
    };
    params.not_before = at(now - 3600)?;
    params.not_after = at(now + i64::from(days) * 24 * 3600)?;
    let made = params.self_signed(&key).context("UK-STAFF-012")?;
    write_new(
        &lan.key,
        &Zeroizing::new(key.serialize_pem()),
        0o640,
        &args.config,
    )?;
    write_new(&lan.certificate, &made.pem(), 0o644, &args.config)?;
    let print = ring::digest::digest(&ring::digest::SHA256, made.der());
    let print: Vec<String> = print
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let print = print.join(":");
    if args.json {
        output::line(
            &json!({"certificate": lan.certificate, "names": names, "sha256": print, "days": days})
                .to_string(),
        );
    } else {
        output::line(&format!(
            "{}: {}",
            args.lang.pick("証明書を作りました", "certificate made"),
            lan.certificate.display()
        ));
        output::line(&format!("SHA-256 {print}"));
        if args.lang == Lang::Ja {
            output::line(
                "職員の端末のブラウザーに、この証明書を信頼するものとして登録してください。指紋が同じことを確かめてください。",
            );
        } else {
            output::line(
                "Register it as trusted in the staff's browsers; compare the fingerprint.",
            );
        }
    }
    Ok(Exit::Well)
}

/// A new file; one that is there is never replaced.
fn write_new(path: &Path, text: &str, mode: u32, like: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .with_context(|| format!("UK-CONF-024 {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    std::os::unix::fs::chown(path, None, uketsuked::accounts::service_group(like))
        .with_context(|| format!("{}", path.display()))
}

fn said(args: &Args, error: AccountsError) -> anyhow::Error {
    let text = match (error.code(), args.lang) {
        ("UK-STAFF-003", Lang::Ja) => "職員の登録ファイルを読み書きできません。",
        ("UK-STAFF-003", Lang::En) => "The file of the staff's accounts can't be read or written.",
        ("UK-STAFF-010", Lang::Ja) => "名前は1〜40文字、パスワードは10〜64文字です。",
        ("UK-STAFF-010", Lang::En) => "A name has 1 to 40 characters, a password 10 to 64.",
        ("UK-STAFF-011", Lang::Ja) => "その名前の職員は登録されていません。",
        ("UK-STAFF-011", Lang::En) => "There is no account of that name.",
        (_, Lang::Ja) => "乱数を得られないか、計算に失敗しました。",
        (_, Lang::En) => "No random bytes, or no hash could be made.",
    };
    let text = format!("{} {text}", error.code());
    match error {
        // The sentence says it all.
        AccountsError::Unknown => anyhow::Error::msg(text),
        error => anyhow::Error::new(error).context(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_differ_and_are_accepted() {
        let (one, other) = (made_password().unwrap(), made_password().unwrap());
        assert_eq!(one.chars().count(), LENGTH);
        assert_ne!(*one, *other);
        Accounts::default().put("a", &one, false).unwrap();
    }

    /// Without a look at the first letter one in 32 would; of 2,000 some.
    #[test]
    fn no_made_password_looks_like_an_option() {
        assert!(LETTERS.contains(&b'-'), "else there is nothing to test");
        for _ in 0..2_000 {
            assert!(!made_password().unwrap().starts_with('-'));
        }
    }

    #[test]
    fn a_code_has_its_quiet_zone() {
        let rows = drawn("otpauth://totp/uketsuke:a?secret=ABC").unwrap();
        assert!(rows[0].chars().all(|c| c == '█') && rows[1].chars().all(|c| c == '█'));
        assert!(rows.iter().any(|row| row.contains('▄')));
    }
}
