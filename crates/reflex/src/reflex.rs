//! System 1 as one value: state and decisions.

use spinal_arm::ArmModel;
use spinal_gate::{Command, Measured, Profile, Proposal, Verdict};

use crate::{ConfigError, Control, Settings, Status};

/// System 1: judges proposals, follows admitted ones and sends every motion through the gate. Starts in SOS, without authority.
pub struct Reflex {
    status: Status,
}

impl Reflex {
    /// A System 1 for one robot. The arm model, when given, adds torque limits, the external torque estimate and feed-forward torque.
    ///
    /// # Errors
    /// A profile or setting that cannot be run with.
    pub fn new(profile: Profile, arm: Option<ArmModel>, settings: Settings) -> Result<Self, ConfigError> {
        let _ = (profile, arm, settings);
        todo!()
    }

    /// Takes an order from the host.
    pub fn control(&mut self, control: &Control, now_ns: i64) {
        let _ = (control, now_ns);
        todo!()
    }

    /// Judges a proposal; an admitted one becomes the chunk that is followed.
    pub fn offer(&mut self, proposal: &Proposal, now_ns: i64) -> Verdict {
        let _ = (proposal, now_ns);
        todo!()
    }

    /// One tick: the command for the robot. To be called once each profile period; `deadline_missed` says that this tick began too late.
    pub fn tick(&mut self, now_ns: i64, measured: &Measured, deadline_missed: bool) -> Command {
        let _ = (now_ns, measured, deadline_missed);
        todo!()
    }

    /// The state after the last tick.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }
}
