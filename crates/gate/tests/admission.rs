//! What a proposal must be to be followed: each check on both sides of its boundary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{joint, profile};
use proptest::prelude::*;
use spinal_gate::{
    Admission, Check, Commanded, DOF_MAX, Outcome, Profile, Proposal, Resolved, STEPS_MAX, Semantics, Verdict, WHOLE,
    admit,
};

const NOW_NS: i64 = 5_000_000_000;
const PLAYED_NS: i64 = 1_000_000_000;

struct Case {
    profile: Profile,
    proposal: Proposal,
    authority: Option<(u32, u64)>,
    last_sequence: Option<u64>,
    position: [f64; DOF_MAX],
}

/// A good proposal: two joints, four steps of 100 ms, seen and made just before now.
fn good() -> Case {
    let mut proposal = Proposal {
        source: 3,
        epoch: 9,
        sequence: 20,
        made_at_ns: NOW_NS - 10_000_000,
        observed_at_ns: NOW_NS - 60_000_000,
        valid_until_ns: NOW_NS + 500_000_000,
        observed_played_ns: PLAYED_NS,
        profile_hash: [0; 32],
        semantics: Semantics::JointPosition,
        period_ns: 100_000_000,
        dof: 2,
        steps: 4,
        targets: [[0.0; DOF_MAX]; STEPS_MAX],
        gripper: [0.0; STEPS_MAX],
    };
    for (k, step) in proposal.targets.iter_mut().enumerate().take(4) {
        (step[0], step[1]) = (0.05 * (k + 1) as f64, -0.03 * (k + 1) as f64);
    }
    let limits = joint(-1.0, 1.0, 2.0, 10.0, 400.0);
    Case {
        profile: profile(vec![limits, limits], 1_000_000),
        proposal,
        authority: Some((3, 9)),
        last_sequence: Some(19),
        position: [0.0; DOF_MAX],
    }
}

impl Case {
    fn verdict(&self) -> Verdict {
        let context = Admission {
            profile: &self.profile,
            arm: None,
            authority: self.authority,
            last_sequence: self.last_sequence,
            played_ns: PLAYED_NS,
            position_rad: &self.position,
            observed: Some(Commanded::at_rest(self.position)),
        };
        admit(&self.proposal, &context, NOW_NS, &mut Resolved::default())
    }
}

/// The verdict on the good proposal after a change.
fn changed(change: impl FnOnce(&mut Case)) -> Verdict {
    let mut case = good();
    change(&mut case);
    case.verdict()
}

fn admits(change: impl FnOnce(&mut Case)) {
    let verdict = changed(change);
    assert!(verdict.is_admitted(), "{verdict:?}");
}

/// Refused, and the first finding of this check.
fn refuses(check: Check, change: impl FnOnce(&mut Case)) -> spinal_gate::Finding {
    let verdict = changed(change);
    assert_eq!(verdict.outcome, Outcome::Refused);
    let found = verdict.findings().find(|finding| finding.check == check);
    *found.unwrap_or_else(|| panic!("no finding of {check:?} in {verdict:?}"))
}

#[test]
fn a_good_proposal_is_admitted_without_findings() {
    let verdict = changed(|_| {});
    assert_eq!(
        (verdict.outcome, verdict.count, verdict.dropped),
        (Outcome::Admitted, 0, 0)
    );
    assert_eq!(
        (verdict.source, verdict.sequence, verdict.at_ns, verdict.first_step),
        (3, 20, NOW_NS, 0)
    );
}

// Hazard: H-10
#[test]
fn a_proposal_of_another_shape_is_refused() {
    for dof in [0, 1, 3, 33, usize::MAX] {
        refuses(Check::Shape, |case| case.proposal.dof = dof);
    }
    for steps in [0, 65, usize::MAX] {
        refuses(Check::Shape, |case| case.proposal.steps = steps);
    }
    for period_ns in [i64::MIN, -1, 0, 999_999, 10_000_000_001, i64::MAX] {
        refuses(Check::Shape, |case| case.proposal.period_ns = period_ns);
    }
    admits(|case| case.proposal.steps = 1);
    admits(|case| case.proposal.period_ns = 10_000_000_000);
}

// Hazard: H-10
#[test]
fn every_number_that_is_not_finite_is_found_with_its_place() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let finding = refuses(Check::Finite, |case| case.proposal.targets[2][1] = bad);
        assert_eq!((finding.step, finding.joint), (2, 1));
        let finding = refuses(Check::Finite, |case| case.proposal.gripper[3] = bad);
        assert_eq!((finding.step, finding.joint), (3, WHOLE));
    }
    // What is not used is not looked at.
    admits(|case| case.proposal.targets[4][0] = f64::NAN);
    admits(|case| case.proposal.targets[0][2] = f64::NAN);
}

// Hazard: H-11
#[test]
fn an_observation_may_be_as_old_as_the_profile_says_and_no_older() {
    admits(|case| case.proposal.observed_at_ns = NOW_NS - 300_000_000);
    let finding = refuses(Check::Age, |case| case.proposal.observed_at_ns = NOW_NS - 300_000_001);
    assert_eq!(
        (finding.value, finding.limit, finding.margin),
        (300_000_001.0, 300_000_000.0, -1.0)
    );
}

// Hazard: H-11
#[test]
fn instants_in_the_wrong_order_or_in_the_future_are_refused() {
    admits(|case| (case.proposal.made_at_ns, case.proposal.observed_at_ns) = (NOW_NS, NOW_NS));
    refuses(Check::Age, |case| case.proposal.made_at_ns = NOW_NS + 1);
    refuses(Check::Age, |case| case.proposal.observed_at_ns = NOW_NS + 1);
    refuses(Check::Age, |case| {
        case.proposal.made_at_ns = case.proposal.observed_at_ns - 1
    });
    for hours in [-1, 1] {
        refuses(Check::Age, |case| {
            case.proposal.observed_at_ns += hours * 3_600_000_000_000;
            case.proposal.made_at_ns += hours * 3_600_000_000_000;
        });
    }
    for instant in [i64::MIN, i64::MAX, 5] {
        refuses(Check::Age, |case| case.proposal.observed_at_ns = instant);
        refuses(Check::Age, |case| case.proposal.made_at_ns = instant);
    }
}

// Hazard: H-11
#[test]
fn a_proposal_is_refused_after_its_validity() {
    admits(|case| case.proposal.valid_until_ns = NOW_NS);
    refuses(Check::Age, |case| case.proposal.valid_until_ns = NOW_NS - 1);
    refuses(Check::Age, |case| case.proposal.valid_until_ns = i64::MIN);
    admits(|case| case.proposal.valid_until_ns = i64::MAX);
}

// Hazard: H-11
#[test]
fn sequence_numbers_must_rise() {
    for sequence in [0, 18, 19] {
        refuses(Check::Order, |case| case.proposal.sequence = sequence);
    }
    admits(|case| case.proposal.sequence = u64::MAX);
    admits(|case| case.last_sequence = None);
}

// Hazard: H-11, H-24
#[test]
fn only_the_source_and_epoch_in_authority_are_followed() {
    refuses(Check::Authority, |case| case.authority = None);
    refuses(Check::Authority, |case| case.proposal.source = 4);
    refuses(Check::Authority, |case| case.proposal.epoch = 8);
    refuses(Check::Authority, |case| case.proposal.epoch = 10);
}

// Hazard: H-11, H-13, H-23
#[test]
fn a_proposal_for_another_profile_is_refused() {
    let finding = refuses(Check::ProfileHash, |case| case.proposal.profile_hash[31] ^= 1);
    assert_eq!(finding.value, 1.0);
}

// Hazard: H-01
#[test]
fn positions_are_held_to_their_limits_at_every_step() {
    let finding = refuses(Check::Position, |case| case.proposal.targets[3][0] = 1.000_001);
    assert_eq!((finding.step, finding.joint, finding.limit), (3, 0, 1.0));
    assert!((finding.margin + 1e-6).abs() < 1e-12);
    refuses(Check::Position, |case| case.proposal.targets[3][1] = -1.000_001);
    admits(|case| {
        case.position[0] = 0.9;
        case.proposal.targets[..4].iter_mut().for_each(|step| step[0] = 1.0);
    });
}

// Hazard: H-02, H-10
#[test]
fn degrees_for_radians_are_refused() {
    let verdict = changed(|case| {
        case.proposal.targets[..4]
            .iter_mut()
            .for_each(|step| (step[0], step[1]) = (step[0] * 57.3, step[1] * 57.3));
    });
    assert_eq!(verdict.outcome, Outcome::Refused);
    let found = |check| verdict.findings().any(|finding| finding.check == check);
    assert!(found(Check::Position) && found(Check::Velocity), "{verdict:?}");
}

// Hazard: H-02
#[test]
fn speed_between_steps_is_held_to_its_limit() {
    admits(|case| case.proposal.targets[2][0] = 0.1 + 0.199);
    let finding = refuses(Check::Velocity, |case| case.proposal.targets[2][0] = 0.1 + 0.201);
    assert_eq!((finding.step, finding.joint, finding.limit), (2, 0, 2.0));
    assert!((finding.value - 2.01).abs() < 1e-9);
}

#[test]
fn noisy_acceleration_is_reported_and_does_not_refuse() {
    let verdict = changed(|case| case.proposal.targets[1][0] += 0.1);
    assert_eq!(verdict.outcome, Outcome::Admitted);
    let finding = verdict.findings().next().unwrap();
    assert_eq!(
        (finding.check, finding.step, finding.joint, finding.limit),
        (Check::Acceleration, 1, 0, 10.0)
    );
    assert!((finding.value - 20.0).abs() < 1e-9 && (finding.margin + 10.0).abs() < 1e-9);
}

#[test]
fn of_all_accelerations_the_one_furthest_above_its_limit_is_reported() {
    let worst = |joint_0: f64, joint_1: f64| {
        let verdict = changed(|case| {
            case.proposal.targets[1][0] += joint_0;
            case.proposal.targets[2][1] += joint_1;
        });
        let accelerations: Vec<_> = verdict
            .findings()
            .filter(|found| found.check == Check::Acceleration)
            .collect();
        assert_eq!(accelerations.len(), 1);
        (accelerations[0].step, accelerations[0].joint)
    };
    assert_eq!((worst(0.08, 0.1), worst(0.1, 0.08)), ((2, 1), (1, 0)));
    // Of equals the first.
    let verdict = changed(|case| {
        case.proposal.targets = [[0.0; DOF_MAX]; STEPS_MAX];
        case.proposal.targets[1] = [0.1; DOF_MAX];
    });
    let finding = verdict
        .findings()
        .find(|found| found.check == Check::Acceleration)
        .unwrap();
    assert_eq!((finding.step, finding.joint), (1, 0));
    // At the limit itself nothing is reported: 0.15625 rad over (0.125 s)² are 10 rad/s².
    let at_limit = |beyond: f64| {
        changed(|case| {
            case.proposal.period_ns = 125_000_000;
            case.proposal.targets = [[0.0; DOF_MAX]; STEPS_MAX];
            case.proposal.targets[3][0] = 0.15625 + beyond;
        })
    };
    assert_eq!((at_limit(0.0).count, at_limit(1e-6).count), (0, 1));
}

// Hazard: H-02, H-11
#[test]
fn what_was_played_of_the_first_step_shortens_the_reach_to_it() {
    // Half of the 100 ms are played: 0.1 rad in reach, 0.2 rad of jump allowed.
    let from = |position| {
        move |case: &mut Case| {
            case.proposal.observed_played_ns = PLAYED_NS - 50_000_000;
            case.position[0] = position;
        }
    };
    admits(from(0.05 - 0.299));
    refuses(Check::Splice, from(0.05 - 0.301));
}

// Hazard: H-02, H-11
#[test]
fn the_first_step_must_be_in_reach_of_the_motion_now() {
    // 0.05 rad at the first step, 100 ms ahead at 2 rad/s: 0.2 rad in reach, 0.2 rad of jump allowed.
    admits(|case| case.position[0] = 0.05 - 0.399);
    let finding = refuses(Check::Splice, |case| case.position[0] = 0.05 - 0.401);
    assert_eq!((finding.step, finding.joint, finding.limit), (0, 0, 0.2));
    assert!((finding.value - 0.201).abs() < 1e-9);
}

// Hazard: H-11
#[test]
fn a_late_chunk_is_trimmed_by_what_was_really_played_and_spliced_there() {
    let late = |case: &mut Case| case.proposal.observed_played_ns = PLAYED_NS - 150_000_000;
    let verdict = changed(|case| {
        late(case);
        case.position[0] = 0.075;
    });
    assert_eq!((verdict.outcome, verdict.first_step), (Outcome::Trimmed, 1));
    // Half-way between the first two steps the chunk is at 0.075.
    admits(|case| {
        late(case);
        case.position[0] = 0.075 + 0.199;
    });
    let finding = refuses(Check::Splice, |case| {
        late(case);
        case.position[0] = 0.075 + 0.201;
    });
    assert_eq!(finding.step, 1);
}

// Hazard: H-11
#[test]
fn a_chunk_whose_steps_are_all_played_is_refused() {
    let verdict = changed(|case| case.proposal.observed_played_ns = PLAYED_NS - 399_999_999);
    assert_eq!((verdict.outcome, verdict.first_step), (Outcome::Trimmed, 3));
    let finding = refuses(Check::Consumed, |case| {
        case.proposal.observed_played_ns = PLAYED_NS - 400_000_000
    });
    assert_eq!((finding.value, finding.limit), (4.0, 4.0));
}

// Hazard: H-11
#[test]
fn nobody_can_have_seen_action_time_that_was_not_played() {
    for played in [PLAYED_NS + 1, -1, i64::MIN, i64::MAX] {
        refuses(Check::Played, |case| case.proposal.observed_played_ns = played);
    }
}

// Hazard: H-10
#[test]
fn the_gripper_is_from_zero_to_one() {
    admits(|case| case.proposal.gripper[..4].copy_from_slice(&[0.0, 1.0, 0.5, -0.0]));
    refuses(Check::Gripper, |case| case.proposal.gripper[2] = 1.000_001);
    refuses(Check::Gripper, |case| case.proposal.gripper[2] = -0.000_001);
}

// Hazard: H-11
#[test]
fn every_refusal_says_value_limit_and_by_how_much() {
    type Change = fn(&mut Case);
    let told: [(Check, Change, (f64, f64, f64)); 10] = [
        (Check::Shape, |case| case.proposal.dof = 3, (3.0, 2.0, -1.0)),
        (Check::Shape, |case| case.proposal.dof = 0, (0.0, 2.0, -2.0)),
        (Check::Shape, |case| case.proposal.steps = 66, (66.0, 64.0, -2.0)),
        (Check::Authority, |case| case.proposal.source = 5, (5.0, 3.0, -1.0)),
        (Check::Authority, |case| case.proposal.epoch = 7, (7.0, 9.0, -1.0)),
        (Check::Order, |case| case.proposal.sequence = 19, (19.0, 19.0, -1.0)),
        (Check::Order, |case| case.proposal.sequence = 16, (16.0, 19.0, -4.0)),
        (
            Check::ProfileHash,
            |case| case.proposal.profile_hash[..3].fill(7),
            (3.0, 0.0, -3.0),
        ),
        (
            Check::Consumed,
            |case| case.proposal.observed_played_ns = PLAYED_NS - 620_000_000,
            (6.0, 4.0, -2.0),
        ),
        (
            Check::Played,
            |case| case.proposal.observed_played_ns = PLAYED_NS + 5,
            (PLAYED_NS as f64 + 5.0, PLAYED_NS as f64, -5.0),
        ),
    ];
    for (check, change, (value, limit, margin)) in told {
        let finding = refuses(check, change);
        assert_eq!(
            (finding.value, finding.limit, finding.margin),
            (value, limit, margin),
            "{check:?}"
        );
        assert_eq!((finding.step, finding.joint), (WHOLE, WHOLE));
    }
    let nobody = refuses(Check::Authority, |case| case.authority = None);
    assert_eq!((nobody.value, nobody.margin), (3.0, -1.0));
    assert!(nobody.limit.is_nan());
}

// Hazard: H-10
#[test]
fn what_is_not_whole_is_found_once_and_nothing_is_guessed_about_the_rest() {
    let checks = |change: fn(&mut Case)| -> Vec<Check> { changed(change).findings().map(|f| f.check).collect() };
    assert_eq!(checks(|case| case.proposal.dof = 3), [Check::Shape]);
    assert_eq!(checks(|case| case.proposal.period_ns = 10_000_000_001), [Check::Shape]);
    assert_eq!(checks(|case| case.proposal.source = 5), [Check::Authority]);
    assert_eq!(checks(|case| case.proposal.sequence = 0), [Check::Order]);
    assert_eq!(
        checks(|case| case.proposal.profile_hash = [1; 32]),
        [Check::ProfileHash]
    );
}

#[test]
fn findings_that_do_not_fit_are_counted() {
    let verdict = changed(|case| case.proposal.targets = [[f64::NAN; DOF_MAX]; STEPS_MAX]);
    assert_eq!(usize::from(verdict.count), verdict.findings().count());
    assert_eq!(usize::from(verdict.count), spinal_gate::FINDINGS_MAX);
    assert!(verdict.dropped > 0);
}

proptest! {
    // Hazard: H-01, H-02
    #[test]
    fn whatever_is_admitted_is_inside_the_limits(
        numbers in prop::collection::vec(prop_oneof![any::<f64>(), -1.2..1.2f64, -0.1..0.1f64], 8),
        steps in 0usize..70, dof in 0usize..40,
        period_ns in prop_oneof![any::<i64>(), Just(100_000_000), Just(50_000_000)],
        observed_played_ns in prop_oneof![any::<i64>(), (PLAYED_NS - 500_000_000)..PLAYED_NS],
        made_ns in prop_oneof![any::<i64>(), (NOW_NS - 400_000_000)..NOW_NS],
    ) {
        let mut case = good();
        let proposal = &mut case.proposal;
        for (k, number) in numbers.iter().enumerate() {
            proposal.targets[k / 2][k % 2] = *number;
        }
        (proposal.steps, proposal.dof, proposal.period_ns) = (steps, dof, period_ns);
        (proposal.observed_played_ns, proposal.made_at_ns) = (observed_played_ns, made_ns);
        let verdict = case.verdict();
        if verdict.is_admitted() {
            prop_assert!(dof == 2 && (1..=STEPS_MAX).contains(&steps) && usize::from(verdict.first_step) < steps);
            for step in &case.proposal.targets[..steps] {
                prop_assert!(step[..2].iter().all(|x| (-1.0..=1.0).contains(x)));
            }
        }
    }
}
