//! Four joints at once are four joints one by one, bit for bit: what a lane holds says nothing about the others.

use super::super::{Bounds, State};
use crate::motion::{self, Aim};
use crate::plan::Stops;
use proptest::prelude::*;
use spinal_arm::Four;

/// Numbers of a joint, each between −1 and 1: its state, its aim, and its limits.
type Numbers = [f64; 12];

fn state_of([position, velocity, acceleration, ..]: Numbers) -> State {
    State {
        position,
        velocity: 3.2 * velocity * velocity * velocity,
        acceleration: 13.0 * acceleration * acceleration * acceleration,
    }
}

fn bounds_of([.., narrow, slow, soft, gentle]: Numbers) -> Bounds {
    let (velocity, acceleration, jerk) = (1.8 + 1.5 * slow, 7.0 + 6.0 * soft, 2_600.0 + 2_500.0 * gentle);
    Bounds::new((-1.0 - narrow, 2.0 + narrow), velocity, acceleration, jerk, 1e-3)
}

fn lanes<const N: usize>(joints: &[Numbers; 4], of: impl Fn(Numbers) -> [f64; N]) -> [Four; N] {
    let all = joints.map(of);
    std::array::from_fn(|i| Four::from(all.map(|values| values[i])))
}

fn states(joints: &[Numbers; 4]) -> State<Four> {
    let [position, velocity, acceleration] = lanes(joints, |numbers| {
        let state = state_of(numbers);
        [state.position, state.velocity, state.acceleration]
    });
    State {
        position,
        velocity,
        acceleration,
    }
}

fn aim(joints: &[Numbers; 4]) -> Aim {
    let [position, velocity, acceleration, low, high] = lanes(joints, |numbers| {
        let [.., position, velocity, acceleration, low, high, _, _, _, _] = numbers;
        [
            3.0 * position,
            4.0 * velocity,
            20.0 * acceleration,
            low.min(position),
            high.max(position),
        ]
    });
    Aim {
        position,
        velocity,
        acceleration,
        range: (low, high),
    }
}

fn bits(four: Four) -> [u64; 4] {
    four.to_array().map(f64::to_bits)
}

proptest! {
    // Hazard: H-15
    #[test]
    fn four_joints_are_planned_as_if_each_were_alone(
        joints in prop::array::uniform4(prop::array::uniform12(-1.0..1.0f64)), rests in 0..5usize,
    ) {
        let mut joints = joints;
        if let Some(joint) = joints.get_mut(rests) {
            (joint[1], joint[2]) = (0.0, 0.0);
        }
        let bounds = joints.map(bounds_of);
        let (state, aim_of_all, of_all) = (states(&joints), aim(&joints), Bounds::of(&bounds));
        let stops = Stops::plan(&state, &of_all);
        let wanted = motion::towards(&state, &aim_of_all, &of_all, 80.0);
        let next = state.after_tick(wanted, 1e-3);
        for (lane, joint) in joints.into_iter().enumerate() {
            let (alone, of_one) = ([joint; 4], Bounds::of(&[bounds[lane]; 4]));
            let state = states(&alone);
            prop_assert_eq!(Stops::plan(&state, &of_one).lane(3), stops.lane(lane));
            let wanted_alone = motion::towards(&state, &aim(&alone), &of_one, 80.0);
            prop_assert_eq!(bits(wanted_alone)[3], bits(wanted)[lane]);
            // The stop is played one joint at a time.
            let one = state_of(joint).after_tick(wanted_alone.to_array()[0], 1e-3);
            prop_assert_eq!(one, next.lane(lane));
            prop_assert_eq!(one.position.to_bits(), bits(next.position)[lane]);
        }
    }

    // Hazard: H-10
    #[test]
    fn a_lane_without_a_number_has_no_stop_and_the_others_keep_theirs(
        joints in prop::array::uniform4(prop::array::uniform12(-1.0..1.0f64)), broken in 0..4usize, which in 0..3usize,
        bad in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308]),
    ) {
        let (mut state, bounds) = (states(&joints), Bounds::of(&joints.map(bounds_of)));
        let whole = Stops::plan(&state, &bounds);
        let part = [&mut state.position, &mut state.velocity, &mut state.acceleration].into_iter().nth(which).unwrap();
        let mut values = part.to_array();
        values[broken] = bad;
        *part = Four::from(values);
        let stops = Stops::plan(&state, &bounds);
        for lane in 0..4 {
            prop_assert_eq!(stops.lane(lane), whole.lane(lane).filter(|_| lane != broken));
        }
    }
}
