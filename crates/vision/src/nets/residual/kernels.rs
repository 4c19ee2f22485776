//! The inner loops of the describing net: a pixel's channels lie together, and vectors run over the channels that come out.
//!
//! The columns of a kernel are then one run of numbers of the input, so that nothing is unfolded, whatever the stride.

use rten_simd::ops::{BitOps as _, FloatOps, NumOps as _};
use rten_simd::{Isa, SimdOp};

/// Channels whose weights lie together: a multiple of two vectors of any processor.
pub(super) const BLOCK: usize = 32;

/// Size of one picture of a value. Around it lies a border of zeros, one pixel wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Shape {
    /// Numbers from one row to the next.
    pub(super) fn row(&self) -> usize {
        (self.width + 2) * self.channels
    }

    /// Numbers from one picture to the next.
    pub(super) fn picture(&self) -> usize {
        (self.height + 2) * self.row()
    }

    /// First number of a pixel; the border begins at (0, 0).
    pub(super) fn pixel(&self, picture: usize, y: usize, x: usize) -> usize {
        picture * self.picture() + y * self.row() + x * self.channels
    }
}

/// A convolution's weights and where they apply.
pub(super) struct Kernel {
    /// For each [`BLOCK`] output channels: for each row, column and input channel, their weights.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) rows: usize,
    /// Columns times input channels.
    pub(super) run: usize,
    pub(super) stride: usize,
    /// Row and column of the input with its border that the first weight of the first pixel meets.
    pub(super) first: [usize; 2],
    /// Rows and columns that come out; the output may have more.
    pub(super) size: [usize; 2],
}

/// A convolution of some pictures.
pub(super) struct Convolution<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) pictures: usize,
    pub(super) from: Shape,
    pub(super) input: &'a [f32],
    pub(super) to: Shape,
    pub(super) output: &'a mut [f32],
    /// Is it added to what the output holds?
    pub(super) onto: bool,
    /// Is what is below zero cut off?
    pub(super) relu: bool,
}

impl SimdOp for Convolution<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(mut self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let [height, width] = self.kernel.size;
        for block in 0..self.to.channels / BLOCK {
            for part in (0..BLOCK).step_by(2 * lanes) {
                let mut pixels = Pixels {
                    size: self.kernel.size,
                    next: [0; 3],
                };
                let mut left = self.pictures * height * width;
                // As many pixels together as there are registers for their sums.
                while left > 0 {
                    left -= match left {
                        12.. if lanes != 8 => self.tile::<_, 12>(ops, block, part, &mut pixels),
                        8.. if lanes != 8 => self.tile::<_, 8>(ops, block, part, &mut pixels),
                        6.. if lanes == 8 => self.tile::<_, 6>(ops, block, part, &mut pixels),
                        4.. => self.tile::<_, 4>(ops, block, part, &mut pixels),
                        2.. => self.tile::<_, 2>(ops, block, part, &mut pixels),
                        _ => self.tile::<_, 1>(ops, block, part, &mut pixels),
                    };
                }
            }
        }
    }
}

impl Convolution<'_> {
    /// Two vectors of channels of `P` pixels; says how many pixels that were.
    #[inline(always)]
    fn tile<O: FloatOps<f32>, const P: usize>(
        &mut self,
        ops: O,
        block: usize,
        part: usize,
        pixels: &mut Pixels,
    ) -> usize {
        let kernel = self.kernel;
        let (lanes, run, channel) = (ops.len(), kernel.run, block * BLOCK + part);
        let (mut starts, mut ends) = ([0; P], [0; P]);
        for (start, end) in starts.iter_mut().zip(&mut ends) {
            let [picture, y, x] = pixels.take();
            let [top, left] = kernel.first;
            let stride = kernel.stride;
            *start = self
                .from
                .pixel(picture, y * stride + top, x * stride + left);
            *end = self.to.pixel(picture, y + 1, x + 1) + channel;
        }
        let bias = &kernel.bias[channel..][..2 * lanes];
        let mut sums = [[ops.load(bias), ops.load(&bias[lanes..])]; P];
        let row = self.from.row();
        let weights = &kernel.weights[block * kernel.rows * run * BLOCK..];
        for (at, weights) in weights
            .chunks_exact(run * BLOCK)
            .take(kernel.rows)
            .enumerate()
        {
            let from: [&[f32]; P] = starts.map(|start| &self.input[start + at * row..][..run]);
            for (at, weights) in weights.as_chunks::<BLOCK>().0.iter().enumerate().take(run) {
                let weights = &weights[part..][..2 * lanes];
                let (low, high) = (ops.load(weights), ops.load(&weights[lanes..]));
                for pixel in 0..P {
                    let value = ops.splat(from[pixel][at]);
                    sums[pixel][0] = ops.mul_add(low, value, sums[pixel][0]);
                    sums[pixel][1] = ops.mul_add(high, value, sums[pixel][1]);
                }
            }
        }
        for (sums, end) in sums.iter().zip(ends) {
            let output = &mut self.output[end..][..2 * lanes];
            for (sum, output) in sums.iter().zip(output.chunks_exact_mut(lanes)) {
                let mut sum = *sum;
                if self.onto {
                    sum = ops.add(sum, ops.load(output));
                }
                if self.relu {
                    sum = ops.max(sum, ops.zero());
                }
                ops.store(sum, output);
            }
        }
        P
    }
}

/// Pictures, rows and columns, one after the other.
struct Pixels {
    size: [usize; 2],
    next: [usize; 3],
}

impl Pixels {
    #[inline(always)]
    fn take(&mut self) -> [usize; 3] {
        let own = self.next;
        let [picture, y, x] = own;
        let [height, width] = self.size;
        self.next = match (y + 1 == height, x + 1 == width) {
            (_, false) => [picture, y, x + 1],
            (false, true) => [picture, y + 1, 0],
            (true, true) => [picture + 1, 0, 0],
        };
        own
    }
}

/// What is taken of the neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gather {
    Largest,
    Mean,
}

/// Each `side` x `side` pixels in steps of two become one; channels that the input has not are zero.
pub(super) struct Pool<'a> {
    pub(super) gather: Gather,
    pub(super) side: usize,
    pub(super) pictures: usize,
    pub(super) from: Shape,
    pub(super) input: &'a [f32],
    pub(super) to: Shape,
    pub(super) output: &'a mut [f32],
}

impl SimdOp for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let lanes = ops.len();
        let share = ops.splat(1.0 / (self.side * self.side) as f32);
        let mut pixels = Pixels {
            size: [self.to.height, self.to.width],
            next: [0; 3],
        };
        for _ in 0..self.pictures * self.to.height * self.to.width {
            let [picture, y, x] = pixels.take();
            let output = &mut self.output[self.to.pixel(picture, y + 1, x + 1)..];
            let (output, rest) = output[..self.to.channels].split_at_mut(self.from.channels);
            rest.fill(0.0);
            for (at, output) in output.chunks_exact_mut(lanes).enumerate() {
                let mut all = None;
                for row in 0..self.side {
                    for column in 0..self.side {
                        let (y, x) = (2 * y + 1 + row, 2 * x + 1 + column);
                        let start = self.from.pixel(picture, y, x) + at * lanes;
                        let own = ops.load(&self.input[start..][..lanes]);
                        all = Some(match (all, self.gather) {
                            (None, _) => own,
                            (Some(all), Gather::Largest) => ops.max(all, own),
                            (Some(all), Gather::Mean) => ops.add(all, own),
                        });
                    }
                }
                let all = all.unwrap_or(ops.zero());
                let all = match self.gather {
                    Gather::Largest => all,
                    Gather::Mean => ops.mul(all, share),
                };
                ops.store(all, output);
            }
        }
    }
}

/// The mean of all pixels of a picture.
pub(super) fn mean(pictures: usize, from: Shape, input: &[f32], to: Shape, output: &mut [f32]) {
    let share = 1.0 / (from.height * from.width) as f32;
    for picture in 0..pictures {
        let output = &mut output[to.pixel(picture, 1, 1)..][..to.channels];
        output.fill(0.0);
        for y in 0..from.height {
            let row = &input[from.pixel(picture, y + 1, 1)..][..from.width * from.channels];
            for pixel in row.chunks_exact(from.channels) {
                for (sum, value) in output.iter_mut().zip(pixel) {
                    *sum += value * share;
                }
            }
        }
    }
}

/// Planes of red, green and blue become pixels, mirrored or not, with what is added to each channel.
pub(super) fn place(
    planes: &[f32],
    mirrored: bool,
    shift: [f32; 3],
    to: Shape,
    output: &mut [f32],
) {
    let side = to.height * to.width;
    for ((channel, plane), shift) in planes.chunks_exact(side).enumerate().zip(shift) {
        for (y, line) in plane.chunks_exact(to.width).enumerate() {
            let row = &mut output[to.pixel(0, y + 1, 1)..][..to.width * to.channels];
            let row = row.as_chunks_mut::<3>().0;
            if mirrored {
                for (pixel, value) in row.iter_mut().rev().zip(line) {
                    pixel[channel] = value + shift;
                }
            } else {
                for (pixel, value) in row.iter_mut().zip(line) {
                    pixel[channel] = value + shift;
                }
            }
        }
    }
}
