//! From a graph to a list of steps: sums and bends go into the convolutions before them, and memory is given out once.

use std::collections::HashMap;
use std::ops::Range;

use super::kernels::{BLOCK, Gather, Kernel, Shape};
use super::{Plan, Step, Value, Work};
use crate::nets::onnx::{Constant, Graph, Node};

/// More zeros than that are no padding of a describing net.
const MOST_PADDING: f32 = 4096.0;

/// A convolution that waits for what follows it.
struct Waiting {
    input: usize,
    kernel: Kernel,
    /// What comes out, rows and columns of zeros behind it included.
    shape: Shape,
    /// The value that it is added to, in its place.
    onto: Option<usize>,
}

#[derive(Default)]
struct Builder<'a> {
    constants: HashMap<&'a str, &'a Constant>,
    /// How often a name will still be read.
    uses: HashMap<&'a str, usize>,
    known: HashMap<&'a str, usize>,
    waiting: HashMap<&'a str, Waiting>,
    shift: [f32; 3],
    values: Vec<Known>,
    steps: Vec<Step>,
}

struct Known {
    shape: Shape,
    /// Nothing of it is below zero.
    positive: bool,
}

/// Reads the graph; an error names what this engine does not do.
pub(super) fn build(graph: &Graph, side: usize, input: &str, output: &str) -> Result<Plan, String> {
    let mut builder = Builder::default();
    for (name, constant) in &graph.constants {
        builder.constants.insert(name, constant);
    }
    for name in graph.nodes.iter().flat_map(|node| &node.inputs) {
        *builder.uses.entry(name).or_default() += 1;
    }
    let shape = Shape {
        channels: 3,
        height: side,
        width: side,
    };
    builder.value(input, shape, false);
    for node in &graph.nodes {
        builder
            .node(node)
            .map_err(|reason| format!("{}: {reason}", node.kind))?;
    }
    let output = builder.finished(output)?;
    let shape = builder.values[output].shape;
    if (shape.height, shape.width) != (1, 1) {
        return Err("a picture comes out".into());
    }
    let mut plan = Plan {
        shift: builder.shift,
        steps: builder.steps,
        values: builder
            .values
            .iter()
            .map(|value| Value {
                shape: value.shape,
                slot: 0,
            })
            .collect(),
        slots: Vec::new(),
        output,
    };
    lay_out(&mut plan);
    Ok(plan)
}

/// Gives each value a place that nobody else needs while it is needed, among those of its own size.
fn lay_out(plan: &mut Plan) {
    let mut last = vec![0; plan.values.len()];
    for (at, step) in plan.steps.iter().enumerate() {
        last[step.input] = at;
        last[step.output] = at;
    }
    last[plan.output] = usize::MAX;
    let mut placed = vec![false; plan.values.len()];
    let mut free: Vec<usize> = Vec::new();
    let mut give = |value: usize, values: &mut [Value], free: &mut Vec<usize>| {
        if std::mem::replace(&mut placed[value], true) {
            return;
        }
        let shape = values[value].shape;
        let fitting = free.iter().position(|slot| plan.slots[*slot] == shape);
        values[value].slot = fitting.map_or_else(
            || {
                plan.slots.push(shape);
                plan.slots.len() - 1
            },
            |at| free.swap_remove(at),
        );
    };
    give(0, &mut plan.values, &mut free);
    for (at, step) in plan.steps.iter().enumerate() {
        give(step.output, &mut plan.values, &mut free);
        if last[step.input] == at {
            free.push(plan.values[step.input].slot);
        }
    }
}

impl<'a> Builder<'a> {
    fn value(&mut self, name: &'a str, shape: Shape, positive: bool) -> usize {
        self.values.push(Known { shape, positive });
        self.known.insert(name, self.values.len() - 1);
        self.values.len() - 1
    }

    fn constant(&self, name: &str) -> Result<&'a Constant, String> {
        self.constants
            .get(name)
            .copied()
            .ok_or_else(|| format!("{name} is not constant"))
    }

    fn finished(&self, name: &str) -> Result<usize, String> {
        self.known
            .get(name)
            .copied()
            .ok_or_else(|| format!("{name} is not known"))
    }

    /// A value whose memory is taken over: nobody reads it afterwards.
    fn taken(&self, name: &str) -> Result<usize, String> {
        if self.uses.get(name).is_some_and(|uses| *uses > 0) {
            return Err(format!("{name} is needed again"));
        }
        self.finished(name)
    }

    /// A convolution that was not done yet will read it.
    fn is_waited_for(&self, value: usize) -> bool {
        self.waiting.values().any(|waiting| waiting.input == value)
    }

    fn node(&mut self, node: &'a Node) -> Result<(), String> {
        for name in &node.inputs {
            if let Some(uses) = self.uses.get_mut(name.as_str()) {
                *uses -= 1;
            }
        }
        let output = node.output()?;
        match node.kind.as_str() {
            "Cast" => {
                let constant = self.constant(node.input(0)?)?;
                self.constants.insert(output, constant);
            }
            "Conv" => self.convolution(node, output)?,
            "Add" => self.sum(node.input(0)?, node.input(1)?, output)?,
            "Relu" => {
                let waiting = self.waited(node.input(0)?)?;
                self.finish(output, waiting, true)?;
            }
            "MaxPool" => self.pool(node, output, Gather::Largest, 3)?,
            "AveragePool" => self.pool(node, output, Gather::Mean, 2)?,
            "Pad" => self.pad(node.input(0)?, node.input(1)?, output)?,
            "ReduceMean" => {
                if node.ints("axes") != [2, 3] {
                    return Err("only over the whole picture".into());
                }
                let input = self.finished(node.input(0)?)?;
                let Known { shape, positive } = self.values[input];
                let shape = Shape {
                    height: 1,
                    width: 1,
                    ..shape
                };
                self.step(output, input, shape, positive, Work::Mean);
            }
            "MatMul" => {
                let weights = self.constant(node.input(1)?)?;
                let input = self.finished(node.input(0)?)?;
                let from = self.values[input].shape;
                let &[depth, out] = weights.dims.as_slice() else {
                    return Err("weights of another kind".into());
                };
                if (depth, from.height, from.width) != (from.channels, 1, 1)
                    || out == 0
                    || out % BLOCK != 0
                {
                    return Err("sizes do not fit".into());
                }
                let shape = Shape {
                    channels: out,
                    ..from
                };
                let kernel = Kernel {
                    weights: pack(out, depth, &weights.values, 1, |at| at * out),
                    bias: vec![0.0; out],
                    rows: 1,
                    run: depth,
                    stride: 1,
                    first: [1, 1],
                    size: [1, 1],
                };
                let waiting = Waiting {
                    input,
                    kernel,
                    shape,
                    onto: None,
                };
                self.finish(output, waiting, false)?;
            }
            other => return Err(format!("{other} is not done here")),
        }
        Ok(())
    }

    fn step(&mut self, name: &'a str, input: usize, shape: Shape, positive: bool, work: Work) {
        let output = self.value(name, shape, positive);
        self.steps.push(Step {
            input,
            output,
            work,
        });
    }

    fn waited(&mut self, name: &str) -> Result<Waiting, String> {
        self.waiting
            .remove(name)
            .ok_or_else(|| format!("{name} is no convolution"))
    }

    fn finish(&mut self, name: &'a str, waiting: Waiting, relu: bool) -> Result<(), String> {
        let Waiting {
            input,
            kernel,
            shape,
            onto,
        } = waiting;
        let whole = kernel.size == [shape.height, shape.width];
        let work = Work::Convolution {
            kernel,
            onto: onto.is_some(),
            relu,
        };
        let Some(output) = onto else {
            if !whole {
                return Err("more rows or columns without a sum".into());
            }
            self.step(name, input, shape, relu, work);
            return Ok(());
        };
        // What the convolution does not reach stays as it is: the bend changes nothing there.
        let value = &mut self.values[output];
        if !whole && !value.positive {
            return Err("a bend of what the convolution does not reach".into());
        }
        value.positive = relu;
        self.known.insert(name, output);
        self.steps.push(Step {
            input,
            output,
            work,
        });
        Ok(())
    }

    fn sum(&mut self, a: &'a str, b: &'a str, output: &'a str) -> Result<(), String> {
        // A constant for each channel of the picture.
        if let (Ok(0), Ok(constant)) = (self.taken(a), self.constant(b)) {
            if self.shift != [0.0; 3] {
                return Err("two sums with the picture".into());
            }
            self.shift = *constant
                .values
                .as_array()
                .ok_or("another number of colours")?;
            self.known.insert(output, 0);
            return Ok(());
        }
        let (convolution, other) = if self.waiting.contains_key(a) {
            (a, b)
        } else {
            (b, a)
        };
        let onto = self.taken(other)?;
        let mut waiting = self.waited(convolution)?;
        if self.values[onto].shape != waiting.shape || waiting.onto.is_some() {
            return Err("sizes do not fit".into());
        }
        if waiting.input == onto || self.is_waited_for(onto) {
            return Err("what is added to is read as well".into());
        }
        waiting.onto = Some(onto);
        self.waiting.insert(output, waiting);
        Ok(())
    }

    fn pool(
        &mut self,
        node: &'a Node,
        output: &'a str,
        gather: Gather,
        side: usize,
    ) -> Result<(), String> {
        if node.ints("kernel_shape") != [side as i64; 2]
            || node.ints("strides") != [2, 2]
            || node.ints("pads").iter().any(|pad| *pad != 0)
            || node.ints("ceil_mode").iter().any(|mode| *mode != 0)
        {
            return Err(format!("only {side}x{side} in steps of 2"));
        }
        let input = self.finished(node.input(0)?)?;
        let Known { shape, positive } = self.values[input];
        let half = |long: usize| long.checked_sub(side).map(|room| room / 2 + 1);
        let (Some(height), Some(width)) = (half(shape.height), half(shape.width)) else {
            return Err("the picture is too small".into());
        };
        if shape.channels % BLOCK != 0 {
            return Err("channels do not fit".into());
        }
        let shape = Shape {
            height,
            width,
            ..shape
        };
        self.step(output, input, shape, positive, Work::Pool { gather, side });
        Ok(())
    }

    /// Zeros behind: channels behind a pool's, rows and columns behind a convolution's.
    fn pad(&mut self, name: &'a str, pads: &'a str, output: &'a str) -> Result<(), String> {
        let pads = &self.constant(pads)?.values;
        let &[0.0, 0.0, 0.0, 0.0, 0.0, channels, rows, columns] = pads.as_slice() else {
            return Err("only at the end".into());
        };
        if [channels, rows, columns]
            .iter()
            .any(|pad| !(0.0..=MOST_PADDING).contains(pad) || pad.fract() != 0.0)
        {
            return Err("no number of zeros".into());
        }
        let [channels, rows, columns] = [channels, rows, columns].map(|pad| pad as usize);
        if let Some(mut waiting) = self.waiting.remove(name) {
            if channels != 0 || waiting.onto.is_some() {
                return Err("only rows and columns of a convolution".into());
            }
            waiting.shape.height += rows;
            waiting.shape.width += columns;
            self.waiting.insert(output, waiting);
            return Ok(());
        }
        let value = self.taken(name)?;
        let pooled = self
            .steps
            .iter()
            .rfind(|step| step.output == value)
            .is_some_and(|step| matches!(step.work, Work::Pool { .. }));
        if !pooled || rows != 0 || columns != 0 || channels % BLOCK != 0 {
            return Err("only channels of a pool".into());
        }
        if self.is_waited_for(value) || self.steps.iter().any(|step| step.input == value) {
            return Err("what is made wider was read before".into());
        }
        self.values[value].shape.channels += channels;
        self.known.insert(output, value);
        Ok(())
    }

    fn convolution(&mut self, node: &'a Node, name: &'a str) -> Result<(), String> {
        let weights = self.constant(node.input(1)?)?;
        let bias = &self.constant(node.input(2)?)?.values;
        let &[out, depth, kernel_height, kernel_width] = weights.dims.as_slice() else {
            return Err("weights of another kind".into());
        };
        if weights.dims.contains(&0) {
            return Err("weights of nothing".into());
        }
        let input = self.finished(node.input(0)?)?;
        let from = self.values[input].shape;
        let group = node.ints("group").first().copied().unwrap_or(1);
        let plain = node.ints("dilations").iter().all(|step| *step == 1);
        if depth != from.channels || out % BLOCK != 0 || bias.len() != out || group != 1 || !plain {
            return Err("channels do not fit".into());
        }
        let &[down, right] = node.ints("strides") else {
            return Err("no strides".into());
        };
        let stride = usize::try_from(down).unwrap_or(0);
        // The border is one pixel wide.
        let pads: Vec<usize> = node
            .ints("pads")
            .iter()
            .filter_map(|pad| usize::try_from(*pad).ok().filter(|pad| *pad <= 1))
            .collect();
        let (&[top, left, bottom, end], true, 1..) = (pads.as_slice(), down == right, stride)
        else {
            return Err("pads or strides of another kind".into());
        };
        let fits = |side: usize, pads: usize, kernel: usize| {
            (side + pads)
                .checked_sub(kernel)
                .map(|room| room / stride + 1)
                .ok_or("the kernel is larger than the picture")
        };
        let height = fits(from.height, top + bottom, kernel_height)?;
        let width = fits(from.width, left + end, kernel_width)?;
        let rows = useful(kernel_height, stride, top, from.height, height);
        let columns = useful(kernel_width, stride, left, from.width, width);
        let run = columns.len() * depth;
        let kernel = Kernel {
            weights: pack(
                out,
                rows.len() * run,
                &weights.values,
                depth * kernel_height * kernel_width,
                |at| {
                    let (row, at) = (rows.start + at / run, at % run);
                    let (column, from) = (columns.start + at / depth, at % depth);
                    (from * kernel_height + row) * kernel_width + column
                },
            ),
            bias: bias.clone(),
            rows: rows.len(),
            run,
            stride,
            first: [1 + rows.start - top, 1 + columns.start - left],
            size: [height, width],
        };
        let waiting = Waiting {
            input,
            kernel,
            shape: Shape {
                channels: out,
                height,
                width,
            },
            onto: None,
        };
        self.waiting.insert(name, waiting);
        Ok(())
    }
}

/// Rows (or columns) of a kernel that ever meet the picture and not only its border.
fn useful(kernel: usize, stride: usize, before: usize, from: usize, to: usize) -> Range<usize> {
    let meets =
        |row: &usize| (0..to).any(|at| (before..before + from).contains(&(at * stride + row)));
    let first = (0..kernel).find(meets).unwrap_or(0);
    let last = (0..kernel).rfind(meets).unwrap_or(0);
    first..last + 1
}

/// Weights in the order in which the convolution reads them: those of the next channel lie `channel` numbers on, a channel's where `place` says.
fn pack(
    out: usize,
    depth: usize,
    weights: &[f32],
    channel: usize,
    place: impl Fn(usize) -> usize,
) -> Vec<f32> {
    let mut packed = Vec::with_capacity(out * depth);
    for block in (0..out).step_by(BLOCK) {
        for at in 0..depth {
            let place = place(at);
            packed.extend((block..block + BLOCK).map(|own| weights[own * channel + place]));
        }
    }
    packed
}
