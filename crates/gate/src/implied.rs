//! What a chunk of joint positions asks of the joints without saying so: velocity, acceleration, torque.

use spinal_arm::ArmModel;

use crate::verdict::index;
use crate::{Admission, Check, Commanded, DOF_MAX, JointLimits, Proposal, Verdict};

/// The time over which an acceleration must last to count for torque, s. Chosen by hand: jitter of 1 mrad a step then adds at most 0.4 rad/s².
const LASTING_S: f64 = 0.1;

/// Velocities of one joint between steps. `from_rad` is where the first step starts from, where that is exact.
pub(crate) fn velocities(
    chunk: &Proposal,
    joint: usize,
    limits: &JointLimits,
    from_rad: Option<f64>,
    verdict: &mut Verdict,
) {
    let period_s = chunk.period_ns as f64 * 1e-9;
    let offset = usize::from(from_rad.is_none());
    let path = from_rad.into_iter().chain(chunk.joint_targets(joint));
    let later = path.clone().skip(1);
    for (step, (before, after)) in path.zip(later).enumerate() {
        let place = (index(step + offset), index(joint));
        let speed = (after - before).abs() / period_s;
        verdict.hold(Check::Velocity, speed, (0.0, limits.velocity_max_rad_s), place);
    }
}

/// Reports the acceleration between steps that is furthest above its limit. It does not refuse: the chunks of learned policies are noisy,
/// and the motion generator limits acceleration anyway.
pub(crate) fn accelerations(chunk: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let period_s = chunk.period_ns as f64 * 1e-9;
    let mut worst: Option<(f64, f64, (u16, u16))> = None;
    for (joint, limits) in context.profile.joints.iter().enumerate().take(chunk.dof) {
        let targets = || chunk.joint_targets(joint);
        let later = targets().skip(1).zip(targets().skip(2));
        for (step, (a, (b, c))) in targets().zip(later).enumerate() {
            let value = (a - 2.0 * b + c).abs() / (period_s * period_s);
            let margin = limits.acceleration_max_rad_s2 - value;
            if margin < 0.0 && worst.is_none_or(|(other, limit, _)| margin < limit - other) {
                worst = Some((value, limits.acceleration_max_rad_s2, (index(step + 1), index(joint))));
            }
        }
    }
    if let Some((value, limit, place)) = worst {
        verdict.find(Check::Acceleration, value, limit, limit - value, place);
    }
}

/// Refuses a chunk at a step of which a joint's motor cannot hold the arm against gravity and give it the acceleration that the chunk asks for
/// over [`LASTING_S`] at least. One finding a joint, of the step that asks for most.
///
/// Fair to noisy chunks: what jitters from step to step averages out over that time; the accelerations counted are never above the joint's limit, which
/// the motion generator keeps; velocity, the noisiest after acceleration, does not enter (the gate looks at the whole torque at every tick).
pub(crate) fn torques(arm: &ArmModel, chunk: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let period_s = chunk.period_ns as f64 * 1e-9;
    let half = (LASTING_S / period_s).ceil().max(1.0) as usize;
    let half_s = half as f64 * period_s;
    let start = context.observed.unwrap_or(Commanded::at_rest(*context.position_rad));
    let mut worst = [(0.0_f64, 0_usize); DOF_MAX];
    for (step, here) in chunk.targets.iter().enumerate().take(chunk.steps) {
        let mut acceleration = [0.0; DOF_MAX];
        if let Some(later) = chunk.targets.get(step + half).filter(|_| step + half < chunk.steps) {
            let earlier = step.checked_sub(half).and_then(|step| chunk.targets.get(step));
            // Before the observation the joints moved as they were commanded to there.
            let since_s = (step as f64 + 1.0) * period_s - half_s;
            let joints = acceleration.iter_mut().zip(here.iter().zip(later)).enumerate();
            for ((joint, (out, (here, later))), limits) in joints.zip(&context.profile.joints) {
                let earlier = match earlier {
                    Some(row) => row.get(joint).copied(),
                    None => start.at(joint, since_s),
                };
                let value = (later - 2.0 * here + earlier.unwrap_or(*here)) / (half_s * half_s);
                *out = value.clamp(-limits.acceleration_max_rad_s2, limits.acceleration_max_rad_s2);
            }
        }
        let torque = arm.inverse_dynamics(here, &[0.0; DOF_MAX], &acceleration);
        for ((worst, torque), limits) in worst.iter_mut().zip(&torque).zip(&context.profile.joints) {
            let inside = torque.abs() <= limits.torque_max_nm;
            if !inside && !(torque.abs() <= worst.0) {
                *worst = (torque.abs(), step);
            }
        }
    }
    for (joint, ((torque, step), limits)) in worst.iter().zip(&context.profile.joints).enumerate() {
        let place = (index(*step), index(joint));
        verdict.hold(Check::Torque, *torque, (0.0, limits.torque_max_nm), place);
    }
}
