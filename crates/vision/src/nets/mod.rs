//! Small inference engines for our three nets: one for the detector and the landmark net (convolutions of the MobileNet kind, nothing else),
//! one for the describing net ([`ResidualNet`]).
//!
//! The general engine computes depthwise convolutions number by number; here they run on whole vectors. The
//! files stay ONNX; the golden test compares points and description with those of another engine.

mod kernels;
mod onnx;
mod plan;
mod residual;

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize;

use crate::models::ModelError;
use plan::Plan;
pub use residual::ResidualNet;

/// A net with a square RGB input and `N` outputs.
pub struct SmallNet<const N: usize> {
    plan: Plan,
    side: usize,
    /// Between runs: the memory of the values, so that it is not reserved anew for every frame.
    workspace: Mutex<Vec<Vec<f32>>>,
}

impl<const N: usize> SmallNet<N> {
    /// Reads the net and lays out its memory.
    pub fn load(
        file: &str,
        bytes: &[u8],
        side: usize,
        outputs: [&str; N],
    ) -> Result<Self, ModelError> {
        let failed = |reason: String| ModelError::Load {
            file: file.into(),
            reason,
        };
        let graph = onnx::read(bytes).map_err(failed)?;
        let plan = Plan::new(&graph, side, &outputs).map_err(failed)?;
        let workspace = Mutex::new(plan.workspace());
        Ok(Self {
            plan,
            side,
            workspace,
        })
    }

    /// Side of the input square, pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Runs the net on three planes of `side` x `side`; each output comes back flat, channels last.
    pub fn run(&self, planes: &[f32]) -> Result<[Vec<f32>; N], ModelError> {
        if planes.len() != 3 * self.side * self.side {
            return Err(ModelError::Run(format!(
                "{} numbers are no input",
                planes.len()
            )));
        }
        let mut workspace = self
            .workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut outputs = [const { Vec::new() }; N];
        self.plan.run(planes, &mut workspace, &mut outputs);
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
