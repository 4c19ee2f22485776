//! `uketsukectl audit`: verification, export, and the head to be noted elsewhere.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ledger::{Finding, FindingKind, Joint, Ledger, OpenOptions, SignedHead};
use serde_json::json;
use uketsuked::config::Config;

use crate::args::{Args, AuditCommand, Exit, Lang};
use crate::output;

/// Carries the command out; findings are a failure.
pub(crate) fn run(args: &Args, command: &AuditCommand) -> anyhow::Result<Exit> {
    match command {
        AuditCommand::Verify {
            file: Some(file),
            public_key,
            ..
        } => verify_file(args, file, public_key.as_deref()),
        AuditCommand::Verify { head, .. } => verify(args, head),
        AuditCommand::Export { out, from } => export(args, out, *from),
        AuditCommand::Head => head(args),
    }
}

/// Where the ledger is and what opens it, from the settings file.
pub(crate) fn options(args: &Args) -> anyhow::Result<OpenOptions> {
    let config = Config::load(&args.config)?;
    uketsuked::materials::ledger(&config)
}

/// The ledger's own code and sentence in front of the cause.
pub(crate) fn said(args: &Args, error: ledger::LedgerError) -> anyhow::Error {
    let text = format!(
        "{} {}",
        error.code(),
        args.lang.pick(error.ja(), error.en())
    );
    match error {
        // Its own words say the same once more.
        ledger::LedgerError::NotFound => anyhow::Error::msg(text),
        error => anyhow::Error::new(error).context(text),
    }
}

fn verify(args: &Args, heads: &[PathBuf]) -> anyhow::Result<Exit> {
    let report = Ledger::inspect(options(args)?).map_err(|error| said(args, error))?;
    let mut findings = report.findings.clone();
    for path in heads {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let head: SignedHead =
            serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let found =
            ledger::compare_head(&options(args)?, &head).map_err(|error| said(args, error))?;
        findings.extend(found);
    }
    let document = json!({
        "intact": findings.is_empty(),
        "records": report.records,
        "head": report.head_seq,
        "head_behind": report.head_behind,
        "newest_hash": report.newest_hash,
        "joints": joined(&report.joints),
        "time_sources": report.time_sources,
        "findings": listed(&findings),
    });
    let fine = args
        .lang
        .pick("監査記録は正常です", "the audit chain is intact");
    show(args, &document, report.records, &findings, fine);
    tell_joints(args, &report.joints);
    Ok(exit(&findings))
}

fn verify_file(args: &Args, path: &Path, public_key: Option<&str>) -> anyhow::Result<Exit> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let report = ledger::verify_export(BufReader::new(file), public_key)
        .map_err(|error| said(args, error))?;
    let unchecked: Vec<(&str, &str)> = [
        public_key.is_none().then_some(NO_SIGNER),
        Some(NO_TERMINAL),
        // A ledger that follows a damaged one begins behind it, and its first record says so.
        (report.first > 1 && report.joints.iter().all(|joint| joint.after > 0))
            .then_some(NO_BEGINNING),
    ]
    .into_iter()
    .flatten()
    .collect();
    let words = |(ja, en): &(&str, &str)| json!({"ja": ja, "en": en});
    let document = json!({
        "intact": report.findings.is_empty(),
        "records": report.records,
        "first": report.first,
        "joints": joined(&report.joints),
        "time_sources": report.time_sources,
        "signed_by": report.head.map(|head| head.public_key),
        "signer_compared": public_key.is_some(),
        "not_checked": unchecked.iter().map(words).collect::<Vec<_>>(),
        "findings": listed(&report.findings),
    });
    let fine = if public_key.is_some() {
        args.lang.pick(
            "ファイルに異常はなく、示された鍵で署名されています",
            "the file is whole and signed by the given key",
        )
    } else {
        args.lang.pick(
            "ファイルの中に矛盾はありません",
            "the file agrees with itself",
        )
    };
    show(args, &document, report.records, &report.findings, fine);
    if let [one] = report.findings.as_slice()
        && (one.kind, one.seq > 0, args.json) == (FindingKind::EndMissing, true, false)
    {
        let (first, last) = (report.first, one.seq);
        output::line(&match args.lang {
            Lang::Ja => format!("記録 {first}～{last} の間に矛盾はありません"),
            Lang::En => format!("records {first} to {last} agree with each other"),
        });
    }
    tell_joints(args, &report.joints);
    if !args.json {
        for (ja, en) in unchecked {
            output::line(args.lang.pick(ja, en));
        }
    }
    Ok(exit(&report.findings))
}

/// What a file alone can't show, in Japanese and English.
const NO_SIGNER: (&str, &str) = (
    "確認していません：だれが署名したか。だれでも矛盾のないファイルを作れます。`audit head` の公開鍵を別に控え、--public-key で示してください。",
    "Not checked: who signed it. Anybody can write a file that agrees with itself: note the public key of `audit head` elsewhere and give it with --public-key.",
);
const NO_TERMINAL: (&str, &str) = (
    "確認していません：このファイルの後に端末が記録したこと。端末で `audit verify` を行ってください。",
    "Not checked: what the terminal recorded after this file. Run `audit verify` on the terminal.",
);
const NO_BEGINNING: (&str, &str) = (
    "確認していません：このファイルより前の記録。先頭からの書き出しではありません。",
    "Not checked: the records before the file's first one; it is not an export from the beginning.",
);

fn export(args: &Args, out: &Path, from: u64) -> anyhow::Result<Exit> {
    let options = options(args)?;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .map_err(|error| not_made(args, out, error))?;
    let written = write(args, options, from, &file);
    let records = match written {
        Ok(records) => records,
        // What is not whole is no export.
        Err(error) => {
            return Err(match std::fs::remove_file(out) {
                Ok(()) => error,
                Err(left) => error.context(format!("{} is not whole: {left}", out.display())),
            });
        }
    };
    if args.json {
        output::line(&json!({"records": records, "file": out}).to_string());
    } else {
        let text = args
            .lang
            .pick("件の記録を書き出しました", "records written");
        output::line(&format!("{records} {text}: {}", out.display()));
    }
    Ok(Exit::Well)
}

fn write(args: &Args, options: OpenOptions, from: u64, file: &File) -> anyhow::Result<u64> {
    let mut writer = BufWriter::new(file);
    let records = ledger::export(options, from, &mut writer).map_err(|error| match error {
        ledger::LedgerError::NotFound => {
            let text = match args.lang {
                Lang::Ja => format!("記録 {from} から後の記録はありません"),
                Lang::En => format!("there is no record from {from} on"),
            };
            anyhow::anyhow!("{} {text}", error.code())
        }
        error => said(args, error),
    })?;
    writer.flush().context("flush")?;
    drop(writer);
    file.sync_all().context("fsync")?;
    Ok(records)
}

/// Why an export's file could not be made.
fn not_made(args: &Args, out: &Path, error: std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        let text = args.lang.pick(
            "すでにあります。上書きはしません。新しいファイル名を示してください",
            "is there already; nothing is written over. Give the name of a new file",
        );
        return anyhow::anyhow!("{} {text}", out.display());
    }
    anyhow::Error::new(error).context(out.display().to_string())
}

fn head(args: &Args) -> anyhow::Result<Exit> {
    // The last line of an export is the head; nothing else needs to be read twice.
    let mut lines = Vec::new();
    ledger::export(options(args)?, 0, &mut lines).map_err(|error| said(args, error))?;
    let report =
        ledger::verify_export(lines.as_slice(), None).map_err(|error| said(args, error))?;
    let head = report.head.context("no head")?;
    output::line(&serde_json::to_string(&head)?);
    Ok(Exit::Well)
}

fn joined(joints: &[Joint]) -> Vec<serde_json::Value> {
    joints
        .iter()
        .map(|joint| json!({"after": joint.after, "continues_behind": joint.seq}))
        .collect()
}

/// Where records are not in the chain and it says so itself: never left out, however intact the rest is.
fn tell_joints(args: &Args, joints: &[Joint]) {
    for joint in joints.iter().filter(|_| !args.json) {
        let (from, to, behind) = (joint.after + 1, joint.seq, joint.seq + 1);
        let text = match args.lang {
            Lang::Ja => format!(
                "記録 {from}～{to} はここにありません。理由と決めた人は記録 {behind} にあります。"
            ),
            Lang::En => format!(
                "records {from} to {to} are not here; record {behind} says why and who decided so"
            ),
        };
        output::line(&text);
    }
}

fn listed(findings: &[Finding]) -> Vec<serde_json::Value> {
    findings
        .iter()
        .map(|finding| {
            json!({"record": finding.seq, "kind": format!("{:?}", finding.kind), "en": finding.to_string(), "ja": ja(finding)})
        })
        .collect()
}

fn show(args: &Args, document: &serde_json::Value, records: u64, findings: &[Finding], fine: &str) {
    if args.json {
        output::line(&document.to_string());
        return;
    }
    for finding in findings {
        let text = match args.lang {
            Lang::Ja => ja(finding),
            Lang::En => finding.to_string(),
        };
        output::line(&text);
    }
    let end_missing = |finding: &Finding| finding.kind == FindingKind::EndMissing;
    let verdict = if findings.is_empty() {
        fine
    } else if findings.iter().all(end_missing) {
        args.lang
            .pick("ファイルが最後までありません", "the file is NOT complete")
    } else {
        args.lang
            .pick("監査記録に異常があります", "the audit chain is NOT intact")
    };
    output::line(&format!("{verdict} ({records})"));
}

fn ja(finding: &Finding) -> String {
    use ledger::FindingKind::{
        Changed, CutOff, Damaged, EndMissing, HeadDiffers, HeadForged, HeadMissing, Inserted,
        Removed, ResultChanged, ResultGone, ResultUnreadable,
    };
    let what = match finding.kind {
        EndMissing if finding.seq == 0 => {
            return "末尾の署名付き先頭がありません。記録もありません".into();
        }
        EndMissing => "の後に、末尾の署名付き先頭がありません。後に記録があったかは分かりません",
        Changed => "が書き換えられています",
        Removed => "が抜けています",
        Inserted => "が差し込まれています",
        CutOff => "以降が切り取られています",
        HeadMissing => "まで記録がありますが、控えの先頭がありません",
        HeadForged => "の時点の先頭は、この端末が作ったものではありません",
        HeadDiffers => "が、控えの先頭と一致しません",
        Damaged => "の付近でファイルが壊れています",
        ResultGone => "の結果が、誰も引き取っていないのに消えています",
        ResultChanged => "の結果の引き取り先か状態が、端末を通さずに書き換えられています",
        ResultUnreadable => "の結果を読み出せません",
    };
    format!("記録 {} {what}", finding.seq)
}

fn exit(findings: &[Finding]) -> Exit {
    if findings.is_empty() {
        Exit::Well
    } else {
        Exit::Failed
    }
}
