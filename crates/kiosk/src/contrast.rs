//! A test of the style sheets: every colour of letters stands at 10:1 or more on the ground it is used on.

use std::collections::BTreeMap;

/// The colours of a theme: the standard ones stand first, the dark ones after their selector.
fn colours(dark: bool) -> BTreeMap<String, [f64; 3]> {
    let (standard, other) = include_str!("../assets/base.css")
        .split_once("[data-theme=\"dark\"]")
        .unwrap();
    let block = if dark { other } else { standard };
    block
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
            let channel = |at: usize| {
                u8::from_str_radix(value.get(at..at + 2)?, 16)
                    .ok()
                    .map(|byte| f64::from(byte) / 255.0)
            };
            Some((name.to_owned(), [channel(0)?, channel(2)?, channel(4)?]))
        })
        .collect()
}

/// WCAG 2.2 relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| {
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn letters_stand_at_ten_to_one_or_more() {
    for dark in [false, true] {
        letters_of(&colours(dark));
    }
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
}

fn letters_of(colours: &BTreeMap<String, [f64; 3]>) {
    let pairs = [
        (
            "ink",
            vec![
                "paper",
                "raised",
                "tint",
                "attention",
                "attention-stripe",
                "good-tint",
                "danger-tint",
            ],
        ),
        ("quiet", vec!["paper", "raised"]),
        ("accent", vec!["paper", "raised"]),
        ("on-accent", vec!["accent"]),
        ("on-danger", vec!["danger"]),
        ("danger", vec!["paper", "raised"]),
        ("good", vec!["paper", "raised"]),
    ];
    for (letters, grounds) in pairs {
        for ground in grounds {
            let measured = contrast(colours[letters], colours[ground]);
            assert!(measured >= 10.0, "{letters} on {ground}: {measured:.2}");
        }
    }
}

/// The ring around what has the focus is seen on each ground that it stands on (WCAG 2.2, 1.4.11 and 2.4.7), in both themes.
#[test]
fn the_focus_ring_stands_at_three_to_one_or_more() {
    for dark in [false, true] {
        let colours = colours(dark);
        for ground in ["paper", "raised", "tint", "attention", "focus-ring"] {
            let measured = contrast(colours["focus"], colours[ground]);
            assert!(measured >= 3.0, "focus on {ground}: {measured:.2}");
        }
    }
}

#[test]
fn validity_bars_stand_at_ten_to_one() {
    let colours = colours(false);
    for (letters, ground) in [("good", "good-tint"), ("danger", "danger-tint")] {
        let measured = contrast(colours[letters], colours[ground]);
        assert!(measured >= 10.0, "{letters} on {ground}: {measured:.2}");
    }
}
