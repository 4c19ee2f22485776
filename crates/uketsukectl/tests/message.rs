//! `uketsukectl message show` on files of every form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn show(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsukectl"))
        .args(["message", "show"])
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const CLEAN: &str = r#"<?xml version="1.0" encoding="UTF-8"?><XmlMsg><MessageHeader>
<MedicalInstitutionCode>1310000001</MedicalInstitutionCode><SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>
<ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity><ResultList>
<ResultOfQualificationConfirmation><InsuredCardClassification>01</InsuredCardClassification><Name>架空　太郎</Name>
<Birthdate>19900115</Birthdate></ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"#;

#[test]
fn a_clean_file_is_shown_in_plain_words_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("OQSsiquc01res_1.xml"), CLEAN).unwrap();
    let ja = show(dir.path(), &["OQSsiquc01res_1.xml"]);
    assert_eq!(ja.status.code(), Some(0), "{ja:?}");
    let said = text(&ja);
    for part in [
        "資格確認結果",
        "○：この資格は有効です。",
        "氏名: 架空　太郎",
        "生年月日: 平成2年1月15日 (19900115)",
        "疑わしい点はありません",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let en = text(&show(dir.path(), &["OQSsiquc01res_1.xml", "--lang", "en"]));
    assert!(
        en.contains("Date of birth: 1990-01-15 (19900115)") && en.contains("nothing is doubtful"),
        "{en}"
    );
}

#[test]
fn doubts_give_exit_3_and_json_has_them() {
    let dir = tempfile::tempdir().unwrap();
    let doubtful = CLEAN
        .replace("UTF-8", "Shift_JIS")
        .replace("太郎", "●郎")
        .replace("</MessageHeader>", "<Strange>x</Strange></MessageHeader>");
    let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(&doubtful);
    assert!(!lost);
    std::fs::write(dir.path().join("a.xml"), bytes).unwrap();
    let zipped = oqs::zip::pack("OQSsiquc01res_2.xml", CLEAN.as_bytes()).unwrap();
    std::fs::write(dir.path().join("b.zip"), zipped).unwrap();
    let output = show(dir.path(), &["--json", "a.xml", "b.zip"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let documents: Vec<Value> = text(&output)
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let [a, b] = documents.as_slice() else {
        panic!("two documents")
    };
    assert_eq!(a["encoding"], "Shift_JIS");
    let kinds: Vec<_> = a["doubts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"unknown-element") && kinds.contains(&"unreadable-character"),
        "{kinds:?}"
    );
    assert_eq!(a["message"]["XmlMsg"]["MessageHeader"]["Strange"], "x");
    assert_eq!(b["zipped"], "OQSsiquc01res_2.xml");
    assert_eq!(b["interface"], "OQS-IF-001–002");
    assert_eq!(b["doubts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_bulk_answer_beyond_one_message_is_shown_person_by_person() {
    let dir = tempfile::tempdir().unwrap();
    let unit = format!(
        "<BulkConfirmUnit><QualificationValidity>1</QualificationValidity><ResultOfQualificationConfirmation>\
         <InsuredCardClassification>01</InsuredCardClassification><Name>架空　花子</Name><Address>{}</Address>\
         </ResultOfQualificationConfirmation></BulkConfirmUnit>",
        "東京都".repeat(500)
    );
    let xml = format!(
        "<XmlMsg><MessageHeader><SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>{}</MessageBody></XmlMsg>",
        unit.repeat(1200)
    );
    assert!(xml.len() > 4 * 1024 * 1024);
    std::fs::write(dir.path().join("OQSmutic02res_1.xml"), &xml).unwrap();
    let output = show(dir.path(), &["--json", "OQSmutic02res_1.xml"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{:?}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(text(&output).lines().count(), 1200);
}

#[test]
fn what_is_no_message_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.pdf"), b"%PDF-1.7").unwrap();
    std::fs::write(
        dir.path().join("d.xml"),
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><XmlMsg/>",
    )
    .unwrap();
    let bomb = oqs::zip::pack("a.xml", &vec![b' '; 30_000_000]).unwrap();
    std::fs::write(dir.path().join("bomb.zip"), bomb).unwrap();
    for file in ["a.pdf", "d.xml", "bomb.zip", "missing.xml"] {
        let output = show(dir.path(), &[file]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        assert!(!output.stderr.is_empty(), "{file}");
    }
    let none = show(dir.path(), &[]);
    assert_eq!(none.status.code(), Some(2));
}
