//! What the headers of a JPEG 2000 announce, looked at before the decoder reserves anything for it.
//!
//! The decoder reserves memory for every tile, component, precinct and code block that a header names before it reads a single packet: a few
//! hundred bytes could ask for gigabytes. Boxes and marker segments are not followed here, since the decoder goes by its own reading of their
//! lengths: whatever it could take for a header, wherever it stands, is counted, so that none can hide behind another. By chance such bytes
//! stand in the packets of one photo in some millions.

use super::{MAX_PIXELS, MAX_TILES};

/// SOC, then SIZ (ISO/IEC 15444-1 Annex A).
const CODESTREAM: [u8; 4] = [0xff, 0x4f, 0xff, 0x51];
/// Coding style of all components.
const COD: [u8; 2] = [0xff, 0x52];
/// Coding style of one component.
const COC: [u8; 2] = [0xff, 0x53];
/// Changes of the progression order.
const POC: [u8; 2] = [0xff, 0x5f];
/// A JP2 palette box. Card photos have none, and with it the number of components is not what the colour space promises.
const PALETTE: &[u8] = b"pclr";
/// Most coding styles of a photo: one for each tile and component, and some to spare.
const MAX_STYLES: usize = 1024;
/// Most layers that the decoder takes.
const MAX_LAYERS: u64 = 32;
/// What a code block costs the decoder beside its layers, with its places in two tag trees; what a layer of it costs; what a precinct costs, and a
/// precinct in each change of the progression order. Bytes, a little more than they are in hayro-jpeg2000 0.5.
const BLOCK: u64 = 192;
const LAYER: u64 = 24;
const PRECINCT: u64 = 128;
const ORDERED: u64 = 32;
/// Most that precincts, code blocks and layers of a photo may cost, bytes. A photo of two million pixels in colour with the usual code blocks of
/// 64x64 costs less than one million.
pub(super) const MAX_RESERVED: u64 = 32 * 1024 * 1024;

/// Why the photo is not given to the decoder, if so.
pub(super) fn refusal(bytes: &[u8]) -> Option<String> {
    if bytes.windows(PALETTE.len()).any(|word| word == PALETTE) {
        return Some("a palette".into());
    }
    let mut streams = after(bytes, &CODESTREAM);
    // Without a codestream, or with one that is cut off, the decoder itself has nothing to decode.
    let stream = streams.next()?;
    if streams.next().is_some() {
        return Some("more than one codestream".into());
    }
    let size = Size::of(stream)?;
    if !matches!(size.components, 1 | 3) {
        return Some(format!("{} components", size.components));
    }
    if size.tiles > MAX_TILES {
        return Some(format!("more than {MAX_TILES} tiles"));
    }
    // Refused for their size elsewhere.
    let pixels = size.width.saturating_mul(size.height);
    if pixels > MAX_PIXELS {
        return None;
    }
    let defaults: Vec<(Style, u64)> = after(bytes, &COD)
        .filter_map(Style::of_all)
        .take(MAX_STYLES + 1)
        .collect();
    let own: Vec<Style> = after(bytes, &COC)
        .filter_map(Style::of_one)
        .take(MAX_STYLES + 1)
        .collect();
    if defaults.len().max(own.len()) > MAX_STYLES {
        return Some(format!("more than {MAX_STYLES} coding styles"));
    }
    let layers = defaults.iter().map(|(_, layers)| *layers).max();
    let layers = layers.unwrap_or(MAX_LAYERS);
    let changes = after(bytes, &POC).filter_map(changes).sum::<u64>();
    let dearest = defaults
        .iter()
        .map(|(style, _)| style)
        .chain(&own)
        .map(|style| style.reserved(&size, layers, changes))
        .max()
        .unwrap_or(0);
    (dearest.saturating_mul(size.components) > MAX_RESERVED)
        .then(|| "too many precincts, code blocks or layers".into())
}

/// What stands behind each of these markers.
fn after<'a>(bytes: &'a [u8], marker: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    bytes
        .windows(marker.len())
        .enumerate()
        .filter(move |(_, window)| *window == marker)
        .filter_map(move |(at, _)| bytes.get(at + marker.len()..))
}

/// The largest number of progression changes that the decoder could read here (components are numbered in one byte); `None` where it reads none.
fn changes(segment: &[u8]) -> Option<u64> {
    const ENTRY: usize = 7;
    const ORDERS: u8 = 5;
    let length = segment.first_chunk().map(|two| u16::from_be_bytes(*two))?;
    let entries = segment.get(2..usize::from(length))?.chunks_exact(ENTRY);
    let count = entries.len() as u64;
    entries
        .map(|entry| entry.last())
        .all(|order| order.is_some_and(|order| *order < ORDERS))
        .then_some(count)
}

/// What a SIZ segment announces.
struct Size {
    /// Pixels of the largest component.
    width: u64,
    height: u64,
    tiles: u64,
    components: u64,
}

impl Size {
    /// `segment` begins with its length. `None` where it is cut off, which the decoder refuses.
    fn of(segment: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let bytes: [u8; 4] = segment.get(at..at + 4)?.try_into().ok()?;
            Some(u64::from(u32::from_be_bytes(bytes)))
        };
        let along =
            |size: u64, tile: u64, offset: u64| size.saturating_sub(offset).div_ceil(tile.max(1));
        let across = along(number(4)?, number(20)?, number(28)?);
        let down = along(number(8)?, number(24)?, number(32)?);
        let components = segment
            .get(36..38)
            .and_then(|two| two.try_into().ok())
            .map(u16::from_be_bytes)?;
        // Subsampling that all components share shrinks the picture; where they differ it does not.
        let mut sampling = segment
            .get(38..)?
            .chunks_exact(3)
            .take(components.into())
            .filter_map(|component| component.last_chunk::<2>().copied());
        let first = sampling.next()?;
        let [by_width, by_height] = if sampling.all(|other| other == first) {
            first.map(|by| u64::from(by.max(1)))
        } else {
            [1, 1]
        };
        let shrunk =
            |size: u64, offset: u64, by: u64| size.div_ceil(by).saturating_sub(offset.div_ceil(by));
        Some(Self {
            width: shrunk(number(4)?, number(12)?, by_width),
            height: shrunk(number(8)?, number(16)?, by_height),
            tiles: across.saturating_mul(down),
            components: components.into(),
        })
    }
}

/// Decomposition, code blocks and precincts of a component.
struct Style<'a> {
    levels: u32,
    /// Exponents of a code block's width and height.
    block: [u32; 2],
    /// Four bits each for height and width of a precinct, one byte for each resolution; empty: as large as can be.
    precincts: &'a [u8],
}

impl<'a> Style<'a> {
    /// Of a COD segment with its number of layers, where the decoder could read one: its length is not heeded, as there.
    fn of_all(segment: &'a [u8]) -> Option<(Self, u64)> {
        let [_, _, flags, order, high, low, _, rest @ ..] = segment else {
            return None;
        };
        let layers = u64::from(u16::from_be_bytes([*high, *low]));
        ((1..=MAX_LAYERS).contains(&layers) && *order < 5)
            .then(|| Self::read(*flags, rest))
            .flatten()
            .map(|style| (style, layers))
    }

    /// Of a COC segment.
    fn of_one(segment: &'a [u8]) -> Option<Self> {
        let [_, _, component, flags, rest @ ..] = segment else {
            return None;
        };
        (*component < 3).then(|| Self::read(*flags, rest)).flatten()
    }

    fn read(flags: u8, parameters: &'a [u8]) -> Option<Self> {
        let [levels, width, height, _, transformation, precincts @ ..] = parameters else {
            return None;
        };
        let block = [u32::from(*width) + 2, u32::from(*height) + 2];
        if *levels > 32 || *transformation > 1 || block.iter().any(|side| *side > 10) {
            return None;
        }
        Some(Self {
            levels: u32::from(*levels),
            block,
            precincts: if flags & 1 == 1 {
                precincts.get(..=usize::from(*levels))?
            } else {
                &[]
            },
        })
    }

    /// Bytes that the decoder reserves for precincts and code blocks of one component, at least: each side is counted as if the tiles met it worst.
    fn reserved(&self, size: &Size, layers: u64, changes: u64) -> u64 {
        let of_resolution = |resolution: u32| {
            let sizes = self.precincts.get(resolution as usize).copied();
            let sizes = sizes.unwrap_or(0xff);
            let exponents = [u32::from(sizes & 0x0f), u32::from(sizes >> 4)];
            // Beyond the first resolution there are three sub-bands, each half as wide and high as the resolution; so are precincts in them.
            let half = u32::from(resolution > 0);
            let (mut precincts, mut blocks) = (1 + 2 * u64::from(half), 1 + 2 * u64::from(half));
            for ((side, exponent), block) in [size.width, size.height]
                .into_iter()
                .zip(exponents)
                .zip(self.block)
            {
                let side = (side >> (self.levels - resolution)) + 2;
                precincts = precincts.saturating_mul((side >> exponent) + 2);
                let block = block.min(exponent.saturating_sub(half));
                blocks = blocks.saturating_mul((side >> (block + half)) + 2);
            }
            let precincts = precincts.saturating_mul(PRECINCT + ORDERED.saturating_mul(changes));
            precincts.saturating_add(blocks.saturating_mul(BLOCK + LAYER * layers))
        };
        (0..=self.levels).map(of_resolution).sum()
    }
}
