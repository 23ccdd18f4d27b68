//! Safety is not bought by standing still: the motion is close to the quickest one, does not overshoot, and follows a moving wish.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Violations, joint, profile};
use spinal_gate::{DOF_MAX, Gate, JointLimits, Mode, Wish};

/// The shortest time from rest to rest over `way`, by bisection on the peak velocity. Source: the seven-phase profile, e.g. Biagiotti and
/// Melchiorri, Trajectory Planning for Automatic Machines and Robots, §3.4.
fn shortest_time(way: f64, limits: &JointLimits) -> f64 {
    let (v_max, a_max, j_max) = (
        limits.velocity_max_rad_s,
        limits.acceleration_max_rad_s2,
        limits.jerk_max_rad_s3,
    );
    let ramp = |v: f64| {
        if v * j_max >= a_max * a_max {
            v / a_max + a_max / j_max
        } else {
            2.0 * (v / j_max).sqrt()
        }
    };
    if v_max * ramp(v_max) <= way {
        return 2.0 * ramp(v_max) + (way - v_max * ramp(v_max)) / v_max;
    }
    let (mut low, mut high) = (0.0, v_max);
    for _ in 0..200 {
        let v = 0.5 * (low + high);
        if v * ramp(v) < way { low = v } else { high = v }
    }
    2.0 * ramp(low)
}

/// How a joint went from rest to rest.
struct Way {
    /// Until the joint stays within 5 mrad, s.
    arrived_s: f64,
    overshoot_rad: f64,
    /// How often a substantial jerk (5 % of its limit) changed its sign from one tick to the next.
    jolts: usize,
    end_rad: f64,
}

fn go(limits: JointLimits, period_ns: i64, from: f64, to: f64) -> Way {
    let profile = profile(vec![limits], period_ns);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    let mut checker = Checker::new(&profile);
    let (mut start, mut end) = ([0.0; DOF_MAX], [0.0; DOF_MAX]);
    (start[0], end[0]) = (from, to);
    assert!(gate.start_at(&start));
    let wish = Wish::at(end);
    let dt = period_ns as f64 * 1e-9;
    let mut way = Way {
        arrived_s: 0.0,
        overshoot_rad: 0.0,
        jolts: 0,
        end_rad: from,
    };
    let (mut acceleration, mut jerk) = (0.0, 0.0);
    for tick in 0..(6.0 / dt) as i64 {
        let command = gate.step(Some(&wish), Mode::Track, 0);
        checker.look(&command);
        way.end_rad = command.position_rad()[0];
        let left = (to - way.end_rad) * (to - from).signum();
        way.overshoot_rad = way.overshoot_rad.max(-left);
        if left.abs() > 5e-3 {
            way.arrived_s = (tick + 1) as f64 * dt;
        }
        let jerk_now = (command.acceleration_rad_s2()[0] - acceleration) / dt;
        way.jolts += usize::from(jerk_now * jerk < 0.0 && jerk_now.abs() > 0.05 * limits.jerk_max_rad_s3);
        (acceleration, jerk) = (command.acceleration_rad_s2()[0], jerk_now);
    }
    assert_eq!(checker.violations, Violations::default());
    way
}

/// Slow builds look at 1 kHz only.
const PERIODS_NS: &[i64] = if cfg!(debug_assertions) {
    &[1_000_000]
} else {
    &[1_000_000, 100_000, 20_000]
};

fn robots() -> [JointLimits; 4] {
    [
        joint(-2.7, 2.7, 2.62, 10.0, 5000.0),
        joint(-2.7, 2.7, 3.1, 12.0, 400.0),
        joint(-2.7, 2.7, 1.0, 20.0, 1000.0),
        joint(-2.7, 2.7, 3.0, 3.0, 30.0),
    ]
}

#[test]
fn crossing_takes_at_most_a_tenth_longer_than_the_quickest_way() {
    for limits in robots() {
        for &period_ns in PERIODS_NS {
            for (from, to) in [(-2.69, 2.69), (2.0, -1.0), (0.0, 0.3), (0.1, 0.0), (0.0, 0.05)] {
                let way = go(limits, period_ns, from, to);
                let best = shortest_time(f64::abs(to - from), &limits);
                let what = format!("{from} to {to} at {period_ns} ns");
                assert!(
                    way.arrived_s <= 1.1 * best,
                    "{what}: {} s, quickest {best} s",
                    way.arrived_s
                );
                assert!(way.overshoot_rad <= 2e-4, "{what}: overshoot {} rad", way.overshoot_rad);
                assert!((way.end_rad - to).abs() <= 1e-6, "{what}: ends at {}", way.end_rad);
                assert!(way.jolts <= 5, "{what}: {} jolts", way.jolts);
            }
        }
    }
}

#[test]
fn a_wish_at_or_beyond_a_limit_is_approached_to_within_5_mrad() {
    for limits in robots() {
        for &period_ns in PERIODS_NS {
            for to in [2.7, 5.0, -2.7, -1e6] {
                let way = go(limits, period_ns, 0.0, to);
                let limit = if to > 0.0 { 2.7 } else { -2.7 };
                assert!(
                    (way.end_rad - limit).abs() <= 5e-3,
                    "{to} at {period_ns} ns: ends at {}",
                    way.end_rad
                );
            }
        }
    }
}

#[test]
fn a_moving_wish_inside_the_limits_is_followed_closely() {
    let profile = profile(vec![joint(-2.7, 2.7, 3.1, 12.0, 400.0)], 1_000_000);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    let mut checker = Checker::new(&profile);
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    let (mut wish, mut worst) = (Wish::default(), 0.0f64);
    (wish.low_rad[0], wish.high_rad[0]) = (-1.0, 1.0);
    for tick in 0..8000 {
        let t = f64::from(tick + 1) * 1e-3;
        // 0.5 rad at 0.5 Hz: 1.6 rad/s, 4.9 rad/s² at most; it starts with a jump in velocity.
        let w = std::f64::consts::PI;
        wish.position_rad[0] = 0.5 * (w * t).sin();
        wish.velocity_rad_s[0] = 0.5 * w * (w * t).cos();
        wish.acceleration_rad_s2[0] = -0.5 * w * w * (w * t).sin();
        let command = gate.step(Some(&wish), Mode::Track, 0);
        checker.look(&command);
        if tick > 800 {
            worst = worst.max((command.position_rad()[0] - wish.position_rad[0]).abs());
        }
    }
    assert!(worst <= 1e-4, "{worst} rad behind");
    assert_eq!(checker.violations, Violations::default());
}
