//! Converts a tfjs graph model (channels last) into ONNX (channels first): the operations that BlazeFace and FaceMesh use.
//!
//! Traps: SAME padding with stride 2 is uneven; a tensor goes back to channels-last before it is flattened.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::onnx::{Attribute, Graph};
use super::weights::{Group, Weights};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    model_topology: Topology,
    weights_manifest: Vec<Group>,
}

#[derive(Deserialize)]
struct Topology {
    node: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    name: String,
    op: String,
    #[serde(default)]
    input: Vec<String>,
    #[serde(default)]
    attr: Value,
}

/// Height, width and channels of a picture-like tensor; flat ones have none.
type Shape = Option<[i64; 3]>;

struct Converter<'a> {
    nodes: HashMap<&'a str, &'a Node>,
    weights: Weights,
    graph: Graph,
    done: HashMap<String, Shape>,
}

/// Converts `file`; only what the named outputs (with their shapes) need is kept.
pub(crate) fn convert(file: &Path, outputs: &[(&str, &[i64])], origin: &str) -> Result<Vec<u8>> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let model: File = serde_json::from_slice(&text).context("not a tfjs graph model")?;
    let weights = Weights::read(file.parent().context("no folder")?, &model.weights_manifest)?;
    let nodes = model
        .model_topology
        .node
        .iter()
        .map(|node| (node.name.as_str(), node))
        .collect();
    let mut converter = Converter {
        nodes,
        weights,
        graph: Graph::default(),
        done: HashMap::new(),
    };
    for (name, shape) in outputs {
        converter.visit(name)?;
        converter.graph.output(name, shape);
    }
    let name = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("model");
    Ok(converter.graph.finish(name, origin))
}

impl Converter<'_> {
    /// Writes a node after everything that it needs. The nets are about a hundred nodes deep, well within the stack.
    fn visit(&mut self, name: &str) -> Result<Shape> {
        if let Some(shape) = self.done.get(name) {
            return Ok(*shape);
        }
        let node = *self
            .nodes
            .get(name)
            .with_context(|| format!("no node {name}"))?;
        let mut shapes = Vec::new();
        for input in &node.input {
            if !self.weights.has(input) {
                shapes.push(self.visit(input)?);
            }
        }
        let shape = self
            .write(node, &shapes)
            .with_context(|| format!("{} {name}", node.op))?;
        self.done.insert(name.to_owned(), shape);
        Ok(shape)
    }

    fn write(&mut self, node: &Node, shapes: &[Shape]) -> Result<Shape> {
        let first = shapes.first().copied().flatten();
        match node.op.as_str() {
            "Placeholder" => {
                let side = |at: usize| {
                    node.attr["shape"]["shape"]["dim"][at]["size"]
                        .as_str()
                        .and_then(|size| size.parse().ok())
                        .context("input size")
                };
                let shape = [side(1)?, side(2)?, side(3)?];
                self.graph
                    .input(&node.name, &[1, shape[2], shape[0], shape[1]]);
                Ok(Some(shape))
            }
            "_FusedConv2D" | "DepthwiseConv2dNative" => self
                .convolution(node, first.context("needs a picture")?)
                .map(Some),
            "MaxPool" => self
                .pooling(node, first.context("needs a picture")?)
                .map(Some),
            "Pad" => self
                .channel_padding(node, first.context("needs a picture")?)
                .map(Some),
            "Prelu" => {
                let slope = self.slope(&node.input[1])?;
                self.graph
                    .node("PRelu", &[&node.input[0], &slope], &node.name, &[]);
                Ok(first)
            }
            "AddV2" => {
                ensure!(
                    shapes.len() == 2 && shapes[0] == shapes[1],
                    "unequal shapes {shapes:?}"
                );
                self.graph
                    .node("Add", &[&node.input[0], &node.input[1]], &node.name, &[]);
                Ok(first)
            }
            op @ ("Relu" | "Sigmoid" | "Identity") => {
                self.graph.node(op, &[&node.input[0]], &node.name, &[]);
                Ok(first)
            }
            "Reshape" => {
                let last = format!("{}/channels_last", node.name);
                self.graph.node(
                    "Transpose",
                    &[&node.input[0]],
                    &last,
                    &[("perm", Attribute::Ints(&[0, 2, 3, 1]))],
                );
                let target = self.weights.get(&node.input[1])?.integers();
                let target = self.graph.integers(&node.input[1], &target);
                self.graph
                    .node("Reshape", &[&last, &target], &node.name, &[]);
                Ok(None)
            }
            other => bail!("operation {other} is not known here"),
        }
    }

    fn convolution(
        &mut self,
        node: &Node,
        [height, width, channels]: [i64; 3],
    ) -> Result<[i64; 3]> {
        let depthwise = node.op == "DepthwiseConv2dNative";
        let tensor = self.weights.get(&node.input[1])?;
        let (shape, values) = if depthwise {
            tensor.depthwise_filters()?
        } else {
            tensor.filters()?
        };
        let (kernel, strides) = ([shape[2], shape[3]], pair(node, "strides")?);
        ensure!(
            pair(node, "dilations")? == [1, 1],
            "dilation is not known here"
        );
        let (top, bottom, rows) = padding(node, height, kernel[0], strides[0])?;
        let (left, right, columns) = padding(node, width, kernel[1], strides[1])?;
        let filters = self.graph.weights(&node.input[1], &shape, &values);

        let steps: Vec<&str> = node.attr["fused_ops"]["list"]["s"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        // tfjs keeps strings in base64: BiasAdd, Relu, Prelu.
        let (bias, after) = match steps[..] {
            [] => (None, None),
            ["Qmlhc0FkZA=="] => (Some(&node.input[2]), None),
            ["Qmlhc0FkZA==", then @ ("UmVsdQ==" | "UHJlbHU=")] => {
                (Some(&node.input[2]), Some(then))
            }
            _ => bail!("fused operations {steps:?} are not known here"),
        };
        let mut inputs = vec![node.input[0].clone(), filters];
        if let Some(bias) = bias {
            let tensor = self.weights.get(bias)?.clone();
            inputs.push(self.graph.floats(bias, &[shape[0]], &tensor.values));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let output = if after.is_some() {
            format!("{}/conv", node.name)
        } else {
            node.name.clone()
        };
        self.graph.node(
            "Conv",
            &inputs,
            &output,
            &[
                ("kernel_shape", Attribute::Ints(&kernel)),
                ("strides", Attribute::Ints(&strides)),
                ("pads", Attribute::Ints(&[top, left, bottom, right])),
                (
                    "group",
                    Attribute::Int(if depthwise { channels } else { 1 }),
                ),
            ],
        );
        match after {
            Some("UmVsdQ==") => {
                self.graph.node("Relu", &[&output], &node.name, &[]);
            }
            Some(_) => {
                let slope = self.slope(&node.input[3])?;
                self.graph
                    .node("PRelu", &[&output, &slope], &node.name, &[]);
            }
            None => {}
        }
        Ok([rows, columns, shape[0]])
    }

    fn pooling(&mut self, node: &Node, [height, width, channels]: [i64; 3]) -> Result<[i64; 3]> {
        let (kernel, strides) = (pair(node, "ksize")?, pair(node, "strides")?);
        let (top, bottom, rows) = padding(node, height, kernel[0], strides[0])?;
        let (left, right, columns) = padding(node, width, kernel[1], strides[1])?;
        let attributes = [
            ("kernel_shape", Attribute::Ints(&kernel)),
            ("strides", Attribute::Ints(&strides)),
            ("pads", Attribute::Ints(&[top, left, bottom, right])),
        ];
        self.graph
            .node("MaxPool", &[&node.input[0]], &node.name, &attributes);
        Ok([rows, columns, channels])
    }

    fn channel_padding(
        &mut self,
        node: &Node,
        [height, width, channels]: [i64; 3],
    ) -> Result<[i64; 3]> {
        let [0, 0, 0, 0, 0, 0, before, after] = self.weights.get(&node.input[1])?.integers()[..]
        else {
            bail!("only channels are padded here");
        };
        let pads = self
            .graph
            .integers(&node.input[1], &[0, before, 0, 0, 0, after, 0, 0]);
        self.graph
            .node("Pad", &[&node.input[0], &pads], &node.name, &[]);
        Ok([height, width, channels + before + after])
    }

    fn slope(&mut self, name: &str) -> Result<String> {
        let tensor = self.weights.get(name)?.clone();
        let [1, 1, channels] = tensor.shape[..] else {
            bail!("slopes of shape {:?}", tensor.shape)
        };
        Ok(self
            .graph
            .floats(name, &[channels as i64, 1, 1], &tensor.values))
    }
}

/// The two middle numbers of a channels-last list of four.
fn pair(node: &Node, attribute: &str) -> Result<[i64; 2]> {
    let number = |at: usize| {
        node.attr[attribute]["list"]["i"][at]
            .as_str()
            .and_then(|text| text.parse().ok())
            .with_context(|| format!("attribute {attribute}"))
    };
    Ok([number(1)?, number(2)?])
}

/// Padding before and after, and the resulting size, as TensorFlow defines SAME and VALID (base64 in tfjs).
fn padding(node: &Node, size: i64, kernel: i64, stride: i64) -> Result<(i64, i64, i64)> {
    match node.attr["padding"]["s"].as_str() {
        Some("VkFMSUQ=") => Ok((0, 0, (size - kernel) / stride + 1)),
        Some("U0FNRQ==") => {
            let out = (size + stride - 1) / stride;
            let total = ((out - 1) * stride + kernel - size).max(0);
            Ok((total / 2, total - total / 2, out))
        }
        other => bail!("padding {other:?}"),
    }
}
