//! The one-bit pictures on a card: name, address, number and security code. Digits are drawn with
//! a small font; other characters become a fixed pattern of their own, since a font for kanji
//! would only serve to be looked at.
use ring::digest::{SHA256, digest};

/// Rows of 5×7 digits, the high bit left.
const DIGITS: [[u8; 7]; 10] = [
    [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E],
    [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E],
    [0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F],
    [0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E],
    [0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02],
    [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E],
    [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E],
    [0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
    [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E],
    [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C],
];

/// A picture under construction: true is ink.
struct Bitmap {
    width: usize,
    height: usize,
    ink: Vec<bool>,
}

impl Bitmap {
    fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            ink: vec![false; width * height],
        }
    }

    fn set(&mut self, x: usize, y: usize) {
        if x < self.width
            && let Some(pixel) = self.ink.get_mut(y * self.width + x)
        {
            *pixel = true;
        }
    }

    fn png(&self) -> Option<Vec<u8>> {
        let mut rows = Vec::new();
        for row in self.ink.chunks(self.width) {
            for eight in row.chunks(8) {
                let mut byte = 0u8;
                for (bit, ink) in eight.iter().enumerate() {
                    // In a one-bit greyscale PNG 1 is white.
                    if !ink {
                        byte |= 0x80 >> bit;
                    }
                }
                rows.push(byte);
            }
        }
        let mut out = Vec::new();
        let width = u32::try_from(self.width).ok()?;
        let height = u32::try_from(self.height).ok()?;
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&rows).ok()?;
        writer.finish().ok()?;
        Some(out)
    }
}

/// Digits at 6×12 each: 24×12 for a security code, 72×12 for a number, the sizes seen on a card
/// (myna-card).
pub(crate) fn digits(text: &str) -> Option<Vec<u8>> {
    let mut bitmap = Bitmap::new(6 * text.len(), 12);
    for (place, digit) in text.bytes().enumerate() {
        let rows = DIGITS.get(usize::from(digit.checked_sub(b'0')?))?;
        for (y, row) in rows.iter().enumerate() {
            for x in 0..5 {
                if row & (0x10 >> x) != 0 {
                    bitmap.set(place * 6 + x, y + 2);
                }
            }
        }
    }
    bitmap.png()
}

/// A line of text as patterns of 16×16, wrapped after twenty characters.
pub(crate) fn text(text: &str) -> Option<Vec<u8>> {
    let characters: Vec<char> = text.chars().collect();
    let columns = characters.len().clamp(1, 20);
    let lines = characters.len().div_ceil(20).max(1);
    let mut bitmap = Bitmap::new(columns * 16, lines * 16);
    for (index, character) in characters.iter().enumerate() {
        if character.is_whitespace() {
            continue;
        }
        let (left, top) = (index % 20 * 16, index / 20 * 16);
        let pattern = digest(&SHA256, character.to_string().as_bytes());
        let bits = pattern
            .as_ref()
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        // 7×7 cells of 2×2 points, with a margin between characters.
        for (cell, ink) in bits.take(49).enumerate() {
            if ink {
                let (x, y) = (left + 1 + cell % 7 * 2, top + 1 + cell / 7 * 2);
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    bitmap.set(x + dx, y + dy);
                }
            }
        }
    }
    bitmap.png()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(png: &[u8]) -> (u32, u32) {
        let decoder = png::Decoder::new(std::io::Cursor::new(png));
        let mut reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().bit_depth, png::BitDepth::One);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().width, reader.info().height)
    }

    #[test]
    fn pictures_are_valid_one_bit_pngs_of_the_sizes_seen() {
        assert_eq!(size(&digits("4321").unwrap()), (24, 12));
        assert_eq!(size(&digits("123456789012").unwrap()), (72, 12));
        assert_eq!(size(&text("生保　一郎").unwrap()), (80, 16));
        assert_eq!(size(&text(&"町".repeat(45)).unwrap()), (320, 48));
        assert_ne!(digits("4321").unwrap(), digits("4322").unwrap());
        assert_ne!(text("生保").unwrap(), text("保険").unwrap());
    }

    #[test]
    fn what_is_not_a_digit_is_refused() {
        assert!(digits("12a4").is_none());
        assert!(digits("12.4").is_none());
    }
}
