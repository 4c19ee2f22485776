//! Card photos that are cut off, damaged or announce too much: errors, never a panic, never half a picture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use common::{data, picture, portrait};
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

/// A seed of the fuzzer.
fn seed(file: &str) -> Vec<u8> {
    std::fs::read(data("../fuzz/corpus/jpeg2000").join(file)).unwrap()
}

/// Invariant 15: some hundred bytes must not buy gigabytes. The decoder reserves for two million precincts of 32 layers, for 190 components behind
/// a palette of one column, for thousands of lists of all precincts, for the layers of tiny code blocks, before it reads a packet.
#[test]
fn invariant_15_headers_that_ask_for_gigabytes_are_refused_unread() {
    let many = "too many precincts, code blocks or layers";
    let precincts = seed("precincts.j2k");
    let cod = precincts
        .windows(2)
        .position(|window| window == [0xff, 0x52])
        .unwrap();
    // 4x4 code blocks in place of the small precincts.
    let mut blocks = precincts.clone();
    blocks[cod + 10..cod + 12].copy_from_slice(&[0, 0]);
    *blocks.get_mut(cod + 14).unwrap() = 0xff;
    // Precincts of 8x8, one layer, and 9,000 changes of the order in which they come.
    let mut orders = precincts.clone();
    orders[cod + 7] = 1;
    orders[cod + 14] = 0x33;
    let mut changes = vec![0xff, 0x5f];
    changes.extend((2 + 7 * 9_000_u16).to_be_bytes());
    changes.extend([0, 0, 0, 1, 1, 1, 2].repeat(9_000));
    orders.splice(cod + 15..cod + 15, changes);
    // The harmful one behind a harmless one, and in a tile's own header.
    let mut second = seed("grey.jp2");
    second.extend(&precincts);
    let mut hidden = precincts.clone();
    let own: Vec<u8> = hidden[cod..cod + 15].to_vec();
    hidden[cod + 14] = 0xff;
    let tile = hidden
        .windows(2)
        .position(|window| window == [0xff, 0x93])
        .unwrap();
    hidden.splice(tile..tile, own);
    let mut four = precincts.clone();
    let at = siz(&four);
    four[at + 39] = 4;
    for (what, bytes, why) in [
        ("precincts", &precincts, many),
        ("code blocks", &blocks, many),
        ("orders", &orders, many),
        ("a tile's own precincts", &hidden, many),
        ("a palette", &seed("palette.jp2"), "a palette"),
        ("a second stream", &second, "more than one codestream"),
        ("components", &four, "4 components"),
    ] {
        assert_eq!(
            decode(bytes).err(),
            Some(DecodeError::Damaged(why.into())),
            "{what}"
        );
    }
    for file in ["colour.jp2", "grey.jp2", "stream.j2k"] {
        assert!(decode(&seed(file)).is_ok(), "{file}");
    }
}
