//! Admission: may this proposal be followed, as a whole?

use crate::verdict::WHOLE;
use crate::{Check, JointLimits, Outcome, Profile, Proposal, STEPS_MAX, Verdict};

/// What a proposal is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// The limits.
    pub profile: &'a Profile,
    /// Source and epoch that have authority.
    pub authority: Option<(u32, u64)>,
    /// Sequence number of the last proposal admitted in this epoch.
    pub last_sequence: Option<u64>,
    /// Action time consumed until now, ns.
    pub played_ns: i64,
    /// Commanded joint positions now, rad.
    pub position_rad: &'a [f64; crate::DOF_MAX],
}

/// Longest time between two steps: 10 s. A longer one is a unit mixed up.
const STEP_PERIOD_MAX_NS: i64 = 10_000_000_000;

/// The verdict on a proposal: every check is made, every finding outside its limit is reported.
///
/// Velocities implied between steps refuse beyond the limit; accelerations do not, because the chunks of learned policies are noisy
/// and the motion generator limits acceleration anyway: the worst one is reported.
///
/// The jump at the splice is the distance between the commanded position and the chunk at the action time at which it starts; before
/// the chunk's first step, what the joint can cover until that step is allowed on top.
#[must_use]
pub fn admit(proposal: &Proposal, context: &Admission<'_>, now_ns: i64) -> Verdict {
    let mut verdict = Verdict::admitted(proposal.source, proposal.sequence, now_ns);
    shape(proposal, context, &mut verdict);
    authority(proposal, context, &mut verdict);
    age(proposal, context, now_ns, &mut verdict);
    let first = trim(proposal, context, &mut verdict);
    numbers(proposal, &mut verdict);
    for (joint, limits) in context.profile.joints.iter().enumerate().take(proposal.dof) {
        positions(proposal, joint, limits, &mut verdict);
        speeds(proposal, joint, limits, &mut verdict);
    }
    if let Some(start) = first {
        splice(proposal, context, start, &mut verdict);
    }
    accelerations(proposal, context, &mut verdict);
    verdict
}

fn shape(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let whole = (WHOLE, WHOLE);
    let dof = context.profile.dof();
    if proposal.dof != dof {
        let (value, limit) = (proposal.dof as f64, dof as f64);
        verdict.find(Check::Shape, value, limit, -(value - limit).abs(), whole);
    }
    between(
        verdict,
        Check::Shape,
        proposal.steps as f64,
        1.0,
        STEPS_MAX as f64,
        whole,
    );
    let (shortest, longest) = (context.profile.period_ns as f64, STEP_PERIOD_MAX_NS as f64);
    between(
        verdict,
        Check::Shape,
        proposal.period_ns as f64,
        shortest,
        longest,
        whole,
    );
}

fn authority(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let whole = (WHOLE, WHOLE);
    match context.authority {
        Some((source, epoch)) => {
            if proposal.source != source {
                verdict.find(
                    Check::Authority,
                    f64::from(proposal.source),
                    f64::from(source),
                    -1.0,
                    whole,
                );
            }
            if proposal.epoch != epoch {
                verdict.find(Check::Authority, proposal.epoch as f64, epoch as f64, -1.0, whole);
            }
        }
        None => verdict.find(Check::Authority, f64::from(proposal.source), f64::NAN, -1.0, whole),
    }
    if let Some(last) = context.last_sequence.filter(|last| proposal.sequence <= *last) {
        let behind = last - proposal.sequence;
        verdict.find(
            Check::Order,
            proposal.sequence as f64,
            last as f64,
            -1.0 - behind as f64,
            whole,
        );
    }
    if proposal.profile_hash != context.profile.hash {
        let differing = proposal
            .profile_hash
            .iter()
            .zip(&context.profile.hash)
            .filter(|(a, b)| a != b)
            .count();
        verdict.find(Check::ProfileHash, differing as f64, 0.0, -(differing as f64), whole);
    }
}

/// Ages in ns, each of which must lie in its range: of the observation, of the proposal, of the time from the one to the other, and the
/// validity that is left.
fn age(proposal: &Proposal, context: &Admission<'_>, now_ns: i64, verdict: &mut Verdict) {
    let oldest = context.profile.observation_age_max_ns;
    for (from, to, longest) in [
        (proposal.observed_at_ns, now_ns, oldest),
        (proposal.made_at_ns, now_ns, oldest),
        (proposal.observed_at_ns, proposal.made_at_ns, oldest),
        (now_ns, proposal.valid_until_ns, i64::MAX),
    ] {
        between(
            verdict,
            Check::Age,
            to.saturating_sub(from) as f64,
            0.0,
            longest as f64,
            (WHOLE, WHOLE),
        );
    }
    let (seen, played) = (proposal.observed_played_ns, context.played_ns);
    between(verdict, Check::Played, seen as f64, 0.0, played as f64, (WHOLE, WHOLE));
}

/// Where in the chunk the action time now is: the first step not yet due, and the action time since the observation.
struct Start {
    step: usize,
    elapsed_ns: i64,
}

/// Step k is due (k + 1) periods of consumed action time after the observation.
fn trim(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) -> Option<Start> {
    let elapsed_ns = context.played_ns.saturating_sub(proposal.observed_played_ns).max(0);
    let step = usize::try_from(elapsed_ns.checked_div(proposal.period_ns)?).ok()?;
    verdict.first_step = u16::try_from(step).unwrap_or(u16::MAX);
    if step >= proposal.steps {
        let (value, limit) = (step as f64, proposal.steps as f64);
        verdict.find(Check::Consumed, value, limit, limit - value, (WHOLE, WHOLE));
        return None;
    }
    if step > 0 && verdict.outcome == Outcome::Admitted {
        verdict.outcome = Outcome::Trimmed;
    }
    Some(Start { step, elapsed_ns })
}

fn numbers(proposal: &Proposal, verdict: &mut Verdict) {
    let steps = proposal
        .targets
        .iter()
        .zip(&proposal.gripper)
        .enumerate()
        .take(proposal.steps);
    for (step, (targets, &gripper)) in steps {
        for (joint, &target) in targets.iter().enumerate().take(proposal.dof) {
            if !target.is_finite() {
                verdict.find(
                    Check::Finite,
                    target,
                    f64::MAX,
                    f64::NEG_INFINITY,
                    (index(step), index(joint)),
                );
            }
        }
        if !gripper.is_finite() {
            verdict.find(
                Check::Finite,
                gripper,
                f64::MAX,
                f64::NEG_INFINITY,
                (index(step), WHOLE),
            );
        }
        between(verdict, Check::Gripper, gripper, 0.0, 1.0, (index(step), WHOLE));
    }
}

fn positions(proposal: &Proposal, joint: usize, limits: &JointLimits, verdict: &mut Verdict) {
    let (low, high) = (limits.position_min_rad, limits.position_max_rad);
    for (step, target) in joint_targets(proposal, joint).enumerate() {
        between(verdict, Check::Position, target, low, high, (index(step), index(joint)));
    }
}

fn speeds(proposal: &Proposal, joint: usize, limits: &JointLimits, verdict: &mut Verdict) {
    let period_s = proposal.period_ns as f64 * 1e-9;
    let pairs = joint_targets(proposal, joint).zip(joint_targets(proposal, joint).skip(1));
    for (step, (before, after)) in pairs.enumerate() {
        let speed = (after - before).abs() / period_s;
        between(
            verdict,
            Check::Velocity,
            speed,
            0.0,
            limits.velocity_max_rad_s,
            (index(step + 1), index(joint)),
        );
    }
}

fn splice(proposal: &Proposal, context: &Admission<'_>, start: Start, verdict: &mut Verdict) {
    let period_s = proposal.period_ns as f64 * 1e-9;
    let into_step_s = (start.elapsed_ns as f64 * 1e-9 - start.step as f64 * period_s).max(0.0);
    for (joint, (limits, &now)) in context
        .profile
        .joints
        .iter()
        .zip(context.position_rad)
        .enumerate()
        .take(proposal.dof)
    {
        let mut targets = joint_targets(proposal, joint);
        let jump = if start.step == 0 {
            let reachable = limits.velocity_max_rad_s * (period_s - into_step_s);
            targets.next().map(|target| ((target - now).abs() - reachable).max(0.0))
        } else {
            let mut targets = targets.skip(start.step - 1);
            let ends = targets.next().zip(targets.next());
            ends.map(|(before, after)| (before + (after - before) * (into_step_s / period_s) - now).abs())
        };
        let value = jump.unwrap_or(f64::NAN);
        let limit = context.profile.splice_jump_max_rad;
        between(
            verdict,
            Check::Splice,
            value,
            0.0,
            limit,
            (index(start.step), index(joint)),
        );
    }
}

/// Reports the acceleration between steps that is furthest above its limit.
fn accelerations(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let period_s = proposal.period_ns as f64 * 1e-9;
    let mut worst: Option<(f64, f64, (u16, u16))> = None;
    for (joint, limits) in context.profile.joints.iter().enumerate().take(proposal.dof) {
        let later = joint_targets(proposal, joint)
            .skip(1)
            .zip(joint_targets(proposal, joint).skip(2));
        for (step, (a, (b, c))) in joint_targets(proposal, joint).zip(later).enumerate() {
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

fn joint_targets(proposal: &Proposal, joint: usize) -> impl Iterator<Item = f64> + Clone + '_ {
    let value = move |step: &[f64; crate::DOF_MAX]| step.get(joint).copied().unwrap_or(f64::NAN);
    proposal.targets.iter().take(proposal.steps).map(value)
}

/// A finding when `value` is not between; NaN is not.
fn between(verdict: &mut Verdict, check: Check, value: f64, low: f64, high: f64, place: (u16, u16)) {
    if low <= value && value <= high {
        return;
    }
    let (limit, margin) = if value < low {
        (low, value - low)
    } else {
        (high, high - value)
    };
    verdict.find(check, value, limit, margin, place);
}

fn index(i: usize) -> u16 {
    u16::try_from(i).unwrap_or(WHOLE)
}
