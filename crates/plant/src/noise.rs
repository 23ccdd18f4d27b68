//! Seeded sensor noise.

/// A small deterministic generator of standard normal numbers. Source: Steele et al. 2014 (SplitMix64) and Box–Muller.
#[derive(Clone, Copy, Debug)]
pub struct Noise(u64);

impl Noise {
    /// A generator that always gives the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next standard normal number; the generator moves on even when the caller scales it by 0.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_noise_and_another_seed_another() {
        let draw = |seed| {
            let mut noise = Noise::new(seed);
            [noise.normal(), noise.normal(), noise.normal()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn the_noise_is_standard_normal() {
        let mut noise = Noise::new(3);
        let count = 100_000;
        let values: Vec<f64> = (0..count).map(|_| noise.normal()).collect();
        let mean = values.iter().sum::<f64>() / f64::from(count);
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / f64::from(count);
        assert!(values.iter().all(|v| v.is_finite()));
        assert!(mean.abs() < 0.015, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
        let within = values.iter().filter(|v| v.abs() < 1.0).count() as f64 / f64::from(count);
        assert!((within - 0.6827).abs() < 0.01, "within one sigma {within}");
    }
}
