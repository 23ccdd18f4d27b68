//! What the monitor holds the robot to, as plain numbers.

use std::fmt;

use crate::{Chain, JOINTS_MAX};

/// One joint's limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointRange {
    /// Lowest position, rad.
    pub position_min_rad: f64,
    /// Highest position, rad.
    pub position_max_rad: f64,
    /// Highest speed, rad/s.
    pub velocity_max_rad_s: f64,
}

/// A box along the base frame's axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Lowest corner, m.
    pub min_m: [f64; 3],
    /// Highest corner, m.
    pub max_m: [f64; 3],
}

/// By how much a measured value may pass its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Joint position, rad.
    pub position_rad: f64,
    /// Joint speed, rad/s.
    pub velocity_rad_s: f64,
    /// Speed of the tool, m/s.
    pub tool_speed_m_s: f64,
    /// Borders of zones, m.
    pub zone_m: f64,
    /// Speed that counts as standing still, rad/s.
    pub rest_rad_s: f64,
}

/// How long things may take. Measured in time that the monitor was awake itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// A violation that lasts so long makes it ask for the next worse stop, ns.
    pub escalate_ns: i64,
    /// The same for one that grows, ns.
    pub escalate_growing_ns: i64,
    /// From the announcement of a stop until the speed has to begin to fall, ns.
    pub stop_begin_ns: i64,
    /// From the announcement of a stop until the robot has to stand, ns.
    pub stop_end_ns: i64,
    /// System 1's tick counter may stand still for so long, ns.
    pub alive_max_ns: i64,
    /// There may be no new reading for so long, ns.
    pub reading_age_max_ns: i64,
    /// Speeds are positions over this time, ns.
    pub speed_window_ns: i64,
}

/// Everything that the monitor holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// One a joint.
    pub joints: Vec<JointRange>,
    /// Highest speed of the tool, m/s; infinite = unlimited.
    pub tool_speed_max_m_s: f64,
    /// The tool must be in one of these; empty = everywhere.
    pub keep_in: Vec<Zone>,
    /// The tool must be in none of these.
    pub keep_out: Vec<Zone>,
    /// Where the tool is; without it nothing about the tool is looked at.
    pub chain: Option<Chain>,
    /// Tolerances.
    pub tolerance: Tolerance,
    /// Times.
    pub times: Times,
}

/// What of the limits cannot be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitError {
    /// The field.
    pub field: String,
    /// Its value, as text.
    pub value: String,
    /// What is allowed.
    pub allowed: &'static str,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "monitor.{} is {}; allowed: {}", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for LimitError {}

impl Limits {
    /// Whether they can be held.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn check(&self) -> Result<(), LimitError> {
        let dof = self.joints.len();
        expect((1..=JOINTS_MAX).contains(&dof), "joints", dof, "1 to 32 joints")?;
        for joint in &self.joints {
            let ordered = joint.position_min_rad < joint.position_max_rad && joint.position_min_rad.is_finite();
            expect(
                ordered && joint.position_max_rad.is_finite(),
                "joints",
                "not a range",
                "a finite range",
            )?;
            amount("joints.velocity_max_rad_s", joint.velocity_max_rad_s)?;
        }
        let tolerance = &self.tolerance;
        amount("position_tolerance_rad", tolerance.position_rad)?;
        amount("velocity_tolerance_rad_s", tolerance.velocity_rad_s)?;
        amount("tool_speed_tolerance_m_s", tolerance.tool_speed_m_s)?;
        amount("zone_tolerance_m", tolerance.zone_m)?;
        amount("rest_rad_s", tolerance.rest_rad_s)?;
        let times = &self.times;
        for (name, value) in [
            ("escalate_ms", times.escalate_ns),
            ("escalate_growing_ms", times.escalate_growing_ns),
            ("stop_begin_ms", times.stop_begin_ns),
            ("stop_end_ms", times.stop_end_ns),
            ("alive_max_ms", times.alive_max_ns),
            ("reading_age_max_ms", times.reading_age_max_ns),
            ("speed_window_ms", times.speed_window_ns),
        ] {
            expect(
                (1..=60_000_000_000).contains(&value),
                name,
                value,
                "more than 0, at most a minute",
            )?;
        }
        let is_ordered = times.stop_begin_ns < times.stop_end_ns;
        expect(is_ordered, "stop_end_ms", times.stop_end_ns, "more than stop_begin_ms")?;
        let speed = self.tool_speed_max_m_s;
        expect(speed > 0.0, "tool_speed_max_m_s", speed, "more than 0, or unlimited")?;
        let chain = self.chain.as_ref();
        let fits = chain.is_none_or(|chain| chain.links.len() == dof);
        expect(fits, "chain", "another number of joints", "one link a joint")?;
        let needs_chain = speed.is_finite() || !self.keep_in.is_empty() || !self.keep_out.is_empty();
        expect(
            chain.is_some() || !needs_chain,
            "chain",
            "none",
            "a chain, since the tool is limited",
        )
    }
}

fn amount(field: &str, value: f64) -> Result<(), LimitError> {
    expect(
        value > 0.0 && value.is_finite(),
        field,
        value,
        "a finite number above 0",
    )
}

fn expect(is_good: bool, field: &str, value: impl ToString, allowed: &'static str) -> Result<(), LimitError> {
    if is_good {
        return Ok(());
    }
    Err(LimitError {
        field: field.into(),
        value: value.to_string(),
        allowed,
    })
}
