//! What travels over the worker's Unix socket: a JSON header and a payload of bytes, each with its length before it.
//!
//! ```text
//! u32 BE header length | u32 BE payload length | JSON header | payload
//! ```
//! Both lengths are checked before a byte is reserved (invariant 15, docs/invariants.md).

use std::io::{Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Version of this protocol; goes up when a reader of the older one would misunderstand.
pub const PROTOCOL_VERSION: u32 = 3;
/// Longest accepted JSON header, bytes.
pub const MAX_HEADER: usize = 64 * 1024;
/// Longest accepted payload (card photo or preview picture), bytes.
pub const MAX_PAYLOAD: usize = 4 * 1024 * 1024;

/// What the daemon asks of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Who are you? Answered by [`Event::Hello`].
    Hello,
    /// Compare the person before the camera with the card photo in the payload (JPEG 2000). Replaces a running one.
    StartFace {
        /// Visit number; every event of this comparison carries it.
        visit: u64,
        /// Longest duration, milliseconds (limited to [`crate::session::LONGEST_DEADLINE`]).
        deadline_ms: u32,
        /// Accept at or below this distance; must lie in [`crate::decision::Threshold`]'s bounds.
        threshold: f32,
        /// Send preview pictures?
        preview: bool,
        /// When the person is asked to turn the head.
        #[serde(default)]
        challenge: Challenge,
    },
    /// End the comparison of this visit at once; answered by the outcome [`FaceOutcome::Stopped`].
    Stop {
        /// Visit number; another visit's comparison goes on.
        visit: u64,
    },
    /// Read matching number B off the card's front. Answered by [`Event::CardRead`], unless stopped or replaced.
    ReadCard {
        /// Visit number.
        visit: u64,
        /// Longest duration, milliseconds.
        deadline_ms: u32,
        /// Today in Japan: year, month, day.
        today: (u16, u8, u8),
        /// The card's expiry as the chip tells it: year, month, day.
        expiry: Option<(u16, u8, u8)>,
        /// Where no document camera is there, the card is held up before the face camera; the person asked for it. [`Event::Preview`] then
        /// shows a picture too coarse to read.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        held_up: bool,
    },
    /// Is the camera there? Answered by [`Event::Camera`].
    CheckCamera {
        /// `false`: the device is opened, but no picture is taken: nobody is filmed for a routine check. `true`: it must also
        /// deliver one picture, which is wiped at once unseen; for when the patient has chosen face, and for a camera that failed.
        #[serde(default)]
        picture: bool,
    },
}

/// What the worker tells the daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Answer to [`Request::Hello`].
    Hello {
        /// [`PROTOCOL_VERSION`] of the worker.
        version: u32,
        /// Name of the recipe that the threshold belongs to, [`crate::RECIPE`].
        recipe: String,
        /// Configured frame source, as on the command line.
        source: String,
        /// Started with `--simulation`.
        simulated: bool,
        /// Model file name and SHA-256 in hexadecimal.
        models: Vec<(String, String)>,
        /// What the worker could still do when it tried, though its own sandbox should refuse it: `files`, `programs`, `network`, `code`.
        #[serde(default)]
        open: Vec<String>,
        /// Card fronts can be read: Tesseract is there.
        #[serde(default)]
        reads_cards: bool,
    },
    /// A picture for the patient's screen; the payload is a JPEG, not mirrored.
    Preview {
        /// Visit number.
        visit: u64,
    },
    /// What to tell the patient now.
    Guidance {
        /// Visit number.
        visit: u64,
        /// The one sentence to show.
        guidance: Guidance,
    },
    /// The comparison has ended. Exactly one for every [`Request::StartFace`] that was read.
    Outcome {
        /// Visit number.
        visit: u64,
        /// How it ended.
        outcome: FaceOutcome,
    },
    /// Answer to [`Request::ReadCard`]; the payload holds the digits that are sure, from the left, as ASCII.
    CardRead {
        /// Visit number.
        visit: u64,
        /// How many are sure: 0, 6, 10 or 14.
        sure: u8,
        /// The card that was seen ends on another day than the chip told: it is not the one that lay on the reader, or its date was changed after issue.
        #[serde(default)]
        another: bool,
        /// For the log; holds nothing of the card.
        detail: String,
    },
    /// Answer to [`Request::CheckCamera`].
    Camera {
        /// The device opens and offers a usable format, or is in use for a comparison.
        ok: bool,
        /// For the technician: device, format or what failed.
        detail: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Pictures per second as the driver promises them; 0 when it does not say.
        fps: u32,
        /// The configured cameras beside this one; left out while a comparison goes on.
        #[serde(default)]
        beside: Vec<Beside>,
    },
    /// Something that is not an outcome went wrong; code as in [`crate::codes`].
    Problem {
        /// Stable code `UK-FACE-NNN`.
        code: String,
        /// For the log; holds nothing of a person.
        detail: String,
    },
}

/// A camera beside the one for faces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// `document` or `infrared`.
    pub role: String,
    /// Configured source, as on the command line.
    pub source: String,
    /// It is connected.
    pub there: bool,
    /// It is not, but was since the worker began.
    pub missed: bool,
}

/// How a comparison ended. Only [`FaceOutcome::Matched`] identifies anybody (invariant 7, docs/invariants.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum FaceOutcome {
    /// The median of the good frames is within the threshold.
    Matched {
        /// Median Euclidean distance.
        distance: f32,
        /// Number of good frames behind it.
        frames: u32,
    },
    /// Neither near nor far: another try or another way.
    Doubtful {
        /// Median Euclidean distance.
        distance: f32,
    },
    /// The face agrees, but whether a living person stood there does not seem certain: another try or another way.
    NotAlive {
        /// What spoke against it.
        ground: Ground,
    },
    /// Another face than the photo's.
    NotMatched {
        /// Median distance, or the largest one where a single frame refused.
        distance: f32,
    },
    /// Nobody looked into the camera.
    NoFace,
    /// Two large faces stayed in the picture: for the last second, or in more than half of the frames that showed anybody. They were asked to be one.
    SeveralFaces,
    /// The card's photo can't be used.
    PhotoUnusable {
        /// Why, for the log.
        reason: String,
    },
    /// The camera could not be opened or went away, or the worker can't compare; [`Event::Problem`] gave the code just before.
    CameraGone {
        /// What the driver said.
        detail: String,
    },
    /// A face was there, but too few good frames came in time.
    TimedOut,
    /// Stopped by [`Request::Stop`] or by a newer [`Request::StartFace`].
    Stopped,
}

/// What the patient should do, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guidance {
    /// Nobody is seen.
    LookHere,
    /// The face is too small.
    ComeCloser,
    /// The face is too large.
    StepBack,
    /// A second large face is in the picture.
    OnlyOnePerson,
    /// Blurred or moving.
    HoldStill,
    /// Too dark.
    MoreLight,
    /// Too bright.
    LessLight,
    /// Lit from one side.
    EvenLight,
    /// The head is turned or tilted.
    FaceFront,
    /// The face touches more than one edge.
    MoveToMiddle,
    /// The face touches one edge: move to the person's own left.
    MoveLeft,
    /// Move to the person's own right.
    MoveRight,
    /// The face touches the lower edge.
    MoveUp,
    /// The face touches the upper edge.
    MoveDown,
    /// All is well, the comparison is running.
    Matching,
    /// Turn the head to the person's own left.
    TurnLeft,
    /// Turn the head to the person's own right.
    TurnRight,
    /// The match is in doubt: a mask, which these models do not notice, may be the reason.
    TakeOffMask,
}

/// When a person is asked to turn the head, chosen by the site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Challenge {
    /// In every comparison.
    #[default]
    Always,
    /// When the comparison is close. The daemon asks for [`Challenge::Always`] when a try before it failed.
    OnDoubt,
    /// Never: a photograph of the person is then stopped by a regular fine pattern alone (straight edges may be a doorway).
    Off,
}

/// What speaks against a living person before the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The head was not turned in time.
    NoTurn,
    /// It was turned the other way.
    WrongTurn,
    /// It turned like a sheet of paper: without the nose moving before the cheeks.
    Flat,
    /// The face while turning, or after it, is not the one from before.
    Swapped,
    /// The face was lost or jumped during the challenge.
    Interrupted,
    /// A regular fine pattern, as of a screen or of print.
    Pattern,
    /// The face lies within straight edges, as of a phone or a sheet of paper.
    Framed,
    /// The infrared camera does not see the face.
    Infrared,
    /// The operator's own attack-detection model says so.
    Model,
}

/// Why a message could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side closed between two messages.
    #[error("connection closed")]
    Closed,
    /// A length over [`MAX_HEADER`] or [`MAX_PAYLOAD`]; nothing was reserved for it.
    #[error("announced {part} of {length} bytes, at most {limit} are accepted")]
    TooLong {
        /// "header" or "payload".
        part: &'static str,
        /// Announced length.
        length: usize,
        /// Accepted length.
        limit: usize,
    },
    /// The header is not a known message.
    #[error("message not understood")]
    NotUnderstood(#[source] serde_json::Error),
    /// The socket failed or timed out.
    #[error("socket")]
    Io(#[from] std::io::Error),
}

/// Writes one message. The caller sets the socket's write timeout.
pub fn write_message<T: Serialize>(
    to: &mut impl Write,
    header: &T,
    payload: &[u8],
) -> Result<(), WireError> {
    let header = serde_json::to_vec(header).map_err(WireError::NotUnderstood)?;
    let header_length = checked("header", header.len(), MAX_HEADER)?;
    let payload_length = checked("payload", payload.len(), MAX_PAYLOAD)?;
    // One write for the small part, so that a reader seldom wakes up for half a header.
    let mut head = Vec::with_capacity(8 + header.len());
    head.extend_from_slice(&header_length.to_be_bytes());
    head.extend_from_slice(&payload_length.to_be_bytes());
    head.extend_from_slice(&header);
    to.write_all(&head)?;
    to.write_all(payload)?;
    to.flush()?;
    Ok(())
}

/// Reads one message. The payload is wiped when dropped: it may be a card photo.
pub fn read_message<T: DeserializeOwned>(
    from: &mut impl Read,
) -> Result<(T, Zeroizing<Vec<u8>>), WireError> {
    let mut lengths = [0u8; 8];
    let first = from.read(&mut lengths)?;
    if first == 0 {
        return Err(WireError::Closed);
    }
    from.read_exact(&mut lengths[first..])?;
    let [h0, h1, h2, h3, p0, p1, p2, p3] = lengths;
    let header_length = u32::from_be_bytes([h0, h1, h2, h3]) as usize;
    let payload_length = u32::from_be_bytes([p0, p1, p2, p3]) as usize;
    checked("header", header_length, MAX_HEADER)?;
    checked("payload", payload_length, MAX_PAYLOAD)?;
    let mut header = vec![0; header_length];
    from.read_exact(&mut header)?;
    let mut payload = Zeroizing::new(vec![0; payload_length]);
    from.read_exact(&mut payload)?;
    Ok((
        serde_json::from_slice(&header).map_err(WireError::NotUnderstood)?,
        payload,
    ))
}

fn checked(part: &'static str, length: usize, limit: usize) -> Result<u32, WireError> {
    match u32::try_from(length) {
        Ok(short) if length <= limit => Ok(short),
        _ => Err(WireError::TooLong {
            part,
            length,
            limit,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_wire() {
        let request = Request::StartFace {
            visit: u64::MAX,
            deadline_ms: 20_000,
            threshold: 0.56,
            preview: true,
            challenge: Challenge::OnDoubt,
        };
        let mut wire = Vec::new();
        write_message(&mut wire, &request, b"photo").unwrap();
        let (back, payload) = read_message::<Request>(&mut wire.as_slice()).unwrap();
        assert_eq!(back, request);
        assert_eq!(payload.as_slice(), b"photo");
    }

    #[test]
    fn names_on_the_wire_are_fixed() {
        let event = Event::Outcome {
            visit: 7,
            outcome: FaceOutcome::Doubtful { distance: 0.5 },
        };
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"type":"outcome","visit":7,"outcome":{"result":"doubtful","distance":0.5}}"#
        );
        assert_eq!(
            serde_json::to_string(&Guidance::OnlyOnePerson).unwrap(),
            r#""only-one-person""#
        );
    }

    /// Invariant 15: what a peer announces is never reserved unchecked.
    #[test]
    fn announced_lengths_are_limited() {
        for (header, payload) in [
            (MAX_HEADER as u32 + 1, 0),
            (u32::MAX, 0),
            (2, MAX_PAYLOAD as u32 + 1),
            (2, u32::MAX),
        ] {
            let mut wire = Vec::new();
            wire.extend_from_slice(&header.to_be_bytes());
            wire.extend_from_slice(&payload.to_be_bytes());
            let answer = read_message::<Request>(&mut wire.as_slice());
            assert!(
                matches!(answer, Err(WireError::TooLong { .. })),
                "{header} {payload}"
            );
        }
        assert!(matches!(
            write_message(&mut Vec::new(), &Request::Hello, &vec![0; MAX_PAYLOAD + 1]),
            Err(WireError::TooLong {
                part: "payload",
                ..
            })
        ));
    }

    #[test]
    fn cut_off_and_unknown_messages_are_errors() {
        let mut wire = Vec::new();
        write_message(&mut wire, &Request::Hello, b"xyz").unwrap();
        for length in 1..wire.len() {
            assert!(
                matches!(
                    read_message::<Request>(&mut &wire[..length]),
                    Err(WireError::Io(_))
                ),
                "{length}"
            );
        }
        assert!(matches!(
            read_message::<Request>(&mut [].as_slice()),
            Err(WireError::Closed)
        ));
        let mut unknown = Vec::new();
        write_message(
            &mut unknown,
            &serde_json::json!({"type": "open-the-door"}),
            &[],
        )
        .unwrap();
        assert!(matches!(
            read_message::<Request>(&mut unknown.as_slice()),
            Err(WireError::NotUnderstood(_))
        ));
    }
}
