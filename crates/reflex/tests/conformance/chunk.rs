//! Chunks that are not whole, do not fit together, or come too late.

use crate::arm_cell::home;
use crate::site::{STEP_NS, Site, encoded, refused};
use spinal_gate::{Check, Frame, Outcome, PROPOSAL_BYTES_MAX, Proposal, Semantics};
use spinal_reflex::Trigger;

// Hazard: H-10
#[test]
fn an_empty_chunk_is_refused_in_every_semantics() {
    for semantics in Semantics::ALL {
        let finding = refused(semantics, Check::Shape, |proposal| proposal.steps = 0);
        assert_eq!((finding.value, finding.limit), (0.0, 1.0));
    }
    let mut site = Site::moving();
    assert_eq!(site.offer_bytes(&[]).outcome, Outcome::Refused);
    site.goes_on_to_rest();
}

// Hazard: H-10
#[test]
fn a_write_that_was_cut_anywhere_is_refused() {
    for semantics in [Semantics::JointPosition, Semantics::ToolPose] {
        let mut site = Site::moving();
        let bytes = encoded(&site.good(semantics));
        for length in 0..bytes.len() {
            let verdict = site.offer_bytes(&bytes[..length]);
            let finding = verdict.findings().next().unwrap();
            assert_eq!((verdict.outcome, finding.check), (Outcome::Refused, Check::Decode));
            assert_eq!(finding.value, length as f64);
        }
        site.goes_on_to_rest();
    }
}

// Hazard: H-10
#[test]
fn a_chunk_that_says_more_or_fewer_steps_than_it_has_is_refused() {
    for steps in [0, 1, 7, 9, 64] {
        let mut site = Site::moving();
        let mut bytes = encoded(&site.good(Semantics::JointPosition));
        bytes[98] = steps;
        let verdict = site.offer_bytes(&bytes);
        let finding = verdict.findings().next().unwrap();
        let asked_for = 104.0 + f64::from(steps) * 56.0;
        assert_eq!(
            (finding.check, finding.value, finding.limit),
            (Check::Decode, bytes.len() as f64, asked_for)
        );
        site.goes_on_to_rest();
    }
}

#[test]
fn a_partial_write_over_an_older_chunk_is_judged_by_its_numbers() {
    // The first half of a new chunk over the second half of an old one of another place: a jump between steps.
    let mut site = Site::moving();
    let new = encoded(&site.good(Semantics::JointPosition));
    let mut old = site.good(Semantics::JointPosition);
    old.targets[..8].iter_mut().for_each(|step| step[0] -= 1.0);
    let mut mixed = encoded(&old);
    mixed[..104 + 4 * 48].copy_from_slice(&new[..104 + 4 * 48]);
    let verdict = site.offer_bytes(&mixed);
    let finding = verdict
        .findings()
        .find(|finding| finding.check == Check::Velocity)
        .unwrap();
    assert_eq!((verdict.outcome, finding.step, finding.joint), (Outcome::Refused, 4, 0));
    site.goes_on_to_rest();
}

// Hazard: H-02
#[test]
fn a_chunk_that_disagrees_with_the_one_before_is_blended_or_refused() {
    // The new chunk begins where the old one is not: up to the jump that the profile allows it is blended in, beyond it is refused.
    for (apart, is_admitted) in [(0.05, true), (0.15, true), (-0.15, true), (0.6, false), (-0.6, false)] {
        let mut site = Site::moving();
        let mut proposal = site.good(Semantics::JointPosition);
        proposal.targets[..8].iter_mut().for_each(|step| step[1] += apart);
        let verdict = site.offer(&proposal);
        assert_eq!(verdict.is_admitted(), is_admitted, "{apart}: {verdict:?}");
        if !is_admitted {
            assert!(verdict.findings().any(|finding| finding.check == Check::Splice));
        }
        site.goes_on_to_rest();
    }
}

// Hazard: H-02
#[test]
fn chunks_that_disagree_at_every_turn_break_no_limit() {
    let mut site = Site::still();
    for turn in 0..20 {
        let semantics = Semantics::ALL[turn % Semantics::ALL.len()];
        let mut proposal = site.good(semantics);
        let by = if turn % 2 == 0 { 0.01 } else { -0.01 };
        proposal.targets[..8].iter_mut().for_each(|step| step[1] += by);
        let _ = site.offer(&proposal);
        site.run(60);
    }
    site.goes_on_to_rest();
}

#[test]
fn a_gap_between_chunks_ends_in_a_stop_and_the_next_chunk_begins_from_there() {
    let mut site = Site::moving();
    site.run(400 + 99);
    assert_eq!(site.trigger(), Trigger::None);
    site.run(2);
    assert_eq!(site.trigger(), Trigger::ProposalGap);
    site.goes_on_to_rest();
    // Numbers may skip: what was lost on the way is lost.
    site.sequence += 1000;
    let next = site.good(Semantics::ToolPose);
    assert!(site.offer(&next).is_admitted());
    site.goes_on_to_rest();
}

// Hazard: H-02, H-11
#[test]
fn a_jump_at_the_splice_is_refused_and_its_size_told() {
    for joint in 0..6 {
        for jump in [0.7, -0.7] {
            let finding = refused(Semantics::JointPosition, Check::Splice, |proposal| {
                proposal.targets[..8].iter_mut().for_each(|step| step[joint] += jump);
            });
            assert_eq!((usize::from(finding.joint), finding.limit), (joint, 0.2));
            assert!(finding.value > 0.2 && finding.margin < 0.0);
        }
    }
    for frame in [Frame::Base, Frame::Tool] {
        refused(Semantics::ToolDelta(frame), Check::Branch, |proposal| {
            proposal.targets[..8].iter_mut().for_each(|step| step[0] += 0.3);
        });
    }
}

// Hazard: H-10
#[test]
fn a_chunk_of_too_many_steps_or_numbers_is_refused() {
    for (steps, dof) in [
        (65, 6),
        (usize::MAX, 6),
        (8, 33),
        (8, usize::MAX),
        (usize::MAX, usize::MAX),
    ] {
        let mut site = Site::moving();
        let mut proposal = site.good(Semantics::JointPosition);
        (proposal.steps, proposal.dof) = (steps, dof);
        // It has no bytes: neither as a record nor as a message is it taken.
        assert_eq!(proposal.encode(&mut vec![0; 4 * PROPOSAL_BYTES_MAX]), None);
        assert_eq!(site.offer(&proposal).outcome, Outcome::Refused);
        site.goes_on_to_rest();
    }
    let mut site = Site::moving();
    let mut bytes = encoded(&site.good(Semantics::JointPosition));
    for (place, value, limit) in [(98, 65, 64.0), (98, 255, 64.0), (97, 33, 32.0), (97, 255, 32.0)] {
        let before = std::mem::replace(&mut bytes[place], value);
        let finding = *site.offer_bytes(&bytes).findings().next().unwrap();
        assert_eq!(
            (finding.check, finding.value, finding.limit),
            (Check::Shape, f64::from(value), limit)
        );
        bytes[place] = before;
    }
    bytes.resize(PROPOSAL_BYTES_MAX + 1, 0);
    assert_eq!(site.offer_bytes(&bytes).outcome, Outcome::Refused);
    site.goes_on_to_rest();
}

#[test]
fn a_first_chunk_that_comes_so_late_that_most_of_it_is_in_the_past_is_played_from_its_beginning() {
    for semantics in Semantics::ALL {
        let mut site = Site::still();
        let proposal = site.good_of(semantics, 6, STEP_NS / 2);
        // Seen now, judged 290 ms later: five of six steps lie in the past. The robot stood still all the while.
        site.run(290);
        let verdict = site.offer(&proposal);
        assert_eq!(
            (verdict.outcome, verdict.first_step),
            (Outcome::Admitted, 0),
            "{verdict:?}"
        );
        // The first step is reached when one period has been played, not at once.
        site.run(25);
        let moved = |site: &Site| (site.cycle.status().position_command_rad[0] - home()[0]).abs();
        assert!(moved(&site) < 0.01, "{}", moved(&site));
        site.goes_on_to_rest();
        assert!((0.12..0.14).contains(&moved(&site)), "{}", moved(&site));
    }
    // Later still it is too old, and the robot stays where it is.
    let mut site = Site::still();
    let proposal = site.good(Semantics::JointPosition);
    site.run(301);
    assert!(
        site.offer(&proposal)
            .findings()
            .any(|finding| finding.check == Check::Age)
    );
    site.goes_on_to_rest();
    assert_eq!(site.cycle.status().position_command_rad[..6], home()[..6]);
}

// Hazard: H-11
#[test]
fn a_chunk_that_comes_late_to_a_moving_robot_is_trimmed_by_what_was_played_and_not_played_again() {
    for semantics in Semantics::ALL {
        let mut site = Site::moving();
        let proposal = site.good(semantics);
        site.run(250);
        let verdict = site.offer(&proposal);
        assert_eq!(
            (verdict.outcome, verdict.first_step),
            (Outcome::Trimmed, 2),
            "{verdict:?}"
        );
        site.goes_on_to_rest();
    }
    let mut site = Site::moving();
    let proposal = Proposal {
        steps: 2,
        ..site.good(Semantics::JointPosition)
    };
    site.run(250);
    assert!(
        site.offer(&proposal)
            .findings()
            .any(|finding| finding.check == Check::Consumed)
    );
    site.goes_on_to_rest();
}
