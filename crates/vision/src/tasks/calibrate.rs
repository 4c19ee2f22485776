//! `uketsuke-vision calibrate`: impostor distances among consenting members of staff, from the terminal's own camera or from pictures.
//! Nothing is stored but distances.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use vision::calibrate::{Alike, Calibration, ask_first, look_alike, propose};
use vision::embed::Embedding;
use vision::quality::judge;
use vision::recognise::{Recogniser, Sighting};
use vision::source::SourceSpec;
use vision::source::camera::Camera;
use vision::track::Tracker;

use super::album::{Album, Copy, Named, counted, counted_copies, lines};
use super::one_person::OnePerson;

/// Most persons at a time.
const MOST: usize = 500;
/// Good frames of each person.
const FRAMES: usize = 3;
/// Longest look at one person.
const PATIENCE: Duration = Duration::from_secs(20);

/// Options of `calibrate`.
#[derive(clap::Args)]
pub(crate) struct CalibrateArguments {
    #[command(flatten)]
    models: super::Models,
    /// Folder with one picture for each consenting person. Without it the camera is used, one person after the other.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Two pictures (or numbers of persons, before the camera) are of one person: the second is left out. May be given several times.
    /// Not for a pair that --different names.
    #[arg(long, value_name = "A=B", value_parser = pair)]
    same: Vec<(String, String)>,
    /// Two pictures look alike and are of two persons: both are measured. May be given several times. Not for a pair that --same names.
    #[arg(long, value_name = "A=B", value_parser = pair)]
    different: Vec<(String, String)>,
    /// The camera; the worker must be stopped.
    #[arg(long, default_value = "v4l2:/dev/uketsuke/face-camera")]
    source: SourceSpec,
    /// Other sources than the camera are accepted.
    #[arg(long)]
    simulation: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measures, proposes, prints.
pub(crate) fn run(arguments: &CalibrateArguments) -> Result<()> {
    let models = arguments.models.load()?;
    let recogniser = Recogniser::new(Arc::clone(&models));
    let measured = match &arguments.pictures {
        Some(folder) => from_pictures(&recogniser, folder)?,
        None => Measured {
            persons: from_camera(&recogniser, arguments)?,
            ..Measured::default()
        },
    };
    let one_person = OnePerson::told(&measured, &arguments.same, &arguments.different)?;
    let persons: Vec<&Person> = measured
        .persons
        .iter()
        .filter(|(name, _)| one_person.of(name) == name)
        .collect();
    let (mut distances, mut alike) = (Vec::new(), Vec::new());
    for (at, (one, face)) in persons.iter().enumerate() {
        for (other, other_face) in persons.iter().skip(at + 1) {
            let distance = face.distance(other_face);
            distances.push(distance);
            if look_alike(distance) && !one_person.are_two(one, other) {
                alike.push(Alike {
                    one: one.clone(),
                    other: other.clone(),
                    distance,
                });
            }
        }
    }
    ensure!(
        !distances.is_empty(),
        "no pair can be compared{}{}{}",
        lines(&measured.unreadable),
        lines(&measured.undetected),
        counted_copies(COPIES, &measured.copies)
    );
    let calibration = if alike.is_empty() {
        propose(models.recipe(), persons.len(), distances)
    } else {
        ask_first(models.recipe(), persons.len(), distances, alike)
    };
    let told = Told {
        calibration,
        copies: measured.copies,
        unreadable: measured.unreadable,
        undetected: measured.undetected,
    };
    super::say(arguments.json, &told, || words(&told))
}

/// Heading of the files that show a picture which came before.
const COPIES: &str = "the same picture given again, counted once";

/// What is printed: the calibration, and which files are not in it.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    calibration: Calibration,
    /// Files that show the same picture as another one: no second person, and no comparison.
    copies: Vec<Copy>,
    /// Files that can't be read.
    unreadable: Vec<Named>,
    /// Files that show no face, or several.
    undetected: Vec<Named>,
}

fn words(told: &Told) -> String {
    let Calibration {
        recipe,
        persons,
        distances,
        proposed,
        note,
        alike: _,
    } = &told.calibration;
    let proposal = proposed.map_or("none".into(), |value| {
        format!("\n[vision]\nthreshold = {value:.2}\nrecipe = {recipe:?}")
    });
    [
        format!(
            "{persons} persons, {} pairs, recipe {recipe}",
            distances.len()
        ),
        format!("\nproposal: {proposal}\n{note}"),
        counted("pictures that can't be read, left out", &told.unreadable),
        counted("pictures without one face, left out", &told.undetected),
        counted_copies(COPIES, &told.copies),
    ]
    .concat()
}

/// A person's name, picture or number, and face.
pub(super) type Person = (String, Embedding);

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() && a != b => Ok((a.into(), b.into())),
        _ => Err("two different names with = between them are expected".into()),
    }
}

/// Who was measured, and what of the folder was left out.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) persons: Vec<Person>,
    pub(super) copies: Vec<Copy>,
    pub(super) unreadable: Vec<Named>,
    pub(super) undetected: Vec<Named>,
}

fn from_pictures(recogniser: &Recogniser, folder: &Path) -> Result<Measured> {
    let reading = || format!("reading {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if super::is_picture(&path) {
            files.push(path);
        }
    }
    files.sort();
    ensure!(files.len() <= MOST, "at most {MOST} persons");
    let mut album = Album::new(recogniser);
    let mut persons = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        album.look(&name, &file)?;
        persons.extend(album.take_face(&name).map(|face| (name.to_string(), face)));
    }
    Ok(Measured {
        persons,
        copies: album.copies,
        unreadable: album.unreadable,
        undetected: album.undetected,
    })
}

fn from_camera(recogniser: &Recogniser, arguments: &CalibrateArguments) -> Result<Vec<Person>> {
    let (spec, simulation) = (arguments.source.clone(), arguments.simulation);
    spec.accepted(simulation)?;
    let mut camera = Camera::new(Box::new(move || spec.open(simulation)))?;
    let mut persons = Vec::new();
    tell(
        "Only persons who agreed. Nothing is stored but distances. / 同意した方だけ。保存するのは距離だけです。",
    );
    while persons.len() < MOST {
        tell(&format!(
            "person {}: look at the camera and press Enter; an empty line with \"end\" finishes",
            persons.len() + 1
        ));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line)?;
        if read == 0 || line.trim() == "end" {
            break;
        }
        let (begun, mut tracker, mut frames) = (Instant::now(), Tracker::default(), Vec::new());
        while frames.len() < FRAMES && begun.elapsed() < PATIENCE {
            // A camera that is unplugged, or busy, ends the measurement with its reason.
            let Some(frame) = camera.next(Duration::from_millis(300))? else {
                continue;
            };
            let before = tracker.last().cloned();
            if let Sighting::One(face) = tracker.look(recogniser, &frame.picture)?
                && judge(&face.measure(before.as_ref())).is_ok()
            {
                frames.push(recogniser.describe(&frame.picture, &face)?);
            }
        }
        match Embedding::mean(&frames).filter(|_| frames.len() == FRAMES) {
            Some(person) => persons.push(((persons.len() + 1).to_string(), person)),
            None => tell("no good picture in time; again"),
        }
    }
    Ok(persons)
}

fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
