//! What a source is told: each check and meaning by its name, every finding with value, limit and margin, and nothing that was guessed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arm_cell;

use std::collections::BTreeSet;

use arm_cell::Case;
use spinal_gate::{
    Check, Commanded, DOF_MAX, DecodeError, Finding, Frame, PROPOSAL_BYTES_MAX, Proposal, STEPS_MAX, Semantics,
    Verdict, WHOLE,
};

#[test]
fn each_check_has_a_code_a_name_and_a_hint_of_its_own() {
    let mut names = BTreeSet::new();
    let mut hints = BTreeSet::new();
    for (code, check) in Check::ALL.into_iter().enumerate() {
        assert_eq!(check as usize, code);
        assert_eq!(Check::from_code(code as u32), Some(check));
        assert!(names.insert(check.name()) && check.name().len() > 2, "{check:?}");
        assert!(check.hint().len() > 10, "{check:?}");
        hints.insert(check.hint());
    }
    assert!(hints.len() > 20);
    assert_eq!((Check::ALL[0].name(), Check::Finite.name()), ("shape", "finite"));
    for code in [Check::ALL.len() as u32, u32::MAX] {
        assert_eq!(Check::from_code(code), None);
    }
}

#[test]
fn each_meaning_and_frame_says_its_name_and_whether_it_is_of_the_tool() {
    let told = Semantics::ALL.map(|semantics| {
        let frame = semantics.frame().map_or("", Frame::name);
        (semantics.name(), frame, semantics.is_of_tool())
    });
    assert_eq!(
        told,
        [
            ("joint_position", "", false),
            ("joint_delta", "", false),
            ("joint_velocity", "", false),
            ("tool_pose", "base", true),
            ("tool_delta", "base", true),
            ("tool_delta", "tool", true),
            ("tool_twist", "base", true),
            ("tool_twist", "tool", true),
        ]
    );
}

fn unreadable(change: impl FnOnce(&mut Vec<u8>)) -> (Verdict, Finding) {
    let mut bytes = vec![0; PROPOSAL_BYTES_MAX];
    let length = Case::of(Semantics::JointPosition).proposal.encode(&mut bytes).unwrap();
    bytes.truncate(length);
    change(&mut bytes);
    let error: DecodeError = Proposal::decode(&bytes).unwrap_err();
    assert!(!error.to_string().is_empty());
    let verdict = Verdict::unreadable(&bytes, &error, 5);
    assert!(!verdict.is_admitted());
    (verdict, *verdict.findings().next().unwrap())
}

// Hazard: H-10
#[test]
fn who_sent_bytes_that_are_no_proposal_is_told_by_how_much() {
    let (verdict, finding) = unreadable(|bytes| bytes.truncate(bytes.len() - 3));
    assert_eq!((verdict.source, verdict.sequence, verdict.at_ns), (3, 20, 5));
    assert_eq!(
        (finding.check, finding.limit - finding.value, finding.margin),
        (Check::Decode, 3.0, -3.0)
    );
    assert_eq!((finding.step, finding.joint), (WHOLE, WHOLE));
    // Where not even the header can be believed, nobody is named.
    for (verdict, _) in [
        unreadable(|bytes| bytes.truncate(10)),
        unreadable(|bytes| bytes[0] ^= 1),
    ] {
        assert_eq!((verdict.source, verdict.sequence), (u32::MAX, 0));
    }
}

// Hazard: H-10
#[test]
fn of_numbers_that_are_not_whole_neither_unit_nor_torque_is_guessed() {
    let degrees = |spoil: fn(&mut Case)| {
        let mut case = Case::of(Semantics::JointPosition);
        case.proposal.targets[7][0] = 57.3;
        case.profile.joints[1].torque_max_nm = 0.1;
        spoil(&mut case);
        let checks: Vec<Check> = case.verdict().findings().map(|finding| finding.check).collect();
        (checks.contains(&Check::Units), checks.contains(&Check::Torque))
    };
    assert_eq!(degrees(|_| {}), (true, true));
    let spoils: [fn(&mut Case); 4] = [
        |case| case.proposal.targets[6][5] = f64::NAN,
        |case| case.proposal.dof = 5,
        |case| case.proposal.steps = 66,
        |case| case.proposal.period_ns = 10_000_000_001,
    ];
    for spoil in spoils {
        assert_eq!(degrees(spoil), (false, false));
    }
}

/// The finding of a mixed-up unit, if there is one.
fn unit(change: impl FnOnce(&mut Case)) -> Option<Finding> {
    let mut case = Case::of(Semantics::JointPosition);
    change(&mut case);
    let verdict = case.verdict();
    verdict
        .findings()
        .find(|finding| finding.check == Check::Units)
        .copied()
}

// Hazard: H-10
#[test]
fn a_joint_ten_times_too_fast_or_further_out_than_its_range_is_wide_is_a_mixed_up_unit() {
    // 100 ms at 3.1 rad/s, tenfold, and the jump that the splice allows: on from the target before.
    let (far, start) = {
        let case = Case::of(Semantics::JointPosition);
        let limits = case.profile.joints[0];
        let far = 10.0 * 0.1 * limits.velocity_max_rad_s + case.profile.splice_jump_max_rad;
        (far, case.proposal.targets[6][0])
    };
    let moved = |way: f64| unit(|case| case.proposal.targets[7][0] = start + way);
    let wide = unit_room();
    assert!(far < wide, "the first case is the tighter one: {far} {wide}");
    assert_eq!((moved(far - 1e-6), moved(-far + 1e-6)), (None, None));
    for way in [far + 1e-6, -far - 1e-6] {
        let finding = moved(way).unwrap();
        assert_eq!((finding.step, finding.joint), (7, 0));
        assert!((finding.value - far).abs() < 1e-5 && (finding.limit - far).abs() < 1e-9);
        assert!((finding.margin + (finding.value - finding.limit).abs()).abs() < 1e-12);
    }
    // Of several the worst is told.
    let worst = unit(|case| {
        case.proposal.targets[3][0] = start + 2.0 * far;
        case.proposal.targets[7][1] = 3.0 * far;
    });
    assert_eq!(worst.map(|finding| (finding.step, finding.joint)), Some((7, 1)));
}

fn unit_room() -> f64 {
    let limits = Case::of(Semantics::JointPosition).profile.joints[0];
    limits.position_max_rad - limits.position_min_rad
}

// Hazard: H-10
#[test]
fn a_step_that_is_outside_with_every_joint_is_a_mixed_up_unit_and_one_with_a_joint_inside_is_not() {
    let outside = |all: bool| {
        unit(|case| {
            for joint in &mut case.profile.joints {
                (joint.position_min_rad, joint.position_max_rad) = (5.0, 25.0);
            }
            if !all {
                case.profile.joints[5].position_min_rad = -25.0;
            }
        })
    };
    assert_eq!(
        (outside(true).map(|found| (found.step, found.joint)), outside(false)),
        (Some((0, 0)), None)
    );
}

/// The place, value and limit of the mixed-up unit when all joints rest at zero and these have other ranges.
fn at_zero(ranges: &[(usize, f64, f64)]) -> Option<((u16, u16), f64, f64)> {
    at(0.0, ranges)
}

/// The same when they rest here.
fn at(rad: f64, ranges: &[(usize, f64, f64)]) -> Option<((u16, u16), f64, f64)> {
    let found = unit(|case| {
        case.now = [rad; DOF_MAX];
        case.observed = Some(Commanded::at_rest(case.now));
        case.proposal.targets = [[rad; DOF_MAX]; STEPS_MAX];
        for &(joint, low, high) in ranges {
            let limits = &mut case.profile.joints[joint];
            (limits.position_min_rad, limits.position_max_rad) = (low, high);
        }
    });
    found.map(|finding| ((finding.step, finding.joint), finding.value, finding.limit))
}

// Hazard: H-10
#[test]
fn further_outside_than_the_range_is_wide_is_a_mixed_up_unit_and_the_worst_is_told() {
    assert_eq!(at_zero(&[(2, 1.0, 1.5)]), Some(((0, 2), 1.0, 0.5)));
    assert_eq!(at_zero(&[(2, -1.75, -1.25)]), Some(((0, 2), 1.25, 0.5)));
    assert_eq!(at_zero(&[(2, 0.5, 1.0)]), None, "as far outside as the range is wide");
    assert_eq!(at_zero(&[(2, -1.0, -0.5)]), None);
    assert_eq!(at(-0.25, &[(2, 0.25, 0.5)]), Some(((0, 2), 0.5, 0.25)));
    assert_eq!(at(0.25, &[(2, -0.5, -0.25)]), Some(((0, 2), 0.5, 0.25)));
    let (worse, wider) = ((1, 1.0, 1.25), (4, 3.0, 5.0));
    assert_eq!(at_zero(&[worse, wider]), Some(((0, 1), 1.0, 0.25)));
    assert_eq!(at_zero(&[(3, 1.0, 1.25), (0, 3.0, 5.0)]), Some(((0, 3), 1.0, 0.25)));
    assert_eq!(
        at_zero(&[(1, 1.0, 1.5), (4, 1.0, 1.5)]),
        Some(((0, 1), 1.0, 0.5)),
        "of equals the first"
    );
}

// Hazard: H-10
#[test]
fn every_joint_outside_is_a_mixed_up_unit_on_either_side_and_one_on_its_limit_is_inside() {
    let all = |low: f64, high: f64| [0, 1, 2, 3, 4, 5].map(|joint| (joint, low, high));
    assert_eq!(at_zero(&all(1.0, 25.0)), Some(((0, 0), 0.0, 25.0)));
    assert_eq!(at_zero(&all(-25.0, -1.0)), Some(((0, 0), 0.0, -1.0)));
    for on_limit in [(5, 0.0, 25.0), (5, -25.0, 0.0)] {
        let mut ranges = all(1.0, 25.0);
        ranges[5] = on_limit;
        assert_eq!(at_zero(&ranges), None);
    }
}

// Hazard: H-10
#[test]
fn how_far_a_joint_can_go_grows_with_the_period() {
    let far = |period_ns: i64| {
        unit(|case| {
            case.proposal.period_ns = period_ns;
            case.proposal.targets[7][0] += 5.0;
        })
    };
    let velocity = Case::of(Semantics::JointPosition).profile.joints[0].velocity_max_rad_s;
    let splice = Case::of(Semantics::JointPosition).profile.splice_jump_max_rad;
    assert_eq!(
        far(50_000_000).map(|found| found.limit),
        Some(10.0 * 0.05 * velocity + splice)
    );
    assert!(far(200_000_000).is_none());
}

// Hazard: H-01
#[test]
fn what_is_below_its_range_is_told_with_the_lower_limit() {
    let mut case = Case::of(Semantics::JointPosition);
    case.profile.joints[3].position_min_rad = case.proposal.targets[7][3] + 0.25;
    let finding = case.refused_for(Check::Position);
    assert_eq!(finding.limit, case.profile.joints[3].position_min_rad);
    assert!((finding.margin - (finding.value - finding.limit)).abs() < 1e-12 && finding.margin < 0.0);
}

// Hazard: H-11
#[test]
fn an_instant_in_another_unit_is_named_and_one_that_is_only_old_is_not() {
    const NOW_NS: i64 = arm_cell::NOW_NS;
    for scale in [1_000, 1_000_000, 1_000_000_000] {
        let instants: [fn(&mut Case) -> &mut i64; 3] = [
            |case| &mut case.proposal.observed_at_ns,
            |case| &mut case.proposal.made_at_ns,
            |case| &mut case.proposal.valid_until_ns,
        ];
        for instant in instants {
            let finding = unit(|case| *instant(case) = NOW_NS / scale).unwrap();
            assert_eq!((finding.value, finding.limit), ((NOW_NS / scale) as f64, NOW_NS as f64));
            assert_eq!(finding.margin, -(NOW_NS as f64 - (NOW_NS / scale) as f64));
            assert_eq!((finding.step, finding.joint), (WHOLE, WHOLE));
        }
    }
    // Nearer to now than half of the way to zero in some unit, and no nearer.
    let at = |instant: i64| unit(|case| case.proposal.observed_at_ns = instant).is_some();
    assert_eq!((at(NOW_NS / 2_000), at(NOW_NS / 2_000 - 1)), (true, false));
    assert_eq!((at(3 * NOW_NS / 2_000), at(3 * NOW_NS / 2_000 + 1)), (true, false));
    for instant in [0, -1, i64::MIN, i64::MAX, NOW_NS, NOW_NS - 400_000_000] {
        assert!(!at(instant), "{instant}");
    }
}
