//! What the gate says to a proposal.

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
