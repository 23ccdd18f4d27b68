//! What holds for the stop of every state: thousands of them, of every size.

use super::super::{Bounds, State, Stop};
use super::bounds;
use spinal_arm::Four;

struct Random(u64);

impl Random {
    /// Between −1 and 1.
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// States of every size, also close to rest and close to the curve on which releasing the acceleration is itself the stop.
fn some_states(random: &mut Random) -> [State; 3] {
    let scale = 10f64.powf(-2.0 + 2.0 * random.unit());
    let acceleration = 12.0 * random.unit() * scale.min(1.0);
    let released = -acceleration * acceleration.abs() / (2.0 * bounds().jerk);
    let (position, fast, near, far) = (3.0 * random.unit(), random.unit(), random.unit(), random.unit());
    [2.7 * fast * scale.min(1.0), released * (1.0 + 0.01 * near), 2.7 * far].map(|velocity| State {
        position,
        velocity,
        acceleration,
    })
}

/// The stop played tick by tick: the states at the ticks.
fn played(state: &State, stop: &Stop, dt: f64) -> Vec<State> {
    let (mut state, mut stop) = (*state, *stop);
    let mut states = vec![state];
    while !(state.is_at_rest() && stop.ticks() == 0) {
        state = stop.advance(&state, dt);
        states.push(state);
        assert!(states.len() < 100_000, "the stop does not end");
    }
    states
}

/// Lowest and highest position and the highest speed, between the ticks too.
fn extremes(states: &[State], dt: f64) -> (f64, f64, f64) {
    let mut found = (f64::INFINITY, f64::NEG_INFINITY, 0f64);
    for pair in states.windows(2) {
        let [from, to] = pair else { continue };
        let jerk = (to.acceleration - from.acceleration) / dt;
        for part in 0..=50 {
            let t = dt * f64::from(part) / 50.0;
            let position = from.position + t * (from.velocity + t * (0.5 * from.acceleration + t * jerk / 6.0));
            let velocity = from.velocity + t * (from.acceleration + 0.5 * t * jerk);
            found = (
                found.0.min(position),
                found.1.max(position),
                found.2.max(velocity.abs()),
            );
        }
    }
    found
}

// Hazard: H-02, H-15
#[test]
fn a_stop_played_tick_by_tick_keeps_acceleration_and_jerk_and_ends_where_it_was_planned_to() {
    let mut random = Random(3);
    for _ in 0..1500 {
        for state in some_states(&mut random) {
            let Some(stop) = Stop::plan(&state, &bounds()) else {
                continue;
            };
            let dt = bounds().dt_s;
            let states = played(&state, &stop, dt);
            assert_eq!(states.len(), stop.ticks() as usize + 1, "{state:?}");
            for pair in states.windows(2) {
                let jerk = (pair[1].acceleration - pair[0].acceleration) / dt;
                assert!(jerk.abs() <= 400.0 * (1.0 + 1e-8), "{state:?} {jerk}");
                assert!(pair[1].acceleration.abs() <= 12.0 * (1.0 + 1e-8), "{state:?}");
            }
            let last = states.last().unwrap();
            assert!((last.position - stop.end_position).abs() < 1e-9, "{state:?}");
            assert!(states[states.len() - 2].velocity.abs() <= 400.0 * dt * dt, "{state:?}");
        }
    }
}

/// Holds what is looked up along the stop from the first of these states against all of them.
fn assert_looked_up(states: &[State], stop: &Stop) {
    let (state, last) = (states[0], *states.last().unwrap());
    let total = stop.ticks();
    let some: Vec<u32> = (0..total)
        .step_by(1 + total as usize / 40)
        .chain([total, total + 1])
        .collect();
    for four in some.chunks(4) {
        let at = |lane: usize| four.get(lane).copied().unwrap_or(total);
        let ticks = [at(0), at(1), at(2), at(3)];
        let seen = stop.states_at(&state, Four::from(ticks.map(f64::from)), bounds().dt_s);
        for (lane, tick) in ticks.into_iter().enumerate() {
            let (seen, real) = (seen.lane(lane), states.get(tick as usize).copied().unwrap_or(last));
            assert!(
                (seen.position - real.position).abs() < 1e-9,
                "{state:?} {stop:?} {tick}"
            );
            assert!(
                (seen.velocity - real.velocity).abs() < 1e-9,
                "{state:?} {stop:?} {tick}"
            );
            assert!(
                (seen.acceleration - real.acceleration).abs() < 1e-7,
                "{state:?} {stop:?} {tick}"
            );
        }
    }
}

// Hazard: H-15
#[test]
fn what_is_looked_up_along_a_stop_is_what_will_be_played_also_when_it_is_half_played() {
    let mut random = Random(5);
    for _ in 0..400 {
        for state in some_states(&mut random) {
            let Some(mut stop) = Stop::plan(&state, &bounds()) else {
                continue;
            };
            let states = played(&state, &stop, bounds().dt_s);
            let part = 1 + states.len() / 12;
            for from in 0..states.len() {
                if from % part == 0 || from + 3 > states.len() {
                    assert_looked_up(&states[from..], &stop);
                }
                stop.advance(&states[from], bounds().dt_s);
            }
        }
    }
}

// Hazard: H-03, H-15
#[test]
fn between_two_borders_of_a_stop_neither_its_jerk_nor_the_sign_of_its_acceleration_changes() {
    let mut random = Random(7);
    let mut turns = 0;
    for _ in 0..400 {
        for state in some_states(&mut random) {
            let Some(stop) = Stop::plan(&state, &bounds()) else {
                continue;
            };
            let states = played(&state, &stop, bounds().dt_s);
            let step = |tick: u32| states[tick as usize + 1].acceleration - states[tick as usize].acceleration;
            let after = |tick: u32| stop.borders(&state).into_iter().filter(|&border| border > tick).min();
            let (mut from, mut borders) = (0, vec![]);
            while let Some(border) = after(from) {
                assert!(border > from && border <= stop.ticks(), "{state:?}");
                for tick in from..border {
                    assert!((step(tick) - step(from)).abs() < 1e-9, "{state:?} {tick}");
                    assert_eq!(after(tick), Some(border), "{state:?} {tick}");
                }
                borders.push(border);
                from = border;
            }
            assert_eq!((from, after(from)), (stop.ticks(), None), "{state:?}");
            assert!(borders.len() <= 4, "{state:?} {borders:?}");
            for tick in 1..stop.ticks() {
                let (now, next) = (
                    states[tick as usize].acceleration,
                    states[tick as usize + 1].acceleration,
                );
                if now * next < -1e-12 {
                    turns += 1;
                    assert!(borders.contains(&tick), "{state:?} {tick} {borders:?}");
                }
            }
        }
    }
    assert!(turns > 100, "{turns}");
}

// Hazard: H-01, H-02, H-15
#[test]
fn a_stop_is_refused_exactly_when_it_leaves_its_range_or_its_speed() {
    let mut random = Random(11);
    for _ in 0..400 {
        for state in some_states(&mut random) {
            let Some(stop) = Stop::plan(&state, &bounds()) else {
                continue;
            };
            let (low_rad, high_rad, velocity) = extremes(&played(&state, &stop, bounds().dt_s), bounds().dt_s);
            let (hair, breath) = (1e-7, 2e-6);
            let tight = Bounds {
                low_rad: low_rad - hair,
                high_rad: high_rad + hair,
                velocity: velocity + breath,
                ..bounds()
            };
            let has_stop = |bounds: &Bounds| Stop::plan(&state, bounds).is_some();
            assert!(has_stop(&tight), "{state:?}");
            let too_low = Bounds {
                low_rad: low_rad + hair,
                ..tight
            };
            let too_high = Bounds {
                high_rad: high_rad - hair,
                ..tight
            };
            let too_slow = Bounds {
                velocity: velocity - breath,
                ..tight
            };
            assert!(!has_stop(&too_low) && !has_stop(&too_high), "{state:?}");
            // A joint that brakes so hard already that it must be let go is not asked for its speed: it was asked at a tick before.
            let is_let_go = stop.level * state.velocity > 0.0;
            assert!(is_let_go || !has_stop(&too_slow), "{state:?}");
        }
    }
}

// Hazard: H-15
#[test]
fn no_stop_takes_much_longer_than_the_quickest_one() {
    let mut random = Random(13);
    for _ in 0..3000 {
        for state in some_states(&mut random) {
            let Some(stop) = Stop::plan(&state, &bounds()) else {
                continue;
            };
            let Bounds {
                acceleration,
                jerk,
                dt_s,
                ..
            } = bounds();
            // The three phases in continuous time, pushing against where the velocity ends when the acceleration is released.
            let released = state.velocity + state.acceleration * state.acceleration.abs() / (2.0 * jerk);
            let sign = if released >= 0.0 { 1.0 } else { -1.0 };
            let (v, a) = (sign * state.velocity, sign * state.acceleration);
            let peak = (jerk * v + 0.5 * a * a).max(0.0).sqrt().min(acceleration);
            let ramped = v + (a * a - peak * peak) / (2.0 * jerk);
            let hold_s = ((ramped - peak * peak / (2.0 * jerk)) / peak.max(1e-12)).max(0.0);
            let quickest_s = (a + peak).max(0.0) / jerk + hold_s + peak / jerk;
            let took_s = f64::from(stop.ticks()) * dt_s;
            assert!(
                took_s <= quickest_s + 5.0 * dt_s,
                "{state:?}: {took_s} s, quickest {quickest_s} s"
            );
        }
    }
}
