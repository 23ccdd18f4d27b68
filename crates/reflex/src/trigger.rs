//! Why System 1 is stopped, how bad that is, and what clears it.

use spinal_gate::Mode;

/// What ends the effect of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clears {
    /// Nothing to clear.
    Nothing,
    /// The end of its cause, by itself.
    Itself,
    /// The next admitted proposal.
    NextProposal,
    /// The next grant of authority.
    NextGrant,
    /// A person's reset.
    Reset,
}

/// Why the robot is not following proposals. Worst wins: a trigger replaces another only with a worse stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Trigger {
    /// Nothing is wrong.
    None = 0,
    /// Just started, or reset: nobody has authority yet.
    Start = 1,
    /// Authority was taken away.
    Revoked = 2,
    /// The chunk was played to its end and no new one came in time.
    ProposalGap = 3,
    /// The chunk's validity ended while it was being played.
    ProposalExpired = 4,
    /// The host asked for SOS.
    RequestedSos = 5,
    /// The host asked for SS2.
    RequestedSs2 = 6,
    /// The host asked for SS1.
    RequestedSs1 = 7,
    /// The host asked for STO.
    RequestedSto = 8,
    /// The robot is too far from its command.
    TrackingError = 9,
    /// The measured state is too old.
    MeasuredStale = 10,
    /// Too many deadlines were missed in a row.
    DeadlineMisses = 11,
    /// The robot stood outside its position limits at start.
    OutsideLimits = 12,
    /// The measured state holds NaN or infinity.
    MeasuredNotFinite = 13,
    /// A source has authority and has not proposed yet.
    AwaitingProposal = 14,
    /// An emergency stop was pressed.
    EmergencyStop = 15,
    /// One single tick came far too late.
    TickOverrun = 16,
    /// The robot sent nothing new for too many ticks in a row.
    PacketLoss = 17,
    /// The independent monitor asks for a controlled stop.
    MonitorSs2 = 18,
    /// The independent monitor asks for a controlled stop, then power off.
    MonitorSs1 = 19,
    /// The independent monitor has taken power away by its own lane.
    MonitorSto = 20,
    /// The independent monitor is dead or hangs.
    MonitorSilent = 21,
    /// A person is too near, or nobody knows where people are: the gate holds the robot.
    PersonNear = 22,
}

impl Trigger {
    /// All triggers, in the order of their numbers.
    pub const ALL: [Trigger; 23] = [
        Self::None,
        Self::Start,
        Self::Revoked,
        Self::ProposalGap,
        Self::ProposalExpired,
        Self::RequestedSos,
        Self::RequestedSs2,
        Self::RequestedSs1,
        Self::RequestedSto,
        Self::TrackingError,
        Self::MeasuredStale,
        Self::DeadlineMisses,
        Self::OutsideLimits,
        Self::MeasuredNotFinite,
        Self::AwaitingProposal,
        Self::EmergencyStop,
        Self::TickOverrun,
        Self::PacketLoss,
        Self::MonitorSs2,
        Self::MonitorSs1,
        Self::MonitorSto,
        Self::MonitorSilent,
        Self::PersonNear,
    ];

    /// The trigger with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Trigger> {
        Self::ALL.into_iter().find(|trigger| *trigger as u8 == number)
    }

    /// The stop that it causes.
    #[must_use]
    pub const fn stop(self) -> Mode {
        match self {
            Self::None => Mode::Track,
            Self::Start | Self::AwaitingProposal | Self::RequestedSos => Mode::Sos,
            Self::Revoked
            | Self::ProposalGap
            | Self::ProposalExpired
            | Self::RequestedSs2
            | Self::MonitorSs2
            | Self::PersonNear => Mode::Ss2,
            Self::RequestedSs1
            | Self::TrackingError
            | Self::MeasuredStale
            | Self::DeadlineMisses
            | Self::OutsideLimits
            | Self::EmergencyStop
            | Self::TickOverrun
            | Self::PacketLoss
            | Self::MonitorSs1
            | Self::MonitorSilent => Mode::Ss1,
            Self::RequestedSto | Self::MeasuredNotFinite | Self::MonitorSto => Mode::Sto,
        }
    }

    /// What clears it.
    #[must_use]
    pub const fn clears(self) -> Clears {
        match self {
            Self::None => Clears::Nothing,
            Self::PersonNear => Clears::Itself,
            Self::AwaitingProposal | Self::ProposalGap | Self::ProposalExpired => Clears::NextProposal,
            Self::Start | Self::Revoked | Self::RequestedSos | Self::RequestedSs2 => Clears::NextGrant,
            Self::RequestedSs1
            | Self::RequestedSto
            | Self::TrackingError
            | Self::MeasuredStale
            | Self::DeadlineMisses
            | Self::OutsideLimits
            | Self::MeasuredNotFinite
            | Self::EmergencyStop
            | Self::TickOverrun
            | Self::PacketLoss
            | Self::MonitorSs2
            | Self::MonitorSs1
            | Self::MonitorSto
            | Self::MonitorSilent => Clears::Reset,
        }
    }

    /// Its name, as journals and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Start => "start",
            Self::Revoked => "revoked",
            Self::ProposalGap => "proposal_gap",
            Self::ProposalExpired => "proposal_expired",
            Self::RequestedSos => "requested_sos",
            Self::RequestedSs2 => "requested_ss2",
            Self::RequestedSs1 => "requested_ss1",
            Self::RequestedSto => "requested_sto",
            Self::TrackingError => "tracking_error",
            Self::MeasuredStale => "measured_stale",
            Self::DeadlineMisses => "deadline_misses",
            Self::OutsideLimits => "outside_limits",
            Self::MeasuredNotFinite => "measured_not_finite",
            Self::AwaitingProposal => "awaiting_proposal",
            Self::EmergencyStop => "emergency_stop",
            Self::TickOverrun => "tick_overrun",
            Self::PacketLoss => "packet_loss",
            Self::MonitorSs2 => "monitor_ss2",
            Self::MonitorSs1 => "monitor_ss1",
            Self::MonitorSto => "monitor_sto",
            Self::MonitorSilent => "monitor_silent",
            Self::PersonNear => "person_near",
        }
    }
}
