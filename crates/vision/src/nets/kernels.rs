//! The inner loops of the small nets, over planes with a border of zeros, on the widest vectors that the processor has.
//!
//! A plane of `height` x `width` lies in rows of `width + 2` with one empty row above and below, so that a 3x3 neighbourhood is a fixed
//! set of offsets everywhere, and a whole plane is one run of numbers.

use rten_simd::ops::{BitOps as _, NumOps as _};
use rten_simd::{Isa, SimdOp};

/// Rows of the product that are computed together.
pub(super) const ROWS: usize = 6;
/// Numbers behind the last row that may be read and written, so that no loop needs an end of its own: twice the longest vector and a row's
/// neighbours.
const SLACK: usize = 64;

/// Size of a value: channels of planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Shape {
    /// Numbers from one row to the next.
    pub(super) fn stride(&self) -> usize {
        self.width + 2
    }

    /// Numbers from one channel to the next.
    pub(super) fn plane(&self) -> usize {
        (self.height + 2) * self.stride() + SLACK
    }

    pub(super) fn len(&self) -> usize {
        self.channels * self.plane()
    }

    /// First number inside the border.
    pub(super) fn first(&self) -> usize {
        self.stride() + 1
    }

    /// End of the last row inside the border.
    fn end(&self) -> usize {
        (self.height + 1) * self.stride()
    }
}

/// What follows a product.
#[derive(Clone, Debug)]
pub(super) enum Bend {
    None,
    Relu,
    /// Slope below zero, one a channel.
    Prelu(Vec<f32>),
}

impl Bend {
    fn slope(&self, channel: usize) -> f32 {
        match self {
            Self::None => 1.0,
            Self::Relu => 0.0,
            Self::Prelu(slopes) => slopes.get(channel).copied().unwrap_or(1.0),
        }
    }
}

/// 3x3 of each channel by itself, over the whole plane.
pub(super) struct Depthwise<'a> {
    pub(super) shape: Shape,
    pub(super) input: &'a [f32],
    pub(super) weights: &'a [[f32; 9]],
    pub(super) bias: &'a [f32],
    pub(super) output: &'a mut [f32],
}

impl SimdOp for Depthwise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let (stride, first, end) = (self.shape.stride(), self.shape.first(), self.shape.end());
        let planes = self
            .input
            .chunks_exact(self.shape.plane())
            .zip(self.output.chunks_exact_mut(self.shape.plane()));
        for (((input, output), weights), bias) in planes.zip(self.weights).zip(self.bias) {
            let weights = weights.map(|weight| ops.splat(weight));
            let bias = ops.splat(*bias);
            let mut at = first;
            while at < end {
                let mut sum = bias;
                for (row, three) in weights.chunks_exact(3).enumerate() {
                    let from = &input[at + row * stride - first..][..lanes + 2];
                    sum = ops.mul_add(ops.load(from), three[0], sum);
                    sum = ops.mul_add(ops.load(&from[1..]), three[1], sum);
                    sum = ops.mul_add(ops.load(&from[2..]), three[2], sum);
                }
                ops.store(sum, &mut output[at..at + lanes]);
                at += lanes;
            }
        }
    }
}

/// A product of packed weights with planes (or unfolded neighbourhoods), with bias, something added and a bend.
pub(super) struct Product<'a> {
    /// For each [`ROWS`] output channels: for each input channel, their weights.
    pub(super) weights: &'a [f32],
    pub(super) bias: &'a [f32],
    pub(super) input: &'a [f32],
    /// Numbers from one input channel to the next.
    pub(super) input_plane: usize,
    /// Number of input channels.
    pub(super) depth: usize,
    /// First and last number that are wanted.
    pub(super) range: (usize, usize),
    /// Added before the bend: planes as the output's, maybe fewer.
    pub(super) added: Option<&'a [f32]>,
    pub(super) bend: &'a Bend,
    pub(super) output: &'a mut [f32],
    pub(super) output_plane: usize,
}

impl SimdOp for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let zero = ops.zero();
        let channels = self.output.len() / self.output_plane;
        let mut at = self.range.0;
        while at < self.range.1 {
            for (tile, weights) in self.weights.chunks_exact(self.depth * ROWS).enumerate() {
                let mut sums = [[zero; 2]; ROWS];
                for (row, sum) in sums.iter_mut().enumerate() {
                    let bias = self.bias.get(tile * ROWS + row).copied().unwrap_or(0.0);
                    *sum = [ops.splat(bias); 2];
                }
                let mut place = at;
                // Arrays of known length: the sums then stay in registers.
                for weights in weights.as_chunks::<ROWS>().0 {
                    let from = &self.input[place..place + 2 * lanes];
                    let (left, right) = (ops.load(from), ops.load(&from[lanes..]));
                    for row in 0..ROWS {
                        let weight = ops.splat(weights[row]);
                        sums[row][0] = ops.mul_add(left, weight, sums[row][0]);
                        sums[row][1] = ops.mul_add(right, weight, sums[row][1]);
                    }
                    place += self.input_plane;
                }
                for (row, sum) in sums.iter().enumerate() {
                    let channel = tile * ROWS + row;
                    if channel >= channels {
                        break;
                    }
                    let slope = ops.splat(self.bend.slope(channel));
                    let start = channel * self.output_plane + at;
                    for (half, sum) in sum.iter().enumerate() {
                        let start = start + half * lanes;
                        let mut value = *sum;
                        if let Some(added) =
                            self.added.and_then(|added| added.get(start..start + lanes))
                        {
                            value = ops.add(value, ops.load(added));
                        }
                        let bent = ops.mul_add(ops.min(value, zero), slope, ops.max(value, zero));
                        ops.store(bent, &mut self.output[start..start + lanes]);
                    }
                }
            }
            at += 2 * lanes;
        }
    }
}

/// Sets the border to zero, for the neighbourhoods that will be read.
pub(super) fn clear_border(shape: Shape, values: &mut [f32]) {
    let stride = shape.stride();
    for plane in values.chunks_exact_mut(shape.plane()) {
        plane[..stride].fill(0.0);
        plane[shape.end()..].fill(0.0);
        for row in plane[stride..shape.end()].chunks_exact_mut(stride) {
            row[0] = 0.0;
            row[stride - 1] = 0.0;
        }
    }
}

/// The largest of each 2x2.
pub(super) fn max_pool(from: Shape, input: &[f32], to: Shape, output: &mut [f32]) {
    let planes = input
        .chunks_exact(from.plane())
        .zip(output.chunks_exact_mut(to.plane()));
    for (input, output) in planes {
        for row in 0..to.height {
            let upper = &input[from.first() + 2 * row * from.stride()..][..2 * to.width];
            let lower = &input[from.first() + (2 * row + 1) * from.stride()..][..2 * to.width];
            let out = &mut output[to.first() + row * to.stride()..][..to.width];
            let pairs = upper
                .as_chunks::<2>()
                .0
                .iter()
                .zip(lower.as_chunks::<2>().0);
            for (out, (upper, lower)) in out.iter_mut().zip(pairs) {
                *out = upper[0].max(upper[1]).max(lower[0]).max(lower[1]);
            }
        }
    }
}

/// Every second number of every second row, beginning at the second: what a stride of two with padding only behind leaves.
pub(super) fn every_second(from: Shape, input: &[f32], to: Shape, output: &mut [f32]) {
    let planes = input
        .chunks_exact(from.plane())
        .zip(output.chunks_exact_mut(to.plane()));
    for (input, output) in planes {
        for row in 0..to.height {
            let line = &input[from.first() + (2 * row + 1) * from.stride()..][..2 * to.width];
            let out = &mut output[to.first() + row * to.stride()..][..to.width];
            for (out, pair) in out.iter_mut().zip(line.as_chunks::<2>().0) {
                *out = pair[1];
            }
        }
    }
}
