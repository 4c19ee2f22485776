//! HTML that can't be written wrongly: text becomes markup only by being escaped.

use crate::texts::escape_into;

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// The finished text.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Escaped text.
pub(super) fn text(text: impl AsRef<str>) -> Markup {
    let mut out = String::new();
    escape_into(&mut out, text.as_ref());
    Markup(out)
}

/// Text of our own program: a template, a drawing.
pub(super) fn own(source: &'static str) -> Markup {
    Markup(source.to_owned())
}

/// A drawing made by the daemon from numbers (a QR code): nothing in it comes from outside.
pub(super) fn drawing(svg: &str) -> Option<Markup> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " <>/=\"-.:#".contains(c);
    (svg.starts_with("<svg ") && svg.chars().all(plain) && !svg.contains("script"))
        .then(|| Markup(svg.to_owned()))
}

/// Several pieces in a row.
pub(super) fn all(parts: impl IntoIterator<Item = Markup>) -> Markup {
    Markup(parts.into_iter().map(|part| part.0).collect())
}

/// Nothing.
pub(super) fn none() -> Markup {
    Markup::default()
}

/// An element; an attribute whose value is `"\0"` stands without a value.
pub(super) fn el(
    name: &'static str,
    attributes: &[(&'static str, &str)],
    children: impl IntoIterator<Item = Markup>,
) -> Markup {
    let mut out = format!("<{name}");
    for (key, value) in attributes {
        out.push(' ');
        out.push_str(key);
        if *value != SET {
            out.push_str("=\"");
            escape_into(&mut out, value);
            out.push('"');
        }
    }
    out.push('>');
    if !matches!(name, "input" | "br" | "link" | "meta") {
        for child in children {
            out.push_str(&child.0);
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
    Markup(out)
}

/// The value of an attribute that has none.
pub(super) const SET: &str = "\0";

/// An element with text only.
pub(super) fn line(
    name: &'static str,
    attributes: &[(&'static str, &str)],
    words: impl AsRef<str>,
) -> Markup {
    el(name, attributes, [text(words)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let made = el(
            "p",
            &[("title", "\"><script>"), ("hidden", SET)],
            [text("<b>&")],
        );
        assert_eq!(
            made.into_string(),
            "<p title=\"&quot;&gt;&lt;script&gt;\" hidden>&lt;b&gt;&amp;</p>"
        );
    }

    #[test]
    fn only_plain_drawings_are_taken() {
        assert!(drawing("<svg viewBox=\"0 0 1 1\"><path d=\"M4 4h1v1h-1z\"/></svg>").is_some());
        assert!(drawing("<svg onload=\"alert(1)\"></svg>").is_none());
        assert!(drawing("<svg ><script>x</script></svg>").is_none());
    }
}
