//! Is it plainly the same face as a moment ago? Pure; `now` is the time since the comparison began.

use std::time::Duration;

/// A face that was away for longer may be another one. Not shorter, so that a busy machine with few frames a second still matches.
pub(super) const AWAY_FOR: Duration = Duration::from_secs(1);
/// Least overlap of the face with itself in the frame before.
const SAME_PLACE: f32 = 0.3;

/// How strictly the face is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// While frames are gathered: a short gap is bridged.
    Gathering,
    /// During the challenge: no gap of more than a third of a second (three frames on a slow machine), half of the face in its place.
    Challenge,
}

impl Strictness {
    fn limits(self) -> (Duration, f32) {
        match self {
            Self::Gathering => (AWAY_FOR, SAME_PLACE),
            Self::Challenge => (Duration::from_millis(350), 0.5),
        }
    }
}

/// Where the face was, and when.
#[derive(Debug, Default)]
pub(super) struct Continuity(Option<([f32; 4], Duration)>);

impl Continuity {
    /// Takes the face of this frame; false when it may be another one than before.
    pub(super) fn follow(&mut self, now: Duration, bounds: [f32; 4], how: Strictness) -> bool {
        let (longest, least) = how.limits();
        let same = self.0.is_none_or(|(before, at)| {
            now.saturating_sub(at) <= longest && overlap(before, bounds) >= least
        });
        self.0 = Some((bounds, now));
        same
    }

    /// Has the face been away for too long?
    pub(super) fn lost(&self, now: Duration, how: Strictness) -> bool {
        self.0
            .is_some_and(|(_, at)| now.saturating_sub(at) > how.limits().0)
    }

    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area =
        |[left, top, right, bottom]: [f32; 4]| (right - left).max(0.0) * (bottom - top).max(0.0);
    let common = area([
        a[0].max(b[0]),
        a[1].max(b[1]),
        a[2].min(b[2]),
        a[3].min(b[3]),
    ]);
    common / (area(a) + area(b) - common).max(f32::EPSILON)
}
