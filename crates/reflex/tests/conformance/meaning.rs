//! Numbers that are in order and mean something else than is said.

use crate::arm_cell::{home, ur5e};
use crate::site::{Site, admitted, encoded, refused};
use spinal_gate::{Check, DOF_MAX, Frame, Outcome, Proposal, Semantics};

fn each(proposal: &mut Proposal, change: impl Fn(&mut [f64; DOF_MAX])) {
    proposal.targets[..8].iter_mut().for_each(change);
}

// Hazard: H-10
#[test]
fn another_number_of_joints_is_refused() {
    for semantics in Semantics::ALL {
        for dof in [0, 1, 5, 8, 32] {
            let finding = refused(semantics, Check::Shape, |proposal| proposal.dof = dof);
            assert_eq!((finding.value, finding.limit), (dof as f64, semantics.width(6) as f64));
        }
    }
}

#[test]
fn numbers_of_another_type_are_refused() {
    let mut site = Site::moving();
    let proposal = site.good(Semantics::JointPosition);
    let bytes = encoded(&proposal);
    let numbers = bytes[104..]
        .as_chunks::<8>()
        .0
        .iter()
        .map(|number| f64::from_le_bytes(*number));
    let floats: Vec<u8> = numbers
        .clone()
        .flat_map(|number| (number as f32).to_le_bytes())
        .collect();
    let integers: Vec<u8> = numbers
        .flat_map(|number| (number * 1e3).trunc().to_le_bytes())
        .collect();
    let half = site.offer_bytes(&[&bytes[..104], &floats[..]].concat());
    let finding = half.findings().next().unwrap();
    assert_eq!(
        (finding.check, finding.value, finding.limit),
        (Check::Decode, 104.0 + 224.0, 104.0 + 448.0)
    );
    assert_eq!(
        (half.source, half.sequence),
        (3, proposal.sequence),
        "its sender can be told"
    );
    // Numbers of the same size are numbers of another unit.
    assert_eq!(
        site.offer_bytes(&[&bytes[..104], &integers[..]].concat()).outcome,
        Outcome::Refused
    );
    site.goes_on_to_rest();
}

// Hazard: H-10
#[test]
fn joints_in_another_order_are_a_jump_at_the_splice() {
    for (a, b) in [(0, 1), (1, 2), (2, 3), (4, 5)] {
        let finding = refused(Semantics::JointPosition, Check::Splice, |proposal| {
            each(proposal, |step| step.swap(a, b))
        });
        assert!([a, b].contains(&usize::from(finding.joint)));
    }
}

// Hazard: H-10
#[test]
fn joints_that_are_off_by_one_are_a_jump_at_the_splice() {
    refused(Semantics::JointPosition, Check::Splice, |proposal| {
        each(proposal, |step| step[..6].rotate_left(1))
    });
    refused(Semantics::JointPosition, Check::Splice, |proposal| {
        each(proposal, |step| step[..6].rotate_right(1))
    });
}

// Hazard: H-10
#[test]
fn a_flipped_sign_is_a_jump_at_the_splice() {
    // Joints that stand near zero look the same from both sides, and their motion stays inside the limits.
    for joint in 1..5 {
        let finding = refused(Semantics::JointPosition, Check::Splice, |proposal| {
            each(proposal, |step| step[joint] = -step[joint]);
        });
        assert_eq!(usize::from(finding.joint), joint);
    }
}

#[test]
fn degrees_for_radians_are_named_as_a_mixed_up_unit() {
    let degrees = |step: &mut [f64; DOF_MAX]| step[..6].iter_mut().for_each(|angle| *angle = angle.to_degrees());
    let finding = refused(Semantics::JointPosition, Check::Units, |proposal| {
        each(proposal, degrees)
    });
    assert!(
        finding.value > finding.limit && Check::Units.hint().contains("degrees"),
        "{finding:?}"
    );
}

// Hazard: H-10
#[test]
fn degrees_for_radians_are_refused_in_every_semantics_that_has_angles() {
    for semantics in [Semantics::JointDelta, Semantics::JointVelocity] {
        refused(semantics, Check::Velocity, |proposal| {
            each(proposal, |step| {
                step.iter_mut().for_each(|angle| *angle = angle.to_degrees())
            });
        });
    }
    for frame in [Frame::Base, Frame::Tool] {
        for semantics in [Semantics::ToolDelta(frame), Semantics::ToolTwist(frame)] {
            let mut site = Site::moving();
            let mut proposal = site.good(semantics);
            each(&mut proposal, |step| {
                step[3..6].iter_mut().for_each(|angle| *angle = angle.to_degrees())
            });
            let verdict = site.offer(&proposal);
            let named = verdict
                .findings()
                .any(|finding| [Check::Units, Check::Branch, Check::Reach].contains(&finding.check));
            assert!(verdict.outcome == Outcome::Refused && named, "{verdict:?}");
            site.goes_on_to_rest();
        }
    }
}

// Hazard: H-10
#[test]
fn millimetres_for_metres_are_named_as_a_mixed_up_unit() {
    for semantics in [
        Semantics::ToolPose,
        Semantics::ToolDelta(Frame::Base),
        Semantics::ToolDelta(Frame::Tool),
        Semantics::ToolTwist(Frame::Base),
        Semantics::ToolTwist(Frame::Tool),
    ] {
        refused(semantics, Check::Units, |proposal| {
            each(proposal, |step| step[..3].iter_mut().for_each(|part| *part *= 1000.0));
        });
    }
    // What a reach is: no arm's tool is further away than all its links are long.
    assert!((1.2..1.6).contains(&ur5e::model().reach_m()));
}

// Hazard: H-10
#[test]
fn deltas_for_positions_and_positions_for_deltas_are_a_jump_at_the_splice() {
    let mut site = Site::still();
    let deltas = site.good(Semantics::JointDelta).targets;
    refused(Semantics::JointPosition, Check::Splice, |proposal| {
        proposal.targets = deltas
    });
    let positions = site.good(Semantics::JointPosition).targets;
    refused(Semantics::JointDelta, Check::Splice, |proposal| {
        proposal.targets = positions
    });
}

#[test]
fn tool_deltas_for_poses_are_no_rotation_and_poses_for_deltas_have_too_many_numbers() {
    let mut site = Site::still();
    let deltas = site.good(Semantics::ToolDelta(Frame::Base)).targets;
    refused(Semantics::ToolPose, Check::Rotation, |proposal| {
        proposal.targets = deltas
    });
    let poses = site.good(Semantics::ToolPose);
    refused(Semantics::ToolDelta(Frame::Base), Check::Shape, |proposal| {
        (proposal.targets, proposal.dof) = (poses.targets, 7);
    });
}

// Hazard: H-10
#[test]
fn a_quaternion_in_another_order_is_another_rotation_and_refused() {
    let mut site = Site::still();
    let mut proposal = site.good(Semantics::ToolPose);
    each(&mut proposal, |step| step[3..7].rotate_left(1));
    let verdict = site.offer(&proposal);
    let named = verdict
        .findings()
        .any(|finding| [Check::Branch, Check::Reach].contains(&finding.check));
    assert!(verdict.outcome == Outcome::Refused && named, "{verdict:?}");
    site.goes_on_to_rest();
}

// Hazard: H-10
#[test]
fn a_frame_that_the_semantics_do_not_have_is_refused_by_name() {
    for (semantics, frame) in [
        (Semantics::JointPosition, 1),
        (Semantics::JointVelocity, 2),
        (Semantics::ToolPose, 0),
        (Semantics::ToolPose, 2),
        (Semantics::ToolDelta(Frame::Base), 0),
        (Semantics::ToolTwist(Frame::Tool), 3),
    ] {
        let mut site = Site::moving();
        let mut bytes = encoded(&site.good(semantics));
        bytes[99] = frame;
        let verdict = site.offer_bytes(&bytes);
        let finding = verdict.findings().next().unwrap();
        assert_eq!((finding.check, finding.value), (Check::Frame, f64::from(frame)));
        site.goes_on_to_rest();
    }
    let mut site = Site::moving();
    let mut bytes = encoded(&site.good(Semantics::JointPosition));
    bytes[96] = 77;
    let finding = *site.offer_bytes(&bytes).findings().next().unwrap();
    assert_eq!(
        (finding.check, finding.value, finding.limit),
        (Check::Semantics, 77.0, 6.0)
    );
    site.goes_on_to_rest();
}

// Hazard: H-10
#[test]
fn a_pose_in_the_wrong_frame_is_refused_and_a_delta_in_the_wrong_frame_breaks_no_limit() {
    // Said relative to the tool: near the base's origin, where no tool can be without another branch.
    let mut site = Site::still();
    let mut proposal = site.good(Semantics::ToolPose);
    each(&mut proposal, |step| *step = [0.0; DOF_MAX]);
    each(&mut proposal, |step| (step[2], step[3]) = (0.02, 1.0));
    assert_eq!(site.offer(&proposal).outcome, Outcome::Refused);
    site.goes_on_to_rest();
    // Nobody can see it in the numbers of a delta: they are as good in either frame, and the limits hold either way.
    for (said, meant) in [(Frame::Base, Frame::Tool), (Frame::Tool, Frame::Base)] {
        let mut site = Site::still();
        let numbers = site.good(Semantics::ToolDelta(meant)).targets;
        admitted(Semantics::ToolDelta(said), |proposal| {
            if proposal.observed_played_ns == 0 {
                proposal.targets = numbers;
            }
        });
    }
}

#[test]
fn a_gripper_outside_its_range_is_refused() {
    for bad in [-0.001, 1.001, 255.0, -1.0, 100.0] {
        let finding = refused(Semantics::JointPosition, Check::Gripper, |proposal| {
            proposal.gripper[6] = bad
        });
        assert_eq!((finding.step, finding.value), (6, bad));
    }
}

#[test]
fn an_action_that_is_still_normalised_is_refused() {
    // From −1 to 1 over the joint's range, and from 0 to 255.
    refused(Semantics::JointPosition, Check::Splice, |proposal| {
        each(proposal, |step| step.iter_mut().for_each(|q| *q /= 6.2));
    });
    refused(Semantics::JointPosition, Check::Units, |proposal| {
        each(proposal, |step| {
            step[..6].iter_mut().for_each(|q| *q = (*q / 6.2 + 1.0) * 127.5)
        });
    });
}

// Hazard: H-13, H-23
#[test]
fn another_profile_hash_is_refused() {
    for place in [0, 15, 31] {
        refused(Semantics::JointPosition, Check::ProfileHash, |proposal| {
            proposal.profile_hash[place] ^= 0x80
        });
    }
}

// Hazard: H-11, H-24
#[test]
fn a_proposal_of_nobody_or_of_another_source_or_epoch_is_refused() {
    refused(Semantics::JointPosition, Check::Authority, |proposal| {
        proposal.source = 4
    });
    refused(Semantics::JointPosition, Check::Authority, |proposal| {
        proposal.epoch = 8
    });
    refused(Semantics::JointPosition, Check::Authority, |proposal| {
        proposal.epoch = u64::MAX
    });
}

// Hazard: H-02, H-20
#[test]
fn a_chunk_that_the_motors_cannot_hold_is_refused() {
    let mut system = crate::site::system();
    let torque = ur5e::model().inverse_dynamics(&home(), &[0.0; DOF_MAX], &[0.0; DOF_MAX]);
    system.profile.joints[1].torque_max_nm = torque[1].abs() + 0.5;
    let mut reflex = system.start().unwrap();
    let mut site = Site::still();
    let mut proposal = site.good(Semantics::JointPosition);
    // The arm slowly stretches out: the load on the shoulder rises.
    for (k, step) in proposal.targets[..8].iter_mut().enumerate() {
        *step = home();
        step[2] -= 0.05 * (k + 1) as f64;
    }
    assert!(
        site.offer(&proposal).is_admitted(),
        "with the motors of the cell it can be held"
    );
    let mut plant = spinal_reflex::analytic::AnalyticPlant::new(&home()[..6], 0.002, 1_000_000, site.now_ns);
    let reading = spinal_reflex::RobotPort::read(&mut plant, site.now_ns);
    let _ = reflex.tick(site.now_ns, &reading, false);
    reflex.control(&spinal_reflex::Control::Grant { source: 3, epoch: 9 }, site.now_ns);
    let verdict = reflex.offer(&proposal, site.now_ns);
    let finding = verdict
        .findings()
        .find(|finding| finding.check == Check::Torque)
        .unwrap();
    assert!(verdict.outcome == Outcome::Refused && finding.joint == 1, "{verdict:?}");
}
