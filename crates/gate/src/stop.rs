//! The stop of one joint: three phases of constant jerk, each a whole number of ticks, that end exactly at rest.
//!
//! A state of a joint is *viable* when such a stop exists inside every limit. The gate emits only viable states and keeps the
//! stop that proved it, so that a verified stop is always ready. Because the phases last whole ticks and every number is in
//! closed form, what is verified is exactly what will be played, at any tick rate.

use spinal_arm::{Four, Real};

use crate::gentleness::Shares;

/// Limits of one joint, tightened by a hair so that rounding cannot carry the robot over the profile's own numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub low_rad: f64,
    pub high_rad: f64,
    pub velocity: f64,
    pub acceleration: f64,
    /// What a state may have; a gentle stop pushes with less.
    pub acceleration_max: f64,
    pub jerk: f64,
    pub dt_s: f64,
    /// 1 over the acceleration that one tick can change; divisions are what a tick spends most of its time on.
    pub per_step: f64,
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
            dt_s,
            per_step,
            per_dt,
        }
    }

    /// The bounds of a gentler motion: with these shares of acceleration and jerk.
    pub fn gentler(&self, shares: Shares) -> Self {
        let (acceleration, jerk) = (self.acceleration * shares.acceleration, self.jerk * shares.jerk);
        Self {
            acceleration,
            jerk,
            per_step: 1.0 / (jerk * self.dt_s),
            ..*self
        }
    }
}

/// Dividing takes longer.
pub(crate) const SIXTH: f64 = 1.0 / 6.0;

/// Position, velocity and acceleration of one joint.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct State {
    pub position: f64,
    pub velocity: f64,
    pub acceleration: f64,
}

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
        // Far below every limit's rounding: keeps a joint that settles from ending in denormal numbers, which are slow.
        let flush = |x: f64, tiny: f64| if x.abs() < tiny { 0.0 } else { x };
        Self {
            position: self.position + dt * (self.velocity + SIXTH * dt * (2.0 * self.acceleration + acceleration)),
            velocity: flush(self.velocity + 0.5 * dt * (self.acceleration + acceleration), 1e-15),
            acceleration: flush(acceleration, 1e-12),
        }
    }
}

/// The states of one joint at four instants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States {
    pub position: Four,
    pub velocity: Four,
    pub acceleration: Four,
}

impl States {
    fn all(state: &State) -> Self {
        Self {
            position: Four::splat(state.position),
            velocity: Four::splat(state.velocity),
            acceleration: Four::splat(state.acceleration),
        }
    }
}

/// A verified stop: `ramp` ticks towards `level`, `hold` ticks at it, `release` ticks back to zero acceleration, then rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Stop {
    ramp: u32,
    hold: u32,
    release: u32,
    level: f64,
    ramp_step: f64,
    release_step: f64,
    end_position: f64,
}

/// How much a computed phase may exceed a bound through rounding; the bounds are tightened by ten times as much.
const ROUNDING: f64 = 1.0 + 1e-9;
/// Longest phase, ticks.
const TICKS_MAX: f64 = 1e9;

impl Stop {
    /// The stop of a joint that already rests.
    pub fn at_rest(position: f64) -> Self {
        Self {
            end_position: position,
            ..Self::default()
        }
    }

    /// The quickest stop of this form from `state`, if one exists inside the bounds.
    pub fn plan(state: &State, bounds: &Bounds) -> Option<Self> {
        let State {
            position,
            velocity,
            acceleration,
        } = *state;
        let inside = bounds.low_rad <= position
            && position <= bounds.high_rad
            && velocity.abs() <= bounds.velocity
            && acceleration.abs() <= bounds.acceleration_max * ROUNDING;
        if !inside {
            return None;
        }
        if state.is_at_rest() {
            return Some(Self::at_rest(position));
        }
        // Where the velocity ends when the acceleration is only released tells which way to push; mirror to push downwards.
        let released = velocity + 0.5 * acceleration * acceleration.abs() * bounds.per_step * bounds.dt_s;
        let sign = if released >= 0.0 { 1.0 } else { -1.0 };
        let phases = Phases::quickest(sign * velocity, sign * acceleration, bounds)?;
        let stop = Self {
            ramp: phases.ramp as u32,
            hold: phases.hold as u32,
            release: phases.release as u32,
            level: -sign * phases.push,
            ramp_step: (-sign * phases.push - acceleration) / phases.ramp,
            release_step: if phases.release > 0.0 {
                sign * phases.push / phases.release
            } else {
                0.0
            },
            end_position: position,
        };
        stop.inside(state, bounds)
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

    /// The states at four numbers of `ticks` along the stop from `state`, where it begins.
    pub fn states_at(&self, state: &State, ticks: Four, dt_s: f64) -> States {
        let of = Four::splat;
        let (zero, dt, per_dt) = (of(0.0), of(dt_s), 1.0 / dt_s);
        let (ramp, hold, release) = (f64::from(self.ramp), f64::from(self.hold), f64::from(self.release));
        let spend = |from: States, count: Four, step: f64| {
            let (t, jerk) = (count * dt, step * per_dt);
            let (half, sixth) = (t * of(0.5), t * of(jerk * SIXTH));
            let slope = t.times_plus(of(0.5).times_plus(from.acceleration, sixth), from.velocity);
            States {
                position: t.times_plus(slope, from.position),
                velocity: t.times_plus(half.times_plus(of(jerk), from.acceleration), from.velocity),
                acceleration: count.times_plus(of(step), from.acceleration),
            }
        };
        let left = ticks - of(ramp);
        let ramped = spend(States::all(state), ticks.fast_min(of(ramp)), self.ramp_step);
        let level = left.simd_gt(zero).select(of(self.level), ramped.acceleration);
        let t = left.fast_max(zero).fast_min(of(hold)) * dt;
        let coasted = States {
            position: t.times_plus((t * of(0.5)).times_plus(level, ramped.velocity), ramped.position),
            velocity: t.times_plus(level, ramped.velocity),
            acceleration: level,
        };
        let left = left - of(hold);
        let released = spend(coasted, left.fast_max(zero).fast_min(of(release)), self.release_step);
        let is_over = left.simd_ge(of(release));
        States {
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

    /// The stop with its end, if velocity and position stay inside the bounds all along it.
    fn inside(mut self, state: &State, bounds: &Bounds) -> Option<Self> {
        let dt = bounds.dt_s;
        let (ramp_s, hold_s, release_s) = (
            f64::from(self.ramp) * dt,
            f64::from(self.hold) * dt,
            f64::from(self.release) * dt,
        );
        let State {
            position,
            velocity,
            acceleration,
        } = *state;
        let jerk = self.ramp_step * bounds.per_dt;
        let position_at = |t: f64| position + t * (velocity + t * (0.5 * acceleration + t * jerk * SIXTH));
        let is_inside = |t: f64| {
            let at = position_at(t);
            bounds.low_rad <= at && at <= bounds.high_rad
        };
        // The velocity peaks where the acceleration passes zero, which only the ramp can do.
        let peak = velocity
            - if acceleration * self.level < 0.0 {
                acceleration * acceleration / (2.0 * jerk)
            } else {
                0.0
            };
        let ramped_velocity = velocity + 0.5 * (acceleration + self.level) * ramp_s;
        let fast = !(peak.abs() <= bounds.velocity && ramped_velocity.abs() <= bounds.velocity);
        if fast {
            return None;
        }
        // After the ramp the velocity only shrinks, so the position can turn back only within it: there, where velocity is zero.
        if velocity * ramped_velocity < 0.0 {
            let root = (acceleration * acceleration - 2.0 * jerk * velocity).max(0.0).sqrt();
            for turn in [(-acceleration - root) / jerk, (-acceleration + root) / jerk] {
                if 0.0 <= turn && turn <= ramp_s && !is_inside(turn) {
                    return None;
                }
            }
        }
        let held = position_at(ramp_s) + hold_s * (ramped_velocity + 0.5 * self.level * hold_s);
        self.end_position = held - self.level * release_s * release_s * SIXTH;
        (bounds.low_rad <= self.end_position && self.end_position <= bounds.high_rad).then_some(self)
    }
}

/// Whole numbers of ticks, and the deceleration pushed up to.
struct Phases {
    ramp: f64,
    hold: f64,
    release: f64,
    push: f64,
}

impl Phases {
    /// The shortest phases that end at rest, for a joint whose released velocity is not negative.
    /// With n₁, n₂, n₃ ticks the push p follows from "the velocity ends at zero": p·(n₁ + 2n₂ + n₃) = 2v/dt + a·n₁.
    fn quickest(velocity: f64, acceleration: f64, bounds: &Bounds) -> Option<Self> {
        let step = bounds.jerk * bounds.dt_s;
        let ideal = (bounds.jerk * velocity + 0.5 * acceleration * acceleration)
            .max(0.0)
            .sqrt()
            .min(bounds.acceleration);
        let first = ceil((acceleration + ideal) * bounds.per_step).max(1.0);
        // Near the end of a stop, whole ticks may not fit that; then the ramp goes straight to (nearly) no acceleration.
        let straight = ceil(acceleration.abs() * bounds.per_step).max(1.0);
        for ramp in [first, first + 1.0, straight, straight + 1.0] {
            let impulse = 2.0 * velocity * bounds.per_dt + acceleration * ramp;
            let mut release =
                ceil(0.5 * ((ramp * ramp + 4.0 * impulse.abs() * bounds.per_step).sqrt() - ramp)).max(1.0);
            let mut hold = 0.0;
            let mut push = impulse / (ramp + release);
            if push > bounds.acceleration {
                release = ceil(bounds.acceleration * bounds.per_step);
                hold = ceil(0.5 * (impulse / bounds.acceleration - ramp - release)).max(0.0);
                push = impulse / (ramp + 2.0 * hold + release);
            }
            let fits = push.abs() <= bounds.acceleration * ROUNDING
                && (push + acceleration).abs() <= step * ramp * ROUNDING
                && push.abs() <= step * release * ROUNDING
                && ramp + hold + release <= TICKS_MAX;
            if fits {
                return Some(Self {
                    ramp,
                    hold,
                    release,
                    push,
                });
            }
        }
        None
    }
}

/// Up to a whole number, unless it is one already but for rounding.
fn ceil(x: f64) -> f64 {
    (x - 1e-9).ceil()
}

#[cfg(test)]
mod tests;
