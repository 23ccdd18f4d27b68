//! Slower than the profile allows, never faster, whatever is asked for in whatever order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Violations, joint, profile};
use proptest::prelude::*;
use spinal_adversary::Random;
use spinal_gate::{DOF_MAX, Gate, JointLimits, Mode, Profile, Wish};

fn robot(period_ns: i64) -> Profile {
    let joints = vec![
        joint(-2.7, 2.7, 2.62, 10.0, 5000.0),
        joint(-6.2, 6.2, 3.1, 12.0, 400.0),
        joint(-1.5, 1.5, 3.0, 20.0, 1000.0),
        joint(-1.0, 3.0, 0.5, 2.0, 10.0),
    ];
    profile(joints, period_ns)
}

/// Longest time to come down to any lower speed when braking half as hard as the limits allow, s.
fn slowing_s(limits: &JointLimits) -> f64 {
    let (v, a, j) = (
        limits.velocity_max_rad_s,
        limits.acceleration_max_rad_s2,
        limits.jerk_max_rad_s3,
    );
    // Acceleration away, then down to half of the brake and back, each at half of the jerk; and the speed gained meanwhile.
    2.0 * (v + a * a / j) / a + 8.0 * a / j + 2.0 * (2.0 * v / j).sqrt()
}

/// To the ends of the range and back, as fast as it goes.
fn far(profile: &Profile, up: bool) -> Wish {
    let mut wish = Wish::default();
    for (j, limits) in profile.joints.iter().enumerate() {
        let sign = if up { 1.0 } else { -1.0 };
        wish.position_rad[j] = if up {
            limits.position_max_rad
        } else {
            limits.position_min_rad
        };
        wish.velocity_rad_s[j] = sign * limits.velocity_max_rad_s;
        (wish.low_rad[j], wish.high_rad[j]) = (limits.position_min_rad, limits.position_max_rad);
    }
    wish
}

fn speed(gate: &Gate, j: usize) -> f64 {
    gate.velocity_rad_s()[j].abs()
}

// Hazard: H-23
#[test]
fn a_share_that_is_no_share_changes_nothing() {
    let profile = robot(1_000_000);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    assert!(gate.tighten(0.5));
    for scale in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        -1.0,
        1.0 + f64::EPSILON,
        1e300,
    ] {
        assert!(!gate.tighten(scale), "{scale}");
    }
    let wish = far(&profile, true);
    let fastest = (0..600).map(|tick| {
        gate.step(Some(&wish), Mode::Track, tick);
        speed(&gate, 1)
    });
    let fastest = fastest.fold(0.0, f64::max);
    assert!((1.5..=1.55).contains(&fastest), "{fastest}");
}

#[test]
fn a_joint_in_full_motion_comes_down_without_swinging_back_and_full_speed_returns() {
    for scale in [0.8, 0.5, 0.1, 0.01] {
        let profile = robot(1_000_000);
        let mut gate = Gate::new(&profile, None, 80.0).unwrap();
        let mut start = [0.0; DOF_MAX];
        start[1] = -6.0;
        assert!(gate.start_at(&start));
        let wish = far(&profile, true);
        for tick in 0..700 {
            gate.step(Some(&wish), Mode::Track, tick);
        }
        assert!(speed(&gate, 1) > 3.09);
        assert!(gate.tighten(scale));
        let (mut before, mut lowest) = (speed(&gate, 1), f64::INFINITY);
        for tick in 0..500 {
            gate.step(Some(&wish), Mode::Track, tick);
            let now = gate.velocity_rad_s()[1];
            assert!(
                now <= before + 1e-9 || now <= scale * 3.1,
                "it speeds up to {now} on its way down to {scale}"
            );
            (before, lowest) = (now, lowest.min(now));
        }
        assert!(before <= scale * 3.1, "{before} at {scale}");
        assert!(lowest > 0.95 * scale * 3.1, "{lowest} at {scale}");
        assert!(gate.tighten(1.0));
        let fastest = (0..400).map(|tick| {
            gate.step(Some(&wish), Mode::Track, tick);
            speed(&gate, 1)
        });
        assert!(fastest.fold(0.0, f64::max) > 3.09, "full speed returns after {scale}");
    }
}

// Hazard: H-15
#[test]
fn a_stop_is_as_quick_as_ever_while_the_robot_is_tightened() {
    let ticks_to_rest = |tightened: bool| {
        let profile = robot(1_000_000);
        let mut gate = Gate::new(&profile, None, 80.0).unwrap();
        assert!(gate.start_at(&[0.0; DOF_MAX]));
        let wish = far(&profile, true);
        for tick in 0..400 {
            gate.step(Some(&wish), Mode::Track, tick);
        }
        if tightened {
            assert!(gate.tighten(0.001));
        }
        (0..2000)
            .take_while(|&tick| {
                gate.step(None, Mode::Ss2, tick);
                !gate.is_at_rest()
            })
            .count()
    };
    assert_eq!(ticks_to_rest(true), ticks_to_rest(false));
}

/// What is asked for in turn: tightenings (by any number) and wishes, each for a while.
fn attack(period_ns: i64, seed: u64, ticks: u64) -> Violations {
    let profile = robot(period_ns);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    let mut checker = Checker::new(&profile);
    let mut random = Random(seed);
    let (mut scale, mut since, mut wish_left, mut scale_left) = (1.0, 0u64, 0, 0);
    let mut wish = Wish::default();
    let second = 1_000_000_000 / period_ns as u64;
    for tick in 0..ticks {
        if scale_left == 0 {
            let longest = [1, second / 10, 4 * second][random.below(3) as usize];
            scale_left = 1 + random.below(longest);
            let asked = match random.below(8) {
                0 => 1.0,
                1 => f64::NAN,
                2 => 1.0 + random.unit().abs(),
                3 => -random.unit().abs(),
                4 => 1e-6,
                _ => random.unit().abs(),
            };
            if gate.tighten(asked) {
                assert!(asked > 0.0 && asked <= 1.0);
                // Coming down starts anew when less is allowed, and is over at once when more is.
                since = if asked < scale { tick } else { since };
                scale = asked;
            } else {
                assert!(!(asked > 0.0 && asked <= 1.0));
            }
        }
        if wish_left == 0 {
            let longest = [1, 9, second][random.below(3) as usize];
            wish_left = 1 + random.below(longest);
            wish = far(&profile, random.below(2) == 0);
            if random.below(4) == 0 {
                for j in 0..profile.joints.len() {
                    wish.position_rad[j] = 3.0 * random.unit();
                    wish.velocity_rad_s[j] = 9.0 * random.unit();
                    wish.acceleration_rad_s2[j] = 1e6 * random.unit();
                }
            }
        }
        (scale_left, wish_left) = (scale_left - 1, wish_left - 1);
        checker.look(&gate.step(Some(&wish), Mode::Track, tick as i64 * period_ns));
        for (j, limits) in profile.joints.iter().enumerate() {
            let allowed = scale * limits.velocity_max_rad_s;
            let slowing_ticks = (slowing_s(limits) * 1e9 / period_ns as f64) as u64 + 4;
            assert!(
                speed(&gate, j) <= allowed || tick - since <= slowing_ticks,
                "seed {seed}, tick {tick}, joint {j}: {} over {allowed}, {} ticks after it was tightened",
                speed(&gate, j),
                tick - since
            );
        }
    }
    checker.violations
}

const TICKS: u64 = if cfg!(debug_assertions) { 30_000 } else { 400_000 };

// Hazard: H-02
#[test]
fn no_sequence_of_tightenings_lets_a_joint_pass_a_limit_and_each_is_kept_within_a_brake() {
    for (seed, period_ns) in [(1, 1_000_000), (2, 1_000_000), (3, 100_000), (4, 10_000)] {
        assert_eq!(attack(period_ns, seed, TICKS), Violations::default(), "seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 8 } else { 60 }, ..ProptestConfig::default() })]

    // Hazard: H-02
    #[test]
    fn whatever_the_seed_tightenings_hold(seed in any::<u64>()) {
        prop_assert_eq!(attack(1_000_000, seed, 20_000), Violations::default());
    }
}
