//! What the monitor says, and its bytes.

/// What it asks for. Later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stop {
    /// Nothing.
    None = 0,
    /// Controlled stop, then held (category 2), asked of System 1.
    Ss2 = 1,
    /// Controlled stop, then power off (category 1), asked of System 1.
    Ss1 = 2,
    /// Power off (category 0), by the monitor's own lane to the robot.
    Sto = 3,
}

impl Stop {
    /// All of them, in order.
    pub const ALL: [Stop; 4] = [Self::None, Self::Ss2, Self::Ss1, Self::Sto];

    /// The next worse one.
    #[must_use]
    pub const fn next(self) -> Stop {
        match self {
            Self::None => Self::Ss2,
            Self::Ss2 => Self::Ss1,
            Self::Ss1 | Self::Sto => Self::Sto,
        }
    }

    /// The stop with this number; an unknown one is the worst.
    #[must_use]
    pub fn from_number(number: u8) -> Stop {
        Self::ALL
            .into_iter()
            .find(|stop| *stop as u8 == number)
            .unwrap_or(Self::Sto)
    }

    /// Its name, as journals and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ss2 => "ss2",
            Self::Ss1 => "ss1",
            Self::Sto => "sto",
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Check {
    /// Nothing.
    None = 0,
    /// A joint outside its range, rad.
    Position = 1,
    /// A joint too fast, rad/s.
    Velocity = 2,
    /// The tool too fast, m/s.
    ToolSpeed = 3,
    /// The tool outside the zone that it must stay in, m beyond.
    KeepIn = 4,
    /// The tool inside a zone that it must stay out of, m deep.
    KeepOut = 5,
    /// An announced stop does not happen: speed and what it may be by now, rad/s.
    StopFails = 6,
    /// System 1's tick counter stands still: for how long and how long it may, s.
    Alive = 7,
    /// No new reading: for how long and how long that may be, s.
    Blind = 8,
    /// A reading that is no number.
    NotFinite = 9,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Check; 10] = [
        Self::None,
        Self::Position,
        Self::Velocity,
        Self::ToolSpeed,
        Self::KeepIn,
        Self::KeepOut,
        Self::StopFails,
        Self::Alive,
        Self::Blind,
        Self::NotFinite,
    ];

    /// The check with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Check> {
        Self::ALL.into_iter().find(|check| *check as u8 == number)
    }

    /// Its name, as journals and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Position => "position",
            Self::Velocity => "velocity",
            Self::ToolSpeed => "tool_speed",
            Self::KeepIn => "keep_in",
            Self::KeepOut => "keep_out",
            Self::StopFails => "stop_fails",
            Self::Alive => "alive",
            Self::Blind => "blind",
            Self::NotFinite => "not_finite",
        }
    }

    /// The stop that it begins with. Where System 1 cannot hear or nothing can be seen, there is no use in asking gently first.
    #[must_use]
    pub const fn first_stop(self) -> Stop {
        match self {
            Self::None => Stop::None,
            Self::Position | Self::Velocity | Self::ToolSpeed | Self::KeepIn | Self::KeepOut => Stop::Ss2,
            Self::StopFails | Self::Blind => Stop::Ss1,
            Self::Alive | Self::NotFinite => Stop::Sto,
        }
    }
}

/// Bytes of an encoded [`Word`].
pub const WORD_BYTES: usize = 44;

/// What the monitor says at one look. What it found is of the look at which it last asked for something worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    /// Looks so far: its own sign of life.
    pub beats: u64,
    /// The look, ns.
    pub at_ns: i64,
    /// What it asks for, latched until a person's reset.
    pub stop: Stop,
    /// Why.
    pub check: Check,
    /// The joint, where it is about one.
    pub joint: u16,
    /// What was found.
    pub value: f64,
    /// What would have been allowed, tolerance included.
    pub limit: f64,
    /// When it asked for this stop, ns.
    pub since_ns: i64,
}

impl Word {
    /// Before the first look.
    pub const SILENCE: Word = Word {
        beats: 0,
        at_ns: 0,
        stop: Stop::None,
        check: Check::None,
        joint: 0,
        value: 0.0,
        limit: 0.0,
        since_ns: 0,
    };

    /// Its bytes, little-endian.
    #[must_use]
    pub fn encode(&self) -> [u8; WORD_BYTES] {
        let mut bytes = [0; WORD_BYTES];
        let parts: [&[u8]; 7] = [
            &self.beats.to_le_bytes(),
            &self.at_ns.to_le_bytes(),
            &[self.stop as u8, self.check as u8],
            &self.joint.to_le_bytes(),
            &self.value.to_le_bytes(),
            &self.limit.to_le_bytes(),
            &self.since_ns.to_le_bytes(),
        ];
        let values = parts.into_iter().flatten();
        bytes.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// A word; `None` when the bytes are not exactly one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Word> {
        let bytes: &[u8; WORD_BYTES] = bytes.try_into().ok()?;
        let eight = |at: usize| -> Option<[u8; 8]> { bytes.get(at..at + 8)?.try_into().ok() };
        let two: [u8; 2] = bytes.get(18..20)?.try_into().ok()?;
        Some(Word {
            beats: u64::from_le_bytes(eight(0)?),
            at_ns: i64::from_le_bytes(eight(8)?),
            stop: *Stop::ALL.get(usize::from(*bytes.get(16)?))?,
            check: Check::from_number(*bytes.get(17)?)?,
            joint: u16::from_le_bytes(two),
            value: f64::from_le_bytes(eight(20)?),
            limit: f64::from_le_bytes(eight(28)?),
            since_ns: i64::from_le_bytes(eight(36)?),
        })
    }
}
