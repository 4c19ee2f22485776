//! What the face worker will load from the site's own folder, looked at beforehand: its recipe must be the one that the settings name, or the
//! terminal would offer no face check.

use std::path::Path;

use anyhow::Context;

use crate::config::{Config, ConfigProblem};

/// Loads profile and attack-detection model as the worker does (`--site-models`), if they are there, and compares the recipe.
///
/// # Errors
/// The folder can't be looked into, a manifest or net is not fit to be used (`UK-FACE-001`), or `vision.recipe` names another recipe than the worker's.
pub(crate) fn check(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let unusable = vision::codes::MODELS_UNUSABLE.code;
    let found = |name: &str| -> anyhow::Result<_> {
        let path = folder.join(name);
        let there = path
            .try_exists()
            .with_context(|| format!("{} can't be looked at", path.display()))?;
        Ok(there.then_some(path))
    };
    if let Some(path) = found("attack-model.toml")? {
        vision::pad::AttackModel::load(&path).context(unusable)?;
    }
    let profile = match found("profile.toml")? {
        Some(path) => Some(vision::profile::Profile::load(&path).context(unusable)?),
        None => None,
    };
    let worker = profile
        .as_ref()
        .map_or(vision::RECIPE, vision::profile::Profile::name);
    let named = config.vision.recipe();
    if worker == named {
        return Ok(());
    }
    let problem = ConfigProblem::Value {
        key: "vision.recipe",
        reason: format!(
            "names {named:?}, but the worker measures faces by {worker:?} ({}): it would not be used, and no face check offered",
            match profile {
                Some(_) => format!("profile.toml in {}", folder.display()),
                None => format!(
                    "the shipped recipe; no profile.toml in {}",
                    folder.display()
                ),
            }
        ),
    };
    let code = problem.code();
    Err(anyhow::Error::new(problem).context(code))
}
