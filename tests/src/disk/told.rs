//! What a receipt computer has been told, read from the very bytes that the daemon sent it: events, lists, answers to claims. From
//! then on it must stay true (invariant 9).

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
}

impl Told {
    /// Takes bytes that were sent on a descriptor.
    pub(crate) fn sent(&mut self, descriptor: u32, bytes: &[u8]) {
        if bytes.starts_with(b"HTTP/1.") {
            self.streams.remove(&descriptor);
            // A page's WebSocket carries no message of the receipt computer's.
            if !bytes.starts_with(b"HTTP/1.1 101") {
                self.streams.insert(descriptor, Vec::new());
            }
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

#[cfg(test)]
mod tests {
    use super::*;

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
