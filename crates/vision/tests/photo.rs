//! Card photos that are cut off, damaged or announce too much: errors, never a panic, never half a picture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use common::{picture, portrait};
use vision::decode::DecodeError;
use vision::decode::jp2::{MAX_BYTES, MAX_TILES, decode};

/// Offset of the SIZ marker segment's fields: Xsiz stands six bytes behind the marker.
fn siz(bytes: &[u8]) -> usize {
    bytes
        .windows(4)
        .position(|w| w == [0xff, 0x4f, 0xff, 0x51])
        .unwrap()
        + 2
}

#[test]
fn a_card_photo_is_decoded_whole() {
    let photo = picture("obama.jp2");
    assert_eq!((photo.width(), photo.height()), (240, 320));
    let rgb = photo.rgb();
    assert!(
        rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]),
        "grey in all channels"
    );
    let mean = rgb.iter().map(|v| u64::from(*v)).sum::<u64>() / rgb.len() as u64;
    assert!((40..220).contains(&mean), "{mean}");
}

/// A cut-off file must never pass for a whole photo: the decoder's default would accept nearly all of these.
#[test]
fn every_truncation_is_refused() {
    let bytes = portrait("obama.jp2");
    let lengths = (0..200)
        .chain((200..bytes.len() - 2).step_by(41))
        .chain([bytes.len() - 3, bytes.len() - 10]);
    for length in lengths {
        assert!(
            decode(&bytes[..length]).is_err(),
            "{length} of {}",
            bytes.len()
        );
    }
}

/// Invariant 15: whatever a card sends. Times are generous: the machine may be busy.
#[test]
fn invariant_15_corruptions_never_panic_or_hang() {
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let (mut accepted, mut refused) = (0, 0);
    for name in ["obama.jp2", "biden.jp2"] {
        let original = portrait(name);
        for round in 0..400 {
            let mut bytes = original.clone();
            // Headers are where the harm is: half of the rounds change only those.
            let area = if round % 2 == 0 { 200 } else { bytes.len() };
            for _ in 0..=next(20) {
                let at = next(area);
                bytes[at] = next(256) as u8;
            }
            let begun = Instant::now();
            match decode(&bytes) {
                Ok(photo) => {
                    accepted += 1;
                    assert!(photo.width() * photo.height() <= 2_000_000);
                }
                Err(_) => refused += 1,
            }
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{name} round {round}: {:?}",
                begun.elapsed()
            );
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(refused > 200, "{refused}");
}

/// Sizes are checked between header and pixels: nothing is reserved for what is only announced.
#[test]
fn giants_deep_and_many_coloured_pictures_are_refused() {
    let original = portrait("obama.jp2");
    let siz = siz(&original);
    // Xsiz and Ysiz (with tiles of the same size, so that the header stays consistent).
    let mut giant = original.clone();
    for field in [siz + 6, siz + 10, siz + 22, siz + 26] {
        giant[field..field + 4].copy_from_slice(&20_000u32.to_be_bytes());
    }
    assert!(
        matches!(
            decode(&giant),
            Err(DecodeError::NotAccepted {
                width: 20_000,
                height: 20_000,
                ..
            })
        ),
        "{:?}",
        decode(&giant).err()
    );
    // Ssiz: twelve bits.
    let mut deep = original.clone();
    deep[siz + 40] = 11;
    assert!(
        matches!(
            decode(&deep),
            Err(DecodeError::NotAccepted { depth: 12, .. })
        ),
        "{:?}",
        decode(&deep).err()
    );
    assert!(matches!(
        decode(&vec![0; MAX_BYTES + 1]),
        Err(DecodeError::TooLong(_))
    ));
    assert!(decode(&[]).is_err());
    assert!(decode(&portrait("obama.jpg")).is_err(), "another format");
}

/// Invariant 15: a header of some bytes must not buy seconds of work.
#[test]
fn invariant_15_a_photo_in_many_tiles_is_refused_at_once() {
    let original = portrait("obama.jp2");
    let at = siz(&original);
    for (across, down) in [(1_u32, 1_u32), (10, 10), (1, 240)] {
        let mut bytes = original.clone();
        bytes[at + 22..at + 26].copy_from_slice(&across.to_be_bytes());
        bytes[at + 26..at + 30].copy_from_slice(&down.to_be_bytes());
        assert_eq!(
            decode(&bytes).err(),
            Some(DecodeError::Damaged(format!("more than {MAX_TILES} tiles")))
        );
    }
}
