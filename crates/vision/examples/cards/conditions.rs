//! The conditions under which drawn card fronts are read, and the invented cards. Shared by the table and by the short test.

use std::path::Path;

use anyhow::{Context, Result};
use hw_sim::camera::Pose;
use hw_sim::camera::card_front::{Print, Printer, Scene};
use hw_sim::camera::held_card::{Bare, Held, HeldScene};
use vision::frame::Picture;
use vision::ocr::{Known, Shown};
use zeroize::Zeroizing;

/// The day of reading.
const TODAY: (u16, u8, u8) = (2026, 11, 23);
/// Who holds the card up, by turns.
const PEOPLE: [Option<&str>; 4] = [Some("obama"), Some("biden"), Some("astronaut"), None];

/// Conditions at the end of what can be read, or beyond.
const BEYOND: [&str; 2] = [
    "held, 1280x720, 300 px, clutter",
    "held, 1280x720, 550 px, blurred by 1.5, clutter",
];

/// Where the card is.
#[derive(Clone, Copy)]
pub(crate) enum Drawing {
    /// Before a document camera of 1600 x 1200 pixels.
    Table(Scene),
    /// Held up before the face camera.
    Held(Held),
}

/// What the reader is told of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chip {
    /// The expiry as printed.
    Tells,
    /// Nothing.
    Silent,
    /// Another expiry: of another card, or the front is misread.
    Other,
}

impl Chip {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Tells => "yes",
            Self::Silent => "no",
            Self::Other => "another one",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Condition {
    pub(crate) name: &'static str,
    pub(crate) drawing: Drawing,
    pub(crate) chip: Chip,
    /// The day of birth is not known: 末日 stands in its place, and in that of the expiry's day.
    pub(crate) last_day: bool,
    /// Nothing may be sure here, by design.
    pub(crate) nothing: bool,
    /// At the end of what can be read, or beyond: measured, with no claim but that no digit is false.
    pub(crate) beyond: bool,
}

impl Condition {
    pub(crate) fn shown(&self) -> Shown {
        match self.drawing {
            Drawing::Table(_) => Shown::Lying,
            Drawing::Held(_) => Shown::HeldUp,
        }
    }

    /// What is known besides the picture.
    pub(crate) fn known(&self, card: &Invented) -> Known {
        let (year, month, day) = card.expires;
        let expiry = match self.chip {
            Chip::Tells => Some((year, month, day)),
            Chip::Silent => None,
            Chip::Other => Some((year, month, day % 28 + 1)),
        };
        Known {
            today: TODAY,
            expiry,
        }
    }
}

/// All conditions.
pub(crate) fn all() -> Vec<Condition> {
    let plain = Scene {
        width: 1000.0,
        turn: 0.0,
        slant: [0.0; 2],
        worn: 0.0,
        glare: 0.0,
        seed: 0,
    };
    let table = |name, scene| Condition {
        name,
        drawing: Drawing::Table(scene),
        chip: Chip::Tells,
        last_day: false,
        nothing: false,
        beyond: false,
    };
    let at = |width| Scene { width, ..plain };
    let turned = |width, turn| Scene {
        width,
        turn,
        ..plain
    };
    let slanted = |width, slant| Scene {
        width,
        slant,
        ..plain
    };
    let held = |name, frame, width, pose, clutter, blur| Condition {
        name,
        drawing: Drawing::Held(Held {
            frame,
            width,
            pose,
            clutter,
            blur,
            seed: 0,
        }),
        chip: Chip::Tells,
        last_day: false,
        nothing: false,
        beyond: false,
    };
    let straight = Pose::default();
    let (wide, narrow) = ((1280, 720), (640, 480));
    let mut rows = vec![
        table("1000 px, straight", plain),
        table("1200 px, straight", at(1200.0)),
        table("700 px, 5 degrees", turned(700.0, 5.0)),
        table("1000 px, 15 degrees", turned(1000.0, 15.0)),
        table(
            "1000 px, -10 degrees, worn",
            Scene {
                worn: 0.6,
                ..turned(1000.0, -10.0)
            },
        ),
        table(
            "1000 px, glare",
            Scene {
                glare: 1.0,
                ..plain
            },
        ),
        table("500 px, 8 degrees", turned(500.0, 8.0)),
        table("400 px", at(400.0)),
        table("300 px", at(300.0)),
        table(
            "1000 px, from 15 degrees below",
            slanted(1000.0, [0.0, 15.0]),
        ),
        table("700 px, from 25 degrees aside", slanted(700.0, [25.0, 0.0])),
        table(
            "700 px, 20 aside, 15 below, turned by 8",
            Scene {
                turn: 8.0,
                ..slanted(700.0, [20.0, 15.0])
            },
        ),
        held("held, 1280x720, 700 px", wide, 700.0, straight, false, 0.6),
        held(
            "held, 1280x720, 700 px, clutter",
            wide,
            700.0,
            straight,
            true,
            0.6,
        ),
        held(
            "held, 1280x720, 550 px, slanted by 15 and 10, turned by 8, clutter",
            wide,
            550.0,
            Pose {
                roll: 8.0,
                yaw: 15.0,
                pitch: 10.0,
            },
            true,
            0.6,
        ),
        held(
            "held, 1280x720, 400 px, clutter",
            wide,
            400.0,
            straight,
            true,
            0.6,
        ),
        held(
            "held, 1280x720, 300 px, clutter",
            wide,
            300.0,
            straight,
            true,
            0.6,
        ),
        held(
            "held, 640x480, 450 px, clutter",
            narrow,
            450.0,
            straight,
            true,
            0.6,
        ),
        held(
            "held, 640x480, 350 px, clutter",
            narrow,
            350.0,
            straight,
            true,
            0.6,
        ),
        held(
            "held, 1280x720, 550 px, blurred by 1.5, clutter",
            wide,
            550.0,
            straight,
            true,
            1.5,
        ),
    ];
    let again = |name: &str, chip, nothing| {
        rows.iter()
            .find(|row| row.name == name)
            .map(|row| Condition {
                chip,
                nothing,
                ..*row
            })
    };
    let more: Vec<Condition> = [
        again("1000 px, straight", Chip::Silent, false),
        again("700 px, 5 degrees", Chip::Silent, false),
        again("300 px", Chip::Silent, false),
        again("700 px, from 25 degrees aside", Chip::Silent, false),
        again("held, 1280x720, 700 px, clutter", Chip::Silent, false),
        again("700 px, 5 degrees", Chip::Other, true),
        again("held, 1280x720, 700 px, clutter", Chip::Other, true),
    ]
    .into_iter()
    .flatten()
    .chain([
        Condition {
            name: "700 px, 末日",
            chip: Chip::Silent,
            last_day: true,
            ..table("", turned(700.0, 5.0))
        },
        Condition {
            name: "700 px, 末日",
            last_day: true,
            nothing: true,
            ..table("", turned(700.0, 5.0))
        },
    ])
    .collect();
    rows.extend(more);
    for row in &mut rows {
        row.beyond = BEYOND.contains(&row.name);
    }
    rows
}

/// Draws.
pub(crate) struct Studio {
    printer: Printer,
    people: Vec<HeldScene>,
}

impl Studio {
    /// Loads font and portraits.
    pub(crate) fn new() -> Result<Self> {
        let portraits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/portraits");
        let people = PEOPLE
            .iter()
            .map(|name| HeldScene::new(&portraits, *name).context("portraits"))
            .collect::<Result<_>>()?;
        Ok(Self {
            printer: Printer::new().context("fonts-noto-cjk")?,
            people,
        })
    }

    /// Frame number `frame` of a card.
    pub(crate) fn frame(
        &self,
        condition: &Condition,
        card: u64,
        print: &Print,
        frame: u64,
    ) -> Result<image::RgbImage> {
        let seed = card * 1000 + frame;
        Ok(match condition.drawing {
            Drawing::Table(scene) => self.printer.picture(print, &Scene { seed, ..scene }),
            Drawing::Held(held) => {
                let person = &self.people[card as usize % self.people.len()];
                person.picture(&self.printer, print, &Held { seed, ..held })?
            }
        })
    }
}

impl Studio {
    /// Frame number `frame` of a room in which nobody holds a card up, with the person of this number.
    pub(crate) fn without_card(
        &self,
        bare: Bare,
        held: &Held,
        person: u64,
        frame: u64,
    ) -> Result<image::RgbImage> {
        let seed = person * 1000 + frame;
        let who = &self.people[person as usize % self.people.len()];
        Ok(who.without_card(bare, &Held { seed, ..*held })?)
    }
}

/// As the worker gets it.
pub(crate) fn picture(image: image::RgbImage) -> Result<Picture> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    Picture::new(width, height, Zeroizing::new(image.into_raw())).context("size")
}

/// An invented card.
pub(crate) struct Invented {
    pub(crate) print: Print,
    /// Matching number B.
    pub(crate) number: Vec<u8>,
    pub(crate) expires: (u16, u8, u8),
    /// How the year of birth is written and what else is special, of [`LAYOUTS`].
    pub(crate) layouts: Vec<&'static str>,
}

/// The ways in which cards are printed.
pub(crate) const LAYOUTS: [&str; 8] = [
    "昭和", "平成", "元年", "西暦", "大正", "令和", "追記", "末日",
];

/// An invented card with its matching number B and expiry: the eras, first year of an era, Western, by turns, every third with addenda. With `last_day` 末日 stands for the day, which
/// counts as 99 and which the chip tells as the month's last.
pub(crate) fn invented(at: u64, last_day: bool) -> Invented {
    let mix = (at + 1).wrapping_mul(2_654_435_761) >> 7;
    let (month, day) = ((mix % 12 + 1) as u8, (mix / 12 % 28 + 1) as u8);
    let printed = if last_day {
        format!("{month}月末日")
    } else {
        format!("{month}月{day}日")
    };
    let (day, digits) = if last_day { (28, 99) } else { (day, day) };
    let code = mix / 500 % 10_000;
    let expiry = 2027 + mix % 9;
    let way = LAYOUTS[(at % 6) as usize];
    let year = match way {
        "大正" => 10 + mix % 5,
        "昭和" => 20 + mix % 44,
        "令和" => 2 + mix % 6,
        "平成" => 2 + mix % 28,
        "元年" => 1,
        _ => 1950 + mix % 55,
    };
    let birth = match way {
        "元年" => format!("平成元年{printed}"),
        "西暦" => format!("{year}年{printed}"),
        era => format!("{era}{year}年{printed}"),
    };
    let year = year % 100;
    let mut layouts = vec![way];
    layouts.extend((at % 3 == 2).then_some("追記"));
    layouts.extend(last_day.then_some("末日"));
    let addenda = if at % 3 == 2 {
        vec!["令和5年4月3日 架空市架空町三丁目4番5号に転入".to_owned()]
    } else {
        Vec::new()
    };
    let number = format!("{year:02}{month:02}{digits:02}{expiry}{code:04}")
        .bytes()
        .map(|digit| digit - b'0')
        .collect();
    let print = Print {
        name: ["架空 太郎", "仮名 花子", "番号 一郎", "見本 桜"][(at % 4) as usize].to_owned(),
        address: format!("東京都架空市架空町{}丁目{}番地", mix % 8 + 1, mix % 40 + 1),
        sex: if at.is_multiple_of(2) { "男" } else { "女" }.to_owned(),
        birth,
        expiry: format!("{expiry}年{printed}"),
        code: format!("{code:04}"),
        addenda,
    };
    Invented {
        print,
        number,
        expires: (expiry as u16, month, day),
        layouts,
    }
}
