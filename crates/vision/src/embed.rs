//! The descriptor of a face: 128 numbers, compared by Euclidean distance. Biometric data: wiped, never printed, never stored.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::models::ModelError;
use crate::nets::ResidualNet;

/// Length of our own descriptor.
pub const LENGTH: usize = 128;

/// The descriptor of one face. Ours is averaged over the chip and its mirror image, and deliberately not normalised.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Embedding(Box<[f32]>);

impl Embedding {
    /// Takes finite numbers.
    pub fn new(values: &[f32]) -> Option<Self> {
        let fits = !values.is_empty() && values.iter().all(|value| value.is_finite());
        fits.then(|| Self(values.into()))
    }

    /// Describes an aligned chip of [`crate::align::SIDE`] pixels from both sides.
    pub fn of(net: &ResidualNet, chip: &[f32]) -> Result<Self, ModelError> {
        let both = Self::sides(net, chip, [false, true])?;
        Self::mean(&both).ok_or_else(|| ModelError::Run("nothing was described".into()))
    }

    /// Describes a chip as it is (`false`) or mirrored (`true`): each is half of a description.
    pub fn sides<const N: usize>(
        net: &ResidualNet,
        chip: &[f32],
        mirrored: [bool; N],
    ) -> Result<Vec<Self>, ModelError> {
        let sides = net.run(chip, mirrored)?;
        let described = sides.iter().map(|values| {
            Self::new(values)
                .filter(|own| own.0.len() == LENGTH)
                .ok_or_else(|| {
                    ModelError::Run(format!("{} numbers are not a descriptor", values.len()))
                })
        });
        described.collect()
    }

    /// Euclidean distance; the threshold belongs to [`crate::RECIPE`]. Descriptions of different lengths are as far apart as can be.
    pub fn distance(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return f32::MAX;
        }
        self.0
            .iter()
            .zip(other.0.iter())
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f32>()
            .sqrt()
    }

    /// The middle of several descriptions of one face; `None` of nothing.
    pub fn mean(all: &[Self]) -> Option<Self> {
        let mut sum = vec![0.0; all.first()?.0.len()].into_boxed_slice();
        for one in all {
            for (sum, value) in sum.iter_mut().zip(one.0.iter()) {
                *sum += value / all.len() as f32;
            }
        }
        Some(Self(sum))
    }

    /// The numbers, for the golden test and the models' check.
    pub fn values(&self) -> &[f32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_euclidean_and_rubbish_is_refused() {
        let mut values = [0.0; LENGTH];
        let zero = Embedding::new(&values).unwrap();
        values[3] = 3.0;
        values[100] = 4.0;
        assert_eq!(zero.distance(&Embedding::new(&values).unwrap()), 5.0);
        values[5] = f32::NAN;
        assert!(Embedding::new(&values).is_none());
        assert!(Embedding::new(&[]).is_none());
        assert_eq!(
            zero.distance(&Embedding::new(&[0.0; 127]).unwrap()),
            f32::MAX
        );
    }
}
