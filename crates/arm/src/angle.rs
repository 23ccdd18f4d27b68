//! Sine and cosine that are the same on every machine.

use crate::real::{Four, Real};

/// Sine and cosine of an angle (rad). Not those of the platform, whose last bit depends on the version of the C library and on the
/// processor: a journal must replay bit for bit elsewhere.
pub(crate) fn sin_cos(angle_rad: f64) -> (f64, f64) {
    libm::sincos(angle_rad)
}

/// A quarter turn in two parts; the first has so few digits that its multiples are exact.
/// Source of these and of the polynomials: FDLIBM 5.3, `e_rem_pio2.c`, `k_sin.c`, `k_cos.c`.
const QUARTER: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];
const SINE: [f64; 6] = [
    -1.666_666_666_666_663_2e-1,
    8.333_333_333_322_49e-3,
    -1.984_126_982_985_795e-4,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];
const COSINE: [f64; 6] = [
    4.166_666_666_666_66e-2,
    -1.388_888_888_887_411e-3,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];
/// Up to so many quarter turns the parts are good enough; beyond, and for what is no number, one is computed after the other.
const QUARTERS_MAX: f64 = 1e5;

/// Sine and cosine of four angles (rad), each within 2.3e-16 of the true one.
pub(crate) fn sin_cos_of_four(angle_rad: Four) -> (Four, Four) {
    let of = Four::splat;
    let quarters = (angle_rad * of(std::f64::consts::FRAC_2_PI)).round_ties_even();
    if !quarters.abs().simd_le(of(QUARTERS_MAX)).all() {
        let each = angle_rad.to_array().map(sin_cos);
        return (each.map(|(sin, _)| sin).into(), each.map(|(_, cos)| cos).into());
    }
    let [most, rest] = QUARTER;
    let x = (-quarters).times_plus(of(rest), (-quarters).times_plus(of(most), angle_rad));
    let z = x * x;
    let polynomial = |[c0, c1, c2, c3, c4, c5]: [f64; 6]| {
        let two = |low: f64, high: f64| z.times_plus(of(high), of(low));
        let square = z * z;
        square.times_plus(square.times_plus(two(c4, c5), two(c2, c3)), two(c0, c1))
    };
    let sine = (x * z).times_plus(polynomial(SINE), x);
    let half = of(0.5) * z;
    let nearly = of(1.0) - half;
    let cosine = nearly + (z * z).times_plus(polynomial(COSINE), (of(1.0) - nearly) - half);
    // Which quarter, 0 to 3: in odd ones sine and cosine change places; the signs follow the circle.
    let quarter = quarters - of(4.0) * (quarters * of(0.25)).floor();
    let (first, second, third) = (
        quarter.simd_eq(of(1.0)),
        quarter.simd_eq(of(2.0)),
        quarter.simd_eq(of(3.0)),
    );
    let odd = first | third;
    let (sin, cos) = (odd.select(cosine, sine), odd.select(sine, cosine));
    ((second | third).select(-sin, sin), (first | second).select(-cos, cos))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn four_angles_at_once_are_as_good_as_one(angles in prop::array::uniform4(-1e3..1e3f64), quarter in -8..8i32) {
            let near = f64::from(quarter) * std::f64::consts::FRAC_PI_2;
            for four in [angles, angles.map(|angle| near + angle * 1e-9), angles.map(|angle| angle * 1e6)] {
                let (sines, cosines) = sin_cos_of_four(four.into());
                for ((angle, sin), cos) in four.into_iter().zip(sines.to_array()).zip(cosines.to_array()) {
                    let (true_sin, true_cos) = sin_cos(angle);
                    prop_assert!((sin - true_sin).abs() <= 2.3e-16 && (cos - true_cos).abs() <= 2.3e-16, "{angle}");
                }
            }
        }
    }

    #[test]
    fn the_sine_of_what_is_no_number_is_none() {
        let (sines, cosines) = sin_cos_of_four([f64::NAN, f64::INFINITY, 1.0, 0.0].into());
        let (sines, cosines) = (sines.to_array(), cosines.to_array());
        assert!(sines[0].is_nan() && sines[1].is_nan() && cosines[0].is_nan() && cosines[1].is_nan());
        assert_eq!((sines[2], cosines[3]), (sin_cos(1.0).0, 1.0));
    }
}
