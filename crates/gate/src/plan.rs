//! The stops of four joints, planned at once: each lane is computed as if it were alone.

use spinal_arm::Four;

use crate::sample::of_lane;
use crate::stop::{Bounds, SIXTH, State, Stop};

/// Stops of four joints, one in each lane; or none, where [`Stops::exist`] is not set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stops {
    phases: Phases,
    level: Four,
    ramp_step: Four,
    release_step: Four,
    end_position: Four,
    exist: Four,
}

/// How much a computed phase may exceed a bound through rounding; the bounds are tightened by ten times as much.
const ROUNDING: f64 = 1.0 + 1e-9;
/// Longest phase, ticks.
const TICKS_MAX: f64 = 1e9;

impl Stops {
    /// The quickest stops of this form from these states, those that exist inside the bounds.
    pub fn plan(state: &State<Four>, bounds: &Bounds<Four>) -> Self {
        let of = Four::splat;
        let State {
            position,
            velocity,
            acceleration,
        } = *state;
        let inside = bounds.low_rad.simd_le(position)
            & position.simd_le(bounds.high_rad)
            & velocity.abs().simd_le(bounds.velocity)
            & acceleration.abs().simd_le(bounds.acceleration_max * of(ROUNDING));
        let moving = !state.is_at_rest();
        // Where the velocity ends when the acceleration is only released tells which way to push; mirror to push downwards.
        let released = velocity + of(0.5) * acceleration * acceleration.abs() * bounds.per_step * of(bounds.dt_s);
        let sign = released.simd_ge(of(0.0)).select(of(1.0), of(-1.0));
        let (phases, fit) = Phases::quickest(sign * velocity, sign * acceleration, bounds, inside & moving);
        let level = -(sign * phases.push);
        let with_release = phases.release.simd_gt(of(0.0));
        // A joint that rests has phases of no length: all of it is zero, but for where it is.
        let mut stops = Self {
            phases: phases.only(moving),
            level: moving & level,
            ramp_step: moving & ((level - acceleration) / phases.ramp),
            release_step: moving & with_release & -(level / phases.release),
            end_position: position,
            exist: inside & (fit | !moving),
        };
        stops.stay_inside(state, bounds);
        stops
    }

    /// Only those of them that may be.
    pub fn only(self, may_be: Four) -> Self {
        Self {
            exist: self.exist & may_be,
            ..self
        }
    }

    /// The stop of one lane, if there is one.
    pub fn lane(&self, lane: usize) -> Option<Stop> {
        let of = |four: Four| of_lane(four, lane);
        let is_there = self.exist.to_bitmask() & (1 << lane) != 0;
        is_there.then(|| Stop {
            ramp: of(self.phases.ramp) as u32,
            hold: of(self.phases.hold) as u32,
            release: of(self.phases.release) as u32,
            level: of(self.level),
            ramp_step: of(self.ramp_step),
            release_step: of(self.release_step),
            end_position: of(self.end_position),
        })
    }

    /// Finds where they end; those whose velocity or position leaves the bounds on the way do not exist.
    fn stay_inside(&mut self, state: &State<Four>, bounds: &Bounds<Four>) {
        let (of, dt) = (Four::splat, Four::splat(bounds.dt_s));
        let zero = of(0.0);
        let Phases {
            ramp, hold, release, ..
        } = self.phases;
        let (ramp_s, hold_s, release_s) = (ramp * dt, hold * dt, release * dt);
        let State {
            position,
            velocity,
            acceleration,
        } = *state;
        let jerk = self.ramp_step * of(bounds.per_dt);
        let position_at = |t: Four| position + t * (velocity + t * (of(0.5) * acceleration + t * (jerk * of(SIXTH))));
        let is_inside = |at: Four| bounds.low_rad.simd_le(at) & at.simd_le(bounds.high_rad);
        // The velocity peaks where the acceleration passes zero, which only the ramp can do.
        let turns_over = (acceleration * self.level).simd_lt(zero);
        let rise = acceleration * acceleration / (of(2.0) * jerk);
        let peak = velocity - (turns_over & rise);
        let ramped_velocity = velocity + of(0.5) * (acceleration + self.level) * ramp_s;
        self.exist &= peak.abs().simd_le(bounds.velocity) & ramped_velocity.abs().simd_le(bounds.velocity);
        // After the ramp the velocity only shrinks, so the position can turn back only within it: there, where velocity is zero.
        let turns_back = (velocity * ramped_velocity).simd_lt(zero);
        if turns_back.any() {
            let root = (acceleration * acceleration - of(2.0) * jerk * velocity)
                .fast_max(zero)
                .sqrt();
            for turn in [(-acceleration - root) / jerk, (-acceleration + root) / jerk] {
                let is_in_ramp = zero.simd_le(turn) & turn.simd_le(ramp_s);
                self.exist &= !(turns_back & is_in_ramp) | is_inside(position_at(turn));
            }
        }
        let held = position_at(ramp_s) + hold_s * (ramped_velocity + of(0.5) * self.level * hold_s);
        self.end_position = held - self.level * release_s * release_s * of(SIXTH);
        self.exist &= is_inside(self.end_position);
    }
}

/// Whole numbers of ticks, and the deceleration pushed up to.
#[derive(Clone, Copy, Debug)]
struct Phases {
    ramp: Four,
    hold: Four,
    release: Four,
    push: Four,
}

impl Phases {
    /// The shortest phases that end at rest, for joints whose released velocity is not negative, and for which of those that are asked for
    /// there are any. With n₁, n₂, n₃ ticks the push p follows from "the velocity ends at zero": p·(n₁ + 2n₂ + n₃) = 2v/dt + a·n₁.
    fn quickest(velocity: Four, acceleration: Four, bounds: &Bounds<Four>, asked: Four) -> (Self, Four) {
        let of = Four::splat;
        let one = of(1.0);
        let ideal = (bounds.jerk * velocity + of(0.5) * acceleration * acceleration)
            .fast_max(of(0.0))
            .sqrt()
            .fast_min(bounds.acceleration);
        let first = ceil((acceleration + ideal) * bounds.per_step).fast_max(one);
        // Near the end of a stop, whole ticks may not fit that; then the ramp goes straight to (nearly) no acceleration.
        let straight = ceil(acceleration.abs() * bounds.per_step).fast_max(one);
        let mut found = !asked;
        let mut quickest = Self {
            ramp: one,
            hold: of(0.0),
            release: one,
            push: of(0.0),
        };
        for ramp in [first, first + one, straight, straight + one] {
            let phases = Self::after(ramp, velocity, acceleration, bounds);
            let better = phases.fit(acceleration, bounds) & !found;
            quickest = Self {
                ramp: better.select(phases.ramp, quickest.ramp),
                hold: better.select(phases.hold, quickest.hold),
                release: better.select(phases.release, quickest.release),
                push: better.select(phases.push, quickest.push),
            };
            found |= better;
            if found.all() {
                break;
            }
        }
        (quickest, found & asked)
    }

    /// The phases after a ramp of so many ticks.
    fn after(ramp: Four, velocity: Four, acceleration: Four, bounds: &Bounds<Four>) -> Self {
        let of = Four::splat;
        let (zero, half) = (of(0.0), of(0.5));
        let impulse = of(2.0) * velocity * of(bounds.per_dt) + acceleration * ramp;
        let root = (ramp * ramp + of(4.0) * impulse.abs() * bounds.per_step).sqrt();
        let mut release = ceil(half * (root - ramp)).fast_max(of(1.0));
        let mut hold = zero;
        let mut push = impulse / (ramp + release);
        let too_much = push.simd_gt(bounds.acceleration);
        if too_much.any() {
            let longest = ceil(bounds.acceleration * bounds.per_step);
            release = too_much.select(longest, release);
            hold = too_much & ceil(half * (impulse / bounds.acceleration - ramp - release)).fast_max(zero);
            push = impulse / (ramp + of(2.0) * hold + release);
        }
        Self {
            ramp,
            hold,
            release,
            push,
        }
    }

    /// Which of them keep acceleration and jerk.
    fn fit(&self, acceleration: Four, bounds: &Bounds<Four>) -> Four {
        let of = Four::splat;
        let step = bounds.jerk * of(bounds.dt_s * ROUNDING);
        self.push.abs().simd_le(bounds.acceleration * of(ROUNDING))
            & (self.push + acceleration).abs().simd_le(step * self.ramp)
            & self.push.abs().simd_le(step * self.release)
            & (self.ramp + self.hold + self.release).simd_le(of(TICKS_MAX))
    }

    /// Of no length where not `moving`.
    fn only(&self, moving: Four) -> Self {
        Self {
            ramp: moving & self.ramp,
            hold: moving & self.hold,
            release: moving & self.release,
            push: moving & self.push,
        }
    }
}

/// Up to a whole number, unless it is one already but for rounding.
fn ceil(x: Four) -> Four {
    (x - Four::splat(1e-9)).ceil()
}
