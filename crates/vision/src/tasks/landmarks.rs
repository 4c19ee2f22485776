//! `uketsuke-vision landmarks PICTURE`: the points of a face in space, for the simulator's turning heads.

use std::path::PathBuf;

use anyhow::{Result, bail};
use vision::recognise::{Recogniser, Sighting};

/// Options of `landmarks`.
#[derive(clap::Args)]
pub(crate) struct LandmarksArguments {
    #[command(flatten)]
    models: super::Models,
    /// A picture with one face.
    picture: PathBuf,
}

/// Prints `{"width":…,"height":…,"points":[[x,y,z],…]}` in pixels of the picture; z grows away from the camera.
pub(crate) fn run(arguments: &LandmarksArguments) -> Result<()> {
    let recogniser = Recogniser::new(arguments.models.load()?);
    let picture = super::picture(&arguments.picture)?;
    let face = match recogniser.look(&picture)? {
        Sighting::One(face) => face,
        Sighting::Nobody => bail!("{}: no face", arguments.picture.display()),
        Sighting::Several => bail!("{}: several faces", arguments.picture.display()),
    };
    let round = |value: f32| (f64::from(value) * 100.0).round() / 100.0;
    let points: Vec<[f64; 3]> = face
        .mesh
        .points()
        .iter()
        .zip(face.mesh.depths())
        .map(|([x, y], z)| [round(*x), round(*y), round(*z)])
        .collect();
    let value =
        serde_json::json!({"width": picture.width(), "height": picture.height(), "points": points});
    println!("{value}");
    Ok(())
}
