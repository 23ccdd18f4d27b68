//! The safety profile: every limit, none with a default.

use crate::{ConfigError, DOF_MAX, Geometry, PeopleLimits};

/// Limits of one joint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointLimits {
    /// Lowest position, rad.
    pub position_min_rad: f64,
    /// Highest position, rad.
    pub position_max_rad: f64,
    /// Highest speed, rad/s.
    pub velocity_max_rad_s: f64,
    /// Highest acceleration, rad/s².
    pub acceleration_max_rad_s2: f64,
    /// Highest jerk, rad/s³.
    pub jerk_max_rad_s3: f64,
    /// Highest motor torque, N·m.
    pub torque_max_nm: f64,
    /// Highest rate of change of the motor torque, N·m/s; infinite = unlimited.
    pub torque_rate_max_nm_s: f64,
}

/// Limits of the arm as a whole, held at every tick along the whole stopping path. Each may be infinite: unlimited, and written so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmLimits {
    /// Highest speed of the tool's origin, m/s.
    pub tool_speed_max_m_s: f64,
    /// Highest speed of any joint's origin (the elbow is the quickest of them), m/s.
    pub elbow_speed_max_m_s: f64,
    /// Highest momentum of all links together, kg·m/s.
    pub momentum_max_kg_m_s: f64,
    /// Highest mechanical power, the sum of |torque · velocity| over the joints, W.
    pub power_max_w: f64,
    /// Highest kinetic energy of all links together, J.
    pub kinetic_energy_max_j: f64,
    /// Longest time to rest, s.
    pub stopping_time_max_s: f64,
    /// Longest way of the tool's origin to rest, m.
    pub stopping_distance_max_m: f64,
}

/// Every limit that System 1 holds, and the hash of the file that they came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// One entry a joint; the number of joints is its length (1..=32).
    pub joints: Vec<JointLimits>,
    /// Limits of the arm as a whole; they need an arm model.
    pub arm: Option<ArmLimits>,
    /// How people are kept safe; to hold a separation needs an arm model and its shape. `None` = nobody is looked for.
    pub people: Option<PeopleLimits>,
    /// The shapes of robot and cell that are kept apart; they need an arm model.
    pub geometry: Option<Geometry>,
    /// Time between two ticks, ns.
    pub period_ns: i64,
    /// Largest allowed distance between commanded and measured position before a stop, rad.
    pub tracking_error_max_rad: f64,
    /// Oldest observation that a proposal may rest on, ns.
    pub observation_age_max_ns: i64,
    /// Longest time without a fresh admitted proposal before the robot stops, ns.
    pub proposal_gap_max_ns: i64,
    /// Oldest measured state before the robot stops, ns.
    pub measured_age_max_ns: i64,
    /// Largest jump at the splice between the motion now and a new chunk, rad.
    pub splice_jump_max_rad: f64,
    /// Deadline misses in a row before the robot stops.
    pub deadline_misses_max: u32,
    /// Lateness of a single tick, in periods, before the robot stops.
    pub tick_overrun_max: u32,
    /// Ticks in a row without a new reading of the robot before it is stopped.
    pub packet_loss_max: u32,
    /// SHA-256 of the canonical profile.
    pub hash: [u8; 32],
}

impl Profile {
    /// Whether System 1 can run with it: 1 to 32 joints, every number finite and positive, every range in order, and limits that fit the
    /// tick.
    ///
    /// # Errors
    /// The first field that is wrong, its value and what is allowed.
    pub fn check(&self) -> Result<(), ConfigError> {
        let dof = self.joints.len();
        if !(1..=DOF_MAX).contains(&dof) {
            return Err(ConfigError::new(
                "joints",
                format!("{dof} joints"),
                format!("1 to {DOF_MAX} joints"),
            ));
        }
        whole("period_ns", self.period_ns, PERIOD_MIN_NS, PERIOD_MAX_NS)?;
        for (name, value) in [
            ("observation_age_max_ns", self.observation_age_max_ns),
            ("proposal_gap_max_ns", self.proposal_gap_max_ns),
            ("measured_age_max_ns", self.measured_age_max_ns),
        ] {
            whole(name, value, self.period_ns, DURATION_MAX_NS)?;
        }
        positive("tracking_error_max_rad", self.tracking_error_max_rad)?;
        positive("splice_jump_max_rad", self.splice_jump_max_rad)?;
        for (name, value) in [
            ("deadline_misses_max", self.deadline_misses_max),
            ("tick_overrun_max", self.tick_overrun_max),
            ("packet_loss_max", self.packet_loss_max),
        ] {
            if value == 0 {
                return Err(ConfigError::new(name, 0, "1 or more"));
            }
        }
        if let Some(arm) = &self.arm {
            arm.check()?;
        }
        if let Some(people) = &self.people {
            people.check()?;
        }
        if let Some(geometry) = &self.geometry {
            geometry.check(dof)?;
        }
        let period_s = self.period_s();
        self.joints
            .iter()
            .enumerate()
            .try_for_each(|(i, joint)| joint.check(i, period_s))
    }

    /// Time between two ticks, s.
    #[must_use]
    pub fn period_s(&self) -> f64 {
        self.period_ns as f64 * 1e-9
    }

    /// Number of joints, at most [`DOF_MAX`].
    #[must_use]
    pub fn dof(&self) -> usize {
        self.joints.len().min(DOF_MAX)
    }
}

/// Shortest period: 1 MHz.
const PERIOD_MIN_NS: i64 = 1_000;
/// Longest period: 10 Hz.
const PERIOD_MAX_NS: i64 = 100_000_000;
/// Longest age or gap that makes sense: 1 min.
const DURATION_MAX_NS: i64 = 60_000_000_000;
/// Highest magnitude of any limit: beyond it, numbers are units mixed up, and rounding at 1 MHz would be felt.
const LIMIT_MAX: f64 = 1e6;

impl JointLimits {
    fn check(&self, joint: usize, period_s: f64) -> Result<(), ConfigError> {
        let field = |name: &str| format!("joints[{joint}].{name}");
        for (name, value) in [
            ("position_min_rad", self.position_min_rad),
            ("position_max_rad", self.position_max_rad),
        ] {
            if !(value.abs() <= 1e3) {
                return Err(ConfigError::new(
                    field(name),
                    value,
                    "a finite number from -1000 to 1000",
                ));
            }
        }
        if !(self.position_max_rad - self.position_min_rad >= 1e-3) {
            return Err(ConfigError::new(
                field("position_max_rad"),
                self.position_max_rad,
                format!("at least 0.001 more than position_min_rad, {}", self.position_min_rad),
            ));
        }
        positive(&field("velocity_max_rad_s"), self.velocity_max_rad_s)?;
        positive(&field("acceleration_max_rad_s2"), self.acceleration_max_rad_s2)?;
        positive(&field("jerk_max_rad_s3"), self.jerk_max_rad_s3)?;
        positive(&field("torque_max_nm"), self.torque_max_nm)?;
        positive_or_unlimited(&field("torque_rate_max_nm_s"), self.torque_rate_max_nm_s)?;
        // From rest the joint must be able to start and to stop again in whole ticks without reaching its speed limit.
        let velocity_step = self.jerk_max_rad_s3.min(self.acceleration_max_rad_s2 / period_s) * period_s * period_s;
        if !(velocity_step <= 0.5 * self.velocity_max_rad_s) {
            return Err(ConfigError::new(
                field("jerk_max_rad_s3"),
                self.jerk_max_rad_s3,
                format!(
                    "a jerk that changes the velocity in one tick of {period_s} s by at most half of velocity_max_rad_s, {}",
                    self.velocity_max_rad_s
                ),
            ));
        }
        Ok(())
    }
}

impl ArmLimits {
    fn check(&self) -> Result<(), ConfigError> {
        for (name, value) in [
            ("arm.tool_speed_max_m_s", self.tool_speed_max_m_s),
            ("arm.elbow_speed_max_m_s", self.elbow_speed_max_m_s),
            ("arm.momentum_max_kg_m_s", self.momentum_max_kg_m_s),
            ("arm.power_max_w", self.power_max_w),
            ("arm.kinetic_energy_max_j", self.kinetic_energy_max_j),
            ("arm.stopping_time_max_s", self.stopping_time_max_s),
            ("arm.stopping_distance_max_m", self.stopping_distance_max_m),
        ] {
            positive_or_unlimited(name, value)?;
        }
        Ok(())
    }
}

fn positive_or_unlimited(field: &str, value: f64) -> Result<(), ConfigError> {
    if value == f64::INFINITY {
        return Ok(());
    }
    positive(field, value)
}

fn positive(field: &str, value: f64) -> Result<(), ConfigError> {
    if (1e-6..=LIMIT_MAX).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(
        field,
        value,
        format!("a finite number from 0.000001 to {LIMIT_MAX}"),
    ))
}

fn whole(field: &str, value: i64, low: i64, high: i64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(field, value, format!("{low} to {high} ns")))
}
