//! Motion of one joint towards its wish: as quick as the limits allow, without overshoot, gentle when close.
//!
//! Nothing here is trusted: whatever it proposes, the gate lets pass only what has a verified stop.

use crate::stop::{Bounds, SIXTH, State};

/// Where a joint should be at the next tick, and how it should be moving there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Aim {
    pub position: f64,
    pub velocity: f64,
    pub acceleration: f64,
    /// The motion does not swing out of this range, whatever the aim does.
    pub range: (f64, f64),
}

/// How far the predicted stop may miss the aim before the quickest motion takes over from the gentle one, rad. Chosen by hand.
const MISS_RAD: f64 = 1.5e-4;
/// Relative speed of a quick arrival, rad/s. Chosen by hand.
const ARRIVING_RAD_S: f64 = 0.05;
/// The stop is placed to this, rad.
const PLACED_RAD: f64 = 1e-6;
/// Share of acceleration and jerk that the motion uses itself; the rest lets the gate's stop be a little quicker.
const SHARE: f64 = 0.98;

/// The acceleration for the next tick.
///
/// Two laws: a linear one (three equal poles at `follow_rad_s`) and the quickest one, which pushes as hard as it can as long as
/// a jerk-limited stop (relative to the moving aim) still ends at the aim. The linear one holds while its predicted stop ends
/// within `MISS_RAD` of the aim; outside, the acceleration is placed on the edge of that tube. The predicted stop is monotone in
/// the acceleration, so that the edge is found by bisection.
pub(crate) fn towards(state: &State, aim: &Aim, bounds: &Bounds, follow_rad_s: f64) -> f64 {
    let dt = bounds.dt_s;
    let limit = bounds.acceleration * SHARE;
    let jerk = bounds.jerk * SHARE;
    let per_jerk = 1.0 / jerk;
    let velocity_max = bounds.velocity * 0.9995;
    let inwards = (2.0 * MISS_RAD).min(0.5 * (bounds.high_rad - bounds.low_rad));
    let inside = |x: f64| x.max(bounds.low_rad + inwards).min(bounds.high_rad - inwards);
    let range = (inside(aim.range.0) - MISS_RAD, inside(aim.range.1) + MISS_RAD);
    let aim_position = inside(aim.position);
    let reachable = aim_position == aim.position;
    let aim_velocity = if reachable {
        aim.velocity.max(-velocity_max).min(velocity_max)
    } else {
        0.0
    };
    let aim_acceleration = if reachable {
        aim.acceleration.max(-0.6 * limit).min(0.6 * limit)
    } else {
        0.0
    };

    let start = state.velocity + 0.5 * state.acceleration * dt;
    let lowest = (state.acceleration - jerk * dt).max(-limit);
    let highest = (state.acceleration + jerk * dt).min(limit);
    let low = (-largest(velocity_max + start, jerk, dt)).max(lowest).min(highest);
    let high = largest(velocity_max - start, jerk, dt).min(highest).max(lowest);

    let miss = |acceleration: f64| {
        let next = state.after_tick(acceleration, dt);
        let room = limit - aim_acceleration.abs();
        next.position - aim_position
            + stop_distance(
                next.velocity - aim_velocity,
                next.acceleration - aim_acceleration,
                room,
                jerk,
                per_jerk,
            )
    };
    let coasted = state.after_tick(state.acceleration, dt);
    let k = follow_rad_s;
    let linear_jerk = -k
        * (k * (k * (coasted.position - aim_position) + 3.0 * (coasted.velocity - aim_velocity))
            + 3.0 * (state.acceleration - aim_acceleration));
    let linear = (state.acceleration + linear_jerk * dt).max(low).min(high);
    // Arriving quickly, the stop is rather placed short of the aim.
    let arriving = ((state.velocity - aim_velocity) / ARRIVING_RAD_S).clamp(-1.0, 1.0);
    let (short, far) = (-MISS_RAD * (1.0 + arriving), MISS_RAD * (1.0 - arriving));
    let missed = miss(linear);
    let wanted = if missed > far {
        place(low, linear, miss(low) - far, missed - far, |x| miss(x) - far)
    } else if missed < short {
        place(linear, high, missed - short, miss(high) - short, |x| miss(x) - short)
    } else {
        linear
    };
    let end = |acceleration: f64| {
        let next = state.after_tick(acceleration, dt);
        next.position + stop_distance(next.velocity, next.acceleration, limit, jerk, per_jerk)
    };
    let ends_at = end(wanted);
    if ends_at > range.1 && state.velocity > 0.0 {
        place(low, wanted, end(low) - range.1, ends_at - range.1, |x| end(x) - range.1)
    } else if ends_at < range.0 && state.velocity < 0.0 {
        place(wanted, high, ends_at - range.0, end(high) - range.0, |x| {
            end(x) - range.0
        })
    } else {
        wanted
    }
}

/// The largest acceleration from which the velocity, when the acceleration is then released in whole ticks, rises by no more than `room`:
/// a²/(2·jerk) + a·dt/2 from the end of this tick on.
fn largest(room: f64, jerk: f64, dt: f64) -> f64 {
    let step = jerk * dt;
    let change = (step * step + 2.0 * jerk * room.abs()).sqrt() - step;
    // Without room the velocity must come down: so hard that it lands on its limit when the acceleration is released in time.
    if room >= 0.0 { change } else { -change }
}

/// Where a rising function is zero between two ends; the nearer end when it is not zero between them. Illinois method.
fn place(mut low: f64, mut high: f64, mut at_low: f64, mut at_high: f64, f: impl Fn(f64) -> f64) -> f64 {
    if at_low >= 0.0 {
        return low;
    }
    if at_high <= 0.0 {
        return high;
    }
    for _ in 0..8 {
        let x = low + (high - low) * (at_low / (at_low - at_high));
        let at = f(x);
        if at.abs() <= PLACED_RAD {
            return x;
        }
        if at < 0.0 {
            (low, at_low) = (x, at);
            at_high *= 0.5;
        } else {
            (high, at_high) = (x, at);
            at_low *= 0.5;
        }
    }
    low
}

/// How far a joint travels in its quickest jerk-limited stop. Source: the three phases of a constant-jerk stop, integrated.
fn stop_distance(velocity: f64, acceleration: f64, limit: f64, jerk: f64, per_jerk: f64) -> f64 {
    let released = velocity + 0.5 * acceleration * acceleration.abs() * per_jerk;
    let sign = if released >= 0.0 { 1.0 } else { -1.0 };
    let (v, a) = (sign * velocity, sign * acceleration);
    let ideal = (jerk * v + 0.5 * a * a).max(0.0).sqrt();
    let push = ideal.min(limit);
    let ramp = (a + push) * per_jerk;
    let ramped = v + ramp * (a - 0.5 * jerk * ramp);
    let release = push * per_jerk;
    let mut distance = ramp * (v + ramp * (0.5 * a - SIXTH * jerk * ramp)) + SIXTH * push * release * release;
    if ideal > limit {
        let hold = (ramped / push - 0.5 * release).max(0.0);
        distance += hold * (ramped - 0.5 * push * hold);
    }
    sign * distance
}
