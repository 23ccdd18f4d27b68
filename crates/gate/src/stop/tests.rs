//! Plans of single stops, on both sides of each bound.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lanes;
mod many_states;

use super::{Bounds, State, Stop};
use crate::gentleness::Shares;
use crate::plan::Stops;
use spinal_arm::Four;

fn bounds() -> Bounds {
    Bounds::new((-100.0, 100.0), 3.0, 12.0, 400.0, 1e-3)
}

impl Stop {
    /// The stop of one state, in every lane the same.
    fn plan(state: &State, bounds: &Bounds) -> Option<Self> {
        let stops = Stops::plan(&State::all(state), &Bounds::of(&[*bounds; 4]));
        let stop = stops.lane(0);
        assert!((1..4).all(|lane| stops.lane(lane) == stop), "{stops:?}");
        stop
    }
}

fn rest(position: f64) -> State {
    State::at(position)
}

// Hazard: H-15
#[test]
fn a_slow_enough_joint_with_room_always_has_a_stop() {
    let mut seed = 7u64;
    let mut unit = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    for _ in 0..100_000 {
        let scale = 10f64.powf(-3.0 + 3.0 * unit());
        let acceleration = 12.0 * unit() * scale;
        // Half of them close to the curve on which releasing the acceleration is itself the stop.
        let released = -acceleration * acceleration.abs() / (2.0 * bounds().jerk);
        for velocity in [2.0 * unit() * scale, released * (1.0 + 0.1 * unit() * scale)] {
            let state = State {
                position: 0.0,
                velocity,
                acceleration,
            };
            assert!(Stop::plan(&state, &bounds()).is_some(), "{state:?}");
        }
    }
}

// Hazard: H-15
#[test]
fn the_planned_end_is_where_the_played_stop_ends() {
    let mut state = State {
        position: 1.0,
        velocity: -1.7,
        acceleration: 5.3,
    };
    let mut stop = Stop::plan(&state, &bounds()).unwrap();
    let planned = stop.end_position;
    for _ in 0..1000 {
        state = stop.advance(&state, bounds().dt_s);
    }
    assert!(state.is_at_rest());
    assert!(
        (state.position - planned).abs() < 1e-12,
        "{} planned {planned}",
        state.position
    );
}

// Hazard: H-01, H-15
#[test]
fn a_stop_that_would_end_a_hair_outside_is_no_stop() {
    let state = State {
        position: 1.0,
        velocity: 1.0,
        acceleration: 2.0,
    };
    let end = Stop::plan(&state, &bounds()).unwrap().end_position;
    assert!(
        Stop::plan(
            &state,
            &Bounds {
                high_rad: end,
                ..bounds()
            }
        )
        .is_some()
    );
    assert!(
        Stop::plan(
            &state,
            &Bounds {
                high_rad: end - 1e-9,
                ..bounds()
            }
        )
        .is_none()
    );
}

// Hazard: H-01, H-15
#[test]
fn a_stop_that_would_swing_outside_on_its_way_is_no_stop() {
    // Moves down, is pushed up hard: it turns back well below its start, then ends above.
    let state = State {
        position: 0.0,
        velocity: -0.1,
        acceleration: 12.0,
    };
    assert!(Stop::plan(&state, &bounds()).is_some());
    assert!(
        Stop::plan(
            &state,
            &Bounds {
                low_rad: -1e-4,
                ..bounds()
            }
        )
        .is_none()
    );
    assert!(
        Stop::plan(
            &state,
            &Bounds {
                low_rad: -1e-2,
                ..bounds()
            }
        )
        .is_some()
    );
}

// Hazard: H-02
#[test]
fn a_velocity_that_would_still_rise_over_its_limit_has_no_stop() {
    // Releasing 12 rad/s² at 400 rad/s³ adds 0.18 rad/s.
    let at = |velocity| State {
        position: 0.0,
        velocity,
        acceleration: 12.0,
    };
    assert!(Stop::plan(&at(2.8), &bounds()).is_some());
    assert!(Stop::plan(&at(2.83), &bounds()).is_none());
    let down = |velocity| State {
        position: 0.0,
        velocity,
        acceleration: -12.0,
    };
    assert!(Stop::plan(&down(-2.8), &bounds()).is_some());
    assert!(Stop::plan(&down(-2.83), &bounds()).is_none());
}

// Hazard: H-02
#[test]
fn an_acceleration_over_its_limit_has_no_stop() {
    for sign in [1.0, -1.0] {
        let at = |acceleration| State {
            position: 0.0,
            velocity: 0.0,
            acceleration,
        };
        assert!(Stop::plan(&at(sign * 12.0), &bounds()).is_some());
        assert!(Stop::plan(&at(sign * 12.000_001), &bounds()).is_none());
    }
}

// Hazard: H-10
#[test]
fn not_a_number_or_outside_has_no_stop() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
        assert!(Stop::plan(&rest(bad), &bounds()).is_none());
        assert!(
            Stop::plan(
                &State {
                    velocity: bad,
                    ..rest(0.0)
                },
                &bounds()
            )
            .is_none()
        );
        assert!(
            Stop::plan(
                &State {
                    acceleration: bad,
                    ..rest(0.0)
                },
                &bounds()
            )
            .is_none()
        );
    }
    assert!(Stop::plan(&rest(100.0), &bounds()).is_some());
    assert!(Stop::plan(&rest(100.000_001), &bounds()).is_none());
    assert!(Stop::plan(&rest(-100.0), &bounds()).is_some());
    assert!(Stop::plan(&rest(-100.000_001), &bounds()).is_none());
}

#[test]
fn a_gentler_stop_has_its_shares_of_acceleration_and_jerk_and_all_else_the_same() {
    let of = Four::splat;
    let gentle = Bounds::of(&[bounds(); 4]).gentler(Shares {
        acceleration: 0.5,
        jerk: 0.25,
    });
    assert_eq!((gentle.acceleration, gentle.jerk), (of(6.0), of(100.0)));
    assert_eq!((gentle.low_rad, gentle.high_rad), (of(-100.0), of(100.0)));
    assert_eq!((gentle.velocity, gentle.acceleration_max), (of(3.0), of(12.0)));
    assert_eq!((gentle.dt_s, gentle.per_dt), (1e-3, 1e3));
    let step = gentle.per_step * gentle.jerk * of(gentle.dt_s);
    assert!((step - of(1.0)).abs().simd_lt(of(1e-12)).all());
}

// Hazard: H-15
#[test]
fn a_joint_that_rests_stays_where_it_is() {
    let stop = Stop::at_rest(1.25);
    assert_eq!((stop.ticks(), stop.end_position), (0, 1.25));
    let seen = stop.states_at(&rest(1.25), Four::from([0.0, 1.0, 2.0, 1e6]), 1e-3);
    assert_eq!(
        (seen.position, seen.velocity, seen.acceleration),
        (Four::splat(1.25), Four::splat(0.0), Four::splat(0.0))
    );
    assert_eq!(Stop::plan(&rest(1.25), &bounds()), Some(stop));
}
