//! The descriptor of a face: 128 numbers, compared by Euclidean distance. Biometric data: wiped, never printed, never stored.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::align::SIDE;
use crate::models::{ModelError, Net};

/// Length of a descriptor.
pub const LENGTH: usize = 128;

/// The descriptor of one face, averaged over the chip and its mirror image; deliberately not normalised.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Embedding(Box<[f32; LENGTH]>);

impl Embedding {
    /// Takes 128 finite numbers.
    pub fn new(values: &[f32]) -> Option<Self> {
        let values: [f32; LENGTH] = values.try_into().ok()?;
        values
            .iter()
            .all(|value| value.is_finite())
            .then(|| Self(Box::new(values)))
    }

    /// Describes an aligned chip of [`SIDE`] x [`SIDE`].
    pub fn of(net: &Net<1>, chip: &[f32]) -> Result<Self, ModelError> {
        let mirrored = mirror(chip);
        let [straight] = net.run::<2>(chip)?.map(Zeroizing::new);
        let [reflected] = net.run::<2>(&mirrored)?.map(Zeroizing::new);
        let mean: Zeroizing<Vec<f32>> = Zeroizing::new(
            straight
                .iter()
                .zip(reflected.iter())
                .map(|(a, b)| (a + b) / 2.0)
                .collect(),
        );
        Self::new(&mean)
            .ok_or_else(|| ModelError::Run(format!("{} numbers are not a descriptor", mean.len())))
    }

    /// Euclidean distance; the threshold belongs to [`crate::RECIPE`].
    pub fn distance(&self, other: &Self) -> f32 {
        self.0
            .iter()
            .zip(other.0.iter())
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f32>()
            .sqrt()
    }

    /// The numbers, for the golden test and the models' check.
    pub fn values(&self) -> &[f32; LENGTH] {
        &self.0
    }
}

fn mirror(chip: &[f32]) -> Zeroizing<Vec<f32>> {
    Zeroizing::new(
        chip.chunks_exact(SIDE)
            .flat_map(|row| row.iter().rev().copied())
            .collect(),
    )
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
        assert!(Embedding::new(&values[..127]).is_none());
    }

    #[test]
    fn mirroring_turns_rows_around() {
        let chip: Vec<f32> = (0..2 * SIDE).map(|i| i as f32).collect();
        let mirrored = mirror(&chip);
        assert_eq!(
            (mirrored[0], mirrored[SIDE - 1], mirrored[SIDE]),
            (149.0, 0.0, 299.0)
        );
        assert_eq!(*mirror(&mirrored), chip);
    }
}
