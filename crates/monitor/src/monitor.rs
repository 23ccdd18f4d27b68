//! One look: what is measured, what is found, what is asked for.

use crate::braking::Braking;
use crate::ladder::{Finding, Ladder};
use crate::speed::{Speeds, Values};
use crate::{Check, JOINTS_MAX, LimitError, Limits, Stop, Word};

/// Longest time between two looks that counts as time awake, ns: a machine that stood still for longer has not watched.
const LOOK_MAX_NS: i64 = 10_000_000;

/// One reading of the robot's own sensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When it was taken, ns.
    pub at_ns: i64,
    /// Joint positions, rad.
    pub position_rad: [f64; JOINTS_MAX],
}

/// What System 1 says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Its ticks so far: its sign of life.
    pub ticks: u64,
    /// Whether it says that it is stopping or stands still: everything but following proposals.
    pub is_stopping: bool,
}

/// The independent monitor. Its promise: when a limit is passed by more than its tolerance, or a stop does not happen, or System 1 is
/// dead, it asks for a stop at once and for a worse one as long as that does not help.
#[derive(Clone, Debug)]
pub struct Monitor {
    limits: Limits,
    beats: u64,
    looked_ns: Option<i64>,
    awake_ns: i64,
    speeds: Speeds,
    braking: Braking,
    ladder: Ladder,
    reading_ns: Option<i64>,
    seen_ns: i64,
    ticks: Option<u64>,
    alive_ns: i64,
    /// The newest speeds: joints, then tool.
    rates: Option<Values>,
    tool_m: Option<[f64; 3]>,
}

impl Monitor {
    /// A monitor that holds these limits.
    ///
    /// # Errors
    /// What in them cannot be held.
    pub fn new(limits: Limits) -> Result<Self, LimitError> {
        limits.check()?;
        Ok(Self {
            speeds: Speeds::new(limits.times.speed_window_ns),
            limits,
            beats: 0,
            looked_ns: None,
            awake_ns: 0,
            braking: Braking::default(),
            ladder: Ladder::GROUND,
            reading_ns: None,
            seen_ns: 0,
            ticks: None,
            alive_ns: 0,
            rates: None,
            tool_m: None,
        })
    }

    /// One look. `reading` and `pulse` are the newest there are, new or not; `None` before the first. `is_estop_up`: a person wants a stop.
    pub fn look(&mut self, now_ns: i64, reading: Option<&Reading>, pulse: Option<&Pulse>, is_estop_up: bool) -> Word {
        let since_ns = now_ns.saturating_sub(self.looked_ns.replace(now_ns).unwrap_or(now_ns));
        self.awake_ns += since_ns.clamp(0, LOOK_MAX_NS);
        self.beats += 1;
        let mut worst = Worst::default();
        if let Some(reading) = reading {
            self.see(reading, &mut worst);
        }
        self.feel(pulse, &mut worst);
        if reading.is_some() {
            let is_announced = pulse.is_some_and(|pulse| pulse.is_stopping) || is_estop_up;
            self.look_for_the_stop(is_announced || self.ladder.stop > Stop::None, &mut worst);
        }
        self.ladder
            .climb(worst.found, self.awake_ns, now_ns, &self.limits.times);
        self.word(now_ns)
    }

    /// A person has looked at the robot: forgets what was asked for. What is still wrong is found again at the next look.
    pub fn reset(&mut self) {
        self.ladder = Ladder::GROUND;
        self.braking = Braking::default();
        self.speeds.reset();
        self.rates = None;
        self.alive_ns = self.awake_ns;
        self.seen_ns = self.awake_ns;
    }

    /// The speed of the fastest joint at the last look, rad/s, and of the tool, m/s, where they are known: how near the limits are.
    #[must_use]
    pub fn speeds(&self) -> Option<(f64, f64)> {
        self.rates
            .map(|rates| (fastest(&rates, self.limits.joints.len()).1, tool_speed(&rates)))
    }

    fn word(&self, now_ns: i64) -> Word {
        let why = self.ladder.why;
        Word {
            beats: self.beats,
            at_ns: now_ns,
            stop: self.ladder.stop,
            check: why.map_or(Check::None, |why| why.check),
            joint: why.map_or(0, |why| why.joint),
            value: why.map_or(0.0, |why| why.value),
            limit: why.map_or(0.0, |why| why.limit),
            since_ns: self.ladder.asked_ns,
        }
    }

    /// The reading itself: its age, its numbers, and what they say.
    fn see(&mut self, reading: &Reading, worst: &mut Worst) {
        let dof = self.limits.joints.len();
        if self.reading_ns.replace(reading.at_ns) != Some(reading.at_ns) {
            self.seen_ns = self.awake_ns;
            let is_number = reading.position_rad.iter().take(dof).all(|at| at.is_finite());
            if !is_number {
                self.rates = None;
                self.speeds.reset();
                worst.add(Check::NotFinite, 0, f64::NAN, 0.0);
                return;
            }
            self.tool_m = self
                .limits
                .chain
                .as_ref()
                .map(|chain| chain.tool_m(&reading.position_rad));
            let mut values = [0.0; JOINTS_MAX + 3];
            let sources = reading.position_rad.iter().chain(self.tool_m.iter().flatten());
            values.iter_mut().zip(sources).for_each(|(to, from)| *to = *from);
            self.rates = self.speeds.update(reading.at_ns, &values);
        }
        worst.within(
            Check::Blind,
            0,
            self.awake_ns - self.seen_ns,
            self.limits.times.reading_age_max_ns,
        );
        self.look_at_joints(reading, worst);
        self.look_at_tool(worst);
    }

    fn look_at_joints(&self, reading: &Reading, worst: &mut Worst) {
        let tolerance = &self.limits.tolerance;
        for (joint, (range, &at)) in (0_u16..).zip(self.limits.joints.iter().zip(&reading.position_rad)) {
            // How far outside of the range, on whichever side.
            let beyond = (at - range.position_max_rad).max(range.position_min_rad - at);
            if !at.is_finite() {
                worst.add(Check::NotFinite, joint, at, 0.0);
            }
            worst.add(Check::Position, joint, beyond, tolerance.position_rad);
        }
        let rates = self.rates.iter().flatten();
        for (joint, (range, rate)) in (0_u16..).zip(self.limits.joints.iter().zip(rates)) {
            let limit = range.velocity_max_rad_s + tolerance.velocity_rad_s;
            worst.add(Check::Velocity, joint, rate.abs(), limit);
        }
    }

    fn look_at_tool(&self, worst: &mut Worst) {
        let Some(tool_m) = self.tool_m else { return };
        let tolerance = &self.limits.tolerance;
        if let Some(rates) = &self.rates {
            let limit = self.limits.tool_speed_max_m_s + tolerance.tool_speed_m_s;
            worst.add(Check::ToolSpeed, 0, tool_speed(rates), limit);
        }
        for zone in &self.limits.keep_in {
            worst.add(Check::KeepIn, 0, -zone.depth_m(&tool_m), tolerance.zone_m);
        }
        for wall in &self.limits.walls {
            worst.add(Check::KeepIn, 0, wall.behind_m(&tool_m), tolerance.zone_m);
        }
        for zone in &self.limits.keep_out {
            worst.add(Check::KeepOut, 0, zone.depth_m(&tool_m), tolerance.zone_m);
        }
    }

    /// System 1's sign of life.
    fn feel(&mut self, pulse: Option<&Pulse>, worst: &mut Worst) {
        let Some(pulse) = pulse else { return };
        if self.ticks.replace(pulse.ticks) != Some(pulse.ticks) {
            self.alive_ns = self.awake_ns;
        }
        worst.within(
            Check::Alive,
            0,
            self.awake_ns - self.alive_ns,
            self.limits.times.alive_max_ns,
        );
    }

    fn look_for_the_stop(&mut self, is_stopping: bool, worst: &mut Worst) {
        let Some(rates) = &self.rates else { return };
        let (joint, speed) = fastest(rates, self.limits.joints.len());
        let rest = self.limits.tolerance.rest_rad_s;
        let times = &self.limits.times;
        if let Some(allowed) = self.braking.allowed(self.awake_ns, is_stopping, speed, rest, times) {
            worst.add(Check::StopFails, joint, speed, allowed);
        }
    }
}

/// The worst of what one look found: what asks for the worst stop, and the first of those.
#[derive(Default)]
struct Worst {
    found: Option<Finding>,
}

impl Worst {
    /// A finding, unless the value is at most the limit.
    fn add(&mut self, check: Check, joint: u16, value: f64, limit: f64) {
        if value <= limit {
            return;
        }
        let before = self.found.map_or(Stop::None, |found| found.check.first_stop());
        if check.first_stop() > before {
            self.found = Some(Finding {
                check,
                joint,
                value,
                limit,
            });
        }
    }

    fn within(&mut self, check: Check, joint: u16, value_ns: i64, limit_ns: i64) {
        self.add(check, joint, value_ns as f64 * 1e-9, limit_ns as f64 * 1e-9);
    }
}

/// The fastest joint and its speed, rad/s.
fn fastest(rates: &Values, dof: usize) -> (u16, f64) {
    let joints = (0_u16..).zip(rates.iter().take(dof));
    joints.fold((0, 0.0), |worst, (joint, rate)| {
        if rate.abs() <= worst.1 {
            worst
        } else {
            (joint, rate.abs())
        }
    })
}

fn tool_speed(rates: &Values) -> f64 {
    let squares = rates.iter().skip(JOINTS_MAX).map(|rate| rate * rate);
    squares.sum::<f64>().sqrt()
}
