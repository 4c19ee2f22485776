//! Camera: it gives pictures, and enough of them.

use crate::catalogue;
use crate::report::Finding;

use super::vision_worker::CameraSeen;

/// Below this a face match takes too long (the worker wants several pictures).
const SLOW_FPS: f32 = 5.0;

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
            }
            (_, true) => Finding::skipped(
                &catalogue::CAMERA_UNKNOWN,
                "the daemon has made no camera check",
            ),
            (_, false) => Finding::failed(&catalogue::CAMERA_NO_PICTURE, "no picture in time"),
        };
    };
    let detail = format!(
        "{}x{}, {:.1} pictures/s; {}",
        camera.size.0, camera.size.1, camera.fps, camera.detail
    );
    if !camera.ok {
        let entry = if device_present == Some(false) {
            &catalogue::CAMERA_MISSING
        } else {
            &catalogue::CAMERA_NO_PICTURE
        };
        return Finding::failed(entry, camera.detail.clone());
    }
    // A source that does not tell its rate says 0.
    if camera.fps > 0.0 && camera.fps < SLOW_FPS {
        return Finding::warning(&catalogue::CAMERA_SLOW, detail);
    }
    Finding::ok(detail)
}
