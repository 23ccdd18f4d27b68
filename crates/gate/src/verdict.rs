//! What the gate says to a proposal.

use crate::wire::HEADER_BYTES;
use crate::{DOF_MAX, DecodeError, Frame, Proposal, STEPS_MAX, Semantics};

/// The most findings that one verdict carries; more are counted.
pub const FINDINGS_MAX: usize = 16;

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Taken as it is.
    Admitted = 0,
    /// Taken without the steps whose time has passed.
    Trimmed = 1,
    /// Not taken.
    Refused = 2,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Check {
    /// Number of joints or steps, period.
    Shape = 0,
    /// NaN or infinity.
    Finite = 1,
    /// Age of the observation, validity, instants in the future.
    Age = 2,
    /// Sequence number.
    Order = 3,
    /// Authority epoch and source.
    Authority = 4,
    /// Hash of the safety profile.
    ProfileHash = 5,
    /// Joint position limits.
    Position = 6,
    /// Velocity implied between steps.
    Velocity = 7,
    /// Jump at the splice.
    Splice = 8,
    /// Gripper outside 0..1.
    Gripper = 9,
    /// Nothing left after trimming.
    Consumed = 10,
    /// The bytes could not be read as a proposal.
    Decode = 11,
    /// Acceleration implied between steps. Reported, never a reason to refuse: the motion generator limits it.
    Acceleration = 12,
    /// Consumed action time that the proposal claims to have seen.
    Played = 13,
    /// Motor torque.
    Torque = 14,
    /// Rate of change of the motor torque.
    TorqueRate = 15,
    /// Speed of the tool's origin.
    ToolSpeed = 16,
    /// Speed of a joint's origin.
    ElbowSpeed = 17,
    /// Momentum of all links.
    Momentum = 18,
    /// Mechanical power.
    Power = 19,
    /// Kinetic energy of all links.
    KineticEnergy = 20,
    /// Time to rest.
    StoppingTime = 21,
    /// Way of the tool to rest.
    StoppingDistance = 22,
    /// Distance between two links, or a link and the cell.
    Clearance = 23,
    /// A zone that may not be left.
    KeepIn = 24,
    /// A zone that may not be entered.
    KeepOut = 25,
    /// Distance to a person.
    Separation = 26,
    /// Speed at which a person may be touched.
    Contact = 27,
    /// A stop of the joint inside its limits.
    Viability = 28,
    /// Numbers that cannot be of the unit that they should be of.
    Units = 29,
    /// A rotation that is none.
    Rotation = 30,
    /// A tool pose that no joint positions reach.
    Reach = 31,
    /// A step of the tool for which a joint would have to turn further than it can.
    Branch = 32,
    /// Work that judging the proposal would take.
    Effort = 33,
    /// Meaning of the numbers, or one that needs an arm model where there is none.
    Semantics = 34,
    /// Axes of the numbers that do not go with their meaning.
    Frame = 35,
}

/// One thing that was found, with its numbers. `margin` is how much room was left; negative = outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// The value found.
    pub value: f64,
    /// The limit it was held against.
    pub limit: f64,
    /// Room left, in the unit of `value`; negative when outside.
    pub margin: f64,
    /// Chunk step, or `u16::MAX` for the whole proposal.
    pub step: u16,
    /// Joint, or `u16::MAX` for the whole proposal.
    pub joint: u16,
}

/// What a candidate motion would have broken, at a tick: why the gate went along the verified stop instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limited {
    /// What was looked at.
    pub check: Check,
    /// The value found, in the unit of the limit.
    pub value: f64,
    /// The limit.
    pub limit: f64,
    /// Which joint, or which pair of shapes; [`WHOLE`] = the whole arm.
    pub place: (u16, u16),
}

/// The gate's answer, with all findings up to [`FINDINGS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Source of the proposal.
    pub source: u32,
    /// Its sequence number.
    pub sequence: u64,
    /// When it was judged, ns.
    pub at_ns: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// First step that is used.
    pub first_step: u16,
    /// Number of valid entries in `findings`.
    pub count: u8,
    /// Findings that did not fit.
    pub dropped: u32,
    /// The findings.
    pub findings: [Option<Finding>; FINDINGS_MAX],
}

impl Limited {
    pub(crate) const fn new(check: Check, value: f64, limit: f64, place: (u16, u16)) -> Self {
        Self {
            check,
            value,
            limit,
            place,
        }
    }
}

impl Check {
    /// Each one that there is, by its number.
    pub const ALL: [Self; 36] = [
        Self::Shape,
        Self::Finite,
        Self::Age,
        Self::Order,
        Self::Authority,
        Self::ProfileHash,
        Self::Position,
        Self::Velocity,
        Self::Splice,
        Self::Gripper,
        Self::Consumed,
        Self::Decode,
        Self::Acceleration,
        Self::Played,
        Self::Torque,
        Self::TorqueRate,
        Self::ToolSpeed,
        Self::ElbowSpeed,
        Self::Momentum,
        Self::Power,
        Self::KineticEnergy,
        Self::StoppingTime,
        Self::StoppingDistance,
        Self::Clearance,
        Self::KeepIn,
        Self::KeepOut,
        Self::Separation,
        Self::Contact,
        Self::Viability,
        Self::Units,
        Self::Rotation,
        Self::Reach,
        Self::Branch,
        Self::Effort,
        Self::Semantics,
        Self::Frame,
    ];

    /// The check with this number, as journals have it.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let known = usize::try_from(code).ok().and_then(|code| Self::ALL.get(code));
        known.copied().filter(|check| *check as u32 == code)
    }

    /// Whether a finding outside this check's limit refuses the proposal.
    #[must_use]
    pub const fn refuses(self) -> bool {
        match self {
            Self::Shape
            | Self::Finite
            | Self::Age
            | Self::Order
            | Self::Authority
            | Self::ProfileHash
            | Self::Position
            | Self::Velocity
            | Self::Splice
            | Self::Gripper
            | Self::Consumed
            | Self::Decode
            | Self::Played
            | Self::Torque
            | Self::TorqueRate
            | Self::ToolSpeed
            | Self::ElbowSpeed
            | Self::Momentum
            | Self::Power
            | Self::KineticEnergy
            | Self::StoppingTime
            | Self::StoppingDistance
            | Self::Clearance
            | Self::KeepIn
            | Self::KeepOut
            | Self::Separation
            | Self::Contact
            | Self::Viability
            | Self::Units
            | Self::Rotation
            | Self::Reach
            | Self::Branch
            | Self::Effort
            | Self::Semantics
            | Self::Frame => true,
            Self::Acceleration => false,
        }
    }

    /// Its name, as journals and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Finite => "finite",
            Self::Age => "age",
            Self::Order => "order",
            Self::Authority => "authority",
            Self::ProfileHash => "profile_hash",
            Self::Position => "position",
            Self::Velocity => "velocity",
            Self::Splice => "splice",
            Self::Gripper => "gripper",
            Self::Consumed => "consumed",
            Self::Decode => "decode",
            Self::Acceleration => "acceleration",
            Self::Played => "played",
            Self::Torque => "torque",
            Self::TorqueRate => "torque_rate",
            Self::ToolSpeed => "tool_speed",
            Self::ElbowSpeed => "elbow_speed",
            Self::Momentum => "momentum",
            Self::Power => "power",
            Self::KineticEnergy => "kinetic_energy",
            Self::StoppingTime => "stopping_time",
            Self::StoppingDistance => "stopping_distance",
            Self::Clearance => "clearance",
            Self::KeepIn => "keep_in",
            Self::KeepOut => "keep_out",
            Self::Separation => "separation",
            Self::Contact => "contact",
            Self::Viability => "viability",
            Self::Units => "units",
            Self::Rotation => "rotation",
            Self::Reach => "reach",
            Self::Branch => "branch",
            Self::Effort => "effort",
            Self::Semantics => "semantics",
            Self::Frame => "frame",
        }
    }
}

/// In a finding: the whole proposal, not one step or joint.
pub const WHOLE: u16 = u16::MAX;

impl Verdict {
    /// A verdict without findings.
    #[must_use]
    pub(crate) fn admitted(source: u32, sequence: u64, at_ns: i64) -> Self {
        Self {
            source,
            sequence,
            at_ns,
            outcome: Outcome::Admitted,
            first_step: 0,
            count: 0,
            dropped: 0,
            findings: [None; FINDINGS_MAX],
        }
    }

    /// The verdict on bytes that are no proposal, with what in them is wrong. Source and sequence number are theirs where a header can be
    /// read, otherwise `u32::MAX` and 0.
    #[must_use]
    pub fn unreadable(bytes: &[u8], error: &DecodeError, at_ns: i64) -> Self {
        let (source, sequence) = Proposal::sender(bytes).unwrap_or((u32::MAX, 0));
        let mut verdict = Self::admitted(source, sequence, at_ns);
        let (check, value, limit) = match *error {
            DecodeError::Short | DecodeError::Magic => (Check::Decode, bytes.len(), HEADER_BYTES),
            DecodeError::Semantics(code) => (Check::Semantics, code.into(), Semantics::CODE_MAX.into()),
            DecodeError::Frame(code) => (Check::Frame, code.into(), Frame::Tool as usize),
            DecodeError::Dof(width) => (Check::Shape, width.into(), DOF_MAX),
            DecodeError::Steps(steps) => (Check::Shape, steps.into(), STEPS_MAX),
            DecodeError::Reserved => (Check::Decode, 1, 0),
            DecodeError::Length { found, expected } => (Check::Decode, found, expected),
        };
        let (value, limit) = (value as f64, limit as f64);
        verdict.find(check, value, limit, -(value - limit).abs(), (WHOLE, WHOLE));
        verdict
    }

    /// Whether the proposal is followed.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        match self.outcome {
            Outcome::Admitted | Outcome::Trimmed => true,
            Outcome::Refused => false,
        }
    }

    /// The findings that are held.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().flatten()
    }

    /// A finding when `value` is not between these, which NaN never is. Returns whether it is.
    pub(crate) fn hold(&mut self, check: Check, value: f64, (low, high): (f64, f64), place: (u16, u16)) -> bool {
        let inside = low <= value && value <= high;
        if !inside {
            let (limit, margin) = if value < low {
                (low, value - low)
            } else {
                (high, high - value)
            };
            self.find(check, value, limit, margin, place);
        }
        inside
    }

    /// Adds a finding; one that refuses makes the verdict a refusal.
    pub(crate) fn find(&mut self, check: Check, value: f64, limit: f64, margin: f64, (step, joint): (u16, u16)) {
        if check.refuses() {
            self.outcome = Outcome::Refused;
        }
        let finding = Finding {
            check,
            value,
            limit,
            margin,
            step,
            joint,
        };
        match self.findings.get_mut(usize::from(self.count)) {
            Some(free) => {
                *free = Some(finding);
                self.count += 1;
            }
            None => self.dropped = self.dropped.saturating_add(1),
        }
    }
}

/// A step or joint as findings have it.
pub(crate) fn index(i: usize) -> u16 {
    u16::try_from(i).unwrap_or(WHOLE)
}
