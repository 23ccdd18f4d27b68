//! The same motion said in any semantics is the same motion; what is none is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arm_cell;

use arm_cell::{Case, home, ur5e};
use proptest::prelude::*;
use spinal_gate::{Check, Commanded, DOF_MAX, Frame, Resolved, Semantics, WHOLE};

const OF_TOOL: [Semantics; 5] = [
    Semantics::ToolPose,
    Semantics::ToolDelta(Frame::Base),
    Semantics::ToolDelta(Frame::Tool),
    Semantics::ToolTwist(Frame::Base),
    Semantics::ToolTwist(Frame::Tool),
];

#[test]
fn one_motion_said_in_every_semantics_is_one_motion() {
    let wanted = Case::of(Semantics::JointPosition).proposal;
    for semantics in Semantics::ALL {
        let mut case = Case::of(semantics);
        let verdict = case.verdict();
        assert!(verdict.is_admitted(), "{semantics:?}: {verdict:?}");
        let chunk = case.resolved.chunk();
        assert_eq!(
            (chunk.steps, chunk.dof, chunk.semantics),
            (8, 6, Semantics::JointPosition)
        );
        for (found, wanted) in chunk.targets.iter().zip(&wanted.targets) {
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < 1e-4, "{semantics:?}: {found} for {wanted}");
            }
        }
        assert_eq!(chunk.targets[8], [0.0; DOF_MAX]);
    }
}

// Hazard: H-11
#[test]
fn what_is_relative_is_relative_to_what_was_commanded_at_the_observation() {
    for semantics in Semantics::ALL {
        let mut case = Case::of(semantics);
        // The joints have gone on since.
        for at in case.now.iter_mut().take(6) {
            *at += 0.02;
        }
        assert!(case.verdict().is_admitted());
        let first = case.resolved.chunk().targets[0][0];
        assert!((first - home()[0] - 0.025).abs() < 1e-4, "{semantics:?}: {first}");
    }
}

// Hazard: H-11
#[test]
fn what_is_relative_to_a_motion_that_nobody_remembers_is_refused() {
    for semantics in Semantics::ALL {
        let mut case = Case::of(semantics);
        case.observed = None;
        let is_absolute = matches!(semantics, Semantics::JointPosition | Semantics::ToolPose);
        assert_eq!(case.verdict().is_admitted(), is_absolute, "{semantics:?}");
        if !is_absolute {
            case.refused_for(Check::Played);
        }
    }
}

// Hazard: H-10
#[test]
fn the_tool_needs_an_arm_to_be_known() {
    for semantics in OF_TOOL {
        let mut case = Case::of(semantics);
        case.arm = None;
        let finding = case.refused_for(Check::Semantics);
        assert_eq!((finding.value, finding.limit), (f64::from(semantics.code()), 3.0));
    }
}

// Hazard: H-10
#[test]
fn each_semantics_has_its_own_width() {
    for semantics in Semantics::ALL {
        for dof in [0, 5, 6, 7, 8, 33] {
            let mut case = Case::of(semantics);
            case.proposal.dof = dof;
            let is_right = dof == semantics.width(6);
            assert_eq!(case.verdict().is_admitted(), is_right, "{semantics:?} of {dof}");
            if !is_right {
                assert_eq!(case.refused_for(Check::Shape).limit, semantics.width(6) as f64);
            }
        }
    }
}

#[test]
fn a_velocity_counts_from_the_first_step() {
    let mut case = Case::of(Semantics::JointVelocity);
    case.proposal.targets[0][0] = 3.0999;
    assert!(case.verdict().is_admitted());
    case.proposal.targets[0][0] = 3.11;
    let finding = case.refused_for(Check::Velocity);
    assert_eq!((finding.step, finding.joint, finding.limit), (0, 0, 3.1));
    assert!((finding.value - 3.11).abs() < 1e-9);
}

// Hazard: H-02, H-10
#[test]
fn a_tool_path_through_a_singularity_or_to_another_branch_is_refused() {
    // The tool turns by 1.2 rad in one step of 100 ms: a joint would have to go at 12 rad/s.
    let mut case = Case::of(Semantics::ToolDelta(Frame::Tool));
    case.proposal.targets[4][5] += 1.2;
    let finding = case.refused_for(Check::Branch);
    assert_eq!(finding.step, 4);
    assert!(
        finding.value > finding.limit && (finding.limit - 0.31).abs() < 1e-9,
        "{finding:?}"
    );
}

// Hazard: H-01, H-10
#[test]
fn a_pose_out_of_reach_is_refused_with_the_step_and_what_is_left() {
    let mut case = Case::of(Semantics::ToolPose);
    case.proposal.targets[5][0] = 1.2;
    let finding = case.refused_for(Check::Reach);
    assert_eq!((finding.step, finding.joint), (5, WHOLE));
    assert!(finding.value > 0.05 && finding.margin < 0.0, "{finding:?}");
    assert_eq!(case.resolved.chunk().steps, 5, "nothing is searched for after it");
}

// Hazard: H-21
#[test]
fn the_search_for_joints_is_bounded_by_the_tick() {
    for semantics in OF_TOOL {
        let mut case = Case::along(semantics, 64, |k| 0.3 * (0.2 * (k + 1) as f64).sin());
        assert!(case.verdict().is_admitted(), "{semantics:?}: {:?}", case.verdict());
        assert!(case.resolved.search_steps() <= 256);
        // At 10 kHz a tenth of the work may be done.
        case.profile.period_ns = 100_000;
        let finding = case.refused_for(Check::Effort);
        assert_eq!((finding.value, finding.limit), (26.0, 25.0));
        assert_eq!(case.resolved.search_steps(), 25);
    }
}

// Hazard: H-21
#[test]
fn a_refused_proposal_costs_no_search() {
    for semantics in OF_TOOL {
        let mut case = Case::of(semantics);
        case.proposal.epoch += 1;
        case.refused_for(Check::Authority);
        assert_eq!(case.resolved.search_steps(), 0);
    }
}

// Hazard: H-02
#[test]
fn what_gravity_asks_for_is_held_to_the_torque_limit_at_every_step() {
    let mut case = Case::of(Semantics::JointPosition);
    // Straight out: the shoulder carries the whole arm.
    for step in case.proposal.targets.iter_mut().take(8) {
        step[..6].copy_from_slice(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
    case.now = [0.0; DOF_MAX];
    case.observed = Some(Commanded::at_rest(case.now));
    let needed = ur5e::model().inverse_dynamics(&[0.0; DOF_MAX], &[0.0; DOF_MAX], &[0.0; DOF_MAX])[1].abs();
    case.profile.joints[1].torque_max_nm = needed * 1.000_001;
    assert!(case.verdict().is_admitted());
    case.profile.joints[1].torque_max_nm = needed * 0.999_999;
    let finding = case.refused_for(Check::Torque);
    assert_eq!((finding.joint, finding.value), (1, needed));
}

// Hazard: H-02
#[test]
fn what_lasting_acceleration_asks_for_is_held_to_the_torque_limit_and_jitter_is_not() {
    // Gravity does not turn the base; about 1 kg·m² at 10 rad/s² for 300 ms does.
    let strong = |k: usize| {
        let t = 0.1 * (k + 1) as f64;
        if t < 0.3 { 5.0 * t * t } else { 0.45 + 3.0 * (t - 0.3) }
    };
    let mut case = Case::along(Semantics::JointPosition, 6, strong);
    case.profile.joints[0].torque_max_nm = 5.0;
    let finding = case.refused_for(Check::Torque);
    assert!(finding.joint == 0 && finding.value > 5.0, "{finding:?}");
    // The same room for a chunk at 50 Hz that jitters by 2 mrad a step: 20 rad/s² from step to step.
    let jitter = |k: usize| 0.004 * k as f64 + if k.is_multiple_of(2) { 0.002 } else { -0.002 };
    let mut case = Case::along(Semantics::JointPosition, 40, jitter);
    case.proposal.period_ns = 20_000_000;
    case.profile.joints[0].torque_max_nm = 5.0;
    let verdict = case.verdict();
    assert!(verdict.is_admitted(), "{verdict:?}");
    assert!(verdict.findings().any(|finding| finding.check == Check::Acceleration));
}

// Hazard: H-02
#[test]
fn a_chunk_that_goes_on_as_the_joints_moved_asks_for_no_acceleration_and_one_that_turns_back_does() {
    // 20 Hz: what lasts 100 ms lasts over two steps, so the first ones are held against the motion before the observation.
    let speed_rad_s = 0.6;
    let along = |speed_before: f64, torque_max_nm: f64| {
        let mut case = Case::along(Semantics::JointPosition, 10, |k| 0.05 * speed_rad_s * (k + 1) as f64);
        case.proposal.period_ns = 50_000_000;
        case.profile.joints[0].torque_max_nm = torque_max_nm;
        let mut velocity_rad_s = [0.0; DOF_MAX];
        for (joint, velocity) in velocity_rad_s.iter_mut().enumerate().take(6) {
            *velocity = speed_before * if joint % 2 == 0 { 1.0 } else { -0.7 };
        }
        case.observed = Some(Commanded {
            position_rad: home(),
            velocity_rad_s,
        });
        case
    };
    let verdict = along(speed_rad_s, 0.5).verdict();
    assert!(verdict.is_admitted(), "{verdict:?}");
    let finding = along(-speed_rad_s, 0.5).refused_for(Check::Torque);
    assert_eq!((finding.step, finding.joint), (0, 0));
}

// Hazard: H-02
#[test]
fn nothing_is_guessed_about_what_comes_after_the_last_step() {
    let speed_rad_s = 0.6;
    let mut case = Case::along(Semantics::JointPosition, 8, |k| 0.1 * speed_rad_s * (k + 1) as f64);
    case.profile.joints[0].torque_max_nm = 0.5;
    let mut velocity_rad_s = [0.0; DOF_MAX];
    for (joint, velocity) in velocity_rad_s.iter_mut().enumerate().take(6) {
        *velocity = speed_rad_s * if joint % 2 == 0 { 1.0 } else { -0.7 };
    }
    case.observed = Some(Commanded {
        position_rad: home(),
        velocity_rad_s,
    });
    let verdict = case.verdict();
    assert!(verdict.is_admitted(), "{verdict:?}");
}

// Hazard: H-02
#[test]
fn of_all_steps_that_a_motor_cannot_hold_the_one_that_asks_for_most_is_told() {
    let mut case = Case::of(Semantics::JointPosition);
    for (k, step) in case.proposal.targets.iter_mut().enumerate().take(8) {
        // Less and less straight out after the third step.
        let lift = -0.3 * (k as f64 - 2.0).abs();
        step[..6].copy_from_slice(&[0.0, lift, 0.0, 0.0, 0.0, 0.0]);
    }
    case.now = [0.0; DOF_MAX];
    case.observed = Some(Commanded::at_rest(case.now));
    case.profile.joints[1].torque_max_nm = 1.0;
    case.profile.joints[1].acceleration_max_rad_s2 = 1e-6;
    let finding = case.refused_for(Check::Torque);
    assert_eq!((finding.step, finding.joint), (2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_same_proposal_is_resolved_to_the_same_bits_again(
        which in 0usize..Semantics::ALL.len(), steps in 1usize..=64, way in 0.0..0.02f64,
        noise in prop::collection::vec(-1e-3..1e-3f64, 64),
    ) {
        let mut case = Case::along(Semantics::ALL[which], steps, |k| way * (k + 1) as f64);
        for (step, noise) in case.proposal.targets.iter_mut().zip(&noise) {
            step[0] += noise;
        }
        let first = case.verdict();
        let once = case.resolved.chunk().clone();
        case.resolved = Resolved::default();
        let again = case.verdict();
        prop_assert_eq!(format!("{first:?}"), format!("{again:?}"));
        let bits = |chunk: &spinal_gate::Proposal| chunk.targets.map(|step| step.map(f64::to_bits));
        prop_assert_eq!(bits(&once), bits(case.resolved.chunk()));
    }

    // Hazard: H-01, H-02, H-10
    #[test]
    fn whatever_numbers_a_tool_proposal_has_what_is_admitted_is_inside_the_limits(
        which in 0usize..OF_TOOL.len(),
        numbers in prop::collection::vec(prop_oneof![any::<f64>(), -1.5..1.5f64, -0.05..0.05f64, Just(0.0), Just(1.0)], 14),
    ) {
        let mut case = Case::of(OF_TOOL[which]);
        for (k, number) in numbers.iter().enumerate() {
            case.proposal.targets[k / 7][k % 7] = *number;
        }
        case.proposal.steps = 2;
        if case.verdict().is_admitted() {
            let chunk = case.resolved.chunk();
            prop_assert_eq!((chunk.steps, chunk.dof), (2, 6));
            let inside = |q: &f64| (-6.2..=6.2).contains(q);
            prop_assert!(chunk.targets[..2].iter().all(|step| step[..6].iter().all(inside)));
        }
    }
}
