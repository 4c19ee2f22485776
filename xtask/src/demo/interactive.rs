//! `cargo xtask demo --interactive`: everything runs, and a newcomer is told what to try.

use std::time::Duration;

use e2e::{Bench, BenchOptions, Pcscd, worker_again};

/// How often it is looked whether the programs still run.
const LOOK: Duration = Duration::from_millis(200);
/// From one failed start of a program to the next.
const AGAIN: Duration = Duration::from_secs(2);

/// Starts everything, says how to reach it, and keeps it running until Ctrl-C.
pub(super) async fn run(with_folders: bool, head_turns: bool) -> anyhow::Result<()> {
    // A simulated folder's own name has to say so.
    let place = tempfile::Builder::new().prefix("simulation-").tempdir()?;
    let folder = |name: &str| place.path().join(name).display().to_string();
    let settings = if with_folders {
        format!(
            "[folders]\nreq = \"{}\"\nres = \"{}\"\nface = \"{}\"\n",
            folder("req"),
            folder("res"),
            folder("face")
        )
    } else {
        String::new()
    };
    let mut bench = Bench::start(BenchOptions {
        settings,
        // Every example of the OpenAPI document works.
        all_rights: true,
        head_turns,
        unhurried: true,
        // `hw-sim hold-up` reaches the keypad.
        reads_held_cards: true,
        pcscd: Pcscd::System,
        control_port: Some(0),
        reader: "Virtual PCD 00 00".into(),
        ..BenchOptions::default()
    })
    .await?;
    // A card for other programs: the terminal holds its own reader's card alone while a visit is on.
    bench.clinic.lay_on("futari", 1).await?;
    let url = |name: &str| {
        std::fs::read_to_string(bench.path(name))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let file = |name: &str| bench.path(name).display().to_string();
    let settings = bench.settings();
    let ctl = format!("target/debug/uketsukectl --config {}", settings.display());
    let curl = format!("curl --unix-socket {}", file("receipt.sock"));
    let control = bench.clinic.addresses().control.unwrap_or_default();
    println!(
        "Everything runs, and everything is simulated (シミュレーション: 実在の患者ではありません)."
    );
    println!();
    println!("Three addresses for a browser on this machine:");
    println!("  patient page   {}", url("kiosk.url"));
    println!("  staff page     {}   (passcode 4649)", url("staff.url"));
    println!("  control page   {control}   (lay a card, choose a face, take the service down)");
    println!("The first two work once. The next ones are then in these files:");
    println!("  {}", file("kiosk.url"));
    println!("  {}", file("staff.url"));
    println!();
    println!("Try, in another terminal, from this folder:");
    println!(
        "  a visit        open the patient page first; then lay `hoken`'s card on the control page, and type PIN 3456 on the patient page"
    );
    println!(
        "                 or by face: lay `seiho`'s card, choose the face that the control page shows beside `seiho`"
    );
    let port = control
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap_or_default();
    let sim = |words: &str| format!("target/debug/hw-sim {words} --control {port}");
    println!(
        "                 the same by commands: {}",
        sim("lay hoken")
    );
    before_the_camera(sim, head_turns);
    println!("  technician     {ctl} status");
    println!("                 {ctl} doctor");
    println!("                 {ctl} watch --lang en");
    println!(
        "  staff account  {ctl} staff add \"受付 花子\"   (prints a password; --medical for a doctor, with a code to scan. Most of the staff page is for those who signed in)"
    );
    println!("  results        {curl} http://terminal/v1/results");
    println!("                 {curl} -H 'Accept: application/xml' http://terminal/v1/results/ID");
    println!(
        "                 {curl} -H 'Accept: application/xml; charset=Shift_JIS' http://terminal/v1/results/ID"
    );
    println!(
        "  Python client  mkdir -p /tmp/results && python3 clients/python/receive.py --socket {} --out /tmp/results --once",
        file("receipt.sock")
    );
    if with_folders {
        println!("  folders        ls {}   (after a visit)", folder("face"));
        println!(
            "                 requests go to {}, answers come in {}; see man docs/man/uketsuke-folders.7",
            folder("req"),
            folder("res")
        );
    }
    println!("  the cards      opensc-tool -l");
    println!(
        "                 opensc-tool -r 1 -s 00A4040C0AD392F000260100000001   (answers 9000)"
    );
    println!(
        "                 the second reader's card is for other programs; the first reader's is the terminal's alone during a visit"
    );
    println!();
    println!("Ctrl-C stops everything and leaves nothing behind.");
    attend(&mut bench).await?;
    let _ = bench.stop().await;
    Ok(())
}

/// What can be shown to the camera by hand. `sim` completes the words of a command.
fn before_the_camera(sim: impl Fn(&str) -> String, head_turns: bool) {
    if head_turns {
        println!("  head turns     when the patient page asks for one, within eight seconds:");
        println!(
            "                 {}   (or right; the control page has buttons for both)",
            sim("camera turn left")
        );
    } else {
        println!(
            "  head turns     are not asked for here; begin the demonstration with --head-turns, too, for them"
        );
    }
    println!(
        "  attacks        {}   then lay `seiho`'s card, by face, and:",
        sim("face obama")
    );
    for words in ["print-flat", "phone", "swap --other biden"] {
        println!(
            "                 {}",
            sim(&format!("camera present {words}"))
        );
    }
    println!(
        "                 {}   (the person again)",
        sim("camera present bona-fide")
    );
    println!(
        "                 the other kinds, and what becomes of the visit: docs/simulator.md, \"Before the camera\""
    );
}

/// Until Ctrl-C: a face worker that ends is started again as systemd does; a daemon that ends is named, and started when Enter is pressed, so that
/// there is time to look at what the technician's commands say without it.
async fn attend(bench: &mut Bench) -> anyhow::Result<()> {
    let (pressed, mut enter) = tokio::sync::mpsc::channel(1);
    // A thread of its own: what waits for the keyboard can't be stopped otherwise when the demonstration ends.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || pressed.blocking_send(()).is_err() {
                break;
            }
        }
    });
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut look = tokio::time::interval(LOOK);
    let mut ended = false;
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => return Ok(pressed?),
            _ = term.recv() => return Ok(()),
            Some(()) = enter.recv() => {
                if !bench.daemon().runs() {
                    restarted("uketsuked", bench.restart_daemon().await);
                }
            }
            _ = look.tick() => {
                match worker_again(bench).await {
                    Ok(line) => {
                        if let Some(line) = line {
                            println!("{line}");
                        }
                    }
                    Err(error) => {
                        println!("uketsuke-vision ended and does not come up: {error:#}");
                        tokio::time::sleep(AGAIN).await;
                    }
                }
                let now = !bench.daemon().runs();
                if now && !ended {
                    println!("uketsuked ended. systemd would start it again after two seconds; here Enter does. Until then the doctor says what is missing.");
                }
                ended = now;
            }
        }
    }
}

fn restarted(name: &str, outcome: anyhow::Result<()>) {
    match outcome {
        Ok(()) => println!("{name} runs again. The pages' new addresses are in the files above."),
        Err(error) => println!("{name} does not come up: {error:#}"),
    }
}
