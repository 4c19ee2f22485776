//! The whole clinic, moved over its control interface, with a stand-in for vpcd.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use hw_sim::camera::Face;
use hw_sim::clinic::{Clinic, ClinicOptions, DeskError};
use hw_sim::control::client::{self, ClientError};
use serde_json::{Value, json};

use crate::support::{Terminal, portraits, prepared};

/// Two neighbouring free ports, with listeners on them: what pcscd's vpcd does.
fn readers() -> (TcpListener, TcpListener, u16) {
    for _ in 0..200 {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX
            && let Ok(second) = TcpListener::bind(("127.0.0.1", port + 1))
        {
            return (first, second, port);
        }
    }
    panic!("no two neighbouring ports");
}

async fn clinic(vpcd_port: u16, run: &tempfile::TempDir) -> (Clinic, u16) {
    let clinic = Clinic::start(ClinicOptions {
        dir: prepared().to_owned(),
        portraits: portraits(),
        vpcd_port,
        control_port: Some(0),
        camera_socket: Some(run.path().join("camera.sock")),
        ..ClinicOptions::default()
    })
    .await
    .unwrap();
    let url = clinic.addresses().control.unwrap();
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
    (clinic, port.parse().unwrap())
}

async fn call(port: u16, path: &'static str, body: Option<Value>) -> Result<Value, ClientError> {
    tokio::task::spawn_blocking(move || client::call(port, path, body.as_ref()))
        .await
        .unwrap()
}

fn refusal(result: Result<Value, ClientError>) -> String {
    match result {
        Err(ClientError::Refused { code, ja, en }) => {
            assert!(!ja.is_empty() && !en.is_empty());
            code
        }
        other => panic!("{other:?}"),
    }
}

/// Accepts the card and asks it for its answer to reset, as vpcd does.
fn meet(listener: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (mut stream, _) = listener.accept().unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(&[0, 1, 1]).unwrap();
    stream.write_all(&[0, 1, 4]).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut atr = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut atr).unwrap();
    (stream, atr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_laid_and_taken_over_http() {
    let run = tempfile::tempdir().unwrap();
    let (first, second, port) = readers();
    let (clinic, control) = clinic(port, &run).await;

    let state = call(control, "/api/card/lay", Some(json!({"person": "seiho"})))
        .await
        .unwrap();
    assert_eq!(state["readers"][0]["person"], "seiho");
    assert_eq!(state["readers"][0]["connected"], true);
    assert_eq!(state["readers"][1]["person"], Value::Null);
    let (mut pcscd, atr) = meet(&first);
    assert_eq!(atr, hw_sim::card::CONTACTLESS_ATR);

    let lay = async |body| refusal(call(control, "/api/card/lay", Some(body)).await);
    assert_eq!(lay(json!({"person": "hoken"})).await, "reader-occupied");
    assert_eq!(
        lay(json!({"person": "seiho", "reader": 1})).await,
        "card-elsewhere"
    );
    assert_eq!(
        lay(json!({"person": "nobody", "reader": 1})).await,
        "no-such-person"
    );
    assert_eq!(
        lay(json!({"person": "hoken", "reader": 2})).await,
        "no-such-reader"
    );
    assert_eq!(lay(json!({"person": 7})).await, "bad-request");
    clinic.lay_on("hoken", 1).await.unwrap();
    let (_other, _) = meet(&second);
    assert_eq!(clinic.card_counters("hoken").unwrap().auth_pin, 3);

    let state = call(control, "/api/card/take", Some(json!({})))
        .await
        .unwrap();
    assert_eq!(state["readers"][0]["person"], Value::Null);
    assert_eq!(
        pcscd.read(&mut [0; 1]).unwrap(),
        0,
        "taking away closes the line"
    );
    clinic.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pcscd_the_card_stays_in_the_hand() {
    let run = tempfile::tempdir().unwrap();
    let (first, second, port) = readers();
    drop((first, second));
    let (clinic, control) = clinic(port, &run).await;
    let lay = call(control, "/api/card/lay", Some(json!({"person": "seiho"}))).await;
    assert_eq!(refusal(lay), "no-virtual-reader");
    let error = clinic.lay("seiho").await.unwrap_err();
    assert!(matches!(error, DeskError::Insert(_)));
    assert!(
        error.en().contains("is pcscd with vpcd running?"),
        "{}",
        error.en()
    );
    assert_eq!(clinic.desk().readers()[0].person, None);
    clinic.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_tore_itself_away_can_be_laid_again() {
    let run = tempfile::tempdir().unwrap();
    let (first, _second, port) = readers();
    let (clinic, _) = clinic(port, &run).await;
    clinic.lay("seiho").await.unwrap();
    let (mut pcscd, _) = meet(&first);
    clinic.with_card(0, |card| card.set_fault(hw_sim::card::Fault::Removed.at(1)));
    pcscd.write_all(&[0, 5, 0, 0xA4, 0, 0, 0]).unwrap();
    assert_eq!(pcscd.read(&mut [0; 1]).unwrap(), 0);
    let begin = Instant::now();
    while clinic.desk().readers()[0].connected {
        assert!(begin.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clinic.lay("seiho").await.unwrap();
    meet(&first);
    clinic.shutdown().await;
}

/// One command over a vpcd line; `None` when the card has gone.
fn send(pcscd: &mut TcpStream, command: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(command.len()).unwrap().to_be_bytes();
    pcscd.write_all(&[&length, command].concat()).unwrap();
    let mut length = [0; 2];
    pcscd.read_exact(&mut length).ok()?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    pcscd.read_exact(&mut answer).ok()?;
    Some(answer)
}

const SELECT: &[u8] = b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_are_disturbed_slowed_and_watched_over_the_control_interface() {
    let run = tempfile::tempdir().unwrap();
    let (first, _second, port) = readers();
    let (clinic, control) = clinic(port, &run).await;
    let post = async |path: &'static str, body: Value| call(control, path, Some(body)).await;
    let nobody = post("/api/card/faults", json!({"faults": {"fault": []}})).await;
    assert_eq!(refusal(nobody), "no-card");
    // Laid with another answer to reset and a fault from the first command on.
    let lay = json!({
        "person": "seiho",
        "atr": "contact",
        "faults": {"fault": [{"does": "status", "status": "6F00", "power_on": true}]},
    });
    let state = post("/api/card/lay", lay).await.unwrap();
    assert_eq!(
        state["readers"][0]["faults"]["fault"][0]["status"], "6F00",
        "{state}"
    );
    let (mut pcscd, atr) = meet(&first);
    assert_eq!(atr, hw_sim::card::CONTACT_ATR);
    pcscd.write_all(&[0, 1, 1]).unwrap();
    assert_eq!(send(&mut pcscd, SELECT).unwrap(), [0x6F, 0x00]);
    assert_eq!(send(&mut pcscd, SELECT).unwrap(), [0x90, 0x00]);
    // Slow from now on.
    let slow = json!({"latency": {"command_us": 60_000, "byte_ns": 0, "signature_us": 0}});
    post("/api/card/latency", slow).await.unwrap();
    let begin = Instant::now();
    assert_eq!(send(&mut pcscd, SELECT).unwrap(), [0x90, 0x00]);
    assert!(begin.elapsed() >= Duration::from_millis(60));
    let state = post("/api/card/latency", json!({"latency": "instant"})).await;
    assert_eq!(state.unwrap()["readers"][0]["latency"], "instant");
    // The transcript has names and no secrets; its counts go on in the state.
    let verify = b"\x00\x20\x00\x98\x049876";
    assert_eq!(send(&mut pcscd, verify).unwrap(), [0x63, 0xC2]);
    let told = call(control, "/api/card/transcript?reader=0", None)
        .await
        .unwrap();
    let entries = told["entries"].as_array().unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last["name"], "verify jpki/auth-pin");
    assert_eq!(
        (&last["status"], &last["number"]),
        (&json!("63C2"), &json!(4))
    );
    assert!(!told.to_string().contains("39383736"));
    assert_eq!(told["traffic"]["commands"], 4);
    // Tries are given back, also to a card that lies there.
    let tries = json!({"person": "seiho", "tries": {"auth_pin": 3, "surface_b": 3}});
    post("/api/card/tries", tries).await.unwrap();
    let counters = clinic.card_counters("seiho").unwrap();
    assert_eq!((counters.auth_pin, counters.surface_b), (3, 3));
    let tries = json!({"person": "seiho", "tries": {"surface_b": 10}});
    let state = post("/api/card/tries", tries).await.unwrap();
    assert_eq!(state["readers"][0]["traffic"]["commands"], 4);
    post("/api/card/transcript/clear", json!({})).await.unwrap();
    // Gone at the second command from now.
    let gone = json!({"faults": {"fault": [{"does": "removed", "command": 2}]}});
    post("/api/card/faults", gone).await.unwrap();
    assert_eq!(send(&mut pcscd, SELECT).unwrap(), [0x90, 0x00]);
    assert_eq!(send(&mut pcscd, SELECT), None);
    for (path, body, code) in [
        (
            "/api/card/faults",
            json!({"faults": {"fault": [{"does": "removed", "command": 0}]}}),
            "bad-request",
        ),
        (
            "/api/card/latency",
            json!({"latency": "fast"}),
            "unknown-latency",
        ),
        (
            "/api/card/latency",
            json!({"latency": "instant", "reader": 7}),
            "no-such-reader",
        ),
        (
            "/api/card/tries",
            json!({"person": "seiho", "tries": {"auth_pin": 16}}),
            "bad-tries",
        ),
        (
            "/api/card/tries",
            json!({"person": "seiho", "tries": {"pin": 1}}),
            "bad-request",
        ),
        (
            "/api/card/lay",
            json!({"person": "seiho", "atr": "3B"}),
            "unknown-atr",
        ),
    ] {
        assert_eq!(refusal(post(path, body).await), code, "{path}");
    }
    clinic.shutdown().await;
}

/// A card is in a hand or on a reader, never both: it is taken before it is held up, and laying it puts it down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_held_up_to_the_camera_over_http() {
    let run = tempfile::tempdir().unwrap();
    let (first, _second, port) = readers();
    let (clinic, control) = clinic(port, &run).await;
    let hold = async |person: Value| {
        let body = json!({ "person": person });
        call(control, "/api/camera/hold-up", Some(body)).await
    };
    assert_eq!(refusal(hold(json!("nobody")).await), "no-such-person");
    let state = hold(json!("seiho")).await.unwrap();
    assert_eq!(state["camera"]["held_up"], "seiho");
    let state = hold(Value::Null).await.unwrap();
    assert_eq!(state["camera"]["held_up"], Value::Null);

    hold(json!("seiho")).await.unwrap();
    clinic.lay("hoken").await.unwrap();
    let (_hoken, _) = meet(&first);
    assert_eq!(clinic.camera().held_up().as_deref(), Some("seiho"));
    assert_eq!(refusal(hold(json!("hoken")).await), "card-on-reader");
    clinic.take().await.unwrap();
    clinic.lay("seiho").await.unwrap();
    let (_seiho, _) = meet(&first);
    assert_eq!(clinic.camera().held_up(), None, "it lies there");
    clinic.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camera_and_central_service_obey() {
    let run = tempfile::tempdir().unwrap();
    let (_first, _second, port) = readers();
    let (clinic, control) = clinic(port, &run).await;

    let state = call(control, "/api/camera", Some(json!({"face": "obama"})))
        .await
        .unwrap();
    assert_eq!(state["camera"]["face"], "obama");
    assert_eq!(clinic.camera().face(), Face::Portrait("obama".to_owned()));
    let wrong = call(control, "/api/camera", Some(json!({"face": "nobody"}))).await;
    assert_eq!(refusal(wrong), "no-such-face");
    let state = call(control, "/api/camera", Some(json!({"mode": "gone"})))
        .await
        .unwrap();
    assert_eq!(state["camera"]["mode"], "gone");

    let terminal = Terminal::log_in(clinic.central()).await;
    let state = call(control, "/api/central", Some(json!({"up": false})))
        .await
        .unwrap();
    assert_eq!(state["central"]["up"], false);
    assert!(
        terminal
            .ask(hw_sim::central::PATH_NONCE, &json!({}))
            .await
            .is_err()
    );
    call(control, "/api/central", Some(json!({"up": true})))
        .await
        .unwrap();
    terminal.nonce().await;
    let state = call(
        control,
        "/api/central",
        Some(json!({"fault": {"status": 503}})),
    )
    .await;
    assert_eq!(state.unwrap()["central"]["fault"], json!({"status": 503}));

    let log = call(control, "/api/central/requests?after=1", None)
        .await
        .unwrap();
    assert_eq!(log["requests"][0]["path"], hw_sim::central::PATH_NONCE);
    let state = call(control, "/api/state", None).await.unwrap();
    assert_eq!(state["simulation"], true);
    let central = clinic.central().port();
    clinic.shutdown().await;
    for port in [control, central] {
        assert!(
            TcpStream::connect(("127.0.0.1", port)).is_err(),
            "everything is closed"
        );
    }
    // The control page's last connection may hold the desk a moment longer.
    let socket = run.path().join("camera.sock");
    for _ in 0..250 {
        if !socket.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the camera's socket is left behind");
}

/// One raw request, the head of the answer.
fn raw(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_for_this_machine_only() {
    let run = tempfile::tempdir().unwrap();
    let (_first, _second, port) = readers();
    let (clinic, control) = clinic(port, &run).await;
    tokio::task::spawn_blocking(move || {
        let get = |host: &str| {
            raw(control, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
        };
        let page = get(&format!("localhost:{control}"));
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(page.contains("シミュレーション（実在の患者ではありません）"));
        assert!(page.contains("SIMULATION (no real patients)"));
        let head = page.split("\r\n\r\n").next().unwrap();
        assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
        assert!(!page.contains("http://") && !page.contains("https://"), "self-contained");
        // A name that was rebound to this machine.
        assert!(get(&format!("evil.example:{control}")).starts_with("HTTP/1.1 403"));
        let body = r#"{"up":false}"#;
        let post = |extra: &str| {
            raw(
                control,
                &format!(
                    "POST /api/central HTTP/1.1\r\nHost: 127.0.0.1:{control}\r\n{extra}\
                     Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ),
            )
        };
        for foreign in [
            "Content-Type: text/plain\r\n",
            "Content-Type: application/json\r\nOrigin: http://evil.example\r\n",
        ] {
            assert!(post(foreign).starts_with("HTTP/1.1 403"), "{foreign}");
        }
        let big = format!(
            "POST /api/central HTTP/1.1\r\nHost: 127.0.0.1:{control}\r\n\
             Content-Type: application/json\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n{}",
            " ".repeat(20_000)
        );
        assert!(raw(control, &big).starts_with("HTTP/1.1 413"));
    })
    .await
    .unwrap();
    assert!(!clinic.central().is_down());
    clinic.shutdown().await;
}
