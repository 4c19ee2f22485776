//! Matching number B off the card's front, so that nobody has to type fourteen digits: birth date, year of expiry, security code.
//!
//! A wrong number costs one of ten tries, so a digit counts only when it is sure: several frames agree, each was read in two ways, the
//! dates are plausible, and birthday and expiry confirm each other (a card ends on a birthday), and the chip's own record of the expiry agrees.
//! What is not sure is left to the keypad.

pub mod find;
mod lines;
pub mod quads;
pub mod slant;
pub mod tesseract;
pub mod text;
pub mod vote;

use zeroize::Zeroizing;

use crate::frame::Picture;
use quads::Quad;
use tesseract::{Layout, OcrError, Tesseract};
use text::{Field, Reading};
use vote::Vote;

/// Lowest confidence of a single digit, 0..100.
const SURE: f32 = 80.0;
/// Height to which a line is enlarged or reduced, pixels: read well, and another one for a second look that is not the first again.
const TEXT: f32 = 48.0;
const OTHER_TEXT: f32 = 34.0;
/// Things that are no card and are remembered as such.
const MOST_DULL: usize = 24;

/// What is known besides the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Today, year, month, day.
    pub today: (u16, u8, u8),
    /// The card's expiry as the chip tells it: year, month, day. The day is the holder's birthday.
    pub expiry: Option<(u16, u8, u8)>,
}

/// How the card is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It lies before a document camera, alone on a plain ground.
    Lying,
    /// It is held up before a camera that sees a person and a room behind it.
    HeldUp,
}

impl Shown {
    /// Things with a card's edges that are read in one frame, until one says something.
    fn candidates(self) -> usize {
        match self {
            Self::Lying => 1,
            Self::HeldUp => 3,
        }
    }
}

/// Reads one card over several frames.
pub struct CardReader<'a> {
    engine: &'a Tesseract,
    shown: Shown,
    known: Known,
    /// Where something was read last.
    read_at: Option<Quad>,
    /// What looked like a card and said nothing.
    dull: Vec<Quad>,
    vote: Vote,
}

/// Digits of matching number B from the left, as far as they are sure: 0, 6, 10 or 14 of them. Wiped when dropped.
pub type Digits = Zeroizing<Vec<u8>>;

impl<'a> CardReader<'a> {
    /// Begins.
    pub fn new(engine: &'a Tesseract, shown: Shown, known: Known) -> Self {
        Self {
            engine,
            shown,
            known,
            read_at: None,
            dull: Vec::new(),
            vote: Vote::default(),
        }
    }

    /// Takes a frame; true when a card was seen in it: by its edges where it lies alone, by its print where it is held up among other things.
    pub fn frame(&mut self, picture: &Picture) -> Result<bool, OcrError> {
        let mut lies = false;
        for quad in self.candidates(picture) {
            let Some(card) = slant::upright(picture, &quad) else {
                continue;
            };
            let reading = read(self.engine, &card, self.known)?;
            if !reading.places().is_empty() {
                self.vote.add(&reading);
                self.read_at = Some(quad);
                return Ok(true);
            }
            lies = true;
            self.dull.push(quad);
            if self.dull.len() > MOST_DULL {
                self.dull.remove(0);
            }
        }
        if self.shown == Shown::HeldUp {
            return Ok(false);
        }
        // Without four clear edges: what differs from a plain ground.
        let Some(card) = find::card(picture) else {
            return Ok(lies);
        };
        let reading = read(self.engine, &card, self.known)?;
        self.vote.add(&reading);
        Ok(true)
    }

    /// What may be the card, what was read before first and what said nothing before last: the card sways, a poster does not.
    fn candidates(&self, picture: &Picture) -> Vec<Quad> {
        let mut all = quads::quads(picture, 2 * self.shown.candidates());
        all.sort_by_key(|quad| {
            let read = self.read_at.is_some_and(|before| before.is_near(quad));
            (
                !read,
                self.dull.iter().filter(|dull| dull.is_near(quad)).count(),
            )
        });
        all.truncate(self.shown.candidates());
        all
    }

    /// All fourteen are sure.
    pub fn complete(&self) -> bool {
        self.vote.digits().len() == 14
    }

    /// The card ends on another day than the chip told: several frames agree on it, and none saw the chip's day. A card whose date was changed after
    /// issue looks the same.
    pub fn another(&self) -> bool {
        self.vote.another()
    }

    /// Nothing more is to be found out.
    pub fn decided(&self) -> bool {
        self.complete() || self.another()
    }

    /// What is sure so far.
    pub fn digits(&self) -> Digits {
        self.vote.digits()
    }
}

/// Reads a rectified card twice: the whole as scattered text, then the found lines by themselves, enlarged. Both must agree. A code that was
/// not sure the first time is read by itself in two sizes, which must agree.
pub fn read(engine: &Tesseract, card: &find::Card, known: Known) -> Result<Reading, OcrError> {
    let lines = engine.lines(&card.grey, card.width, card.height, Layout::Sparse)?;
    let mut reading = text::understand(&lines, known, SURE);
    for place in reading.places() {
        match line(engine, card, place, TEXT)? {
            Some(again) => reading.confirm(place, &again),
            None => reading.doubt(place),
        }
    }
    // Among scattered text the short number loses a digit now and then; by itself it is read well.
    if reading.code.is_none()
        && let Some(place) = text::unsure_code(&lines)
    {
        let sure = |read: Option<Reading>| {
            read.and_then(|read| read.code)
                .filter(|code| code.confidence >= SURE)
        };
        let one = sure(line(engine, card, place, TEXT)?);
        let other = sure(line(engine, card, place, OTHER_TEXT)?);
        reading.code = match (one, other) {
            (Some(one), Some(other)) if one.value == other.value => Some(Field {
                place,
                confirmed: true,
                ..one
            }),
            _ => None,
        };
    }
    Ok(reading)
}

/// One place by itself; `None` when there is none.
fn line(
    engine: &Tesseract,
    card: &find::Card,
    place: [i32; 4],
    height: f32,
) -> Result<Option<Reading>, OcrError> {
    let Some(strip) = card.strip(place, height) else {
        return Ok(None);
    };
    let again = engine.lines(&strip.grey, strip.width, strip.height, Layout::Line)?;
    Ok(Some(text::understand_line(&again)))
}
