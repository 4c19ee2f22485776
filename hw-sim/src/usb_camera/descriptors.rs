//! How the camera describes itself: a USB 2.0 device with one Video Class 1.0 function that streams through a bulk endpoint (the
//! kernel's USB/IP host has no isochronous transfers for emulated devices). Source: USB Video Class 1.0 §3 and §4.3.

use super::Form;
use super::wire::Setup;

/// Largest payload, header included; one transfer carries one payload.
pub(super) const PAYLOAD: usize = 16_384;
const ENDPOINT: u8 = 0x81;
/// Time units of the class: 100 ns.
const SECOND: u32 = 10_000_000;
const STRING: u8 = 3;
const CLASS_INTERFACE: u8 = 0x24;

/// Name and shape of the camera.
#[derive(Debug, Clone)]
pub struct Shape {
    /// What `VIDIOC_QUERYCAP` calls it.
    pub name: String,
    /// Tells cameras of one kind apart.
    pub serial: String,
    /// Forms of pictures it offers, in its own order.
    pub forms: Vec<Form>,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Frames a second.
    pub rate: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            name: "uketsuke bench camera".into(),
            serial: "0001".into(),
            forms: vec![Form::Mjpeg],
            width: 640,
            height: 480,
            rate: 30,
        }
    }
}

impl Shape {
    /// Bytes of an uncompressed picture; the most for MJPEG.
    pub(super) fn picture_bytes(&self, form: Form) -> usize {
        let pixels = usize::from(self.width) * usize::from(self.height);
        match form {
            Form::Mjpeg | Form::Yuyv => pixels * 2,
            Form::Nv12 => pixels * 3 / 2,
            Form::Grey => pixels,
        }
    }

    fn frame(&self, form: Form) -> Vec<u8> {
        let size = self.picture_bytes(form) as u32;
        let bits = size.saturating_mul(8).saturating_mul(self.rate);
        let subtype = if form == Form::Mjpeg { 7 } else { 5 };
        let mut out = vec![30, CLASS_INTERFACE, subtype, 1, 0];
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        for value in [bits, bits, size, SECOND / self.rate.max(1)] {
            out.extend(value.to_le_bytes());
        }
        out.push(1);
        out.extend((SECOND / self.rate.max(1)).to_le_bytes());
        out
    }

    fn formats(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (form, index) in self.forms.iter().copied().zip(1u8..) {
            match form.guid() {
                None => body.extend([11, CLASS_INTERFACE, 6, index, 1, 0, 1, 0, 0, 0, 0]),
                Some((guid, bits)) => {
                    body.extend([27, CLASS_INTERFACE, 4, index, 1]);
                    body.extend(guid);
                    body.extend([bits, 1, 0, 0, 0, 0]);
                }
            }
            body.extend(self.frame(form));
        }
        let count = self.forms.len();
        let header = 13 + count;
        let total = (header + body.len()) as u16;
        let mut out = vec![header as u8, CLASS_INTERFACE, 1, count as u8];
        out.extend(total.to_le_bytes());
        out.extend([ENDPOINT, 0, 2, 0, 0, 0, 1]);
        out.resize(header, 0);
        out.extend(body);
        out
    }

    fn configuration(&self) -> Vec<u8> {
        // Camera terminal without controls, joined to an output terminal.
        let mut terminals = vec![
            17,
            CLASS_INTERFACE,
            2,
            1,
            0x01,
            0x02,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            2,
            0,
            0,
        ];
        terminals.extend([9, CLASS_INTERFACE, 3, 2, 0x01, 0x01, 0, 1, 0]);
        let mut body = vec![8, 0x0b, 0, 2, 0x0e, 3, 0, 2];
        body.extend([9, 4, 0, 0, 0, 0x0e, 1, 0, 2]);
        body.extend([13, CLASS_INTERFACE, 1, 0x00, 0x01]);
        body.extend((13 + terminals.len() as u16).to_le_bytes());
        body.extend(48_000_000u32.to_le_bytes());
        body.extend([1, 1]);
        body.extend(terminals);
        body.extend([9, 4, 1, 0, 1, 0x0e, 2, 0, 0]);
        body.extend(self.formats());
        body.extend([7, 5, ENDPOINT, 2, 0, 2, 0]);
        let mut out = vec![9, 2];
        out.extend((9 + body.len() as u16).to_le_bytes());
        out.extend([2, 1, 0, 0x80, 50]);
        out.extend(body);
        out
    }

    fn string(&self, index: u8) -> Option<Vec<u8>> {
        let text = match index {
            0 => return Some(vec![4, STRING, 0x09, 0x04]),
            1 => "uketsuke",
            2 => &self.name,
            3 => &self.serial,
            _ => return None,
        };
        let utf16: Vec<u8> = text
            .encode_utf16()
            .take(120)
            .flat_map(u16::to_le_bytes)
            .collect();
        let mut out = vec![2 + utf16.len() as u8, STRING];
        out.extend(utf16);
        Some(out)
    }

    /// The negotiation block of 26 bytes.
    fn probe(&self, form: u8) -> Vec<u8> {
        let chosen = self.form(form).unwrap_or(Form::Mjpeg);
        let mut out = vec![1, 0, form, 1];
        out.extend((SECOND / self.rate.max(1)).to_le_bytes());
        out.extend([0; 10]);
        out.extend((self.picture_bytes(chosen) as u32).to_le_bytes());
        out.extend((PAYLOAD as u32).to_le_bytes());
        out
    }

    /// The form of a format index, which counts from 1.
    pub(super) fn form(&self, index: u8) -> Option<Form> {
        self.forms.get(usize::from(index).checked_sub(1)?).copied()
    }

    /// What a control transfer that expects data is answered with; `None` stalls. `chosen` is the format index agreed last.
    pub(super) fn answer(&self, setup: Setup, chosen: u8) -> Option<Vec<u8>> {
        let [selector, detail] = setup.value.to_be_bytes();
        let data = match (setup.kind, setup.request) {
            (0x80, 6) => match selector {
                1 => vec![
                    18, 1, 0, 2, 0xef, 2, 1, 64, 0x6b, 0x1d, 0x02, 0x01, 0, 1, 1, 2, 3, 1,
                ],
                2 => self.configuration(),
                STRING => self.string(detail)?,
                _ => return None,
            },
            (0x80..=0x82, 0) => vec![0, 0],
            // Probe and commit of the streaming interface.
            (0xa1, request) if setup.index & 0xff == 1 && (1..=2).contains(&selector) => {
                match request {
                    0x85 => vec![26, 0],
                    0x86 => vec![3],
                    _ => self.probe(chosen),
                }
            }
            _ => return None,
        };
        Some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths inside the descriptors add up, or the host would refuse the camera.
    #[test]
    fn descriptors_add_up() {
        let shape = Shape {
            forms: vec![Form::Mjpeg, Form::Yuyv, Form::Nv12, Form::Grey],
            ..Shape::default()
        };
        let all = shape.configuration();
        assert_eq!(usize::from(u16::from_le_bytes([all[2], all[3]])), all.len());
        let (mut at, mut formats, mut frames) = (0, 0, 0);
        while at < all.len() {
            let length = usize::from(all[at]);
            assert!(length >= 2 && at + length <= all.len(), "at {at}");
            match all[at + 1..at + 3] {
                // A streaming header announces all of its formats; the control header (13 bytes) its terminals.
                [CLASS_INTERFACE, 1] => {
                    let field = if length == 13 { 5 } else { 4 };
                    let total =
                        usize::from(u16::from_le_bytes([all[at + field], all[at + field + 1]]));
                    assert_eq!(
                        total,
                        if length == 13 {
                            13 + 17 + 9
                        } else {
                            length + 11 + 3 * 27 + 4 * 30
                        }
                    );
                }
                [CLASS_INTERFACE, 4 | 6] => formats += 1,
                [CLASS_INTERFACE, 5 | 7] if length == 30 => frames += 1,
                _ => {}
            }
            at += length;
        }
        assert_eq!((formats, frames), (4, 4));
        assert_eq!(shape.probe(2).len(), 26);
    }

    #[test]
    fn unknown_questions_stall() {
        let shape = Shape::default();
        let ask = |kind, request, value, index| Setup {
            kind,
            request,
            value,
            index,
            length: 255,
        };
        assert_eq!(shape.answer(ask(0x80, 6, 0x0100, 0), 1).unwrap().len(), 18);
        assert_eq!(shape.answer(ask(0x80, 6, 0x0302, 0), 1).unwrap()[2], b'u');
        assert!(shape.answer(ask(0x80, 6, 0x0f00, 0), 1).is_none());
        assert!(shape.answer(ask(0x80, 6, 0x0309, 0), 1).is_none());
        assert!(shape.answer(ask(0xa1, 0x81, 0x0300, 1), 1).is_none());
        assert!(shape.answer(ask(0xc0, 1, 0, 0), 1).is_none());
    }
}
