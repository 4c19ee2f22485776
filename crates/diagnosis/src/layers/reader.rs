//! Reader: pcscd knows one that the settings want, and production has no virtual one (invariant 13).

use crate::catalogue;
use crate::pcsc_walk::{ReaderSeen, Walk};
use crate::report::Finding;

/// Name parts of readers that are programs: vsmartcard's vpcd and QEMU's CCID reader.
const VIRTUAL: [&str; 2] = ["Virtual PCD", "QEMU"];

/// The readers the terminal would use.
pub(crate) fn wanted<'a>(walk: &'a Walk, filter: &str) -> Vec<&'a ReaderSeen> {
    walk.readers
        .iter()
        .filter(|reader| reader.name.contains(filter))
        .collect()
}

/// Judges a walk as far as readers go; the service layer is well.
pub(crate) fn judge(walk: &Walk, filter: &str, simulated: Option<bool>) -> Finding {
    let names = |readers: &[&ReaderSeen]| {
        readers
            .iter()
            .map(|reader| reader.name.as_str())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let all: Vec<&ReaderSeen> = walk.readers.iter().collect();
    let usb = walk
        .usb
        .iter()
        .map(|reader| {
            format!(
                "{} {} (driver: {})",
                reader.id,
                reader.product,
                reader.driver.as_deref().unwrap_or("none")
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    if all.is_empty() {
        return if walk.usb.is_empty() {
            Finding::failed(&catalogue::READER_NONE, "pcscd: none; USB: none")
                .ja("pcscd: なし、USB: なし")
        } else {
            Finding::failed(
                &catalogue::READER_NO_DRIVER,
                format!("pcscd: none; USB: {usb}"),
            )
            .ja(format!("pcscd: なし、USB: {usb}"))
        };
    }
    let wanted = wanted(walk, filter);
    if wanted.is_empty() {
        return Finding::failed(
            &catalogue::READER_FILTERED,
            format!("wanted: \"{filter}\"; found: {}", names(&all)),
        )
        .ja(format!(
            "設定: 「{filter}」、見つかったもの: {}",
            names(&all)
        ));
    }
    let (virtuals, real): (Vec<&ReaderSeen>, Vec<&ReaderSeen>) = wanted
        .iter()
        .partition(|reader| VIRTUAL.iter().any(|part| reader.name.contains(part)));
    if simulated == Some(false) && !virtuals.is_empty() {
        let detail = names(&virtuals);
        return if real.is_empty() {
            Finding::failed(&catalogue::READER_VIRTUAL, detail)
        } else {
            Finding::warning(&catalogue::READER_VIRTUAL, detail)
        };
    }
    Finding::ok(names(&wanted))
}
