//! Any bytes: what is no proposal is refused by name, what is one is written back the same, and what is admitted is inside every limit.
#![no_main]

#[path = "../../crates/arm/tests/ur5e/mod.rs"]
mod ur5e;

use libfuzzer_sys::fuzz_target;
use spinal_arm::ArmModel;
use spinal_gate::{
    Admission, Commanded, JointLimits, PROPOSAL_BYTES_MAX, Profile, Proposal, Resolved, STEPS_MAX, Verdict, admit,
};
use std::sync::OnceLock;

const JOINTS: usize = 6;
const RANGE_RAD: f64 = 6.2;

fn arm() -> &'static ArmModel {
    static ARM: OnceLock<ArmModel> = OnceLock::new();
    ARM.get_or_init(ur5e::model)
}

/// The profile that the proposal says it was made for.
fn profile(hash: [u8; 32]) -> Profile {
    let joint = JointLimits {
        position_min_rad: -RANGE_RAD,
        position_max_rad: RANGE_RAD,
        velocity_max_rad_s: 3.1,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 150.0,
        torque_rate_max_nm_s: f64::INFINITY,
    };
    Profile {
        joints: vec![joint; JOINTS],
        arm: None,
        people: None,
        geometry: None,
        period_ns: 1_000_000,
        tracking_error_max_rad: 0.1,
        observation_age_max_ns: 300_000_000,
        proposal_gap_max_ns: 100_000_000,
        measured_age_max_ns: 100_000_000,
        splice_jump_max_rad: 0.2,
        deadline_misses_max: 5,
        tick_overrun_max: 20,
        packet_loss_max: 20,
        hash,
    }
}

fuzz_target!(|data: &[u8]| {
    let proposal = match Proposal::decode(data) {
        Ok(proposal) => proposal,
        Err(error) => {
            let verdict = Verdict::unreadable(data, &error, 0);
            assert!(!verdict.is_admitted() && verdict.count == 1);
            return;
        }
    };
    let mut again = vec![0; PROPOSAL_BYTES_MAX];
    let length = proposal.encode(&mut again).expect("what was read can be written");
    assert_eq!(&again[..length], data);

    // Everything but the numbers is made to fit, so that the checks on the numbers are reached.
    let profile = profile(proposal.profile_hash);
    let home = ur5e::joints(&ur5e::HOME);
    let mut resolved = Resolved::default();
    let context = Admission {
        profile: &profile,
        arm: Some(arm()),
        authority: Some((proposal.source, proposal.epoch)),
        last_sequence: None,
        played_ns: proposal.observed_played_ns,
        position_rad: &home,
        observed: Some(Commanded::at_rest(home)),
    };
    let verdict = admit(&proposal, &context, proposal.made_at_ns, &mut resolved);
    assert!(verdict.is_admitted() || verdict.count > 0);
    if verdict.is_admitted() {
        let chunk = resolved.chunk();
        assert!((1..=STEPS_MAX).contains(&chunk.steps) && chunk.steps == proposal.steps && chunk.dof == JOINTS);
        for step in &chunk.targets[..chunk.steps] {
            assert!(step[..JOINTS].iter().all(|q| (-RANGE_RAD..=RANGE_RAD).contains(q)));
        }
    }
});
