//! One file per layer. Each has a probe that looks and a judgement that decides; the judgement is
//! pure, so that its table is tested with recorded observations.

pub(crate) mod browser_policy;
pub(crate) mod camera;
pub(crate) mod card;
pub(crate) mod certificate;
pub(crate) mod clock;
pub(crate) mod configuration;
pub(crate) mod folders;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod login_probe;
pub(crate) mod name_resolution;
pub(crate) mod pcscd;
pub(crate) mod reader;
pub(crate) mod revocation;
pub(crate) mod sockets;
pub(crate) mod tls;
pub(crate) mod vision_probe;
pub(crate) mod vision_worker;

#[cfg(test)]
mod tests_judgement;
#[cfg(test)]
mod tests_pcsc;
#[cfg(test)]
mod tests_tls;
