//! One result in all its forms, fetched with the real `curl` as a receipt computer's maker would try it, and read by
//! Python's own parsers, which know nothing of this product.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::Command;

use e2e::{Bench, BenchOptions, serve};
use serde_json::Value;

/// What curl brought: the head in lower case, and the body.
struct Fetched {
    head: String,
    body: Vec<u8>,
}

fn curl(socket: &Path, address: &str, accept: &str, more: &[&str]) -> Fetched {
    let output = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--include",
            "--max-time",
            "10",
            "--unix-socket",
        ])
        .arg(socket)
        .args(["--header", &format!("Accept: {accept}")])
        .args(more)
        .arg(format!("http://terminal{address}"))
        .output()
        .expect("curl is installed");
    assert!(
        output.status.success(),
        "{address}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let end = output
        .stdout
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let (head, body) = output.stdout.split_at(end + 4);
    Fetched {
        head: String::from_utf8_lossy(head).to_lowercase(),
        body: body.to_vec(),
    }
}

/// Parses with expat and says as JSON what stands there. Expat knows no Shift_JIS, so those bytes are decoded first,
/// strictly, as code page 932, as a Japanese Windows would.
const READ_XML: &str = r#"
import json, sys, xml.etree.ElementTree as tree
charset, data = sys.argv[1], sys.stdin.buffer.read()
declared = data.split(b"?>", 1)[0].decode("ascii")
root = tree.fromstring(data if charset == "utf-8" else data.decode(charset, "strict"))
body = root.find("MessageBody")
results = body.find("ResultList").findall("ResultOfQualificationConfirmation")
print(json.dumps({
    "declared": declared,
    "root": root.tag,
    "identifier": root.findtext("MessageHeader/CharacterCodeIdentifier"),
    "simulation": root.findtext("MessageHeader/UketsukeSimulation"),
    "instructions": data.decode(charset, "strict").count("<?uketsuke "),
    "results": [{child.tag: child.text for child in result if len(child) == 0} for result in results],
}))
"#;

fn read_xml(charset: &str, bytes: &[u8]) -> Value {
    use std::io::Write as _;
    let mut python = Command::new("python3")
        .args(["-c", READ_XML, charset])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    python.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{charset}: {}\n{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(bytes)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_gets_the_same_result_as_json_and_as_xml_in_both_encodings() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let register = hw_sim::persons::Register::default_register().unwrap();
    let person = register.person("seiho").unwrap();
    let mut page = bench.patient().await.unwrap();
    let result = serve(&bench, &mut page, "seiho").await.unwrap();
    let socket = bench.path("receipt.sock");
    let address = format!("/v1/results/{}", result["id"].as_str().unwrap());

    // Nobody owns it yet, so it is a copy that must not be imported, in every form.
    let copy = curl(&socket, &address, "application/xml", &[]);
    assert!(
        copy.head.contains("uketsuke-copy: not-for-import"),
        "{}",
        copy.head
    );
    assert!(String::from_utf8_lossy(&copy.body).contains("copy=\"not-for-import\""));
    let claim = curl(
        &socket,
        &format!("{address}/claim"),
        "*/*",
        &["--request", "POST"],
    );
    assert!(claim.head.starts_with("http/1.1 200"), "{}", claim.head);

    let json = curl(&socket, &address, "application/json", &[]);
    assert!(
        json.head.contains("content-type: application/json"),
        "{}",
        json.head
    );
    assert!(
        !json.head.contains("uketsuke-copy"),
        "the owner gets the original"
    );
    let json: Value = serde_json::from_slice(&json.body).unwrap();
    let body = &json["XmlMsg"]["MessageBody"];
    let told: Vec<&Value> = body["ResultList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["ResultOfQualificationConfirmation"])
        .collect();
    assert_eq!(told.len(), 2, "insurance and medical assistance: {body}");
    assert_eq!(told[0]["Name"], person.name.as_str());
    assert_eq!(json["Uketsuke"]["visit"], result["visit"]);

    for (accept, charset, label, identifier) in [
        ("application/xml", "utf-8", "UTF-8", "0"),
        ("application/xml; charset=utf-8", "utf-8", "UTF-8", "0"),
        (
            "application/xml; charset=Shift_JIS",
            "cp932",
            "Shift_JIS",
            "1",
        ),
        (
            "application/xml; charset=Windows-31J",
            "cp932",
            "Shift_JIS",
            "1",
        ),
    ] {
        let fetched = curl(&socket, &address, accept, &[]);
        let kind = format!(
            "content-type: application/xml; charset={}",
            label.to_lowercase()
        );
        assert!(fetched.head.contains(&kind), "{accept}: {}", fetched.head);
        assert!(
            fetched.head.contains("uketsuke-simulated: true"),
            "{}",
            fetched.head
        );
        let read = read_xml(charset, &fetched.body);
        assert_eq!(
            read["declared"],
            format!("<?xml version=\"1.0\" encoding=\"{label}\" standalone=\"no\""),
            "{accept}"
        );
        assert_eq!(read["root"], "XmlMsg");
        assert_eq!(read["identifier"], identifier, "{accept}");
        assert_eq!(read["instructions"], 1, "{accept}");
        assert!(
            read["simulation"]
                .as_str()
                .unwrap()
                .contains("シミュレーション"),
            "{accept}"
        );
        let results = read["results"].as_array().unwrap();
        assert_eq!(results.len(), told.len(), "{accept}");
        for (result, told) in results.iter().zip(&told) {
            for (name, value) in result.as_object().unwrap() {
                assert_eq!(
                    &told[name], value,
                    "{accept}: {name} differs from the JSON form"
                );
            }
            assert_eq!(result["Name"], person.name.as_str(), "{accept}");
        }
        if charset == "cp932" {
            assert!(
                String::from_utf8(fetched.body).is_err(),
                "the bytes are Shift_JIS, not UTF-8 under another label"
            );
        }
    }

    let refused = curl(&socket, &address, "application/xml; charset=EUC-JP", &[]);
    assert!(refused.head.starts_with("http/1.1 406"), "{}", refused.head);
    let problem: Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!(problem["code"], "UK-RCPT-006");
    assert!(bench.stop().await, "the daemon did not end when asked to");
}
