//! A curve through the steps of a chunk, smooth to its acceleration.

use spinal_gate::{DOF_MAX, Proposal, STEPS_MAX};

/// The cubic spline through the chunk's steps: step k is passed (k + 1) periods after the observation. It begins with the position and
/// velocity commanded at the observation and ends at rest. Position, velocity and acceleration are continuous.
/// Source: de Boor, A Practical Guide to Splines, ch. IV (slopes from a tridiagonal system).
pub(crate) struct Spline {
    start: Knot,
    /// Velocity at each step, rad/s.
    slopes: Box<[[f64; DOF_MAX]; STEPS_MAX]>,
}

/// Where the joints are (rad) and how fast (rad/s).
#[derive(Clone, Copy)]
pub(crate) struct Knot {
    pub position_rad: [f64; DOF_MAX],
    pub velocity_rad_s: [f64; DOF_MAX],
}

/// a + b·t + c·t² + d·t³ + e·t⁴ + f·t⁵.
#[derive(Clone, Copy, Default)]
pub(crate) struct Polynomial {
    pub a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
}

impl Knot {
    pub const ZERO: Self = Self {
        position_rad: [0.0; DOF_MAX],
        velocity_rad_s: [0.0; DOF_MAX],
    };
}

impl Spline {
    pub fn new() -> Self {
        Self {
            start: Knot::ZERO,
            slopes: Box::new([[0.0; DOF_MAX]; STEPS_MAX]),
        }
    }

    /// Lays the curve through a chunk. The slopes m solve m₍ₖ₋₁₎ + 4·mₖ + m₍ₖ₊₁₎ = 3·(p₍ₖ₊₁₎ − p₍ₖ₋₁₎)/T.
    pub fn fit(&mut self, chunk: &Proposal, start: &Knot) {
        self.start = *start;
        let scale = 3.0e9 / chunk.period_ns as f64;
        let inner = chunk.steps.saturating_sub(1);
        // Forwards: what is left of each row after the rows before are taken out is mₖ = sₖ − rₖ·m₍ₖ₊₁₎.
        let mut ratios = [0.0; STEPS_MAX];
        let mut ratio = 0.0;
        let (mut before, mut slopes_before) = (start.position_rad, start.velocity_rad_s);
        let next = chunk.targets.iter().skip(1);
        let rows = self
            .slopes
            .iter_mut()
            .zip(&mut ratios)
            .zip(chunk.targets.iter().zip(next));
        for ((slopes, ratio_here), (here, after)) in rows.take(inner) {
            ratio = 1.0 / (4.0 - ratio);
            *ratio_here = ratio;
            let ends = after.iter().zip(&before).zip(&slopes_before);
            for (slope, ((after, before), slope_before)) in slopes.iter_mut().zip(ends).take(chunk.dof) {
                *slope = (scale * (after - before) - slope_before) * ratio;
            }
            (before, slopes_before) = (*here, *slopes);
        }
        // Backwards from rest at the last step.
        let mut after = [0.0; DOF_MAX];
        if let Some(last) = self.slopes.get_mut(inner) {
            *last = after;
        }
        for (slopes, ratio) in self.slopes.iter_mut().zip(&ratios).take(inner).rev() {
            for (slope, after) in slopes.iter_mut().zip(&after).take(chunk.dof) {
                *slope -= ratio * after;
            }
            after = *slopes;
        }
    }

    /// The curves of all joints between step `segment` − 1 (0: the observation) and step `segment`; after the last step, its position.
    pub fn segment(&self, chunk: &Proposal, segment: usize, curves: &mut [Polynomial; DOF_MAX]) {
        let time_s = chunk.period_ns as f64 * 1e-9;
        let knot = |step: usize| chunk.targets.get(step).zip(self.slopes.get(step));
        let from = match segment.checked_sub(1) {
            None => Some((&self.start.position_rad, &self.start.velocity_rad_s)),
            Some(before) => knot(before),
        };
        let Some((from, speed)) = from else { return };
        if segment >= chunk.steps {
            for (curve, &position) in curves.iter_mut().zip(from) {
                *curve = Polynomial {
                    a: position,
                    ..Polynomial::default()
                };
            }
            return;
        }
        let Some((to, speed_to)) = knot(segment) else { return };
        let ends = from.iter().zip(speed).zip(to.iter().zip(speed_to));
        for (curve, ((&from, &speed), (&to, &speed_to))) in curves.iter_mut().zip(ends).take(chunk.dof) {
            *curve = Polynomial::cubic((from, speed), (to, speed_to), time_s);
        }
    }
}

impl Polynomial {
    /// From (position, velocity) to (position, velocity) in a time, s.
    fn cubic(from: (f64, f64), to: (f64, f64), time_s: f64) -> Self {
        let (way, early, late) = ((to.0 - from.0) / time_s, from.1, to.1);
        let c = (3.0 * way - 2.0 * early - late) / time_s;
        let d = (early + late - 2.0 * way) / (time_s * time_s);
        Self {
            a: from.0,
            b: early,
            c,
            d,
            ..Self::default()
        }
    }

    /// From (position, velocity, acceleration) to nothing in a time, s.
    pub fn fading((p, v, a): (f64, f64, f64), time_s: f64) -> Self {
        let (v, a) = (v * time_s, a * time_s * time_s);
        let t3 = time_s * time_s * time_s;
        Self {
            a: p,
            b: v / time_s,
            c: 0.5 * a / (time_s * time_s),
            d: (-10.0 * p - 6.0 * v - 1.5 * a) / t3,
            e: (15.0 * p + 8.0 * v + 1.5 * a) / (t3 * time_s),
            f: (-6.0 * p - 3.0 * v - 0.5 * a) / (t3 * time_s * time_s),
        }
    }

    /// Position, velocity and acceleration.
    pub fn at(&self, t: f64) -> (f64, f64, f64) {
        let Self { a, b, c, d, e, f } = *self;
        (
            a + t * (b + t * (c + t * (d + t * (e + t * f)))),
            b + t * (2.0 * c + t * (3.0 * d + t * (4.0 * e + t * 5.0 * f))),
            2.0 * c + t * (6.0 * d + t * (12.0 * e + t * 20.0 * f)),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::disallowed_methods)]

    use super::{Knot, Polynomial, Spline};
    use spinal_gate::{DOF_MAX, Proposal};

    fn chunk(steps: usize) -> Proposal {
        let mut chunk = Proposal {
            period_ns: 100_000_000,
            dof: 2,
            steps,
            ..Proposal::default()
        };
        for (k, step) in chunk.targets.iter_mut().enumerate().take(steps) {
            (step[0], step[1]) = ((k as f64 * 0.7).sin(), (k as f64 * 2.1).cos());
        }
        chunk
    }

    #[test]
    fn the_curve_passes_its_steps_and_is_smooth_there() {
        for steps in [1, 2, 3, 8, 64] {
            let chunk = chunk(steps);
            let mut start = Knot::ZERO;
            (start.position_rad[0], start.velocity_rad_s[0]) = (0.3, -1.0);
            let mut spline = Spline::new();
            spline.fit(&chunk, &start);
            let mut curves = [Polynomial::default(); DOF_MAX];
            let mut end = (0.3, -1.0, None);
            for segment in 0..steps {
                spline.segment(&chunk, segment, &mut curves);
                let (p, v, a) = curves[0].at(0.0);
                assert!((p - end.0).abs() < 1e-9 && (v - end.1).abs() < 1e-9);
                assert!(
                    end.2.is_none_or(|before: f64| (a - before).abs() < 1e-6),
                    "{a} after {:?}",
                    end.2
                );
                let (p, v, a) = curves[0].at(0.1);
                assert!((p - chunk.targets[segment][0]).abs() < 1e-9);
                end = (p, v, Some(a));
            }
            assert!(end.1.abs() < 1e-9, "it ends at rest");
            spline.segment(&chunk, steps, &mut curves);
            assert_eq!(curves[1].at(5.0), (chunk.targets[steps - 1][1], 0.0, 0.0));
        }
    }

    #[test]
    fn what_fades_is_smooth_at_both_ends() {
        let fading = Polynomial::fading((0.1, -0.5, 3.0), 0.2);
        assert_eq!(fading.at(0.0), (0.1, -0.5, 3.0));
        let (p, v, a) = fading.at(0.2);
        assert!(p.abs() < 1e-12 && v.abs() < 1e-12 && a.abs() < 1e-10);
    }
}
