//! Camera: it gives pictures, and enough of them.

use crate::catalogue;
use crate::report::Finding;

use super::vision_worker::CameraSeen;

/// Below this a face match takes too long (the worker wants several pictures).
const SLOW_FPS: f32 = 5.0;

/// What the worker says of a camera that opens and gives nothing.
const NO_PICTURE: &str = "delivers no picture";

/// Judges a camera check. `device_present`: whether udev's link to the face camera exists; `None` in
/// simulation, where pictures come from files.
pub(crate) fn judge(
    seen: Option<&CameraSeen>,
    device_present: Option<bool>,
    asked_daemon: bool,
) -> Finding {
    let Some(camera) = seen else {
        return match (device_present, asked_daemon) {
            (Some(false), _) => {
                Finding::failed(&catalogue::CAMERA_MISSING, "no /dev/uketsuke/face-camera")
                    .ja("/dev/uketsuke/face-camera がありません")
            }
            (_, true) => Finding::skipped(
                &catalogue::CAMERA_UNKNOWN,
                "the daemon has made no camera check",
            )
            .ja("デーモンはまだカメラを確認していません"),
            (_, false) => Finding::failed(&catalogue::CAMERA_NO_PICTURE, "no picture in time")
                .ja("時間内に画像が来ません"),
        };
    };
    // What a source does not tell is left out.
    let mut facts = Vec::new();
    let mut facts_ja = Vec::new();
    if camera.size != (0, 0) {
        let size = format!("{}x{}", camera.size.0, camera.size.1);
        facts.push(size.clone());
        facts_ja.push(size);
    }
    if camera.fps > 0.0 {
        facts.push(format!("{:.1} pictures/s", camera.fps));
        facts_ja.push(format!("毎秒{:.1}枚", camera.fps));
    }
    facts.push(camera.detail.clone());
    facts_ja.push(
        match camera.detail.as_str() {
            "in use" => "使用中",
            "frame server answers" => "画像サーバーは応答しています",
            other => other,
        }
        .to_owned(),
    );
    let (detail, ja) = (facts.join("; "), facts_ja.join("、"));
    if !camera.ok {
        let entry = if device_present == Some(false) {
            &catalogue::CAMERA_MISSING
        } else {
            &catalogue::CAMERA_NO_PICTURE
        };
        let finding = Finding::failed(entry, camera.detail.clone());
        return match camera.detail.as_str() {
            detail if detail.ends_with(NO_PICTURE) => finding.ja("開けますが、画像が来ません"),
            _ => finding.ja(format!("カメラの報告: {}", camera.detail)),
        };
    }
    // A source that does not tell its rate says 0.
    if camera.fps > 0.0 && camera.fps < SLOW_FPS {
        return Finding::warning(&catalogue::CAMERA_SLOW, detail).ja(ja);
    }
    Finding::ok(detail).ja(ja)
}
