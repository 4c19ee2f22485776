//! The part of the Protocol Buffers wire format that writing a model file takes: varints and length-delimited fields.

/// A message being written, field by field.
#[derive(Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// An integer or enumeration field.
    pub(crate) fn int(&mut self, field: u32, value: i64) -> &mut Self {
        self.varint(u64::from(field) << 3);
        self.varint(value as u64);
        self
    }

    /// A string, bytes or sub-message field.
    pub(crate) fn bytes(&mut self, field: u32, value: &[u8]) -> &mut Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A string field.
    pub(crate) fn text(&mut self, field: u32, value: &str) -> &mut Self {
        self.bytes(field, value.as_bytes())
    }

    /// A sub-message field.
    pub(crate) fn message(&mut self, field: u32, value: &Message) -> &mut Self {
        self.bytes(field, &value.0)
    }

    /// What has been written.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    /// The examples of the Protocol Buffers encoding page: field 1 = 150; field 2 = "testing"; field 3 = the first message.
    #[test]
    fn published_examples() {
        let mut first = Message::default();
        first.int(1, 150);
        let mut outer = Message::default();
        outer.text(2, "testing").message(3, &first);
        assert_eq!(first.finish(), [0x08, 0x96, 0x01]);
        assert_eq!(outer.finish(), b"\x12\x07testing\x1a\x03\x08\x96\x01");
    }
}
