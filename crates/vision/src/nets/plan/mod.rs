//! A list of steps with everything fused that can be, and memory given out once.

mod build;

use rten_simd::SimdOp as _;

use super::kernels::{Bend, Depthwise, Product, Shape, clear_border, every_second, max_pool};

/// The steps of one run.
pub(super) struct Plan {
    steps: Vec<Step>,
    values: Vec<Value>,
    outputs: Vec<(usize, bool)>,
    slots: Vec<usize>,
}

struct Value {
    shape: Shape,
    slot: usize,
    /// Neighbourhoods of it are read, so its border must be zero.
    bordered: bool,
}

struct Step {
    input: usize,
    output: usize,
    added: Option<usize>,
    work: Work,
}

enum Work {
    Input,
    Depthwise {
        weights: Vec<[f32; 9]>,
        bias: Vec<f32>,
    },
    EverySecond,
    MaxPool,
    Unfold {
        kernel: [usize; 2],
        stride: usize,
        before: [usize; 2],
    },
    Product {
        weights: Vec<f32>,
        bias: Vec<f32>,
        bend: Bend,
    },
}

impl Plan {
    /// Gives each value a place that nobody else needs while it is needed.
    fn lay_out(&mut self) {
        let mut last: Vec<usize> = vec![0; self.values.len()];
        for (at, step) in self.steps.iter().enumerate() {
            for value in [Some(step.input), Some(step.output), step.added]
                .into_iter()
                .flatten()
            {
                last[value] = at;
            }
            if matches!(step.work, Work::Depthwise { .. }) {
                self.values[step.input].bordered = true;
            }
        }
        for (value, _) in &self.outputs {
            last[*value] = usize::MAX;
        }
        let mut free: Vec<usize> = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            let length = self.values[step.output].shape.len();
            let slot = free.pop().unwrap_or_else(|| {
                self.slots.push(0);
                self.slots.len() - 1
            });
            self.slots[slot] = self.slots[slot].max(length);
            self.values[step.output].slot = slot;
            for value in [Some(step.input), step.added].into_iter().flatten() {
                let own = self.values[value].slot;
                if last[value] == at && value != step.output && !free.contains(&own) {
                    free.push(own);
                }
            }
        }
    }

    /// The memory of one run, zeroed.
    pub(super) fn workspace(&self) -> Vec<Vec<f32>> {
        self.slots.iter().map(|length| vec![0.0; *length]).collect()
    }

    /// Runs every step and reads the outputs, channels last.
    pub(super) fn run(&self, planes: &[f32], workspace: &mut [Vec<f32>], outputs: &mut [Vec<f32>]) {
        for step in &self.steps {
            let to = &self.values[step.output];
            let mut own = std::mem::take(&mut workspace[to.slot]);
            let output = &mut own[..to.shape.len()];
            let from = &self.values[step.input];
            if matches!(step.work, Work::Input) {
                place(planes, to.shape, output);
            } else {
                let input = &workspace[from.slot][..from.shape.len()];
                let added = step.added.map(|value| {
                    let value = &self.values[value];
                    &workspace[value.slot][..value.shape.len()]
                });
                step.work.run(from.shape, input, added, to.shape, output);
            }
            if to.bordered {
                clear_border(to.shape, output);
            }
            workspace[to.slot] = own;
        }
        for (output, (value, sigmoid)) in outputs.iter_mut().zip(&self.outputs) {
            let value = &self.values[*value];
            *output = channels_last(value.shape, &workspace[value.slot]);
            if *sigmoid {
                output
                    .iter_mut()
                    .for_each(|number| *number = 1.0 / (1.0 + (-*number).exp()));
            }
        }
    }
}

impl Work {
    fn run(
        &self,
        from: Shape,
        input: &[f32],
        added: Option<&[f32]>,
        to: Shape,
        output: &mut [f32],
    ) {
        match self {
            Self::Input => {}
            Self::Depthwise { weights, bias } => {
                Depthwise {
                    shape: from,
                    input,
                    weights,
                    bias,
                    output,
                }
                .dispatch();
            }
            Self::EverySecond => every_second(from, input, to, output),
            Self::MaxPool => max_pool(from, input, to, output),
            Self::Unfold {
                kernel,
                stride,
                before,
            } => {
                unfold(from, input, to, output, *kernel, *stride, *before);
            }
            Self::Product {
                weights,
                bias,
                bend,
            } => Product {
                weights,
                bias,
                input,
                input_plane: from.plane(),
                depth: from.channels,
                range: (to.first(), (to.height + 1) * to.stride()),
                added,
                bend,
                output,
                output_plane: to.plane(),
            }
            .dispatch(),
        }
    }
}

fn place(planes: &[f32], shape: Shape, output: &mut [f32]) {
    let side = shape.height * shape.width;
    for (from, to) in planes
        .chunks_exact(side)
        .zip(output.chunks_exact_mut(shape.plane()))
    {
        for (row, line) in from.chunks_exact(shape.width).enumerate() {
            to[shape.first() + row * shape.stride()..][..shape.width].copy_from_slice(line);
        }
    }
}

/// Each neighbourhood as a column, so that a convolution becomes a product.
fn unfold(
    from: Shape,
    input: &[f32],
    to: Shape,
    output: &mut [f32],
    kernel: [usize; 2],
    stride: usize,
    before: [usize; 2],
) {
    let [kernel_height, kernel_width] = kernel;
    let mut planes = output.chunks_exact_mut(to.plane());
    for channel in input.chunks_exact(from.plane()) {
        for row in 0..kernel_height {
            for column in 0..kernel_width {
                let Some(plane) = planes.next() else { return };
                for y in 0..to.height {
                    let line = &mut plane[to.first() + y * to.stride()..][..to.width];
                    let source = (y * stride + row)
                        .checked_sub(before[0])
                        .filter(|at| *at < from.height);
                    let Some(source) = source else {
                        line.fill(0.0);
                        continue;
                    };
                    let source = &channel[from.first() + source * from.stride()..][..from.width];
                    for (x, number) in line.iter_mut().enumerate() {
                        let at = (x * stride + column).wrapping_sub(before[1]);
                        *number = source.get(at).copied().unwrap_or(0.0);
                    }
                }
            }
        }
    }
}

fn channels_last(shape: Shape, values: &[f32]) -> Vec<f32> {
    let mut flat = Vec::with_capacity(shape.height * shape.width * shape.channels);
    for y in 0..shape.height {
        for x in 0..shape.width {
            let at = shape.first() + y * shape.stride() + x;
            flat.extend((0..shape.channels).map(|channel| {
                values
                    .get(channel * shape.plane() + at)
                    .copied()
                    .unwrap_or(0.0)
            }));
        }
    }
    flat
}
