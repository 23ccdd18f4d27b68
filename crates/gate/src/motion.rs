//! Motion of four joints towards their wishes: as quick as the limits allow, without overshoot, gentle when close.
//!
//! Nothing here is trusted: whatever it proposes, the gate lets pass only what has a verified stop.

use spinal_arm::Four;

use crate::stop::{Bounds, SIXTH, State};
use crate::{DOF_MAX, Wish};

/// Where four joints should be at the next tick, and how they should be moving there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Aim {
    pub position: Four,
    pub velocity: Four,
    pub acceleration: Four,
    /// The motion does not swing out of this range, whatever the aim does.
    pub range: (Four, Four),
}

impl Aim {
    /// What is wished of the joints, four at a time.
    pub fn fours(wish: &Wish) -> impl Iterator<Item = Self> {
        let states = fours(&wish.position_rad)
            .zip(fours(&wish.velocity_rad_s))
            .zip(fours(&wish.acceleration_rad_s2));
        let ranges = fours(&wish.low_rad).zip(fours(&wish.high_rad));
        states
            .zip(ranges)
            .map(|(((position, velocity), acceleration), range)| Self {
                position,
                velocity,
                acceleration,
                range,
            })
    }
}

/// How far the predicted stop may miss the aim before the quickest motion takes over from the gentle one, rad. Chosen by hand.
const MISS_RAD: f64 = 1.5e-4;
/// Relative speed of a quick arrival, rad/s. Chosen by hand.
const ARRIVING_RAD_S: f64 = 0.05;
/// The stop is placed to this, rad.
const PLACED_RAD: f64 = 1e-6;
/// Share of acceleration and jerk that the motion uses itself; the rest lets the gate's stop be a little quicker.
const SHARE: f64 = 0.98;
/// Most points that are tried until it is.
const TRIES_MAX: usize = 8;

/// The accelerations for the next tick.
///
/// Two laws: a linear one (three equal poles at `follow_rad_s`) and the quickest one, which pushes as hard as it can as long as
/// a jerk-limited stop (relative to the moving aim) still ends at the aim. The linear one holds while its predicted stop ends
/// within `MISS_RAD` of the aim; outside, the acceleration is placed on the edge of that tube. The predicted stop is monotone in
/// the acceleration, so that the edge is found by bisection.
pub(crate) fn towards(state: &State<Four>, aim: &Aim, bounds: &Bounds<Four>, follow_rad_s: f64) -> Four {
    let of = Four::splat;
    let (dt_s, dt, zero) = (bounds.dt_s, of(bounds.dt_s), of(0.0));
    let limit = bounds.acceleration * of(SHARE);
    let jerk = bounds.jerk * of(SHARE);
    let per_jerk = bounds.per_step * of(dt_s / SHARE);
    let velocity_max = bounds.velocity * of(0.9995);
    let within = |x: Four, most: Four| x.fast_max(-most).fast_min(most);
    let inwards = of(2.0 * MISS_RAD).fast_min(of(0.5) * (bounds.high_rad - bounds.low_rad));
    let inside = |x: Four| x.fast_max(bounds.low_rad + inwards).fast_min(bounds.high_rad - inwards);
    let range = (inside(aim.range.0) - of(MISS_RAD), inside(aim.range.1) + of(MISS_RAD));
    let aim_position = inside(aim.position);
    let reachable = aim_position.simd_eq(aim.position);
    let aim_velocity = reachable & within(aim.velocity, velocity_max);
    let aim_acceleration = reachable & within(aim.acceleration, of(0.6) * limit);

    let start = state.velocity + of(0.5) * state.acceleration * dt;
    let lowest = (state.acceleration - jerk * dt).fast_max(-limit);
    let highest = (state.acceleration + jerk * dt).fast_min(limit);
    let low = (-largest(velocity_max + start, jerk, dt))
        .fast_max(lowest)
        .fast_min(highest);
    let high = largest(velocity_max - start, jerk, dt)
        .fast_min(highest)
        .fast_max(lowest);

    let room = limit - aim_acceleration.abs();
    let miss = |acceleration: Four| {
        let next = state.after_tick(acceleration, dt_s);
        let (velocity, acceleration) = (next.velocity - aim_velocity, next.acceleration - aim_acceleration);
        next.position - aim_position + stop_distance(velocity, acceleration, room, jerk, per_jerk)
    };
    let coasted = state.after_tick(state.acceleration, dt_s);
    let k = of(follow_rad_s);
    let linear_jerk = -k
        * (k * (k * (coasted.position - aim_position) + of(3.0) * (coasted.velocity - aim_velocity))
            + of(3.0) * (state.acceleration - aim_acceleration));
    let linear = (state.acceleration + linear_jerk * dt).fast_max(low).fast_min(high);
    // Arriving quickly, the stop is rather placed short of the aim.
    let arriving = within((state.velocity - aim_velocity) * of(1.0 / ARRIVING_RAD_S), of(1.0));
    let tube = (
        of(-MISS_RAD) * (of(1.0) + arriving),
        of(MISS_RAD) * (of(1.0) - arriving),
    );
    let all = zero.simd_eq(zero);
    let wanted = place(linear, (low, high), tube, (all, all), miss);
    let end = |acceleration: Four| {
        let next = state.after_tick(acceleration, dt_s);
        next.position + stop_distance(next.velocity, next.acceleration, limit, jerk, per_jerk)
    };
    let (down, up) = (state.velocity.simd_lt(zero), state.velocity.simd_gt(zero));
    place(wanted, (low, high), range, (down, up), end)
}

/// The largest acceleration from which the velocity, when the acceleration is then released in whole ticks, rises by no more than `room`:
/// a²/(2·jerk) + a·dt/2 from the end of this tick on.
fn largest(room: Four, jerk: Four, dt: Four) -> Four {
    let step = jerk * dt;
    let change = (step * step + Four::splat(2.0) * jerk * room.abs()).sqrt() - step;
    // Without room the velocity must come down: so hard that it lands on its limit when the acceleration is released in time.
    room.simd_ge(Four::splat(0.0)).select(change, -change)
}

/// The acceleration nearest to `wanted`, between two ends, at which a rising function is within its range; the nearer end when it is not so
/// between them. Only lanes of `mend` are mended where they are below and above. Illinois method.
fn place(
    wanted: Four,
    (lowest, highest): (Four, Four),
    (least, most): (Four, Four),
    (mend_below, mend_above): (Four, Four),
    f: impl Fn(Four) -> Four,
) -> Four {
    let zero = Four::splat(0.0);
    let found = f(wanted);
    let (below, above) = (mend_below & found.simd_lt(least), mend_above & found.simd_gt(most));
    let mut open = below | above;
    if !open.any() {
        return wanted;
    }
    let edge = below.select(least, most);
    let other = below.select(highest, lowest);
    let (at_wanted, at_other) = (found - edge, f(other) - edge);
    let (mut low, mut high) = (below.select(wanted, other), below.select(other, wanted));
    let (mut at_low, mut at_high) = (below.select(at_wanted, at_other), below.select(at_other, at_wanted));
    // Where it is not zero between the ends, the nearer one is all that there is.
    let (no_lower, no_higher) = (at_low.simd_ge(zero), at_high.simd_le(zero));
    let mut placed = open.select(no_lower.select(low, high), wanted);
    open &= !(no_lower | no_higher);
    for _ in 0..TRIES_MAX {
        if !open.any() {
            return placed;
        }
        let x = low + (high - low) * (at_low / (at_low - at_high));
        let at = f(x) - edge;
        let is_there = at.abs().simd_le(Four::splat(PLACED_RAD));
        let is_below = at.simd_lt(zero);
        low = is_below.select(x, low);
        high = is_below.select(high, x);
        let half = Four::splat(0.5);
        (at_low, at_high) = (is_below.select(at, half * at_low), is_below.select(half * at_high, at));
        placed = open.select(is_there.select(x, low), placed);
        open &= !is_there;
    }
    placed
}

/// How far joints travel in their quickest jerk-limited stops. Source: the three phases of a constant-jerk stop, integrated.
fn stop_distance(velocity: Four, acceleration: Four, limit: Four, jerk: Four, per_jerk: Four) -> Four {
    let of = Four::splat;
    let (half, zero) = (of(0.5), of(0.0));
    let released = velocity + half * acceleration * acceleration.abs() * per_jerk;
    let sign = released.simd_ge(zero).select(of(1.0), of(-1.0));
    let (v, a) = (sign * velocity, sign * acceleration);
    let ideal = (jerk * v + half * a * a).fast_max(zero).sqrt();
    let push = ideal.fast_min(limit);
    let ramp = (a + push) * per_jerk;
    let release = push * per_jerk;
    let along_ramp = ramp * (v + ramp * (half * a - of(SIXTH) * jerk * ramp));
    let distance = along_ramp + of(SIXTH) * push * release * release;
    let holds = ideal.simd_gt(limit);
    if !holds.any() {
        return sign * distance;
    }
    let ramped = v + ramp * (a - half * jerk * ramp);
    let hold = (ramped / push - half * release).fast_max(zero);
    sign * (distance + (holds & (hold * (ramped - half * push * hold))))
}

/// Four of these numbers at a time.
fn fours(values: &[f64; DOF_MAX]) -> impl Iterator<Item = Four> {
    values.as_chunks().0.iter().map(|&four| Four::from(four))
}
