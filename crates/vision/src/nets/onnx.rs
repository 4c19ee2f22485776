//! Reads what the small nets need of an ONNX file: nodes, attributes, constants. Sizes are checked; what is unknown is skipped.

use std::collections::HashMap;

/// A node of the graph.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) ints: HashMap<String, Vec<i64>>,
}

impl Node {
    /// An attribute of integers; a single one is a list of one.
    pub(super) fn ints(&self, name: &str) -> &[i64] {
        self.ints.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn input(&self, at: usize) -> Result<&str, String> {
        self.inputs
            .get(at)
            .map(String::as_str)
            .ok_or_else(|| format!("{} without input {at}", self.kind))
    }

    pub(super) fn output(&self) -> Result<&str, String> {
        self.outputs
            .first()
            .map(String::as_str)
            .ok_or_else(|| format!("{} without output", self.kind))
    }
}

/// A constant; half precision is widened, integers are kept as numbers (shapes and paddings are small).
#[derive(Debug, Default, Clone)]
pub(super) struct Constant {
    pub(super) dims: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Nodes in their order and constants by name.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) constants: HashMap<String, Constant>,
}

/// Reads a whole model file.
pub(super) fn read(bytes: &[u8]) -> Result<Graph, String> {
    let mut graph = Graph::default();
    for field in Fields(bytes) {
        if let (7, Value::Bytes(inner)) = field? {
            read_graph(inner, &mut graph)?;
        }
    }
    Ok(graph)
}

fn read_graph(bytes: &[u8], graph: &mut Graph) -> Result<(), String> {
    for field in Fields(bytes) {
        match field? {
            (1, Value::Bytes(inner)) => graph.nodes.push(read_node(inner)?),
            (5, Value::Bytes(inner)) => {
                let (name, constant) = read_tensor(inner)?;
                graph.constants.insert(name, constant);
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_node(bytes: &[u8]) -> Result<Node, String> {
    let mut node = Node::default();
    for field in Fields(bytes) {
        match field? {
            (1, Value::Bytes(name)) => node.inputs.push(text(name)),
            (2, Value::Bytes(name)) => node.outputs.push(text(name)),
            (4, Value::Bytes(kind)) => node.kind = text(kind),
            (5, Value::Bytes(inner)) => {
                let (mut name, mut ints) = (String::new(), Vec::new());
                for part in Fields(inner) {
                    match part? {
                        (1, Value::Bytes(own)) => name = text(own),
                        (3 | 8, Value::Number(one)) => ints.push(one as i64),
                        (8, Value::Bytes(packed)) => {
                            ints.extend(numbers(packed)?.iter().map(|n| *n as i64));
                        }
                        _ => {}
                    }
                }
                node.ints.insert(name, ints);
            }
            _ => {}
        }
    }
    Ok(node)
}

fn read_tensor(bytes: &[u8]) -> Result<(String, Constant), String> {
    let (mut name, mut kind, mut raw) = (String::new(), 0, &[][..]);
    let mut constant = Constant::default();
    let (mut floats, mut ints): (Vec<f32>, Vec<u64>) = (Vec::new(), Vec::new());
    for field in Fields(bytes) {
        match field? {
            (1, Value::Number(dim)) => constant.dims.push(dim as usize),
            (1, Value::Bytes(packed)) => constant
                .dims
                .extend(numbers(packed)?.iter().map(|n| *n as usize)),
            (2, Value::Number(number)) => kind = number,
            (4, Value::Bytes(packed)) => floats.extend(
                packed
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|four| f32::from_le_bytes(*four)),
            ),
            (7, Value::Number(number)) => ints.push(number),
            (7, Value::Bytes(packed)) => ints.extend(numbers(packed)?),
            (8, Value::Bytes(own)) => name = text(own),
            (9, Value::Bytes(own)) => raw = own,
            _ => {}
        }
    }
    constant.values = match kind {
        1 if raw.is_empty() => floats,
        1 => {
            let four = raw.as_chunks::<4>().0;
            four.iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        }
        7 if raw.is_empty() => ints.iter().map(|n| *n as i64 as f32).collect(),
        7 => {
            let eight = raw.as_chunks::<8>().0;
            eight
                .iter()
                .map(|bytes| i64::from_le_bytes(*bytes) as f32)
                .collect()
        }
        10 => {
            let two = raw.as_chunks::<2>().0;
            two.iter()
                .map(|bytes| half(u16::from_le_bytes(*bytes)))
                .collect()
        }
        other => return Err(format!("{name}: number format {other} is not read")),
    };
    let wanted = constant
        .dims
        .iter()
        .try_fold(1_usize, |product, dim| product.checked_mul(*dim));
    if wanted != Some(constant.values.len()) {
        return Err(format!("{name}: size and numbers do not fit"));
    }
    Ok((name, constant))
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    let size = match exponent {
        0 => (fraction as f32 * 2f32.powi(-24)).to_bits(),
        31 => 0xff << 23 | fraction << 13,
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(sign | size)
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a protocol buffer message; ends after an error.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or_else(|| "the file is damaged".to_owned()))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut self.0)?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Bytes(self.take(4)?),
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (own, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(own)
    }
}

fn varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn numbers(mut packed: &[u8]) -> Result<Vec<u64>, String> {
    let mut all = Vec::new();
    while !packed.is_empty() {
        all.push(varint(&mut packed).ok_or("a list of numbers is damaged")?);
    }
    Ok(all)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0400, 6.103_515_6e-5),
            (0x83ff, -6.097_555e-5),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
            (0, 0.0),
        ] {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
    }

    /// Invariant 15: a damaged file is an error.
    #[test]
    fn damaged_files_end() {
        assert!(read(&[0x3a, 0xff, 0xff]).is_err());
        assert!(read(&[0x3a, 0x02, 0x0a, 0x05]).is_err());
        assert!(read(&[0xff; 40]).is_err());
        assert!(read(&[]).unwrap().nodes.is_empty());
    }
}
