//! What is said to be reached between samples, held against the arm's own mechanics in between.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_range_loop
)]

use proptest::prelude::*;
use spinal_arm::{ArmModel, Four, JOINTS_MAX, Joints, Motion};

use super::{Crest, Power, Reached};
use crate::sample::{Samples, last, of_lane, shifted};

#[allow(clippy::duplicate_mod)] // the tests of the headroom look at the same arm
#[path = "../../../arm/tests/ur5e/mod.rs"]
mod ur5e;

/// Time between two samples, s.
const GAP_S: f64 = 0.02;

type Six = [f64; 6];

/// Speeds and accelerations of the joints of an arm that stands as it is, at constant jerk between the samples.
struct Course {
    position_rad: Joints,
    /// At the sample before the first, and at the four.
    states: [(Six, Six); 5],
}

impl Course {
    fn new(position_rad: &Six, velocity_rad_s: Six, accelerations_rad_s2: &[Six; 5]) -> Self {
        let mut states = [(velocity_rad_s, accelerations_rad_s2[0]); 5];
        for k in 1..5 {
            let (velocity, before) = states[k - 1];
            let after = accelerations_rad_s2[k];
            let next = std::array::from_fn(|j| velocity[j] + 0.5 * GAP_S * (before[j] + after[j]));
            states[k] = (next, after);
        }
        Self {
            position_rad: ur5e::joints(position_rad),
            states,
        }
    }

    /// At a share of the time between sample `k` − 1 and sample `k`.
    fn between(&self, k: usize, share: f64) -> (Joints, Joints) {
        let ((velocity, before), (_, after)) = (self.states[k], self.states[k + 1]);
        let t = share * GAP_S;
        let jerk = |j: usize| (after[j] - before[j]) / GAP_S;
        let rate: Six = std::array::from_fn(|j| velocity[j] + t * (before[j] + 0.5 * t * jerk(j)));
        let push: Six = std::array::from_fn(|j| before[j] + t * jerk(j));
        (ur5e::joints(&rate), ur5e::joints(&push))
    }

    fn motion(&self, arm: &ArmModel, k: usize, share: f64) -> (Joints, Motion) {
        let (rate, push) = self.between(k, share);
        let mut motion = Motion::default();
        motion.find(arm, &self.position_rad, &rate, &push);
        (rate, motion)
    }

    /// The four samples, as a path has them.
    fn samples(&self) -> Samples {
        let mut samples = Samples::default();
        for j in 0..6 {
            let lanes = |of: fn(&(Six, Six)) -> Six, first: usize| -> Four {
                Four::from([0, 1, 2, 3].map(|lane| of(&self.states[first + lane])[j]))
            };
            let (before, after) = (lanes(|state| state.1, 0), lanes(|state| state.1, 1));
            samples.position[j] = Four::splat(self.position_rad[j]);
            samples.velocity[j] = lanes(|state| state.0, 1);
            samples.acceleration[j] = after;
            samples.bulge[j] = (after - before).abs() * Four::splat(GAP_S * 0.125);
            samples.pushed[j] = before.abs().fast_max(after.abs());
        }
        samples.since_s = Four::splat(GAP_S);
        samples
    }

    /// What is said to be reached, and the torques at the five samples.
    fn reached(&self, arm: &ArmModel) -> (Reached, [Joints; 5]) {
        let samples = self.samples();
        let mut motion = Motion::default();
        motion.find(arm, &samples.position, &samples.velocity, &samples.acceleration);
        let (_, first) = self.motion(arm, 0, 0.0);
        let mut power = Power::default();
        let mut torques = [first.torque_nm; 5];
        for j in 0..6 {
            let torque = motion.torque_nm[j];
            power.add(torque, torque - shifted(torque, first.torque_nm[j]), j, &samples);
            (0..4).for_each(|lane| torques[lane + 1][j] = of_lane(torque, lane));
        }
        let mut crest = Crest::new(arm);
        crest.start();
        // The sample before the first lane.
        crest.before = Reached {
            tool_m_s: first.tool_speed_m_s,
            joint_m_s: first.joint_speed_m_s,
            momentum_kg_m_s: first.momentum_kg_m_s,
            root: (2.0 * first.kinetic_energy_j).sqrt(),
            power_w: (0..6).map(|j| (first.torque_nm[j] * self.states[0].0[j]).abs()).sum(),
        };
        let reached = crest.go(&motion, &samples, &power);
        assert_eq!(crest.before.tool_m_s, last(motion.tool_speed_m_s));
        assert_eq!(crest.before.power_w, last(power.at_samples_w));
        (reached, torques)
    }
}

fn six(most: f64) -> impl Strategy<Value = Six> {
    prop::array::uniform6(-most..most)
}

proptest! {
    // Hazard: H-02, H-03
    #[test]
    fn nothing_goes_further_between_two_samples_than_is_said(
        position in six(3.0), velocity in six(6.0), pushes in prop::array::uniform5(six(60.0)),
    ) {
        let (arm, course) = (ur5e::model(), Course::new(&position, velocity, &pushes));
        let (reached, torques) = course.reached(&arm);
        let energy_j = reached.kinetic_energy_j();
        for lane in 0..4 {
            for part in 0..=10 {
                let share = f64::from(part) / 10.0;
                let (rate, motion) = course.motion(&arm, lane, share);
                let said = |four: Four| of_lane(four, lane) * (1.0 + 1e-12) + 1e-12;
                prop_assert!(motion.tool_speed_m_s <= said(reached.tool_m_s));
                prop_assert!(motion.joint_speed_m_s <= said(reached.joint_m_s));
                prop_assert!(motion.momentum_kg_m_s <= said(reached.momentum_kg_m_s));
                prop_assert!(motion.kinetic_energy_j <= said(energy_j));
                let torque = |j: usize| torques[lane][j] + share * (torques[lane + 1][j] - torques[lane][j]);
                let power_w: f64 = (0..6).map(|j| (torque(j) * rate[j]).abs()).sum();
                prop_assert!(power_w <= said(reached.power_w), "{power_w} {}", of_lane(reached.power_w, lane));
            }
        }
    }

    /// No more is kept back than the bulges are worth.
    #[test]
    fn where_joints_are_pushed_evenly_no_more_is_said_than_the_higher_end(
        position in six(3.0), velocity in six(3.0), push in six(30.0),
    ) {
        let (arm, course) = (ur5e::model(), Course::new(&position, velocity, &[push; 5]));
        let (reached, torques) = course.reached(&arm);
        let energy_j = reached.kinetic_energy_j();
        for lane in 0..4 {
            let ends = [course.motion(&arm, lane, 0.0), course.motion(&arm, lane, 1.0)];
            let higher = |of: &dyn Fn(&Motion) -> f64| of(&ends[0].1).max(of(&ends[1].1));
            let is = |four: Four, wanted: f64| (of_lane(four, lane) - wanted).abs() <= 1e-9 * (1.0 + wanted);
            prop_assert!(is(reached.tool_m_s, higher(&|motion| motion.tool_speed_m_s)));
            prop_assert!(is(reached.joint_m_s, higher(&|motion| motion.joint_speed_m_s)));
            prop_assert!(is(reached.momentum_kg_m_s, higher(&|motion| motion.momentum_kg_m_s)));
            prop_assert!(is(energy_j, higher(&|motion| motion.kinetic_energy_j)));
            let (first, second) = (&torques[lane], &torques[lane + 1]);
            let at = |torque: &Joints, rate: &Joints| (0..6).map(|j| (torque[j] * rate[j]).abs()).sum::<f64>();
            // Torque and speed are both straight: their product bulges by a quarter of what both change by.
            let bulge: f64 = (0..6).map(|j| (second[j] - first[j]).abs() * push[j].abs() * GAP_S / 4.0).sum();
            prop_assert!(is(reached.power_w, at(first, &ends[0].0).max(at(second, &ends[1].0)) + bulge));
        }
    }
}

#[test]
fn a_bulge_is_worth_what_the_joint_can_move_at_most() {
    let arm = ur5e::model();
    let mut samples = Samples::default();
    for joint in 0..6 {
        samples.bulge = [Four::splat(0.0); JOINTS_MAX];
        samples.bulge[joint] = Four::splat(0.5);
        let reached = Crest::new(&arm).go(&Motion::default(), &samples, &Power::default());
        let ((inertias, moments), levers) = (arm.inertias_max(), arm.levers_m());
        let is = |four: Four, wanted: f64| assert!((of_lane(four, 2) - wanted).abs() < 1e-12, "{four:?} {wanted}");
        is(reached.tool_m_s, 0.5 * levers[joint]);
        is(reached.joint_m_s, 0.5 * levers[joint]);
        is(reached.momentum_kg_m_s, 0.5 * moments[joint]);
        is(reached.kinetic_energy_j(), 0.125 * inertias[joint]);
        let mut power = Power::default();
        power.add(Four::splat(-3.0), Four::splat(-1.0), joint, &samples);
        // The torque was at most 4 N·m at the other end.
        is(power.between_w, 0.5 * 4.0);
    }
}
