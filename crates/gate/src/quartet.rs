//! Four joints of the gate, which are planned at once: what they should do, and whether they may.

use spinal_arm::Four;

use crate::JointLimits;
use crate::gentleness::Shares;
use crate::joint::{Joint, bounds_of};
use crate::motion::{self, Aim};
use crate::plan::Stops;
use crate::stop::{Bounds, State};

/// Bounds and motion of up to four joints, one in each lane. Where there are fewer, the other lanes rest.
#[derive(Clone, Debug)]
pub(crate) struct Quartet {
    quickest: Bounds<Four>,
    /// The same with the shares that motion and stop have now.
    bounds: Bounds<Four>,
    shares: Shares,
    /// Highest speed now: the profile's, or a share of it while that is tightened. Stops are planned with the profile's.
    speed: Four,
    state: State<Four>,
    /// The acceleration one tick along the stored stop.
    braked: Four,
    aim: Aim,
    /// The acceleration that the motion towards the wish takes.
    wanted: Four,
}

impl Quartet {
    /// Joints with these limits, at most four.
    pub fn new(limits: &[JointLimits], dt_s: f64) -> Self {
        let mut joints = [Bounds::new((-1.0, 1.0), 1.0, 1.0, 1.0, dt_s); 4];
        for (bounds, limits) in joints.iter_mut().zip(limits) {
            *bounds = bounds_of(limits, dt_s);
        }
        let quickest = Bounds::of(&joints);
        Self {
            speed: quickest.velocity,
            bounds: quickest,
            quickest,
            shares: Shares::ALL,
            state: State::default(),
            braked: Four::splat(0.0),
            aim: Aim::default(),
            wanted: Four::splat(0.0),
        }
    }

    /// The joints may go no faster than this share of their limits.
    pub fn tighten(&mut self, scale: f64) {
        self.speed = self.quickest.velocity * Four::splat(scale);
    }

    /// Takes what the joints should do at the next tick; where their stops take them is looked up.
    pub fn aim(&mut self, joints: &mut [Joint], aim: &Aim) {
        self.aim = *aim;
        joints.iter_mut().for_each(Joint::look_ahead);
        self.state = State {
            position: lanes(joints, |joint| joint.state.position),
            velocity: lanes(joints, |joint| joint.state.velocity),
            acceleration: lanes(joints, |joint| joint.state.acceleration),
        };
        self.braked = lanes(joints, |joint| joint.braked.0.acceleration);
    }

    /// Looks what the joints should do there with these shares of their acceleration and jerk, for motion and stop.
    pub fn want(&mut self, shares: Shares, follow_rad_s: f64) {
        if shares != self.shares {
            (self.shares, self.bounds) = (shares, self.quickest.gentler(shares));
        }
        let bounds = Bounds {
            velocity: self.speed,
            ..self.bounds
        };
        self.wanted = motion::towards(&self.state, &self.aim, &bounds, follow_rad_s);
    }

    /// Tries states between the wanted ones (`share` 1) and those along the stops (0). The first of the joints that has none and
    /// therefore goes along its stored stop, if there is one.
    pub fn attempt(&self, joints: &mut [Joint], share: f64) -> Option<usize> {
        let acceleration = if share < 1.0 {
            self.braked + Four::splat(share) * (self.wanted - self.braked)
        } else {
            self.wanted
        };
        let next = self.state.after_tick(acceleration, self.quickest.dt_s);
        let may_be = self.keeps_jerk(&next) & self.keeps_speed(&next) & self.stays_inside(&next);
        let stops = Stops::plan(&next, &self.bounds).only(may_be);
        let mut first = None;
        for (lane, joint) in joints.iter_mut().enumerate() {
            joint.tried = match stops.lane(lane) {
                Some(stop) => (next.lane(lane), stop),
                None => {
                    first = first.or(Some(lane));
                    joint.braked
                }
            };
        }
        first
    }

    /// Which of the next states keep the jerk of the profile.
    fn keeps_jerk(&self, next: &State<Four>) -> Four {
        let bounds = &self.quickest;
        let jerk = (next.acceleration - self.state.acceleration) * Four::splat(bounds.per_dt);
        jerk.abs().simd_le(bounds.jerk)
    }

    /// Which of the next states are reached without leaving the profile's range or speed on the way, where velocity or acceleration turn.
    fn stays_inside(&self, next: &State<Four>) -> Four {
        let (of, bounds, state) = (Four::splat, &self.quickest, &self.state);
        let (zero, dt) = (of(0.0), of(bounds.dt_s));
        let (before, after) = (state.acceleration, next.acceleration);
        let peaks = (before * after).simd_lt(zero);
        let turns = peaks | (state.velocity * next.velocity).simd_lt(zero);
        let peak = state.velocity + (peaks & (of(0.5) * dt * before * before / (before - after)));
        // A way of acceleration A in time T leaves its chord by at most A·T²/8.
        let bow = turns & (before.abs().fast_max(after.abs()) * dt * dt * of(0.125));
        let (low, high) = (
            state.position.fast_min(next.position),
            state.position.fast_max(next.position),
        );
        let is_inside = bounds.low_rad.simd_le(low - bow) & (high + bow).simd_le(bounds.high_rad);
        peak.abs().simd_le(bounds.velocity) & (is_inside | !turns)
    }

    /// Which of the next states keep the speed that is allowed now, or are well on their way down to it.
    fn keeps_speed(&self, next: &State<Four>) -> Four {
        let (of, bounds) = (Four::splat, &self.bounds);
        let (zero, half) = (of(0.0), of(0.5));
        let sign = next.velocity.simd_ge(zero).select(of(1.0), of(-1.0));
        let (before, after) = (sign * self.state.acceleration, sign * next.acceleration);
        let rise = after.fast_max(zero);
        // What is over, when the acceleration is only released from here on.
        let over = next.velocity.abs() + half * rise * rise * bounds.per_step * of(bounds.dt_s) - self.speed;
        let is_slow = over.simd_le(zero);
        if is_slow.all() {
            return is_slow;
        }
        // At least half as hard as a brake at the limits of acceleration and jerk, which lands on the speed exactly.
        let brake = (of(2.0) * bounds.jerk * over).sqrt().fast_min(bounds.acceleration);
        let harder = before - half * bounds.jerk * of(bounds.dt_s);
        is_slow | after.simd_le(harder) | after.simd_le(-half * brake)
    }
}

/// A number of each joint; zero in lanes without a joint.
fn lanes(joints: &[Joint], of: impl Fn(&Joint) -> f64) -> Four {
    let mut all = [0.0; 4];
    for (lane, joint) in all.iter_mut().zip(joints) {
        *lane = of(joint);
    }
    Four::from(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::{Aim, Quartet};
    use crate::JointLimits;
    use crate::joint::Joint;
    use crate::stop::State;
    use spinal_arm::Four;

    const DT_S: f64 = 1e-3;
    const LIMITS: JointLimits = JointLimits {
        position_min_rad: -1e3,
        position_max_rad: 1e3,
        velocity_max_rad_s: 3.0,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 1.0,
        torque_rate_max_nm_s: f64::INFINITY,
    };

    /// One tick of a joint whose motion asks for any change of acceleration (as a share of the largest), whatever the speed.
    fn tick(quartet: &mut Quartet, joint: &mut Joint, share: f64) {
        let joints = std::slice::from_mut(joint);
        quartet.aim(joints, &Aim::default());
        let highest = 12.0 * (1.0 - 1e-8);
        let wanted = (joints[0].state.acceleration + share * 0.4).clamp(-highest, highest);
        quartet.wanted = Four::from([wanted, 0.0, 0.0, 0.0]);
        quartet.attempt(joints, 1.0);
        joints[0].commit();
    }

    proptest! {
        /// The motion is not trusted with this: the gate alone brings a joint down that keeps asking for more speed.
        #[test]
        fn a_motion_that_does_not_slow_down_by_itself_is_slowed_down(
            scale in 0.001..1.0f64, push in 0.0..=1.0f64, noise in prop::collection::vec(-1.0..=1.0f64, 64),
        ) {
            let (mut joint, mut quartet) = (Joint::new(&LIMITS, DT_S), Quartet::new(&[LIMITS], DT_S));
            joint.rest_at(0.0);
            for _ in 0..400 {
                tick(&mut quartet, &mut joint, push);
            }
            quartet.tighten(scale);
            let mut highest = f64::INFINITY;
            for turn in 0..1_200 {
                let random = noise[turn % noise.len()];
                tick(&mut quartet, &mut joint, if turn % 3 == 0 { random } else { 1.0 });
                let (speed, allowed) = (joint.state.velocity.abs(), 3.0 * scale);
                prop_assert!(turn < 900 || speed <= allowed, "{speed} over {allowed} after {turn} ticks");
                if turn % 100 == 0 {
                    prop_assert!(speed <= highest.max(allowed));
                    highest = speed;
                }
            }
        }

        // Hazard: H-01, H-02
        /// On both sides of the border: what leaves range or speed in between is refused, what stays well inside is not.
        #[test]
        fn a_tick_is_looked_at_between_its_ends(
            at in prop::array::uniform4(0.0..2e-6f64), speed in prop::array::uniform4(-0.01..0.01f64), side in -1..=1i32,
            pushes in prop::array::uniform4((-12.0..12.0f64, -12.0..12.0f64)),
        ) {
            let limits = JointLimits { position_min_rad: -1.0, position_max_rad: 1.0, jerk_max_rad_s3: 2.5e4, ..LIMITS };
            let mut quartet = Quartet::new(&[limits; 4], DT_S);
            let (low, high) = (-1.0 + 1e-8, 1.0 - 1e-8);
            let (near, fast) = (f64::from(side), 3.0 * (1.0 - 1e-8));
            let from: [State; 4] = std::array::from_fn(|lane| State {
                position: near * (high - at[lane]),
                // In the middle of the range it is the speed that is near its limit.
                velocity: if side == 0 { (fast - 1000.0 * at[lane]) * speed[lane].signum() } else { speed[lane] },
                acceleration: pushes[lane].0,
            });
            let lanes = |of: fn(&State) -> f64| Four::from(from.each_ref().map(of));
            quartet.state = State {
                position: lanes(|state| state.position),
                velocity: lanes(|state| state.velocity),
                acceleration: lanes(|state| state.acceleration),
            };
            let next = quartet.state.after_tick(Four::from(pushes.map(|push| push.1)), DT_S);
            let may_be = quartet.stays_inside(&next).to_bitmask();
            for (lane, from) in from.into_iter().enumerate() {
                let next = next.lane(lane);
                let is_within = |state: &State| state.velocity.abs() <= fast && (low..=high).contains(&state.position);
                // Whether the ends themselves may be is asked elsewhere.
                if !(is_within(&from) && is_within(&next)) {
                    continue;
                }
                let jerk = (next.acceleration - from.acceleration) / DT_S;
                let (mut most, mut fastest) = (0f64, 0f64);
                for part in 0..=200 {
                    let t = DT_S * f64::from(part) / 200.0;
                    let velocity = from.velocity + t * (from.acceleration + 0.5 * t * jerk);
                    let position = from.position + t * (from.velocity + t * (0.5 * from.acceleration + t * jerk / 6.0));
                    (most, fastest) = (most.max(position.abs()), fastest.max(velocity.abs()));
                }
                let bow = from.acceleration.abs().max(next.acceleration.abs()) * DT_S * DT_S / 8.0;
                let may_be = may_be & (1 << lane) != 0;
                prop_assert!(!may_be || (most <= high + 1e-12 && fastest <= fast + 1e-12), "{from:?} {next:?}");
                prop_assert!(may_be || most + bow > high || fastest > fast - 1e-6, "{from:?} {next:?}");
            }
        }

        // Hazard: H-01, H-02
        /// Whatever is wanted of it, a joint keeps range and speed between the ticks too.
        #[test]
        fn no_motion_leaves_its_range_or_its_speed_between_two_ticks(
            noise in prop::collection::vec(-1.0..=1.0f64, 64), pushes in prop::collection::vec(-1.0..=1.0f64, 16), far in 0.01..2.0f64,
        ) {
            let limits = JointLimits { position_min_rad: -0.01, position_max_rad: far, velocity_max_rad_s: 0.5, ..LIMITS };
            let (mut joint, mut quartet) = (Joint::new(&limits, DT_S), Quartet::new(&[limits], DT_S));
            joint.rest_at(0.0);
            for turn in 0..1_600 {
                let push = pushes[turn / 100] + 0.5 * noise[turn % noise.len()];
                let from = joint.state;
                tick(&mut quartet, &mut joint, push.clamp(-1.0, 1.0));
                let jerk = (joint.state.acceleration - from.acceleration) / DT_S;
                for part in 0..=20 {
                    let t = DT_S * f64::from(part) / 20.0;
                    let velocity = from.velocity + t * (from.acceleration + 0.5 * t * jerk);
                    let position = from.position + t * (from.velocity + t * (0.5 * from.acceleration + t * jerk / 6.0));
                    prop_assert!(velocity.abs() <= 0.5, "{velocity} after {turn} ticks");
                    prop_assert!((-0.01..=far).contains(&position), "{position} after {turn} ticks");
                }
            }
        }
    }
}
