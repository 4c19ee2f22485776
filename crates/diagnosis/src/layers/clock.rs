//! Clock: the terminal's time against the service's, or, without one, against what can't be.

use crate::catalogue;
use crate::report::Finding;

/// Nobody runs this release before it was made: 2026-11-01 00:00 JST, ms.
const RELEASED: i64 = 1_793_458_800_000;
/// A certificate that is out of date by this much would never have been installed; ms (20 years).
const FAR: i64 = 20 * 366 * 86_400_000;
/// Off by this much is worth a look; ms.
const NOTICE: i64 = 30_000;
/// Off by this much breaks logs, proofs and certificates; ms.
const BROKEN: i64 = 5 * 60_000;

/// Judges `now` against the service's time, when there is one.
pub(crate) fn judge(now: i64, service: Option<i64>, synchronised: bool) -> Finding {
    let (sync, sync_ja) = if synchronised {
        ("synchronised", "同期しています")
    } else {
        (
            "not synchronised by systemd-timesyncd",
            "systemd-timesyncd では同期していません",
        )
    };
    if !(RELEASED..RELEASED + FAR).contains(&now) {
        return Finding::failed(
            &catalogue::CLOCK_WRONG,
            format!("the clock shows a time at which this release can't run; {sync}"),
        )
        .ja(format!(
            "この版が動くはずのない時刻を示しています。{sync_ja}"
        ));
    }
    let Some(service) = service else {
        return Finding::skipped(&catalogue::CLOCK_UNCOMPARED, sync).ja(sync_ja);
    };
    let off = now.saturating_sub(service);
    // Tenths of a second; adding zero makes "-0.0" plain.
    let tenths = (off as f64 / 100.0).round() / 10.0 + 0.0;
    let detail = format!("{tenths:+.1} s against the service; {sync}");
    match off.saturating_abs() {
        off if off >= BROKEN => Finding::failed(&catalogue::CLOCK_WRONG, detail),
        off if off >= NOTICE => Finding::warning(&catalogue::CLOCK_OFF, detail),
        _ => Finding::ok(detail),
    }
    .ja(format!("サービスとの差 {tenths:+.1}秒、{sync_ja}"))
}
