//! From a graph to the list of steps.

use std::collections::HashMap;

use super::{Plan, Step, Value, Work};
use crate::nets::kernels::{Bend, ROWS, Shape};
use crate::nets::onnx::{Constant, Graph, Node};

/// A product that waits for what follows it.
struct Waiting {
    input: usize,
    shape: Shape,
    weights: Vec<f32>,
    bias: Vec<f32>,
    added: Option<usize>,
}

#[derive(Default)]
struct Builder<'a> {
    constants: HashMap<&'a str, &'a Constant>,
    known: HashMap<&'a str, (usize, bool)>,
    waiting: HashMap<&'a str, Waiting>,
    values: Vec<Value>,
    steps: Vec<Step>,
}

impl Plan {
    /// Reads the graph; an error names what this engine does not do.
    pub(in crate::nets) fn new(
        graph: &Graph,
        side: usize,
        outputs: &[&str],
    ) -> Result<Self, String> {
        let mut builder = Builder::default();
        for (name, constant) in &graph.constants {
            builder.constants.insert(name, constant);
        }
        let first = graph
            .nodes
            .iter()
            .find(|node| node.kind != "Cast")
            .ok_or("an empty graph")?;
        let shape = Shape {
            channels: 3,
            height: side,
            width: side,
        };
        let input = builder.value(shape);
        builder.steps.push(Step {
            input,
            output: input,
            added: None,
            work: Work::Input,
        });
        builder.known.insert(first.input(0)?, (input, false));
        for node in &graph.nodes {
            builder
                .node(node)
                .map_err(|reason| format!("{}: {reason}", node.kind))?;
        }
        let outputs = outputs
            .iter()
            .map(|name| builder.settled(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut plan = Self {
            steps: builder.steps,
            values: builder.values,
            outputs,
            slots: Vec::new(),
        };
        plan.lay_out();
        Ok(plan)
    }
}

impl<'a> Builder<'a> {
    fn value(&mut self, shape: Shape) -> usize {
        self.values.push(Value {
            shape,
            slot: 0,
            bordered: false,
        });
        self.values.len() - 1
    }

    fn step(&mut self, input: usize, added: Option<usize>, shape: Shape, work: Work) -> usize {
        let output = self.value(shape);
        self.steps.push(Step {
            input,
            output,
            added,
            work,
        });
        output
    }

    fn constant(&self, name: &str) -> Result<&'a Constant, String> {
        self.constants
            .get(name)
            .copied()
            .ok_or_else(|| format!("{name} is not constant"))
    }

    /// The value of a name; a product that waited is computed now.
    fn settled(&mut self, name: &str) -> Result<(usize, bool), String> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let (name, waiting) = self
            .waiting
            .remove_entry(name)
            .ok_or_else(|| format!("{name} is not known"))?;
        Ok(self.finish(name, waiting, Bend::None))
    }

    fn finish(&mut self, name: &'a str, waiting: Waiting, bend: Bend) -> (usize, bool) {
        let Waiting {
            input,
            shape,
            weights,
            bias,
            added,
        } = waiting;
        let value = self.step(
            input,
            added,
            shape,
            Work::Product {
                weights,
                bias,
                bend,
            },
        );
        self.known.insert(name, (value, false));
        (value, false)
    }

    fn node(&mut self, node: &'a Node) -> Result<(), String> {
        let output = node.output()?;
        match node.kind.as_str() {
            "Cast" => {
                let constant = self.constant(node.input(0)?)?;
                self.constants.insert(output, constant);
            }
            "Conv" => self.convolution(node, output)?,
            "Add" => {
                let (a, b) = (node.input(0)?, node.input(1)?);
                let (name, other) = if self.waiting.get(a).is_some_and(|w| w.added.is_none()) {
                    (a, b)
                } else {
                    (b, a)
                };
                let (added, _) = self.settled(other)?;
                let mut waiting = self
                    .waiting
                    .remove(name)
                    .ok_or("a sum of two finished values")?;
                let shape = self.values[added].shape;
                let fits =
                    (shape.height, shape.width) == (waiting.shape.height, waiting.shape.width);
                if !fits || shape.channels > waiting.shape.channels || waiting.added.is_some() {
                    return Err("sizes do not fit".into());
                }
                waiting.added = Some(added);
                self.waiting.insert(output, waiting);
            }
            "Relu" | "PRelu" => {
                let waiting = self
                    .waiting
                    .remove(node.input(0)?)
                    .ok_or("a bend of a finished value")?;
                let bend = if node.kind == "Relu" {
                    Bend::Relu
                } else {
                    Bend::Prelu(self.constant(node.input(1)?)?.values.clone())
                };
                self.finish(output, waiting, bend);
            }
            "MaxPool" => {
                if node.ints("kernel_shape") != [2, 2]
                    || node.ints("strides") != [2, 2]
                    || node.ints("pads").iter().any(|pad| *pad != 0)
                {
                    return Err("only 2x2 in steps of 2".into());
                }
                let (input, _) = self.settled(node.input(0)?)?;
                let from = self.values[input].shape;
                let shape = Shape {
                    height: from.height / 2,
                    width: from.width / 2,
                    ..from
                };
                let value = self.step(input, None, shape, Work::MaxPool);
                self.known.insert(output, (value, false));
            }
            // More channels of zeros: what adds them asks for those that are there.
            "Pad" => {
                let pads = &self.constant(node.input(1)?)?.values;
                let only_channels = pads
                    .iter()
                    .enumerate()
                    .all(|(at, pad)| *pad == 0.0 || at == 5);
                if !only_channels {
                    return Err("only channels at the end".into());
                }
                let known = self.settled(node.input(0)?)?;
                self.known.insert(output, known);
            }
            "Sigmoid" => {
                let (value, _) = self.settled(node.input(0)?)?;
                self.known.insert(output, (value, true));
            }
            // Outputs are read channels last and flat in any case.
            "Transpose" | "Reshape" | "Identity" => {
                let known = self.settled(node.input(0)?)?;
                self.known.insert(output, known);
            }
            other => return Err(format!("{other} is not done here")),
        }
        Ok(())
    }

    fn convolution(&mut self, node: &'a Node, name: &'a str) -> Result<(), String> {
        let weights = self.constant(node.input(1)?)?;
        let &[out, depth, kernel_height, kernel_width] = weights.dims.as_slice() else {
            return Err("weights of another kind".into());
        };
        let mut bias = match node.inputs.get(2) {
            Some(name) => self.constant(name)?.values.clone(),
            None => vec![0.0; out],
        };
        bias.resize(out, 0.0);
        let (input, sigmoid) = self.settled(node.input(0)?)?;
        let from = self.values[input].shape;
        let stride = usize::try_from(node.ints("strides").first().copied().unwrap_or(1))
            .unwrap_or(1)
            .max(1);
        let pads: Vec<usize> = node
            .ints("pads")
            .iter()
            .map(|pad| usize::try_from(*pad).unwrap_or(0))
            .collect();
        let &[top, left, bottom, right] = pads.as_slice() else {
            return Err("no pads".into());
        };
        let fits = |side: usize, pads: usize, kernel: usize| {
            (side + pads)
                .checked_sub(kernel)
                .map(|room| room / stride + 1)
        };
        let (Some(height), Some(width)) = (
            fits(from.height, top + bottom, kernel_height),
            fits(from.width, left + right, kernel_width),
        ) else {
            return Err("the kernel is larger than the picture".into());
        };
        let shape = Shape {
            channels: out,
            height,
            width,
        };
        if sigmoid {
            return Err("after a sigmoid".into());
        }
        if node.ints("group").first().copied().unwrap_or(1) > 1 {
            let same = (kernel_height, kernel_width, depth) == (3, 3, 1) && out == from.channels;
            let work = Work::Depthwise {
                weights: weights.values.as_chunks::<9>().0.to_vec(),
                bias,
            };
            let value = match (same, stride, pads.as_slice()) {
                (true, 1, [1, 1, 1, 1]) => self.step(input, None, shape, work),
                (true, 2, [0, 0, 1, 1]) => {
                    let whole = self.step(input, None, from, work);
                    self.step(whole, None, shape, Work::EverySecond)
                }
                _ => return Err("a depthwise kernel of another kind".into()),
            };
            self.known.insert(name, (value, false));
            return Ok(());
        }
        if depth != from.channels {
            return Err("channels do not fit".into());
        }
        let plain =
            (kernel_height, kernel_width, stride) == (1, 1, 1) && pads.iter().all(|pad| *pad == 0);
        let input = if plain {
            input
        } else {
            let unfolded = Shape {
                channels: depth * kernel_height * kernel_width,
                ..shape
            };
            let work = Work::Unfold {
                kernel: [kernel_height, kernel_width],
                stride,
                before: [top, left],
            };
            self.step(input, None, unfolded, work)
        };
        let packed = pack(&weights.values, out, depth * kernel_height * kernel_width);
        self.waiting.insert(
            name,
            Waiting {
                input,
                shape,
                weights: packed,
                bias,
                added: None,
            },
        );
        Ok(())
    }
}

/// Weights in the order in which the product reads them; rows that are missing in the last tile are zero.
fn pack(weights: &[f32], rows: usize, depth: usize) -> Vec<f32> {
    let mut packed = Vec::with_capacity(rows.next_multiple_of(ROWS) * depth);
    for tile in (0..rows).step_by(ROWS) {
        for column in 0..depth {
            for row in tile..tile + ROWS {
                let weight = (row < rows).then(|| weights.get(row * depth + column).copied());
                packed.push(weight.flatten().unwrap_or(0.0));
            }
        }
    }
    packed
}
