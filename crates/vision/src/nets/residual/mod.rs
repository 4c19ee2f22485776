//! The engine of the describing net: 3x3 convolutions with sums around them, as in residual nets, nothing else.
//!
//! The general engine unfolds every neighbourhood before it multiplies; here the neighbours are read where they are, and both sides of a face
//! go through the net together. The file stays ONNX; the golden test compares the description with that of another engine.

mod build;
mod kernels;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use rten_simd::SimdOp as _;
use zeroize::{Zeroize, Zeroizing};

use super::onnx;
use crate::models::ModelError;
use build::build;
use kernels::{Convolution, Gather, Kernel, Pool, Shape, mean, place};

/// Most pictures that go through the net together: a chip and its mirror image.
const MOST: usize = 2;

/// A net that describes a square RGB picture.
pub struct ResidualNet {
    plan: Plan,
    side: usize,
    /// Between runs: the memory of the values, so that it is not reserved anew for every frame.
    workspace: Mutex<Vec<Vec<f32>>>,
}

/// The steps of one run.
struct Plan {
    /// Added to the values of red, green and blue.
    shift: [f32; 3],
    steps: Vec<Step>,
    values: Vec<Value>,
    /// Size of what lies in each slot: one slot never holds values of two sizes, so its border stays zero.
    slots: Vec<Shape>,
    output: usize,
}

struct Value {
    shape: Shape,
    slot: usize,
}

struct Step {
    input: usize,
    output: usize,
    work: Work,
}

enum Work {
    Convolution {
        kernel: Kernel,
        onto: bool,
        relu: bool,
    },
    Pool {
        gather: Gather,
        side: usize,
    },
    Mean,
}

impl ResidualNet {
    /// Reads the net and lays out its memory.
    pub fn load(
        file: &str,
        bytes: &[u8],
        side: usize,
        input: &str,
        output: &str,
    ) -> Result<Self, ModelError> {
        let failed = |reason: String| ModelError::Load {
            file: file.into(),
            reason,
        };
        let graph = onnx::read(bytes).map_err(failed)?;
        let plan = build(&graph, side, input, output).map_err(failed)?;
        let workspace = plan
            .slots
            .iter()
            .map(|shape| vec![0.0; MOST * shape.picture()])
            .collect();
        Ok(Self {
            plan,
            side,
            workspace: Mutex::new(workspace),
        })
    }

    /// Side of the input square, pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Describes three planes of `side` x `side` as they are (`false`) or mirrored (`true`), at most twice in a run.
    pub fn run<const N: usize>(
        &self,
        planes: &[f32],
        mirrored: [bool; N],
    ) -> Result<[Zeroizing<Vec<f32>>; N], ModelError> {
        if planes.len() != 3 * self.side * self.side || N > MOST {
            return Err(ModelError::Run(format!(
                "{} numbers, {N} times, are no input",
                planes.len()
            )));
        }
        let mut workspace = self
            .workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.plan.run(planes, &mirrored, &mut workspace);
        let &Value { shape, slot } = &self.plan.values[self.plan.output];
        let mut outputs = std::array::from_fn(|_| Zeroizing::new(Vec::new()));
        for (picture, output) in outputs.iter_mut().enumerate() {
            let own = &workspace[slot][shape.pixel(picture, 1, 1)..][..shape.channels];
            **output = own.to_vec();
        }
        Ok(outputs)
    }

    /// Wipes what the last picture left behind (invariant 5, docs/invariants.md).
    pub fn wipe(&self) {
        let mut workspace = self
            .workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        workspace
            .iter_mut()
            .for_each(|slot| slot.as_mut_slice().zeroize());
    }
}

impl Plan {
    fn run(&self, planes: &[f32], mirrored: &[bool], workspace: &mut [Vec<f32>]) {
        let pictures = mirrored.len();
        let first = &self.values[0];
        let places = workspace[first.slot].chunks_exact_mut(first.shape.picture());
        for (place_of, mirrored) in places.zip(mirrored) {
            place(planes, *mirrored, self.shift, first.shape, place_of);
        }
        for step in &self.steps {
            let (Value { shape: from, .. }, Value { shape: to, slot }) =
                (&self.values[step.input], &self.values[step.output]);
            let mut output = std::mem::take(&mut workspace[*slot]);
            let input = &workspace[self.values[step.input].slot];
            step.work.run(pictures, *from, input, *to, &mut output);
            workspace[*slot] = output;
        }
    }
}

impl Work {
    fn run(&self, pictures: usize, from: Shape, input: &[f32], to: Shape, output: &mut [f32]) {
        match self {
            Self::Convolution { kernel, onto, relu } => Convolution {
                kernel,
                pictures,
                from,
                input,
                to,
                output,
                onto: *onto,
                relu: *relu,
            }
            .dispatch(),
            Self::Pool { gather, side } => Pool {
                gather: *gather,
                side: *side,
                pictures,
                from,
                input,
                to,
                output,
            }
            .dispatch(),
            Self::Mean => mean(pictures, from, input, to, output),
        }
    }
}
