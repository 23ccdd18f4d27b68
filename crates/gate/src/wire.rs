//! Proposals as bytes: little-endian, fixed header, then `steps × dof` targets and `steps` gripper values as f64.

use crate::{DOF_MAX, Frame, Proposal, STEPS_MAX, Semantics};

const MAGIC: [u8; 4] = *b"SPP1";
pub(crate) const HEADER_BYTES: usize = 104;

/// Length of the longest encoded proposal.
pub const PROPOSAL_BYTES_MAX: usize = HEADER_BYTES + 8 * STEPS_MAX * (DOF_MAX + 1);

/// Why bytes are no proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Shorter than a header.
    Short,
    /// Does not begin with `SPP1`: no proposal, or of another version.
    Magic,
    /// A meaning of the numbers that this version does not know.
    Semantics(u8),
    /// A frame that this version does not know, or that the semantics do not have.
    Frame(u8),
    /// More joints than 32.
    Dof(u8),
    /// More steps than 64.
    Steps(u8),
    /// Bytes that must be zero are not.
    Reserved,
    /// Not as long as its steps and joints ask for.
    Length {
        /// Bytes given.
        found: usize,
        /// Bytes that belong there.
        expected: usize,
    },
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Short => write!(f, "a proposal has at least {HEADER_BYTES} bytes"),
            Self::Magic => write!(f, "a proposal begins with the bytes SPP1"),
            Self::Semantics(found) => write!(
                f,
                "semantics {found} is unknown; 1 to {} are allowed",
                Semantics::CODE_MAX
            ),
            Self::Frame(found) => write!(
                f,
                "frame {found} does not go with the semantics; 0 (none) with joints, 1 (base) with a tool pose, 1 or 2 (tool) with a tool delta or twist"
            ),
            Self::Dof(found) => write!(f, "{found} numbers in a step; at most {DOF_MAX} are allowed"),
            Self::Steps(found) => write!(f, "{found} steps; at most {STEPS_MAX} are allowed"),
            Self::Reserved => write!(f, "reserved bytes must be zero"),
            Self::Length { found, expected } => write!(f, "{found} bytes; steps and joints ask for {expected}"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl Default for Proposal {
    /// No steps, no joints: a place to decode into. Admission refuses it.
    fn default() -> Self {
        Self {
            source: 0,
            epoch: 0,
            sequence: 0,
            made_at_ns: 0,
            observed_at_ns: 0,
            valid_until_ns: 0,
            observed_played_ns: 0,
            profile_hash: [0; 32],
            semantics: Semantics::JointPosition,
            period_ns: 0,
            dof: 0,
            steps: 0,
            targets: [[0.0; DOF_MAX]; STEPS_MAX],
            gripper: [0.0; STEPS_MAX],
        }
    }
}

impl Proposal {
    /// Reads a proposal. Strict: too short, too long, or unknown is an error. Values are not judged here; that is admission's.
    ///
    /// # Errors
    /// What in the bytes is no proposal.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader(bytes);
        let magic: [u8; 4] = reader.take().ok_or(DecodeError::Short)?;
        if magic != MAGIC {
            return Err(DecodeError::Magic);
        }
        let mut proposal = Self::default();
        let [semantics, dof, steps, frame, reserved @ ..] = proposal.header(&mut reader).ok_or(DecodeError::Short)?;
        proposal.semantics = semantics_of(semantics, frame)?;
        proposal.dof = usize::from(dof);
        proposal.steps = usize::from(steps);
        if proposal.dof > DOF_MAX {
            return Err(DecodeError::Dof(dof));
        }
        if proposal.steps > STEPS_MAX {
            return Err(DecodeError::Steps(steps));
        }
        if reserved != [0; 4] {
            return Err(DecodeError::Reserved);
        }
        let (found, expected) = (bytes.len(), proposal.encoded_len());
        let wrong_length = DecodeError::Length { found, expected };
        if found != expected {
            return Err(wrong_length);
        }
        for step in proposal.targets.iter_mut().take(proposal.steps) {
            for target in step.iter_mut().take(proposal.dof) {
                *target = f64::from_le_bytes(reader.take().ok_or(wrong_length)?);
            }
        }
        for gripper in proposal.gripper.iter_mut().take(proposal.steps) {
            *gripper = f64::from_le_bytes(reader.take().ok_or(wrong_length)?);
        }
        Ok(proposal)
    }

    /// Source and sequence number in the header of an encoded proposal, so that its sender can be told even when the rest cannot be read.
    pub(crate) fn sender(bytes: &[u8]) -> Option<(u32, u64)> {
        let mut reader = Reader(bytes.get(..HEADER_BYTES)?);
        let magic: [u8; 4] = reader.take()?;
        let source = u32::from_le_bytes(reader.take()?);
        let _epoch: [u8; 8] = reader.take()?;
        let sequence = u64::from_le_bytes(reader.take()?);
        (magic == MAGIC).then_some((source, sequence))
    }

    /// Length of its encoding, bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        HEADER_BYTES + 8 * self.steps.min(STEPS_MAX) * (self.dof.min(DOF_MAX) + 1)
    }

    /// Writes it to the front of `out` and returns the length; nothing when `out` is too short or the proposal has too many steps or joints.
    #[must_use]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let (dof, steps) = (u8::try_from(self.dof).ok()?, u8::try_from(self.steps).ok()?);
        if self.dof > DOF_MAX || self.steps > STEPS_MAX {
            return None;
        }
        let length = self.encoded_len();
        let mut writer = Writer(out.get_mut(..length)?);
        writer.put(&MAGIC)?;
        writer.put(&self.source.to_le_bytes())?;
        writer.put(&self.epoch.to_le_bytes())?;
        writer.put(&self.sequence.to_le_bytes())?;
        for instant in [
            self.made_at_ns,
            self.observed_at_ns,
            self.valid_until_ns,
            self.observed_played_ns,
            self.period_ns,
        ] {
            writer.put(&instant.to_le_bytes())?;
        }
        writer.put(&self.profile_hash)?;
        let frame = self.semantics.frame().map_or(0, |frame| frame as u8);
        writer.put(&[self.semantics.code(), dof, steps, frame, 0, 0, 0, 0])?;
        for step in self.targets.iter().take(self.steps) {
            for target in step.iter().take(self.dof) {
                writer.put(&target.to_le_bytes())?;
            }
        }
        for gripper in self.gripper.iter().take(self.steps) {
            writer.put(&gripper.to_le_bytes())?;
        }
        Some(length)
    }

    /// Fills the fixed part and returns semantics, joints, steps and the reserved bytes.
    fn header(&mut self, reader: &mut Reader<'_>) -> Option<[u8; 8]> {
        self.source = u32::from_le_bytes(reader.take()?);
        self.epoch = u64::from_le_bytes(reader.take()?);
        self.sequence = u64::from_le_bytes(reader.take()?);
        self.made_at_ns = i64::from_le_bytes(reader.take()?);
        self.observed_at_ns = i64::from_le_bytes(reader.take()?);
        self.valid_until_ns = i64::from_le_bytes(reader.take()?);
        self.observed_played_ns = i64::from_le_bytes(reader.take()?);
        self.period_ns = i64::from_le_bytes(reader.take()?);
        self.profile_hash = reader.take()?;
        reader.take()
    }
}

/// Every meaning has one way to be written.
fn semantics_of(code: u8, frame: u8) -> Result<Semantics, DecodeError> {
    let axes = match frame {
        1 => Ok(Frame::Base),
        2 => Ok(Frame::Tool),
        other => Err(DecodeError::Frame(other)),
    };
    let semantics = match code {
        1 => Semantics::JointPosition,
        2 => Semantics::JointDelta,
        3 => Semantics::JointVelocity,
        4 => Semantics::ToolPose,
        5 => Semantics::ToolDelta(axes?),
        6 => Semantics::ToolTwist(axes?),
        unknown => return Err(DecodeError::Semantics(unknown)),
    };
    if semantics.frame().map_or(0, |frame| frame as u8) == frame {
        Ok(semantics)
    } else {
        Err(DecodeError::Frame(frame))
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }
}

struct Writer<'a>(&'a mut [u8]);

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let (head, rest) = core::mem::take(&mut self.0).split_at_mut_checked(bytes.len())?;
        head.copy_from_slice(bytes);
        self.0 = rest;
        Some(())
    }
}
