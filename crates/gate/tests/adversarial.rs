//! Whatever is wished for, no command breaks a limit, and a stop is always ready.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Random, Violations, joint, profile};
use proptest::prelude::*;
use spinal_gate::{DOF_MAX, Gate, Mode, Profile, Wish};

const TICKS: u64 = if cfg!(debug_assertions) { 60_000 } else { 1_000_000 };

/// Joints of very different kinds: a large arm, a quick wrist, a joint with hardly any room, one with soft jerk, Franka-like ones.
fn robot(period_ns: i64) -> Profile {
    profile(
        vec![
            joint(-2.7, 2.7, 2.62, 10.0, 5000.0),
            joint(-6.2, 6.2, 3.1, 12.0, 400.0),
            joint(-0.05, 0.05, 3.0, 20.0, 1000.0),
            joint(0.5, 3.0, 0.5, 2.0, 10.0),
            joint(-3.0, -0.1, 5.26, 10.0, 5000.0),
            joint(-1.0, 1.0, 1.0, 100.0, 600.0),
        ],
        period_ns,
    )
}

fn home() -> [f64; DOF_MAX] {
    let mut home = [0.0; DOF_MAX];
    home[3] = 1.0;
    home[4] = -1.0;
    home
}

/// What asks for trouble, by kind; each holds for a while.
fn mean_wish(kind: u64, random: &mut Random, gate: &Gate, profile: &Profile, wish: &mut Wish) {
    for j in 0..profile.joints.len() {
        let limits = &profile.joints[j];
        let (q, v) = (gate.position_rad()[j], gate.velocity_rad_s()[j]);
        let edge = if random.unit() > 0.0 {
            limits.position_max_rad
        } else {
            limits.position_min_rad
        };
        let side = random.unit().signum();
        let (position, velocity, acceleration) = match kind {
            0 => (1e6 * random.unit(), 1e6 * random.unit(), 0.0),
            1 => (
                edge,
                side * limits.velocity_max_rad_s,
                side * limits.acceleration_max_rad_s2,
            ),
            2 => (edge, 0.0, 0.0),
            3 => (q + random.unit() * 1e-4, v, 0.0),
            4 => (q - v.signum() * 10.0, -v * 100.0, 0.0),
            5 => (5.0 * random.unit(), 5.0 * random.unit(), 50.0 * random.unit()),
            6 => (edge + 1e-9 * side, 1e-9, 0.0),
            7 => (q + 0.5 * v, v + random.unit(), 1e308 * random.unit()),
            8 => (f64::NAN, 0.0, 0.0),
            9 => (side * f64::INFINITY, 0.0, 0.0),
            10 => (0.0, f64::NAN, 0.0),
            _ => (-0.0, 5e-324, f64::NEG_INFINITY),
        };
        wish.position_rad[j] = position;
        wish.velocity_rad_s[j] = velocity;
        wish.acceleration_rad_s2[j] = acceleration;
        let open = random.below(2) == 0;
        wish.low_rad[j] = if open { -1e9 } else { position.min(q) };
        wish.high_rad[j] = if open { 1e9 } else { position.max(q) };
    }
}

fn attack(period_ns: i64, seed: u64, ticks: u64) -> (Violations, u64) {
    let profile = robot(period_ns);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&home()));
    let mut checker = Checker::new(&profile);
    let mut random = Random(seed);
    let mut wish = Wish::default();
    let mut limited = 0;
    let mut left = 0;
    let mut mode = Mode::Track;
    for tick in 0..ticks {
        if left == 0 {
            // Changes at every tick, every few ticks, or so rarely that full speed and the limits are reached.
            let longest = [1, 7, 1_500_000_000 / period_ns as u64][random.below(3) as usize];
            left = 1 + random.below(longest);
            mode = if random.below(20) == 0 { Mode::Ss2 } else { Mode::Track };
            let kind = random.below(12);
            mean_wish(kind, &mut random, &gate, &profile, &mut wish);
        }
        left -= 1;
        checker.look(&gate.step(Some(&wish), mode, tick as i64 * period_ns));
        limited += u64::from(gate.limited().is_some());
    }
    (checker.violations, limited)
}

#[test]
fn no_wish_breaks_a_limit_at_1_khz() {
    for seed in 1..=3 {
        let (violations, limited) = attack(1_000_000, seed, TICKS);
        assert_eq!(
            violations,
            Violations::default(),
            "seed {seed}, stored stop used in {limited} ticks"
        );
    }
}

#[test]
fn no_wish_breaks_a_limit_at_10_khz() {
    let (violations, limited) = attack(100_000, 4, TICKS);
    assert_eq!(violations, Violations::default(), "stored stop used in {limited} ticks");
}

#[test]
fn no_wish_breaks_a_limit_at_100_khz() {
    let (violations, limited) = attack(10_000, 5, TICKS);
    assert_eq!(violations, Violations::default(), "stored stop used in {limited} ticks");
    println!("limited {limited}");
}

#[test]
fn from_every_tick_the_stop_ends_at_rest_inside_the_limits() {
    let profile = robot(1_000_000);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&home()));
    let mut random = Random(11);
    let mut wish = Wish::default();
    for tick in 0..TICKS / 200 {
        if tick % 40 == 0 {
            let kind = random.below(8);
            mean_wish(kind, &mut random, &gate, &profile, &mut wish);
        }
        gate.step(Some(&wish), Mode::Track, 0);
        if tick % 5 == 0 {
            let mut branch = gate.clone();
            let mut checker = Checker::new(&profile);
            let mut ticks = 0;
            while !branch.is_at_rest() {
                checker.look(&branch.step(None, Mode::Ss2, 0));
                ticks += 1;
                assert!(ticks < 3000, "the stop from tick {tick} does not end");
            }
            assert_eq!(checker.violations, Violations::default(), "stop from tick {tick}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 60 } else { 400 }, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_limits_are_they_hold(
        low in -3.0..0.0f64, room in 0.02..6.0f64,
        velocity in 0.05..10.0f64, acceleration in 0.5..200.0f64, jerk in 5.0..20_000.0f64,
        period_ns in prop_oneof![Just(10_000i64), Just(100_000), Just(1_000_000), 1_000..5_000_000i64],
        start in 0.01..0.99f64, seed in any::<u64>(),
    ) {
        let profile = profile(vec![joint(low, low + room, velocity, acceleration, jerk)], period_ns);
        prop_assume!(profile.check().is_ok());
        let mut gate = Gate::new(&profile, None, 60.0).unwrap();
        prop_assert!(gate.start_at(&[low + start * room; DOF_MAX]));
        let mut checker = Checker::new(&profile);
        let mut random = Random(seed);
        let mut wish = Wish::default();
        let mut left = 0;
        for tick in 0..4000 {
            if left == 0 {
                let longest = [1, 10, 2000][random.below(3) as usize];
                left = 1 + random.below(longest);
                let kind = random.below(12);
                mean_wish(kind, &mut random, &gate, &profile, &mut wish);
            }
            left -= 1;
            let mode = if random.below(500) == 0 { Mode::Ss2 } else { Mode::Track };
            checker.look(&gate.step(Some(&wish), mode, tick));
        }
        prop_assert_eq!(checker.violations, Violations::default());
    }
}
