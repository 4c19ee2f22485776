//! Which of the forms a client accepts (RFC 9110 §12.5.1): JSON, XML in UTF-8, XML in Shift_JIS, by media range and weight.

use crate::problem::{Kind, Problem};
use axum::http::{HeaderMap, header};

/// A form in which a result can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    XmlUtf8,
    XmlShiftJis,
}

impl Form {
    /// In the order of preference when the client has none.
    const ALL: [Self; 3] = [Self::Json, Self::XmlUtf8, Self::XmlShiftJis];

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::XmlUtf8 => "application/xml; charset=UTF-8",
            Self::XmlShiftJis => "application/xml; charset=Shift_JIS",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::XmlUtf8 | Self::XmlShiftJis => "application/xml",
        }
    }

    fn is_charset(self, charset: &str) -> bool {
        let names: &[&str] = match self {
            Self::Json | Self::XmlUtf8 => &["utf-8", "utf8"],
            // The names under which receipt computers know code page 932.
            Self::XmlShiftJis => &[
                "shift_jis",
                "shift-jis",
                "sjis",
                "windows-31j",
                "cp932",
                "ms932",
            ],
        };
        names.iter().any(|name| charset.eq_ignore_ascii_case(name))
    }
}

/// One media range of an Accept header.
struct Range {
    media: String,
    charset: Option<String>,
    /// Thousandths, 0..=1000.
    weight: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next()?.to_ascii_lowercase();
        let (main, sub) = media.split_once('/')?;
        if main.is_empty() || sub.is_empty() || (main == "*" && sub != "*") {
            return None;
        }
        let mut range = Self {
            media,
            charset: None,
            weight: 1000,
        };
        for part in parts {
            let (name, value) = part.split_once('=')?;
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.weight = weight(value.trim())?,
                "charset" => range.charset = Some(value.trim().trim_matches('"').to_owned()),
                // A parameter we do not have makes the range one that we cannot serve.
                _ => return None,
            }
        }
        Some(range)
    }

    /// How precisely the range names a form; `None` when it does not.
    fn precision(&self, media_type: &str, is_charset: impl Fn(&str) -> bool) -> Option<u8> {
        let family = media_type.split_once('/').map_or("", |(main, _)| main);
        let base = match self.media.as_str() {
            "*/*" => 1,
            media if media == media_type => 3,
            media if media.strip_suffix("/*") == Some(family) => 2,
            _ => return None,
        };
        match &self.charset {
            None => Some(base),
            Some(charset) if is_charset(charset) => Some(base + 3),
            Some(_) => None,
        }
    }
}

fn weight(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

fn ranges(headers: &HeaderMap) -> Option<Vec<Range>> {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    values.peek()?;
    Some(
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .take(64)
            .filter_map(|text| Range::parse(text.trim()))
            .collect(),
    )
}

fn weight_of(ranges: &[Range], media_type: &str, is_charset: impl Fn(&str) -> bool) -> u32 {
    ranges
        .iter()
        .filter_map(|range| Some((range.precision(media_type, &is_charset)?, range.weight)))
        .max()
        .map_or(0, |(_, weight)| weight)
}

/// The best form out of those that exist for a result.
pub(crate) fn choose(headers: &HeaderMap) -> Result<Form, Problem> {
    let Some(ranges) = ranges(headers) else {
        return Ok(Form::Json);
    };
    let mut best = None;
    for form in Form::ALL {
        let weight = weight_of(&ranges, form.media_type(), |charset| {
            form.is_charset(charset)
        });
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form)
        .ok_or_else(|| Kind::NotAcceptable.into())
}

/// For what exists in one form only.
pub(crate) fn require(headers: &HeaderMap, media_type: &'static str) -> Result<(), Problem> {
    let is_utf8 = |charset: &str| Form::Json.is_charset(charset);
    match ranges(headers) {
        Some(ranges) if weight_of(&ranges, media_type, is_utf8) == 0 => {
            Err(Problem::new(Kind::NotAcceptable).because(
                format!("ここでは {media_type} だけです"),
                format!("only {media_type} is available here"),
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_form_is_chosen_by_weight_and_precision() {
        use Form::{Json, XmlShiftJis, XmlUtf8};
        let rows = [
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/xml", Some(XmlUtf8)),
            ("APPLICATION/XML; Charset=\"shift_jis\"", Some(XmlShiftJis)),
            ("application/xml;charset=Windows-31J", Some(XmlShiftJis)),
            ("application/xml; charset=utf-8", Some(XmlUtf8)),
            ("application/xml; charset=EUC-JP", None),
            (
                "application/json;q=0.5, application/xml;q=0.8",
                Some(XmlUtf8),
            ),
            (
                "application/json;q=0.5, application/xml;charset=shift_jis",
                Some(XmlShiftJis),
            ),
            ("*/*;q=0.1, application/json;q=0", Some(XmlUtf8)),
            (
                "application/xml;q=0.9, application/xml;charset=shift_jis;q=0.2",
                Some(XmlUtf8),
            ),
            (
                "application/xml;charset=utf-8;q=0, application/xml",
                Some(XmlShiftJis),
            ),
            ("application/json;q=0, */*;q=0", None),
            ("text/html", None),
            ("application/json;q=2", None),
            ("application/json;q=0.0001", None),
            ("application/json;version=9", None),
            ("", None),
            (",,;;=,/", None),
            ("text/html, application/json;q=0.001", Some(Json)),
        ];
        for (accept, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(choose(&headers).ok(), expected, "{accept}");
        }
        assert_eq!(
            choose(&HeaderMap::new()).ok(),
            Some(Json),
            "no Accept at all"
        );
    }

    #[test]
    fn what_exists_in_one_form_only_is_refused_to_others() {
        let mut headers = HeaderMap::new();
        assert!(require(&headers, "application/json").is_ok());
        headers.insert(
            header::ACCEPT,
            "application/xml, text/*;q=0.3".parse().unwrap(),
        );
        assert!(require(&headers, "application/json").is_err());
        assert!(require(&headers, "text/event-stream").is_ok());
    }
}
