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

/// Judges how far the time that the daemon works with is ahead of the machine's clock (`now`), ms; nothing to say while they agree.
pub(crate) fn judge_daemon(now: i64, ahead: i64) -> Option<Finding> {
    if ahead < BROKEN {
        return None;
    }
    let minutes = ahead / 60_000;
    // The time of day in Japan.
    let shown = |ms: i64| {
        let minute = ms
            .div_euclid(60_000)
            .saturating_add(9 * 60)
            .rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    let (machine, works) = (shown(now), shown(now.saturating_add(ahead)));
    let detail = format!(
        "the machine's clock {machine}, the terminal works with {works}: {minutes} minutes ahead"
    );
    let ja = format!("端末の時計 {machine}、端末が使う時刻 {works}：{minutes}分進んでいます");
    Some(Finding::warning(&catalogue::CLOCK_AHEAD, detail).ja(ja))
}

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
