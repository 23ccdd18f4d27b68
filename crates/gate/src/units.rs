//! Whether numbers can be of the unit that they are said to be of: degrees for radians, seconds for nanoseconds.
//! Millimetres for metres are found where tool positions are resolved.

use crate::verdict::{WHOLE, index};
use crate::{Admission, Check, Proposal, Verdict};

/// A step this many times further than a joint can go in its time is no fast motion. Chosen by hand: a degree is a 57th of a radian.
const FAR: f64 = 10.0;
/// How near to now an instant must be, once taken for seconds, milliseconds or microseconds, to be called one: 1 h.
const NEAR_NS: i64 = 3_600_000_000_000;

/// One finding when the joint positions of a chunk cannot be radians: every target of a step is outside its joint's range, or one is further outside
/// than the range is wide, or it would have to move [`FAR`] times faster than it can.
pub(crate) fn joints(chunk: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
    let mut worst: Option<(f64, f64, (u16, u16))> = None;
    let mut all_outside = chunk.steps > 0 && chunk.dof > 0;
    let mut before = context.observed.map_or(*context.position_rad, |at| at.position_rad);
    let travel_s = chunk.period_ns as f64 * 1e-9 * FAR;
    for (step, targets) in chunk.targets.iter().enumerate().take(chunk.steps) {
        let row = targets.iter().zip(&before).zip(&context.profile.joints).enumerate();
        for (joint, ((&target, &from), limits)) in row.take(chunk.dof) {
            let (low, high) = (limits.position_min_rad, limits.position_max_rad);
            all_outside &= target < low || target > high;
            let far = limits.velocity_max_rad_s * travel_s + context.profile.splice_jump_max_rad;
            let moved = (target - from).abs();
            let outside = (low - target).max(target - high);
            let found = [(moved, far), (outside, high - low)];
            for (value, limit) in found.into_iter().filter(|(value, limit)| value > limit) {
                if worst.is_none_or(|(other, its_limit, _)| value / limit > other / its_limit) {
                    worst = Some((value, limit, (index(step), index(joint))));
                }
            }
        }
        before = *targets;
    }
    let first = chunk.targets.first().and_then(|row| row.first()).copied();
    if worst.is_none() && all_outside {
        let range = context.profile.joints.first().map(|limits| limits.position_max_rad);
        worst = first.zip(range).map(|(value, limit)| (value, limit, (0, 0)));
    }
    if let Some((value, limit, place)) = worst {
        verdict.find(Check::Units, value, limit, -(value - limit).abs(), place);
    }
}

/// A finding for an instant that would be near now if it were in seconds, milliseconds or microseconds.
pub(crate) fn instants(proposal: &Proposal, now_ns: i64, verdict: &mut Verdict) {
    for instant in [proposal.observed_at_ns, proposal.made_at_ns, proposal.valid_until_ns] {
        let is_near = |scale: i64| {
            instant
                .checked_mul(scale)
                .is_some_and(|scaled| scaled.abs_diff(now_ns) <= NEAR_NS.unsigned_abs().min(now_ns.unsigned_abs() / 2))
        };
        if instant > 0 && [1_000, 1_000_000, 1_000_000_000].into_iter().any(is_near) {
            let (value, limit) = (instant as f64, now_ns as f64);
            verdict.find(Check::Units, value, limit, -(limit - value).abs(), (WHOLE, WHOLE));
            return;
        }
    }
}
