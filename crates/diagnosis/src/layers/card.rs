//! Card: when one lies on a reader, it answers. Nothing is sent to it; pcscd powered it on arrival.

use crate::catalogue;
use crate::pcsc_walk::ReaderSeen;
use crate::report::Finding;

/// Judges the state of the readers in use.
pub(crate) fn judge(readers: &[&ReaderSeen]) -> Finding {
    let Some(reader) = readers.iter().find(|reader| reader.has("present")) else {
        return Finding::skipped(
            &catalogue::CARD_NONE,
            format!("{} reader(s), no card", readers.len()),
        )
        .ja(format!("リーダー {}台、カードなし", readers.len()));
    };
    let detail = format!(
        "{}: ATR {}",
        reader.name,
        if reader.atr.is_empty() {
            "none"
        } else {
            &reader.atr
        }
    );
    if reader.has("mute") {
        return Finding::failed(&catalogue::CARD_MUTE, detail);
    }
    if reader.has("exclusive") || reader.has("inuse") {
        return Finding::skipped(&catalogue::CARD_IN_USE, detail);
    }
    // ISO/IEC 7816-3: an ATR begins with the direct (3B) or the inverse (3F) convention.
    if !(reader.atr.starts_with("3B") || reader.atr.starts_with("3F")) {
        return Finding::failed(&catalogue::CARD_TROUBLE, detail);
    }
    Finding::ok(detail)
}
