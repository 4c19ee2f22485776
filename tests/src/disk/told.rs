//! What somebody has been told, read from the very bytes that the daemon sent: the receipt computer by events, lists and answers to
//! claims, the patient by the page that says goodbye. From then on it must stay true (invariant 9).

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// How far a result's delivery had come when somebody was told. The later includes the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reached {
    /// It is there.
    Stored,
    /// It has its owner.
    Claimed,
    /// Its owner has it.
    Acknowledged,
}

impl Reached {
    /// The word of the interface.
    pub(crate) fn word(word: &str) -> Option<Self> {
        match word {
            "waiting" => Some(Self::Stored),
            "claimed" => Some(Self::Claimed),
            "acknowledged" => Some(Self::Acknowledged),
            _ => None,
        }
    }
}

/// Results told, by id.
#[derive(Debug, Default, Clone)]
pub(crate) struct Told {
    results: BTreeMap<String, Reached>,
    streams: HashMap<u32, Vec<u8>>,
    pages: HashMap<u32, Page>,
    /// The qualification of each visit, in the order of the visits.
    visits: Vec<String>,
    /// How often a page said goodbye.
    farewells: usize,
}

/// A page's WebSocket.
#[derive(Debug, Default, Clone)]
struct Page {
    /// Not understood yet.
    bytes: Vec<u8>,
    says_goodbye: bool,
}

impl Told {
    /// Nothing so far; `visits` are the qualifications of the visits to come, in their order. A page names no visit, so it tells of one by
    /// its turn.
    pub(crate) fn nothing_of(visits: Vec<String>) -> Self {
        Self {
            visits,
            ..Self::default()
        }
    }

    /// How often a page said goodbye: each time its person was told that all is done.
    pub(crate) fn farewells(&self) -> usize {
        self.farewells
    }

    /// Takes bytes that were sent on a descriptor.
    pub(crate) fn sent(&mut self, descriptor: u32, bytes: &[u8]) {
        if bytes.starts_with(b"HTTP/1.") {
            self.streams.remove(&descriptor);
            self.pages.remove(&descriptor);
            if bytes.starts_with(b"HTTP/1.1 101") {
                let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
                let rest = end.and_then(|end| bytes.get(end + 4..));
                self.pages.insert(descriptor, Page::default());
                return self.page(descriptor, rest.unwrap_or_default());
            }
            self.streams.insert(descriptor, Vec::new());
        }
        if self.pages.contains_key(&descriptor) {
            return self.page(descriptor, bytes);
        }
        // Anything else is spoken to the service or to pcscd.
        let Some(stream) = self.streams.get_mut(&descriptor) else {
            return;
        };
        stream.extend_from_slice(bytes);
        let text = String::from_utf8_lossy(stream).into_owned();
        // Events: each line of data is whole, since the daemon sends an event at once.
        for data in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if let Ok(event) = serde_json::from_str::<Value>(data) {
                self.event(&event);
            }
        }
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str::<Value>(body)
        {
            self.body(&body);
        }
    }

    /// Bytes of a page's WebSocket: a view that says goodbye tells its person that the visit's result is kept.
    fn page(&mut self, descriptor: u32, bytes: &[u8]) {
        let Some(page) = self.pages.get_mut(&descriptor) else {
            return;
        };
        page.bytes.extend_from_slice(bytes);
        while let Some((opcode, content)) = frame(&mut page.bytes) {
            if opcode > 10 || (3..8).contains(&opcode) {
                // Somebody else's descriptor by now.
                self.pages.remove(&descriptor);
                return;
            }
            let view: Value = serde_json::from_slice(&content).unwrap_or_default();
            if opcode != TEXT || view["type"] != "view" {
                continue;
            }
            let goodbye = view["page"] == "farewell";
            if goodbye && !page.says_goodbye {
                if let Some(id) = self.visits.get(self.farewells) {
                    let known = self.results.entry(id.clone()).or_insert(Reached::Stored);
                    *known = Reached::Stored.max(*known);
                }
                self.farewells += 1;
            }
            page.says_goodbye = goodbye;
        }
    }

    fn event(&mut self, event: &Value) {
        let reached = match event["kind"].as_str() {
            Some("result-stored") => Reached::Stored,
            Some("result-claimed") => Reached::Claimed,
            Some("result-acknowledged") => Reached::Acknowledged,
            _ => return,
        };
        if let Some(id) = event["result"].as_str() {
            self.told(id, reached);
        }
    }

    fn body(&mut self, body: &Value) {
        match body {
            Value::Array(all) => all.iter().for_each(|one| self.body(one)),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                if let (Some(id), Some(state), Some(_)) = (text("id"), text("state"), text("kind"))
                    && let Some(reached) = Reached::word(state)
                {
                    self.told(id, reached);
                }
                fields.values().for_each(|one| self.body(one));
            }
            _ => {}
        }
    }

    /// Takes what an answer said.
    pub(crate) fn told(&mut self, id: &str, reached: Reached) {
        let known = self.results.entry(id.to_owned()).or_insert(reached);
        *known = reached.max(*known);
    }

    /// What was told.
    pub(crate) fn results(&self) -> &BTreeMap<String, Reached> {
        &self.results
    }
}

/// Opcode of a text frame (RFC 6455, section 5.2).
const TEXT: u8 = 1;

/// Takes a whole frame as a server sends it (never masked) off the beginning: opcode and content.
fn frame(bytes: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (opcode, length) = (bytes.first()? & 0x0f, bytes.get(1)? & 0x7f);
    let wide = match length {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let more = bytes.get(2..2 + wide)?;
    let length = match wide {
        0 => usize::from(length),
        _ => more
            .iter()
            .fold(0, |sum: usize, byte| (sum << 8) | usize::from(*byte)),
    };
    let end = length.checked_add(2 + wide)?;
    let content = bytes.get(2 + wide..end)?.to_vec();
    bytes.drain(..end);
    Some((opcode, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text frame of a server.
    fn said(text: &str) -> Vec<u8> {
        let mut frame = vec![0x81];
        match u8::try_from(text.len()) {
            Ok(length @ 0..126) => frame.push(length),
            _ => {
                frame.push(126);
                frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
            }
        }
        frame.extend(text.as_bytes());
        frame
    }

    #[test]
    fn inv9_a_page_that_says_goodbye_has_told_its_person_of_the_result() {
        let visits = ["sim-1-qualification", "sim-2-qualification"].map(str::to_owned);
        let mut told = Told::nothing_of(visits.to_vec());
        let farewell = |rest: &str| said(&format!(r#"{{"type":"view","page":"farewell"{rest}}}"#));
        let long = format!(r#","lines":["{}"]"#, "x".repeat(300));
        told.sent(
            8,
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n",
        );
        told.sent(8, &said(r#"{"type":"view","page":"consents"}"#));
        told.sent(8, &[0x82, 3, 1, 2, 3]);
        assert_eq!((told.results().len(), told.farewells()), (0, 0));
        // In pieces, and drawn anew: said once.
        let frame = farewell(&long);
        told.sent(8, &frame[..1]);
        told.sent(8, &frame[1..90]);
        assert_eq!(told.results().len(), 0);
        told.sent(8, &frame[90..]);
        told.sent(8, &farewell(""));
        told.sent(8, &said(r#"{"type":"alive"}"#));
        assert_eq!(told.farewells(), 1);
        assert_eq!(
            told.results().get("sim-1-qualification"),
            Some(&Reached::Stored)
        );
        assert_eq!(told.results().get("sim-2-qualification"), None);
        let next = [said(r#"{"type":"view","page":"waiting"}"#), farewell("")].concat();
        told.sent(8, &next);
        assert_eq!((told.results().len(), told.farewells()), (2, 2));
        // The descriptor of another, later.
        told.sent(8, &[0x16, 0x03, 0x03, 0, 0]);
        told.sent(8, &farewell(""));
        assert_eq!(told.farewells(), 2);
    }

    #[test]
    fn events_lists_and_answers_are_understood_also_in_pieces() {
        let mut told = Told::default();
        told.sent(
            5,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
        );
        told.sent(
            5,
            b"5f\r\nid: 3\nevent: result-stored\ndata: {\"kind\":\"result-stored\",\"result\":\"sim-1-qualification\"}\n\n\r\n",
        );
        assert_eq!(
            told.results().get("sim-1-qualification"),
            Some(&Reached::Stored)
        );
        told.sent(
            6,
            b"HTTP/1.1 200 OK\r\n\r\n{\"results\":[{\"id\":\"sim-1-qual",
        );
        told.sent(
            6,
            b"ification\",\"kind\":\"qualification\",\"state\":\"acknowledged\"}]}",
        );
        assert_eq!(
            told.results().get("sim-1-qualification"),
            Some(&Reached::Acknowledged)
        );
        told.sent(6, b"HTTP/1.1 200 OK\r\n\r\n{\"id\":\"sim-2-medicines\",\"kind\":\"medicines\",\"state\":\"claimed\"}");
        told.sent(
            7,
            b"HTTP/1.1 404 Not Found\r\n\r\n{\"id\":\"sim-9-medicines\"}",
        );
        assert_eq!(told.results().len(), 2);
        assert_eq!(
            told.results().get("sim-2-medicines"),
            Some(&Reached::Claimed)
        );
    }
}
