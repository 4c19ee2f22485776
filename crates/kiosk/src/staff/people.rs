//! Names of the chain and the ledger in words: who did something, through what a result came.

use crate::texts::Texts;

/// What stands before the name of a member of staff in every record.
const STAFF: &str = "staff:";
/// How a result came without a card, as the ledger has it, and its words.
const THROUGH: [(&str, &str); 7] = [
    ("number", "staff-through-number"),
    ("visiting", "staff-through-visiting"),
    ("house-call", "staff-through-house-call"),
    ("online", "staff-through-online"),
    ("alternative-route", "staff-through-alternative-route"),
    ("disaster", "staff-through-disaster"),
    ("outage", "staff-through-outage"),
];

/// Who did something: a member of staff by name, the terminal and the technician by a word, a receipt computer by its own name.
pub(crate) fn person(actor: &str, texts: Texts) -> String {
    if let Some(name) = actor.strip_prefix(STAFF) {
        return name.to_owned();
    }
    texts
        .find(&format!("audit-by-{}", actor.to_ascii_lowercase()))
        .unwrap_or_else(|| actor.to_owned())
}

/// How a result came, of what the ledger keeps as its reader: the desk with the card reader, or what was asked for and by whom
/// (`desk-1/number:staff:…`).
pub(crate) fn reader(kept: &str, texts: Texts) -> String {
    let (desk, device) = kept.split_once('/').unwrap_or(("", kept));
    let asked = device.split_once(':').and_then(|(how, who)| {
        let (_, key) = THROUGH.iter().find(|(known, _)| *known == how)?;
        Some((texts.get(key), person(who, texts)))
    });
    match asked {
        Some((how, who)) => texts.with_all(
            "staff-through",
            &[("desk", desk), ("how", &how), ("who", &who)],
        ),
        None => device_of(desk, device, texts),
    }
}

/// Whether a result came of a visit with a card at a reader, and not of an inquiry by numbers or under a consent.
pub(crate) fn by_card(kept: &str) -> bool {
    let (_, device) = kept.split_once('/').unwrap_or(("", kept));
    let how = device.split_once(':').map(|(how, _)| how);
    !how.is_some_and(|how| THROUGH.iter().any(|(known, _)| *known == how))
}

/// A card reader as it is printed on the device: PC/SC puts two numbers behind the name, the first of which counts devices from 0.
fn device_of(desk: &str, device: &str, texts: Texts) -> String {
    let mut parts: Vec<&str> = device.split_whitespace().collect();
    let number = |part: Option<&&str>| {
        let part = part.filter(|part| part.len() == 2)?;
        u32::from_str_radix(part, 16).ok()
    };
    let at = |back: usize| parts.len().checked_sub(back).and_then(|at| parts.get(at));
    let count = match (number(at(2)), number(at(1))) {
        (Some(count), Some(_)) if parts.len() > 2 => count,
        _ => 0,
    };
    if number(at(1)).is_some() && number(at(2)).is_some() && parts.len() > 2 {
        parts.truncate(parts.len() - 2);
    }
    let name = parts.join(" ");
    let name = if count == 0 {
        name
    } else {
        let nth = (count + 1).to_string();
        texts.with_all("staff-reader-nth", &[("name", &name), ("nth", &nth)])
    };
    match (desk, name.as_str()) {
        ("", _) => name,
        (_, "") => desk.to_owned(),
        _ => texts.with_all("staff-reader-at", &[("desk", desk), ("name", &name)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    #[test]
    fn no_internal_name_is_shown() {
        let ja = Texts(Lang::Ja);
        for (kept, shown) in [
            (
                "desk-1/ACS ACR39U ICC Reader 00 00",
                "desk-1（ACS ACR39U ICC Reader）",
            ),
            ("Virtual PCD 01 00", "Virtual PCD（2台目）"),
            ("ACR 39", "ACR 39"),
            ("受付1", "受付1"),
            (
                "desk-1/number:staff:受付 花子",
                "desk-1 番号で照会（受付 花子）",
            ),
            (
                "desk-1/visiting:rececon",
                "desk-1 訪問診療等の再照会（rececon）",
            ),
            ("desk-1/outage:terminal", "desk-1 障害時の照会（端末）"),
            ("", ""),
        ] {
            assert_eq!(reader(kept, ja), shown);
        }
        assert_eq!(person("staff:受付 花子", ja), "受付 花子");
        assert_eq!(person("technician", ja), "技術者");
        assert_eq!(person("rececon", ja), "rececon");
    }
}
