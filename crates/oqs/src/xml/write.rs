//! Element tree to XML, with the declaration that published files carry (`standalone="no"`).

use crate::charset::{Charset, Encoded, LostCharacter};
use crate::element::{Content, Element};

/// Where the encoding is named in a message.
const HEADER: &str = "MessageHeader";
const CHARACTER_CODE: &str = "CharacterCodeIdentifier";

/// Writes one document.
pub(crate) fn write(root: &Element, charset: Charset) -> Encoded {
    let mut writer = Writer {
        charset,
        out: format!(
            "<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\n",
            charset.label()
        ),
        lost: Vec::new(),
    };
    writer.element(root, 0, false);
    Encoded {
        bytes: charset.encode(&writer.out),
        lost: writer.lost,
        charset,
    }
}

struct Writer {
    charset: Charset,
    out: String,
    lost: Vec<LostCharacter>,
}

impl Writer {
    fn element(&mut self, element: &Element, depth: usize, in_header: bool) {
        let name = element.name();
        self.indent(depth);
        self.out.push_str(&format!("<{name}>"));
        match &element.content {
            Content::Text(_) if in_header && name == CHARACTER_CODE => {
                self.out.push_str(self.charset.identifier());
            }
            Content::Text(text) => {
                let text = self.charset.fit(name, text, &mut self.lost);
                self.text(&text);
            }
            Content::Children(children) => {
                self.out.push('\n');
                let in_header = depth == 1 && name == HEADER;
                for child in children {
                    self.element(child, depth + 1, in_header);
                }
                self.indent(depth);
            }
        }
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                // A reader would turn it into a line feed.
                '\r' => self.out.push_str("&#13;"),
                other => self.out.push(other),
            }
        }
    }
}
