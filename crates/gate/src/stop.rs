//! The stop of one joint: three phases of constant jerk, each a whole number of ticks, that end exactly at rest.
//!
//! A state of a joint is *viable* when such a stop exists inside every limit. The gate emits only viable states and keeps the
//! stop that proved it, so that a verified stop is always ready. Because the phases last whole ticks and every number is in
//! closed form, what is verified is exactly what will be played, at any tick rate.

use spinal_arm::{Four, Real};

use crate::gentleness::Shares;
use crate::sample::of_lane;

/// Limits of one joint, or of four in lanes, tightened by a hair so that rounding cannot carry the robot over the profile's own numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds<T = f64> {
    pub low_rad: T,
    pub high_rad: T,
    pub velocity: T,
    pub acceleration: T,
    /// What a state may have; a gentle stop pushes with less.
    pub acceleration_max: T,
    pub jerk: T,
    /// 1 over the acceleration that one tick can change; divisions are what a tick spends most of its time on.
    pub per_step: T,
    pub dt_s: f64,
    pub per_dt: f64,
}

impl Bounds {
    /// The bounds of a joint with these limits, all positive, at ticks of `dt_s`.
    pub fn new((low_rad, high_rad): (f64, f64), velocity: f64, acceleration: f64, jerk: f64, dt_s: f64) -> Self {
        let (per_step, per_dt) = (1.0 / (jerk * dt_s), 1.0 / dt_s);
        Self {
            low_rad,
            high_rad,
            velocity,
            acceleration,
            acceleration_max: acceleration,
            jerk,
            per_step,
            dt_s,
            per_dt,
        }
    }
}

impl Bounds<Four> {
    /// The bounds of four joints, which have the same ticks.
    pub fn of(joints: &[Bounds; 4]) -> Self {
        let lanes = |of: fn(&Bounds) -> f64| Four::from(joints.each_ref().map(of));
        let [Bounds { dt_s, per_dt, .. }, ..] = *joints;
        Self {
            low_rad: lanes(|bounds| bounds.low_rad),
            high_rad: lanes(|bounds| bounds.high_rad),
            velocity: lanes(|bounds| bounds.velocity),
            acceleration: lanes(|bounds| bounds.acceleration),
            acceleration_max: lanes(|bounds| bounds.acceleration_max),
            jerk: lanes(|bounds| bounds.jerk),
            per_step: lanes(|bounds| bounds.per_step),
            dt_s,
            per_dt,
        }
    }

    /// The bounds of gentler motions: with these shares of acceleration and jerk.
    pub fn gentler(&self, shares: Shares) -> Self {
        let of = Four::splat;
        let (acceleration, jerk) = (self.acceleration * of(shares.acceleration), self.jerk * of(shares.jerk));
        Self {
            acceleration,
            jerk,
            per_step: of(1.0) / (jerk * of(self.dt_s)),
            ..*self
        }
    }
}

/// Dividing takes longer.
pub(crate) const SIXTH: f64 = 1.0 / 6.0;

/// Position, velocity and acceleration of one joint; with [`Four`], of four joints, or of one at four instants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct State<T = f64> {
    pub position: T,
    pub velocity: T,
    pub acceleration: T,
}

/// Speeds (rad/s) and accelerations (rad/s²) far below every limit's rounding are made zero: it keeps a joint that settles from ending in
/// denormal numbers, which are slow.
const TINY: (f64, f64) = (1e-15, 1e-12);

impl State {
    /// The joint at rest.
    pub fn at(position: f64) -> Self {
        Self {
            position,
            velocity: 0.0,
            acceleration: 0.0,
        }
    }

    /// At rest exactly.
    pub fn is_at_rest(&self) -> bool {
        self.velocity == 0.0 && self.acceleration == 0.0
    }

    /// One tick later, at constant jerk, when the acceleration then is `acceleration`.
    pub fn after_tick(&self, acceleration: f64, dt: f64) -> Self {
        let flush = |x: f64, tiny: f64| if x.abs() < tiny { 0.0 } else { x };
        Self {
            position: self.position + dt * (self.velocity + SIXTH * dt * (2.0 * self.acceleration + acceleration)),
            velocity: flush(self.velocity + 0.5 * dt * (self.acceleration + acceleration), TINY.0),
            acceleration: flush(acceleration, TINY.1),
        }
    }
}

impl State<Four> {
    fn all(state: &State) -> Self {
        Self {
            position: Four::splat(state.position),
            velocity: Four::splat(state.velocity),
            acceleration: Four::splat(state.acceleration),
        }
    }

    /// The state of one lane.
    pub fn lane(&self, lane: usize) -> State {
        State {
            position: of_lane(self.position, lane),
            velocity: of_lane(self.velocity, lane),
            acceleration: of_lane(self.acceleration, lane),
        }
    }

    /// Which are at rest exactly.
    pub fn is_at_rest(&self) -> Four {
        let zero = Four::splat(0.0);
        self.velocity.simd_eq(zero) & self.acceleration.simd_eq(zero)
    }

    /// [`State::after_tick`] of each.
    pub fn after_tick(&self, acceleration: Four, dt_s: f64) -> Self {
        let of = Four::splat;
        let flush = |x: Four, tiny: f64| x.abs().simd_lt(of(tiny)).select(of(0.0), x);
        let slope = self.velocity + of(SIXTH * dt_s) * (of(2.0) * self.acceleration + acceleration);
        let velocity = self.velocity + of(0.5 * dt_s) * (self.acceleration + acceleration);
        Self {
            position: self.position + of(dt_s) * slope,
            velocity: flush(velocity, TINY.0),
            acceleration: flush(acceleration, TINY.1),
        }
    }
}

/// A verified stop: `ramp` ticks towards `level`, `hold` ticks at it, `release` ticks back to zero acceleration, then rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Stop {
    pub ramp: u32,
    pub hold: u32,
    pub release: u32,
    pub level: f64,
    pub ramp_step: f64,
    pub release_step: f64,
    pub end_position: f64,
}

impl Stop {
    /// The stop of a joint that already rests.
    pub fn at_rest(position: f64) -> Self {
        Self {
            end_position: position,
            ..Self::default()
        }
    }

    /// Where it ends, rad.
    pub fn end_position(&self) -> f64 {
        self.end_position
    }

    /// How many ticks are left of it.
    pub fn ticks(&self) -> u32 {
        self.ramp.saturating_add(self.hold).saturating_add(self.release)
    }

    /// The ticks at which torque or speed may be greatest: where a phase ends, and where the acceleration passes zero in the ramp.
    pub fn borders(&self, state: &State) -> [u32; 4] {
        // Where the acceleration does not change its sign in the ramp, the cast gives 0 or more than the ramp.
        let turn = (-state.acceleration / self.ramp_step) as u32;
        let held = self.ramp.saturating_add(self.hold);
        [if turn < self.ramp { turn } else { 0 }, self.ramp, held, self.ticks()]
    }

    /// The highest speed along the stop from `state`, where it begins, rad/s.
    pub fn speed_max_rad_s(&self, state: &State, dt_s: f64) -> f64 {
        // Only the ramp can make it faster: where the acceleration passes zero, or at its end; what follows it slows down to rest.
        let turn_s = (-state.acceleration / self.ramp_step).clamp(0.0, f64::from(self.ramp)) * dt_s;
        let peak = state.velocity + 0.5 * state.acceleration * turn_s;
        let ramped = state.velocity + 0.5 * (state.acceleration + self.level) * f64::from(self.ramp) * dt_s;
        state.velocity.abs().max(peak.abs()).max(ramped.abs())
    }

    /// The states at four numbers of `ticks` along the stop from `state`, where it begins.
    pub fn states_at(&self, state: &State, ticks: Four, dt_s: f64) -> State<Four> {
        let of = Four::splat;
        let (zero, dt, per_dt) = (of(0.0), of(dt_s), 1.0 / dt_s);
        let (ramp, hold, release) = (f64::from(self.ramp), f64::from(self.hold), f64::from(self.release));
        let spend = |from: State<Four>, count: Four, step: f64| {
            let (t, jerk) = (count * dt, step * per_dt);
            let (half, sixth) = (t * of(0.5), t * of(jerk * SIXTH));
            let slope = t.times_plus(of(0.5).times_plus(from.acceleration, sixth), from.velocity);
            State {
                position: t.times_plus(slope, from.position),
                velocity: t.times_plus(half.times_plus(of(jerk), from.acceleration), from.velocity),
                acceleration: count.times_plus(of(step), from.acceleration),
            }
        };
        let left = ticks - of(ramp);
        let ramped = spend(State::all(state), ticks.fast_min(of(ramp)), self.ramp_step);
        // A stop that is being played may be past its level already.
        let after_ramp = if self.ramp > 0 { self.level } else { state.acceleration };
        let level = left.simd_gt(zero).select(of(after_ramp), ramped.acceleration);
        let t = left.fast_max(zero).fast_min(of(hold)) * dt;
        let coasted = State {
            position: t.times_plus((t * of(0.5)).times_plus(level, ramped.velocity), ramped.position),
            velocity: t.times_plus(level, ramped.velocity),
            acceleration: level,
        };
        let left = left - of(hold);
        let released = spend(coasted, left.fast_max(zero).fast_min(of(release)), self.release_step);
        let is_over = left.simd_ge(of(release));
        State {
            position: is_over.select(of(self.end_position), released.position),
            velocity: is_over.select(zero, released.velocity),
            acceleration: is_over.select(zero, released.acceleration),
        }
    }

    /// Where and in what state the joint is one tick on.
    pub fn advance(&mut self, state: &State, dt: f64) -> State {
        if self.ramp > 0 {
            self.ramp -= 1;
            let last = self.ramp == 0;
            state.after_tick(
                if last {
                    self.level
                } else {
                    state.acceleration + self.ramp_step
                },
                dt,
            )
        } else if self.hold > 0 {
            self.hold -= 1;
            state.after_tick(self.level, dt)
        } else if self.release > 0 {
            self.release -= 1;
            let last = self.release == 0;
            let next = state.after_tick(
                if last {
                    0.0
                } else {
                    state.acceleration + self.release_step
                },
                dt,
            );
            // The plan ends at rest; what is left of the velocity here is rounding.
            if last { State::at(next.position) } else { next }
        } else {
            State::at(state.position)
        }
    }
}

#[cfg(test)]
mod tests;
