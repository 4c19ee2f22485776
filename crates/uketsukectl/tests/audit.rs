//! `uketsukectl audit` as an auditor uses it: each kind of tampering is said with its place, in both languages and as JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Output};

use ledger::{Ledger, LedgerKey, OpenOptions};
use serde_json::{Value, json};

const NOW: i64 = 1_795_273_200_000;

fn settings(dir: &Path) {
    let d = dir.display();
    let text = format!(
        "[terminal]\ninstitution_code = \"1310000001\"\nmode = \"simulation\"\n[card]\nissuers = \"{d}/i\"\nauth_roots = []\n\
         [central]\nhost = \"localhost\"\nca = \"{d}/ca\"\nclient_certificate = \"{d}/c\"\nclient_key = \"{d}/k\"\nuser_id = \"u\"\n\
         password_file = \"{d}/p\"\n[ledger]\npath = \"{d}/ledger.db\"\nhead = \"{d}/head\"\nkey_file = \"{d}/key\"\n"
    );
    std::fs::write(dir.join("u.toml"), text).unwrap();
    std::fs::write(dir.join("key"), "07".repeat(32)).unwrap();
}

fn append(dir: &Path, count: usize) {
    let options = OpenOptions {
        path: dir.join("ledger.db"),
        head_path: dir.join("head"),
        key: LedgerKey([7; 32]).into(),
        simulated: true,
    };
    let mut ledger = Ledger::open(options, NOW).unwrap();
    for n in 0..count {
        ledger
            .append_audit(NOW, "staff", "looked", &json!({"n": n}))
            .unwrap();
    }
}

fn ctl(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsukectl"))
        .arg("--config")
        .arg(dir.join("u.toml"))
        .args(arguments)
        .output()
        .unwrap()
}

fn findings(dir: &Path, arguments: &[&str]) -> (Option<i32>, Vec<(u64, String)>) {
    let output = ctl(dir, &[&["--json", "audit", "verify"], arguments].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = document["findings"]
        .as_array()
        .unwrap_or_else(|| panic!("{document}"));
    let list = list
        .iter()
        .map(|finding| {
            (
                finding["record"].as_u64().unwrap(),
                finding["kind"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    (output.status.code(), list)
}

/// A way to tamper, by SQL, and what must be said of it.
const TAMPERING: [(&str, u64, &str); 5] = [
    ("UPDATE audit SET actor = 'x' WHERE seq = 4", 4, "Changed"),
    ("DELETE FROM audit WHERE seq = 4", 4, "Removed"),
    (
        "UPDATE audit SET seq = -(seq + 1) WHERE seq > 4; UPDATE audit SET seq = -seq WHERE seq < 0;
         INSERT INTO audit SELECT 5, at, actor, action, detail, prev, hash FROM audit WHERE seq = 4",
        5,
        "Inserted",
    ),
    ("DELETE FROM audit WHERE seq > 6", 7, "CutOff"),
    ("UPDATE audit SET at = at + 1 WHERE seq = 9", 9, "Changed"),
];

#[test]
fn inv12_each_kind_of_tampering_is_said_with_its_place() {
    for (sql, record, kind) in TAMPERING {
        let dir = tempfile::tempdir().unwrap();
        settings(dir.path());
        append(dir.path(), 8);
        assert_eq!(findings(dir.path(), &[]), (Some(0), vec![]));
        rusqlite::Connection::open(dir.path().join("ledger.db"))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
        assert_eq!(
            findings(dir.path(), &[]),
            (Some(1), vec![(record, kind.to_owned())]),
            "{sql}"
        );
        let people = ctl(dir.path(), &["--lang", "en", "audit", "verify"]);
        let text = String::from_utf8(people.stdout).unwrap();
        assert!(
            text.contains(&format!("record {record} ")) && text.contains("NOT intact"),
            "{text}"
        );
        let ja = String::from_utf8(ctl(dir.path(), &["audit", "verify"]).stdout).unwrap();
        assert!(ja.contains(&format!("記録 {record} ")), "{ja}");
    }
}

#[test]
fn inv12_yesterdays_files_are_found_by_the_head_and_by_a_noted_one() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    append(dir.path(), 3);
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let (db, head) = (read("ledger.db"), read("head"));
    append(dir.path(), 2);
    let noted = dir.path().join("noted.json");
    std::fs::write(&noted, ctl(dir.path(), &["audit", "head"]).stdout).unwrap();
    let noted = noted.to_str().unwrap();
    assert_eq!(findings(dir.path(), &["--head", noted]), (Some(0), vec![]));
    std::fs::write(dir.path().join("ledger.db"), &db).unwrap();
    assert_eq!(
        findings(dir.path(), &[]),
        (Some(1), vec![(5, "CutOff".to_owned())])
    );
    std::fs::write(dir.path().join("head"), &head).unwrap();
    assert_eq!(
        findings(dir.path(), &[]),
        (Some(0), vec![]),
        "database and head agree"
    );
    assert_eq!(
        findings(dir.path(), &["--head", noted]),
        (Some(1), vec![(6, "CutOff".to_owned())])
    );
}

#[test]
fn an_export_is_checked_without_settings_or_key_and_a_backup_is_taken_into_use() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    append(dir.path(), 4);
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (out, backup) = (at("chain.jsonl"), at("backup.db"));
    assert!(
        ctl(dir.path(), &["audit", "export", "--out", &out])
            .status
            .success()
    );
    assert!(
        !ctl(dir.path(), &["audit", "export", "--out", &out])
            .status
            .success(),
        "never over a file"
    );
    let head: Value = serde_json::from_slice(&ctl(dir.path(), &["audit", "head"]).stdout).unwrap();
    let public = head["public_key"].as_str().unwrap();
    let nowhere = tempfile::tempdir().unwrap();
    let check = |public: &str| findings(nowhere.path(), &["--file", &out, "--public-key", public]);
    assert_eq!(check(public), (Some(0), vec![]));
    assert_eq!(
        check(&"0".repeat(64)),
        (Some(1), vec![(5, "HeadForged".to_owned())])
    );
    // Without the key it says what it could not check, and not that everything is well.
    let unchecked = |arguments: &[&str]| {
        let all = [&["--json", "audit", "verify", "--file"], arguments].concat();
        let document: Value = serde_json::from_slice(&ctl(nowhere.path(), &all).stdout).unwrap();
        assert_eq!(document["intact"], true, "{document}");
        (
            document["signer_compared"] == true,
            document["not_checked"].as_array().unwrap().len(),
        )
    };
    assert_eq!(unchecked(&[&out, "--public-key", public]), (true, 1));
    assert_eq!(unchecked(&[&out]), (false, 2));
    let part = at("part.jsonl");
    let export = ["audit", "export", "--from", "3", "--out", &part];
    assert!(ctl(dir.path(), &export).status.success());
    assert_eq!(unchecked(&[&part]), (false, 3));
    let said = ctl(
        nowhere.path(),
        &["--lang", "en", "audit", "verify", "--file", &out],
    );
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("agrees with itself") && said.contains("Not checked: who signed it"),
        "{said}"
    );
    assert!(!said.contains("intact"), "{said}");
    let text = std::fs::read_to_string(&out).unwrap();
    std::fs::write(&out, text.replacen("\"n\":1", "\"n\":7", 1)).unwrap();
    assert_eq!(check(public), (Some(1), vec![(3, "Changed".to_owned())]));

    assert!(
        ctl(dir.path(), &["ledger", "backup", &backup])
            .status
            .success()
    );
    append(dir.path(), 2);
    std::fs::copy(&backup, at("ledger.db")).unwrap();
    assert_eq!(findings(dir.path(), &[]).0, Some(1));
    let accepted = ctl(
        dir.path(),
        &[
            "--json",
            "ledger",
            "accept-restored",
            "--staff",
            "suzuki",
            "--reason",
            "disk replaced",
        ],
    );
    let document: Value = serde_json::from_slice(&accepted.stdout).unwrap();
    assert_eq!(
        (&document["missing_from"], &document["missing_to"]),
        (&json!(6), &json!(7)),
        "{document}"
    );
    append(dir.path(), 1);
    assert_eq!(findings(dir.path(), &[]), (Some(0), vec![]));
    joints_are_said(dir.path(), nowhere.path());
}

/// What is not in the chain is said each time, to people too, of the ledger and of an exported file; and where the times come from.
fn joints_are_said(dir: &Path, nowhere: &Path) {
    let out = dir.join("joined.jsonl");
    let out = out.to_str().unwrap();
    assert!(
        ctl(dir, &["audit", "export", "--out", out])
            .status
            .success()
    );
    for (at, arguments) in [(dir, vec![]), (nowhere, vec!["--file", out])] {
        let verify = |before: &[&str]| {
            let all = [before, &["audit", "verify"], &arguments].concat();
            String::from_utf8(ctl(at, &all).stdout).unwrap()
        };
        let said = verify(&["--lang", "en"]);
        let expected = "records 6 to 7 are not here; record 8 says why";
        assert!(said.contains(expected), "{said}");
        let said = verify(&["--lang", "ja"]);
        assert!(said.contains("記録 6～7 はここにありません"), "{said}");
        let document: Value = serde_json::from_str(&verify(&["--json"])).unwrap();
        let joints = json!([{"after": 5, "continues_behind": 7}]);
        assert_eq!(document["joints"], joints, "{document}");
        assert_eq!(document["time_sources"]["unchecked"], document["records"]);
    }
}

/// A file without its last line, an empty one and a mistyped key are none of them tampering, and are said in their own words.
#[test]
fn what_is_no_tampering_is_said_as_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    append(dir.path(), 4);
    let out = dir.path().join("chain.jsonl");
    let out = out.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let output = ctl(dir.path(), arguments);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    assert_eq!(run(&["audit", "export", "--out", out]).0, Some(0));
    for key in ["00", &"zz".repeat(32), &"0".repeat(63), ""] {
        let (code, stdout, stderr) = run(&["audit", "verify", "--file", out, "--public-key", key]);
        assert_eq!(code, Some(2), "{key}: {stdout}{stderr}");
        assert!(stdout.is_empty(), "{stdout}");
        assert!(
            stderr.contains("16 進 64 桁") && stderr.contains("64 hexadecimal digits"),
            "{stderr}"
        );
    }
    let whole = std::fs::read_to_string(out).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    let records = lines.len() - 1;
    std::fs::write(out, lines[..records].join("\n")).unwrap();
    assert_eq!(
        findings(dir.path(), &["--file", out]),
        (Some(1), vec![(records as u64, "EndMissing".to_owned())])
    );
    let (_, en, _) = run(&["--lang", "en", "audit", "verify", "--file", out]);
    assert!(
        en.contains("the signed head at the end is missing")
            && en.contains(&format!("records 1 to {records} agree"))
            && !en.contains("cut off"),
        "{en}"
    );
    let (_, ja, _) = run(&["audit", "verify", "--file", out]);
    assert!(
        ja.contains("署名付き先頭がありません") && !ja.contains("切り取られ"),
        "{ja}"
    );
    std::fs::write(out, "").unwrap();
    assert_eq!(
        findings(dir.path(), &["--file", out]),
        (Some(1), vec![(0, "EndMissing".to_owned())])
    );
    let (_, en, _) = run(&["--lang", "en", "audit", "verify", "--file", out]);
    assert!(
        en.contains("there is no record") && !en.contains("records 1 to"),
        "{en}"
    );
}

/// An export that can't be made says why, once, and leaves no file; one that is there stays as it is.
#[test]
fn an_export_that_is_not_made_says_why_once_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    append(dir.path(), 4);
    let out = dir.path().join("part.jsonl");
    let name = out.to_str().unwrap();
    for (lang, words) in [
        ("ja", "記録 5000 から後の記録はありません"),
        ("en", "no record from 5000 on"),
    ] {
        let export = [
            "--lang", lang, "audit", "export", "--from", "5000", "--out", name,
        ];
        let output = ctl(dir.path(), &export);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.matches(words).count(), 1, "{said}");
        assert!(
            said.contains("UK-LEDG-009") && !said.contains("no such record"),
            "{said}"
        );
        assert!(!out.exists(), "no empty export");
    }
    std::fs::write(&out, "another").unwrap();
    for (lang, words) in [("ja", "すでにあります"), ("en", "is there already")] {
        let output = ctl(
            dir.path(),
            &["--lang", lang, "audit", "export", "--out", name],
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(1) && said.contains(words),
            "{said}"
        );
        assert!(!said.contains("os error"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "another");
}
