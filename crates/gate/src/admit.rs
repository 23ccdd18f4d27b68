//! Admission: may this proposal be followed, as a whole?

use spinal_arm::ArmModel;

use crate::verdict::{WHOLE, index};
use crate::{Check, DOF_MAX, JointLimits, Outcome, Profile, Proposal, Resolved, STEPS_MAX, Semantics, Verdict};
use crate::{implied, units};

/// What a proposal is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// The limits.
    pub profile: &'a Profile,
    /// The arm: without it, nothing of the tool can be admitted and torques are not looked at.
    pub arm: Option<&'a ArmModel>,
    /// Source and epoch that have authority.
    pub authority: Option<(u32, u64)>,
    /// Sequence number of the last proposal admitted in this epoch.
    pub last_sequence: Option<u64>,
    /// Action time consumed until now, ns.
    pub played_ns: i64,
    /// Commanded joint positions now, rad.
    pub position_rad: &'a [f64; DOF_MAX],
    /// What was commanded at the proposal's `observed_played_ns`; nothing when that is no longer known.
    pub observed: Option<Commanded>,
}

/// A commanded motion of the joints at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commanded {
    /// rad.
    pub position_rad: [f64; DOF_MAX],
    /// rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
}

impl Commanded {
    /// At rest at these positions.
    #[must_use]
    pub const fn at_rest(position_rad: [f64; DOF_MAX]) -> Self {
        Self {
            position_rad,
            velocity_rad_s: [0.0; DOF_MAX],
        }
    }

    /// Where a joint is so long after, at this velocity, rad.
    pub(crate) fn at(&self, joint: usize, later_s: f64) -> Option<f64> {
        let (position, velocity) = self.position_rad.get(joint).zip(self.velocity_rad_s.get(joint))?;
        Some(position + velocity * later_s)
    }
}

/// Longest time between two steps: 10 s. A longer one is a unit mixed up.
const STEP_PERIOD_MAX_NS: i64 = 10_000_000_000;

/// The verdict on a proposal: every check is made, every finding outside its limit is reported. The proposal's joint positions are then in
/// `resolved`; only an admitted proposal's may be followed.
///
/// Velocities implied between steps refuse beyond the limit; accelerations do not, because the chunks of learned policies are noisy
/// and the motion generator limits acceleration anyway: the worst one is reported. Torque refuses where gravity and lasting acceleration ask for more
/// than a motor has.
///
/// The jump at the splice is the distance between the commanded position and the chunk at the action time at which it starts; before
/// the chunk's first step, what the joint can cover until that step is allowed on top.
#[must_use]
pub fn admit(proposal: &Proposal, context: &Admission<'_>, now_ns: i64, resolved: &mut Resolved) -> Verdict {
    #[cfg(feature = "seeded-bugs")]
    let seen = crate::seeded::profile(context.profile);
    #[cfg(feature = "seeded-bugs")]
    let context = &Admission {
        profile: &seen,
        ..*context
    };
    let mut verdict = Verdict::admitted(proposal.source, proposal.sequence, now_ns);
    let is_whole = shape(proposal, context, &mut verdict);
    authority(proposal, context, &mut verdict);
    units::instants(proposal, now_ns, &mut verdict);
    age(proposal, context, now_ns, &mut verdict);
    let first = trim(proposal, context, &mut verdict);
    let is_finite = numbers(proposal, &mut verdict);
    resolved.fill(proposal, context, &mut verdict);
    let chunk = resolved.chunk();
    if is_whole && is_finite {
        units::joints(chunk, context, &mut verdict);
    }
    let from = first_speed_from(proposal, context);
    for (joint, limits) in context.profile.joints.iter().enumerate().take(chunk.dof) {
        positions(chunk, joint, limits, &mut verdict);
        let from_rad = from.and_then(|from| from.position_rad.get(joint).copied());
        implied::velocities(chunk, joint, limits, from_rad, &mut verdict);
    }
    if let Some(start) = first {
        splice(chunk, context, start, &mut verdict);
    }
    implied::accelerations(chunk, context, &mut verdict);
    if let Some(arm) = context.arm.filter(|_| is_whole && is_finite) {
        implied::torques(arm, chunk, context, &mut verdict);
    }
    verdict
}

/// Where the first step's velocity counts from: velocities say it exactly, positions only as far as the jump at the splice allows.
fn first_speed_from(proposal: &Proposal, context: &Admission<'_>) -> Option<Commanded> {
    match proposal.semantics {
        Semantics::JointVelocity | Semantics::ToolTwist(_) => context.observed,
        Semantics::JointPosition | Semantics::JointDelta | Semantics::ToolPose | Semantics::ToolDelta(_) => None,
    }
}

/// Whether the numbers are where their semantics say, as many as there can be.
fn shape(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) -> bool {
    let whole = (WHOLE, WHOLE);
    let width = proposal.semantics.width(context.profile.dof());
    let mut is_whole = proposal.dof == width;
    if !is_whole {
        let (value, limit) = (proposal.dof as f64, width as f64);
        verdict.find(Check::Shape, value, limit, -(value - limit).abs(), whole);
    }
    is_whole &= verdict.hold(Check::Shape, proposal.steps as f64, (1.0, STEPS_MAX as f64), whole);
    let periods = (context.profile.period_ns as f64, STEP_PERIOD_MAX_NS as f64);
    is_whole & verdict.hold(Check::Shape, proposal.period_ns as f64, periods, whole)
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
        let age_ns = to.saturating_sub(from) as f64;
        verdict.hold(Check::Age, age_ns, (0.0, longest as f64), (WHOLE, WHOLE));
    }
    let (seen, played) = (proposal.observed_played_ns, context.played_ns);
    verdict.hold(Check::Played, seen as f64, (0.0, played as f64), (WHOLE, WHOLE));
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

/// Whether every number is one.
fn numbers(proposal: &Proposal, verdict: &mut Verdict) -> bool {
    let mut is_finite = true;
    let mut look = |value: f64, place: (u16, u16), verdict: &mut Verdict| {
        if !value.is_finite() {
            is_finite = false;
            verdict.find(Check::Finite, value, f64::MAX, f64::NEG_INFINITY, place);
        }
    };
    let steps = proposal.targets.iter().zip(&proposal.gripper).enumerate();
    for (step, (targets, &gripper)) in steps.take(proposal.steps) {
        for (joint, &target) in targets.iter().enumerate().take(proposal.dof) {
            look(target, (index(step), index(joint)), verdict);
        }
        look(gripper, (index(step), WHOLE), verdict);
        verdict.hold(Check::Gripper, gripper, (0.0, 1.0), (index(step), WHOLE));
    }
    is_finite
}

fn positions(chunk: &Proposal, joint: usize, limits: &JointLimits, verdict: &mut Verdict) {
    let range = (limits.position_min_rad, limits.position_max_rad);
    for (step, target) in chunk.joint_targets(joint).enumerate() {
        verdict.hold(Check::Position, target, range, (index(step), index(joint)));
    }
}

fn splice(chunk: &Proposal, context: &Admission<'_>, start: Start, verdict: &mut Verdict) {
    let period_s = chunk.period_ns as f64 * 1e-9;
    let into_step_s = (start.elapsed_ns as f64 * 1e-9 - start.step as f64 * period_s).max(0.0);
    for (joint, (limits, &now)) in context
        .profile
        .joints
        .iter()
        .zip(context.position_rad)
        .enumerate()
        .take(chunk.dof)
    {
        let mut targets = chunk.joint_targets(joint);
        let jump = if start.step == 0 {
            let reachable = limits.velocity_max_rad_s * (period_s - into_step_s);
            targets.next().map(|target| ((target - now).abs() - reachable).max(0.0))
        } else {
            let mut targets = targets.skip(start.step - 1);
            let ends = targets.next().zip(targets.next());
            ends.map(|(before, after)| (before + (after - before) * (into_step_s / period_s) - now).abs())
        };
        let place = (index(start.step), index(joint));
        let limit = context.profile.splice_jump_max_rad;
        // Without a target there is nothing to splice: what is missing is a finding already.
        if let Some(jump) = jump {
            verdict.hold(Check::Splice, jump, (0.0, limit), place);
        }
    }
}
