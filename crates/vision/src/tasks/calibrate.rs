//! `uketsuke-vision calibrate`: impostor distances among consenting members of staff, from the terminal's own camera or from pictures.
//! Nothing is stored but distances.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use vision::calibrate::{Alike, ask_first, look_alike, propose};
use vision::embed::Embedding;
use vision::quality::judge;
use vision::recognise::{Recogniser, Sighting};
use vision::source::SourceSpec;
use vision::source::camera::Camera;
use vision::track::Tracker;

use super::Seen;

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
    #[arg(long, value_name = "A=B", value_parser = pair)]
    same: Vec<(String, String)>,
    /// They look alike, and are two persons all the same.
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
    let persons = match &arguments.pictures {
        Some(folder) => from_pictures(&recogniser, folder)?,
        None => from_camera(&recogniser, arguments)?,
    };
    let persons = without_second(persons, &arguments.same)?;
    for name in arguments.different.iter().flat_map(|(a, b)| [a, b]) {
        known(&persons, name)?;
    }
    let (mut distances, mut alike) = (Vec::new(), Vec::new());
    for (at, (one, face)) in persons.iter().enumerate() {
        for (other, other_face) in persons.iter().skip(at + 1) {
            let distance = face.distance(other_face);
            distances.push(distance);
            let told = arguments
                .different
                .iter()
                .any(|(a, b)| (a == one && b == other) || (a == other && b == one));
            if look_alike(distance) && !told {
                alike.push(Alike {
                    one: one.clone(),
                    other: other.clone(),
                    distance,
                });
            }
        }
    }
    let told = if alike.is_empty() {
        propose(models.recipe(), persons.len(), distances)
    } else {
        ask_first(models.recipe(), persons.len(), distances, alike)
    };
    super::say(arguments.json, &told, || {
        let proposal = told.proposed.map_or("none".into(), |value| {
            format!(
                "\n[vision]\nthreshold = {value:.2}\nrecipe = {:?}",
                told.recipe
            )
        });
        format!(
            "{} persons, {} pairs, recipe {}\nproposal: {proposal}\n{}",
            told.persons,
            told.distances.len(),
            told.recipe,
            told.note
        )
    })
}

/// A person's name, picture or number, and face.
type Person = (String, Embedding);

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() && a != b => Ok((a.into(), b.into())),
        _ => Err("two names with = between them are expected".into()),
    }
}

fn known(persons: &[Person], name: &str) -> Result<()> {
    ensure!(
        persons.iter().any(|(own, _)| own == name),
        "{name} is none of those who were measured"
    );
    Ok(())
}

/// One picture of each person.
fn without_second(mut persons: Vec<Person>, same: &[(String, String)]) -> Result<Vec<Person>> {
    for name in same.iter().flat_map(|(a, b)| [a, b]) {
        known(&persons, name)?;
    }
    for (_, second) in same {
        persons.retain(|(name, _)| name != second);
    }
    Ok(persons)
}

fn from_pictures(recogniser: &Recogniser, folder: &Path) -> Result<Vec<Person>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension().is_some_and(|kind| {
                ["jpg", "jpeg", "png", "jp2"]
                    .iter()
                    .any(|known| kind == *known)
            })
        })
        .collect();
    files.sort();
    ensure!(files.len() <= MOST, "at most {MOST} persons");
    let mut persons = Vec::new();
    for file in files {
        match super::description(recogniser, &super::picture_of_any_size(&file)?)? {
            Seen::One(person) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                persons.push((name.into_owned(), person));
            }
            Seen::Nobody => tell(&format!("{}: no face, left out", file.display())),
            Seen::Several => tell(&format!("{}: several faces, left out", file.display())),
        }
    }
    Ok(persons)
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
