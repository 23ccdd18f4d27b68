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

/// A box in the base frame, turned about the vertical.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Its middle, m.
    pub middle_m: [f64; 3],
    /// Half its sides, m.
    pub half_m: [f64; 3],
    /// Its turn about z, rad.
    pub turn_rad: f64,
}

impl Zone {
    /// How deep a point is in it, m; negative outside, by the largest of the distances along its axes.
    pub(crate) fn depth_m(&self, point_m: &[f64; 3]) -> f64 {
        let [x, y, z] = std::array::from_fn(|axis| of(point_m, axis) - of(&self.middle_m, axis));
        let (sin, cos) = self.turn_rad.sin_cos();
        let own = [x * cos + y * sin, y * cos - x * sin, z];
        let sides = self.half_m.iter().zip(own).map(|(half, at)| half - at.abs());
        sides.fold(f64::INFINITY, f64::min)
    }
}

/// A plane that the tool does not cross.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall {
    /// A point on it, m.
    pub point_m: [f64; 3],
    /// The unit normal to the side where the tool stays.
    pub normal: [f64; 3],
}

impl Wall {
    /// How far a point is behind it, m; negative in front.
    pub(crate) fn behind_m(&self, point_m: &[f64; 3]) -> f64 {
        let along = |axis| (of(&self.point_m, axis) - of(point_m, axis)) * of(&self.normal, axis);
        along(0) + along(1) + along(2)
    }
}

fn of(values: &[f64; 3], axis: usize) -> f64 {
    values.get(axis).copied().unwrap_or(f64::NAN)
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
    /// The tool must be in all of these.
    pub keep_in: Vec<Zone>,
    /// The tool must be in none of these.
    pub keep_out: Vec<Zone>,
    /// The tool must be in front of all of these.
    pub walls: Vec<Wall>,
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
        for zone in self.keep_in.iter().chain(&self.keep_out) {
            let is_box = zone.half_m.iter().all(|half| *half > 0.0) && zone.depth_m(&[0.0; 3]).is_finite();
            expect(is_box, "zone", "not a box", "finite numbers and sides above 0")?;
        }
        for wall in &self.walls {
            let length = wall.normal.iter().map(|n| n * n).sum::<f64>();
            let is_plane = (length - 1.0).abs() <= 1e-6 && wall.behind_m(&[0.0; 3]).is_finite();
            expect(
                is_plane,
                "plane",
                "not a plane",
                "a finite point and a normal of length 1",
            )?;
        }
        let has_zones = !(self.keep_in.is_empty() && self.keep_out.is_empty() && self.walls.is_empty());
        let needs_chain = speed.is_finite() || has_zones;
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
