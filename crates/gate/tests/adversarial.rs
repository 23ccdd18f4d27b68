//! Whatever is wished for, no command breaks a limit, and a stop is always ready.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Violations, joint, profile};
use proptest::prelude::*;
use spinal_adversary::{Adversary, Seen};
use spinal_gate::{DOF_MAX, Gate, Mode, Profile};

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

fn seen(gate: &Gate) -> Seen<'_> {
    Seen {
        position_rad: gate.position_rad(),
        velocity_rad_s: gate.velocity_rad_s(),
    }
}

fn attack(period_ns: i64, seed: u64, ticks: u64) -> (Violations, u64) {
    let profile = robot(period_ns);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&home()));
    let mut checker = Checker::new(&profile);
    let mut adversary = Adversary::new(&profile, seed);
    let mut limited = 0;
    for tick in 0..ticks {
        let (wish, mode) = adversary.next(seen(&gate));
        checker.look(&gate.step(Some(wish), mode, tick as i64 * period_ns));
        limited += u64::from(gate.limited().is_some());
    }
    (checker.violations, limited)
}

// Hazard: H-01, H-02, H-22
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

// Hazard: H-01, H-02
#[test]
fn no_wish_breaks_a_limit_at_10_khz() {
    let (violations, limited) = attack(100_000, 4, TICKS);
    assert_eq!(violations, Violations::default(), "stored stop used in {limited} ticks");
}

// Hazard: H-01, H-02
#[test]
fn no_wish_breaks_a_limit_at_100_khz() {
    let (violations, limited) = attack(10_000, 5, TICKS);
    assert_eq!(violations, Violations::default(), "stored stop used in {limited} ticks");
    println!("limited {limited}");
}

// Hazard: H-15
#[test]
fn from_every_tick_the_stop_ends_at_rest_inside_the_limits() {
    let profile = robot(1_000_000);
    let mut gate = Gate::new(&profile, None, 80.0).unwrap();
    assert!(gate.start_at(&home()));
    let mut adversary = Adversary::new(&profile, 11);
    for tick in 0..TICKS / 200 {
        let (wish, mode) = adversary.next(seen(&gate));
        gate.step(Some(wish), mode, 0);
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

    // Hazard: H-01, H-02, H-22
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
        let mut adversary = Adversary::new(&profile, seed);
        for tick in 0..4000 {
            let (wish, mode) = adversary.next(seen(&gate));
            checker.look(&gate.step(Some(wish), mode, tick));
        }
        prop_assert_eq!(checker.violations, Violations::default());
    }
}
