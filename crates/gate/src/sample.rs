//! The joints along a stopping path, four samples at a time.

use spinal_arm::{Four, Real};

use crate::DOF_MAX;
use crate::joint::Joint;

/// When the samples of a path are: its borders, and no further apart than a gap.
#[derive(Clone, Debug)]
pub(crate) struct Instants {
    borders: [[u32; 4]; DOF_MAX],
    dof: usize,
    dt_s: f64,
    /// Between two samples of any path, and of this one.
    longest_ticks: u32,
    gap_ticks: u32,
    duration: u32,
    /// Ticks of the sample that comes next, and of the one before it.
    next: Option<(u32, u32)>,
}

/// Four samples, at most; the last is repeated where there are fewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub count: usize,
    pub ticks: [u32; 4],
    pub since_ticks: [u32; 4],
    pub is_last: bool,
}

impl Group {
    /// The candidate alone, one tick ahead.
    pub const CANDIDATE: Self = Self {
        count: 1,
        ticks: [0; 4],
        since_ticks: [1; 4],
        is_last: true,
    };
}

impl Instants {
    pub fn new(longest_s: f64, dt_s: f64) -> Self {
        let longest_ticks = (longest_s / dt_s).max(1.0) as u32;
        Self {
            borders: [[0; 4]; DOF_MAX],
            dof: 0,
            dt_s,
            longest_ticks,
            gap_ticks: longest_ticks,
            duration: 0,
            next: None,
        }
    }

    /// Begins with the states that were tried, one tick ahead. Between two samples the joints turn by no more than `turn_rad` all together,
    /// or for one tick.
    pub fn begin(&mut self, joints: &[Joint], duration: u32, turn_rad: f64) {
        let mut speed_rad_s = 0.0;
        for (borders, joint) in self.borders.iter_mut().zip(joints) {
            let (state, stop) = &joint.tried;
            *borders = stop.borders(state);
            speed_rad_s += stop.speed_max_rad_s(state, self.dt_s);
        }
        let ticks = turn_rad / (speed_rad_s * self.dt_s);
        self.gap_ticks = (ticks as u32).clamp(1, self.longest_ticks);
        (self.dof, self.duration, self.next) = (joints.len(), duration, Some((0, 1)));
    }

    /// The next samples; none when the joints rest.
    pub fn four(&mut self) -> Option<Group> {
        let (ticks, since) = self.next?;
        let mut group = Group {
            count: 0,
            ticks: [ticks; 4],
            since_ticks: [since; 4],
            is_last: false,
        };
        for (slot, since_slot) in group.ticks.iter_mut().zip(&mut group.since_ticks) {
            if let Some((ticks, since)) = self.next {
                (*slot, *since_slot) = (ticks, since);
                group.count += 1;
                self.next = self.after(ticks);
            } else {
                (*slot, *since_slot) = (self.duration, 1);
            }
        }
        group.is_last = self.next.is_none();
        Some(group)
    }

    fn after(&self, ticks: u32) -> Option<(u32, u32)> {
        if ticks >= self.duration {
            return None;
        }
        let furthest = ticks.saturating_add(self.gap_ticks).min(self.duration);
        // Borders before `first` wrap round and are larger than any that is still to come.
        let first = ticks.saturating_add(1);
        let borders = self.borders.as_flattened().iter().take(4 * self.dof);
        let ahead = borders.fold(u32::MAX, |nearest, border| nearest.min(border.wrapping_sub(first)));
        let next = furthest.min(first.saturating_add(ahead));
        Some((next, next - ticks))
    }
}

/// All joints at four instants of the path, one in each lane.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    /// Time since the sample before, s.
    pub since_s: Four,
    pub position: [Four; DOF_MAX],
    pub velocity: [Four; DOF_MAX],
    pub acceleration: [Four; DOF_MAX],
    /// Upper bound of the way of each joint since the sample before, rad.
    pub travelled: [Four; DOF_MAX],
    /// Upper bound of the acceleration of each joint since the sample before, rad/s².
    pub pushed: [Four; DOF_MAX],
    /// Upper bound of how much faster than at both samples each joint goes in between, rad/s.
    pub bulge: [Four; DOF_MAX],
    /// Velocity and acceleration of each joint at the sample before the first.
    before: [(f64, f64); DOF_MAX],
}

impl Default for Samples {
    fn default() -> Self {
        let none = [Four::splat(0.0); DOF_MAX];
        Self {
            since_s: Four::splat(0.0),
            position: none,
            velocity: none,
            acceleration: none,
            travelled: none,
            pushed: none,
            bulge: none,
            before: [(0.0, 0.0); DOF_MAX],
        }
    }
}

impl Samples {
    /// Where the joints are now.
    pub fn start(&mut self, joints: &[Joint]) {
        for (before, joint) in self.before.iter_mut().zip(joints) {
            *before = (joint.state.velocity, joint.state.acceleration);
        }
    }

    /// On to these samples of the stops that were tried.
    pub fn go_to(&mut self, joints: &[Joint], group: &Group, dt_s: f64) {
        let ticks = Four::from(group.ticks.map(f64::from));
        let since_s = Four::from(group.since_ticks.map(f64::from)) * Four::splat(dt_s);
        self.since_s = since_s;
        let states = self
            .position
            .iter_mut()
            .zip(&mut self.velocity)
            .zip(&mut self.acceleration);
        let bounds = self.travelled.iter_mut().zip(&mut self.pushed).zip(&mut self.bulge);
        let before = self.before.iter_mut();
        for (((joint, before), ((position, velocity), acceleration)), ((travelled, pushed), bulge)) in
            joints.iter().zip(before).zip(states).zip(bounds)
        {
            let (from, stop) = &joint.tried;
            let here = stop.states_at(from, ticks, dt_s);
            // `fast_max` gives its second when one is no number: what is none here stays none.
            let (slower, softer) = (shifted(here.velocity, before.0), shifted(here.acceleration, before.1));
            // At constant jerk the speed between two instants is at most the greater of theirs and |Δa|·h/8.
            *bulge = (here.acceleration - softer).magnitude() * since_s * Four::splat(0.125);
            *travelled = since_s * (slower.magnitude().fast_max(here.velocity.magnitude()) + *bulge);
            // The acceleration is straight in between, so that its ends bound it.
            *pushed = softer.magnitude().fast_max(here.acceleration.magnitude());
            *before = (last(here.velocity), last(here.acceleration));
            (*position, *velocity, *acceleration) = (here.position, here.velocity, here.acceleration);
        }
    }

    /// The positions of one sample, rad.
    pub fn position_rad(&self, lane: usize, dof: usize) -> [f64; DOF_MAX] {
        let mut position_rad = [0.0; DOF_MAX];
        for (slot, four) in position_rad.iter_mut().zip(&self.position).take(dof) {
            *slot = of_lane(*four, lane);
        }
        position_rad
    }
}

/// The values of the samples before: those of the lane before, and of the last sample of the group before.
pub(crate) fn shifted(four: Four, before: f64) -> Four {
    let [first, second, third, _] = four.to_array();
    Four::from([before, first, second, third])
}

/// The value of the last lane.
pub(crate) fn last(four: Four) -> f64 {
    let [.., last] = four.to_array();
    last
}

/// The value of one lane.
pub(crate) fn of_lane(four: Four, lane: usize) -> f64 {
    four.to_array().get(lane).copied().unwrap_or(f64::NAN)
}

/// The way of the joints since shapes were last looked at.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub since_s: f64,
    pub travelled: [f64; DOF_MAX],
    pub pushed: [f64; DOF_MAX],
}

impl Span {
    pub const NONE: Self = Self {
        since_s: 0.0,
        travelled: [0.0; DOF_MAX],
        pushed: [0.0; DOF_MAX],
    };

    pub fn add(&mut self, samples: &Samples, lane: usize, dof: usize) {
        self.since_s += of_lane(samples.since_s, lane);
        let ways = samples.travelled.iter().zip(&samples.pushed).take(dof);
        for ((sum, most), (way, pushed)) in self.travelled.iter_mut().zip(&mut self.pushed).zip(ways) {
            *sum += of_lane(*way, lane);
            *most = most.higher(of_lane(*pushed, lane));
        }
    }

    /// Upper bounds of the way of each joint and of how far it was from moving evenly, rad; then a new span begins.
    pub fn end(&mut self) -> ([f64; DOF_MAX], [f64; DOF_MAX]) {
        // A path of acceleration A during T leaves its chord by at most A·T²/8.
        let eighth = self.since_s * self.since_s * 0.125;
        let bounds = (self.travelled, self.pushed.map(|pushed| pushed * eighth));
        *self = Self::NONE;
        bounds
    }
}
