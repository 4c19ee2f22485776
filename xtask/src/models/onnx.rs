//! Builds an ONNX file (opset 13): nodes, half-precision weights with a Cast behind each, inputs and outputs.
//! Field numbers are those of onnx.proto3.

use super::{half, protobuf::Message};

const FLOAT: i64 = 1;
const INT64: i64 = 7;
const FLOAT16: i64 = 10;

/// Value of a node's attribute.
pub(crate) enum Attribute<'a> {
    /// One integer.
    Int(i64),
    /// Several integers.
    Ints(&'a [i64]),
}

/// A graph being built. Tensors are known by name.
#[derive(Default)]
pub(crate) struct Graph {
    nodes: Vec<Message>,
    initializers: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

impl Graph {
    /// Declares the model's input.
    pub(crate) fn input(&mut self, name: &str, shape: &[i64]) {
        self.inputs.push(value_info(name, shape));
    }

    /// Declares an output.
    pub(crate) fn output(&mut self, name: &str, shape: &[i64]) {
        self.outputs.push(value_info(name, shape));
    }

    /// Adds an operation and returns the name of its result, which is also the node's.
    pub(crate) fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute<'_>)],
    ) -> String {
        let mut node = Message::default();
        for input in inputs {
            node.text(1, input);
        }
        node.text(2, output).text(3, output).text(4, op);
        for (name, value) in attributes {
            let mut attribute = Message::default();
            attribute.text(1, name);
            match value {
                Attribute::Int(value) => attribute.int(3, *value).int(20, 2),
                Attribute::Ints(values) => values
                    .iter()
                    .fold(&mut attribute, |a, value| a.int(8, *value))
                    .int(20, 7),
            };
            node.message(5, &attribute);
        }
        self.nodes.push(node);
        output.to_owned()
    }

    /// Stores weights as half precision and returns the name of their single-precision form.
    pub(crate) fn weights(&mut self, name: &str, shape: &[i64], values: &[f32]) -> String {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| half::from_f32(*value).to_le_bytes())
            .collect();
        self.initializers.push(tensor(name, shape, FLOAT16, &raw));
        self.node(
            "Cast",
            &[name],
            &format!("{name}/f32"),
            &[("to", Attribute::Int(FLOAT))],
        )
    }

    /// Stores few numbers in single precision (biases, slopes).
    pub(crate) fn floats(&mut self, name: &str, shape: &[i64], values: &[f32]) -> String {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.initializers.push(tensor(name, shape, FLOAT, &raw));
        name.to_owned()
    }

    /// Stores a list of integers (shapes, paddings).
    pub(crate) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.initializers
            .push(tensor(name, &[values.len() as i64], INT64, &raw));
        name.to_owned()
    }

    /// The whole file.
    pub(crate) fn finish(self, name: &str, origin: &str) -> Vec<u8> {
        let mut graph = Message::default();
        for (field, parts) in [
            (1, &self.nodes),
            (5, &self.initializers),
            (11, &self.inputs),
            (12, &self.outputs),
        ] {
            for part in parts {
                graph.message(field, part);
            }
        }
        graph.text(2, name);
        let mut opset = Message::default();
        opset.text(1, "").int(2, 13);
        let mut model = Message::default();
        model
            .int(1, 8)
            .text(2, "uketsuke xtask models")
            .text(6, origin)
            .message(7, &graph)
            .message(8, &opset);
        model.finish()
    }
}

fn tensor(name: &str, shape: &[i64], kind: i64, raw: &[u8]) -> Message {
    let mut tensor = Message::default();
    for dimension in shape {
        tensor.int(1, *dimension);
    }
    tensor.int(2, kind).text(8, name).bytes(9, raw);
    tensor
}

fn value_info(name: &str, shape: &[i64]) -> Message {
    let mut dimensions = Message::default();
    for size in shape {
        let mut dimension = Message::default();
        dimension.int(1, *size);
        dimensions.message(1, &dimension);
    }
    let (mut kind, mut holder, mut info) =
        (Message::default(), Message::default(), Message::default());
    kind.int(1, FLOAT).message(2, &dimensions);
    holder.message(1, &kind);
    info.text(1, name).message(2, &holder);
    info
}
