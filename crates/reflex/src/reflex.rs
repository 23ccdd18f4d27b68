//! System 1 as one value: state and decisions.

use bytemuck::Zeroable;
use spinal_arm::ArmModel;
use spinal_gate::{
    Admission, Command, ConfigError, Gate, Measured, Mode, Outcome, People, PeopleReading, Power, Profile, Proposal,
    Resolved, Verdict, Wish, admit,
};

use crate::estimator::VelocityEstimator;
use crate::observer::MomentumObserver;
use crate::pace::Pace;
use crate::servo::TorqueServo;
use crate::tightening::Tightenings;
use crate::tracker::Tracker;
use crate::watchdog::Watchdog;
use crate::{Clears, Control, Heard, Settings, Status, Trigger};

/// System 1: judges proposals, follows admitted ones and sends every motion through the gate. Starts in SOS, without authority. Pure: time
/// comes in as an argument, nothing is allocated after `new`.
pub struct Reflex {
    profile: Profile,
    settings: Settings,
    arm: Option<ArmModel>,
    gate: Gate,
    resolved: Resolved,
    tracker: Tracker,
    pace: Pace,
    estimator: VelocityEstimator,
    observer: MomentumObserver,
    servo: TorqueServo,
    watchdog: Watchdog,
    wish: Wish,
    authority: Option<(u32, u64)>,
    last_epoch: Option<u64>,
    last_sequence: Option<u64>,
    trigger: Trigger,
    started: bool,
    is_estop_pressed: bool,
    heard: Heard,
    tightenings: Tightenings,
    consumed_at_ns: Option<i64>,
    status: Status,
}

impl Reflex {
    /// A System 1 for one robot. The arm model, when given, adds torque limits, the external torque estimate and feed-forward torque.
    ///
    /// # Errors
    /// A profile or setting that cannot be run with.
    pub fn new(profile: Profile, arm: Option<ArmModel>, settings: Settings) -> Result<Self, ConfigError> {
        let gate = Gate::new(&profile, arm.clone(), settings.follow_rad_s)?;
        settings.check(profile.period_ns, arm.is_some())?;
        let dof = profile.dof();
        let mut status = Status::zeroed();
        status.dof = dof as u32;
        status.source = u32::MAX;
        status.limited_by = u8::MAX;
        status.mode = Mode::Sos as u8;
        status.trigger = Trigger::Start as u8;
        status.speed_scale = 1.0;
        Ok(Self {
            gate,
            resolved: Resolved::default(),
            tracker: Tracker::new(),
            pace: Pace::FULL,
            estimator: VelocityEstimator::new(dof, &settings.estimator),
            observer: MomentumObserver::new(settings.observer.gain_1_s),
            servo: TorqueServo::new(settings.servo),
            watchdog: Watchdog::default(),
            wish: Wish::default(),
            authority: None,
            last_epoch: None,
            last_sequence: None,
            trigger: Trigger::Start,
            started: false,
            is_estop_pressed: false,
            heard: Heard::NOBODY,
            tightenings: Tightenings::new(),
            consumed_at_ns: None,
            status,
            profile,
            settings,
            arm,
        })
    }

    /// Takes an order from the host. It takes effect at the next tick.
    pub fn control(&mut self, control: &Control, now_ns: i64) {
        let latched = self.trigger.clears() == Clears::Reset;
        match *control {
            Control::Grant { source, epoch } if !latched && self.last_epoch.is_none_or(|last| epoch > last) => {
                self.last_epoch = Some(epoch);
                self.last_sequence = None;
                self.withdraw(Trigger::AwaitingProposal);
                self.authority = Some((source, epoch));
            }
            Control::Revoke => self.withdraw(Trigger::Revoked),
            Control::Stop(Mode::Sos) => self.withdraw(Trigger::RequestedSos),
            Control::Stop(Mode::Ss2) => self.withdraw(Trigger::RequestedSs2),
            Control::Stop(Mode::Ss1) => self.raise(Trigger::RequestedSs1),
            Control::Stop(Mode::Sto) => self.raise(Trigger::RequestedSto),
            Control::EmergencyStop => {
                self.is_estop_pressed = true;
                self.raise(Trigger::EmergencyStop);
            }
            Control::EmergencyRelease => self.is_estop_pressed = false,
            Control::Reset if latched && self.may_be_reset() => {
                self.trigger = Trigger::Start;
                // A robot that is held under power goes on from where it is held, if that is where it stands.
                let error_rad = self.status.tracking_error_rad;
                self.started = self.gate.power() == Power::On && error_rad <= self.profile.tracking_error_max_rad;
                self.watchdog.reset();
                self.servo.reset();
            }
            Control::Tighten(tightening) => {
                self.status.tightenings_refused += u64::from(!self.tightenings.add(&tightening, now_ns));
            }
            Control::Grant { .. } | Control::Stop(Mode::Track) | Control::Reset => self.status.controls_ignored += 1,
        }
    }

    /// Judges a proposal; an admitted one becomes the chunk that is followed.
    pub fn offer(&mut self, proposal: &Proposal, now_ns: i64) -> Verdict {
        let context = Admission {
            profile: &self.profile,
            arm: self.arm.as_ref(),
            authority: self.authority.filter(|_| self.started),
            last_sequence: self.last_sequence,
            played_ns: self.status.played_ns,
            position_rad: self.gate.position_rad(),
            observed: self.tracker.commanded_at(proposal.observed_played_ns),
        };
        let verdict = admit(proposal, &context, now_ns, &mut self.resolved);
        match verdict.outcome {
            Outcome::Refused => self.status.refused += 1,
            Outcome::Admitted => self.status.admitted += 1,
            Outcome::Trimmed => self.status.trimmed += 1,
        }
        if verdict.is_admitted() {
            let (chunk, played_ns) = (self.resolved.chunk(), self.status.played_ns);
            self.tracker.load(chunk, played_ns, self.settings.blend_ns, &self.gate);
            self.last_sequence = Some(proposal.sequence);
            self.consumed_at_ns = None;
            if self.trigger.clears() == Clears::NextProposal {
                self.trigger = Trigger::None;
            }
        }
        verdict
    }

    /// Takes what the independent monitor says. It counts from the next tick on, until it says another thing.
    pub fn heed(&mut self, heard: &Heard) {
        self.heard = *heard;
    }

    /// Takes what a sensor for people says. It counts from the next tick on.
    pub fn see(&mut self, reading: &PeopleReading, _now_ns: i64) {
        self.gate.see(reading);
    }

    /// One tick: the command for the robot. To be called once each profile period; `deadline_missed` says that this tick began too late.
    pub fn tick(&mut self, now_ns: i64, measured: &Measured, deadline_missed: bool) -> Command {
        self.status.now_ns = now_ns;
        self.status.ticks += 1;
        #[cfg(feature = "seeded-bugs")]
        if spinal_gate::seeded::is(spinal_gate::seeded::Bug::FrozenTick) {
            self.status.ticks -= 1;
        }
        self.status.deadline_misses += u64::from(deadline_missed);
        self.sense(now_ns, measured, deadline_missed);
        self.supervise_chunk(now_ns);
        self.tighten(now_ns);
        let mode = self.mode();
        if mode == Mode::Track {
            let consumed_ns = self
                .tracker
                .advance(self.profile.period_ns, self.pace.share(), &mut self.wish);
            self.status.played_ns = self.status.played_ns.saturating_add(consumed_ns);
        }
        let mut command = self.gate.step(Some(&self.wish), mode, now_ns);
        self.supervise_people();
        let allowed = self.status.speed_scale;
        self.pace = self
            .pace
            .after_tick(self.gate.limited(), allowed, self.profile.period_s());
        self.tracker.note(self.status.played_ns, &self.gate);
        let position = &self.status.position_measured_rad;
        let velocity = &self.status.velocity_estimate_rad_s;
        let torque = self
            .servo
            .torque(&command, self.arm.as_ref(), position, velocity, self.profile.period_s());
        if let Some(torque) = torque {
            command = self.gate.with_torque(&command, &torque);
        }
        self.publish(&command);
        command
    }

    /// The state after the last tick.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What the robot says, and what is wrong with it.
    fn sense(&mut self, now_ns: i64, measured: &Measured, deadline_missed: bool) {
        let dof = self.profile.dof();
        if self.watchdog.has_missed_too_many(deadline_missed, &self.profile) {
            self.raise(Trigger::DeadlineMisses);
        }
        if self.watchdog.has_overrun(now_ns, &self.profile) {
            self.raise(Trigger::TickOverrun);
        }
        if let Some(trigger) = self.heard.trigger() {
            self.raise(trigger);
        }
        if !Watchdog::is_finite(measured, dof) {
            self.raise(Trigger::MeasuredNotFinite);
            return;
        }
        let stale = Watchdog::is_stale(measured, now_ns, &self.profile);
        if !self.started {
            self.start(measured, stale);
            return;
        }
        if self.watchdog.has_lost_too_many(measured, &self.profile) {
            self.raise(Trigger::PacketLoss);
        }
        if stale {
            self.raise(Trigger::MeasuredStale);
        }
        self.take(measured);
        self.status.tracking_error_rad = Watchdog::tracking_error(self.gate.position_rad(), measured, dof);
        let driven = self.gate.power() == Power::On;
        let tracking = self.status.tracking_error_rad <= self.profile.tracking_error_max_rad;
        if driven && !tracking {
            self.raise(Trigger::TrackingError);
        }
    }

    /// Takes power on at the measured position. A stale reading only delays that: without power nothing moves.
    fn start(&mut self, measured: &Measured, stale: bool) {
        if stale || self.trigger.clears() == Clears::Reset {
            return;
        }
        if !self.gate.start_at(&measured.position_rad) {
            self.raise(Trigger::OutsideLimits);
            return;
        }
        self.started = true;
        self.estimator.reset();
        self.observer.reset();
        self.take(measured);
    }

    fn take(&mut self, measured: &Measured) {
        let status = &mut self.status;
        status.measured_at_ns = measured.at_ns;
        status.inputs = measured.inputs;
        status.position_measured_rad = measured.position_rad;
        let velocity = &mut status.velocity_estimate_rad_s;
        let since_s = self.estimator.update(measured.at_ns, &measured.position_rad, velocity);
        if let (Some(arm), Some(since_s)) = (&self.arm, since_s) {
            let residual = &mut status.torque_residual_nm;
            self.observer.update(
                arm,
                since_s,
                &measured.position_rad,
                velocity,
                &measured.torque_nm,
                residual,
            );
        }
    }

    /// How fast the robot may be at this tick: what has been asked for and is not over, else all that the profile allows.
    fn tighten(&mut self, now_ns: i64) {
        let active = self.tightenings.active(now_ns);
        self.status.speed_scale = active.map_or(1.0, |active| active.scale);
        self.status.tighten_reason = active.map_or(0, |active| active.reason as u8);
        self.gate.tighten(self.status.speed_scale);
    }

    /// Whether the chunk may go on.
    fn supervise_chunk(&mut self, now_ns: i64) {
        if self.trigger != Trigger::None {
            return;
        }
        if !self.tracker.is_consumed() {
            if now_ns > self.tracker.valid_until_ns() {
                self.raise(Trigger::ProposalExpired);
            }
            return;
        }
        let since = *self.consumed_at_ns.get_or_insert(now_ns);
        if now_ns.saturating_sub(since) >= self.profile.proposal_gap_max_ns {
            self.raise(Trigger::ProposalGap);
        }
    }

    /// While the gate holds the robot for a person nothing is played; it goes on by itself when the person is gone.
    fn supervise_people(&mut self) {
        let is_waiting = self.gate.people().is_some_and(People::is_waiting);
        if is_waiting && self.trigger == Trigger::None {
            self.raise(Trigger::PersonNear);
        } else if !is_waiting && self.trigger == Trigger::PersonNear {
            self.trigger = Trigger::None;
            self.consumed_at_ns = None;
        }
    }

    /// The mode that the trigger asks for; SS2 becomes SOS when the robot rests, SOS while moving is SS2.
    fn mode(&self) -> Mode {
        match self.settings.safe_state.stop(self.trigger.stop()) {
            Mode::Sos | Mode::Ss2 if self.gate.is_at_rest() => Mode::Sos,
            Mode::Sos | Mode::Ss2 => Mode::Ss2,
            other @ (Mode::Track | Mode::Ss1 | Mode::Sto) => other,
        }
    }

    /// Whether a person's reset takes effect now: the robot is safe, and nobody wants it stopped any more.
    fn may_be_reset(&self) -> bool {
        let is_held = self.settings.safe_state.stop(self.trigger.stop()) == Mode::Ss2;
        let is_safe = self.gate.power() == Power::Off || (is_held && self.gate.is_at_rest());
        is_safe && !self.is_estop_pressed && self.heard.trigger().is_none()
    }

    /// Raises a trigger; the worst stop wins, of two alike the one that latches. A latched one takes authority away.
    fn raise(&mut self, trigger: Trigger) {
        let latches = trigger.clears() == Clears::Reset && self.trigger.clears() != Clears::Reset;
        if trigger.stop() > self.trigger.stop() || (latches && trigger.stop() == self.trigger.stop()) {
            self.trigger = trigger;
        }
        if self.trigger.clears() == Clears::Reset {
            self.authority = None;
        }
    }

    /// Takes authority away for a reason that is no fault; a latched stop stays what it is.
    fn withdraw(&mut self, trigger: Trigger) {
        self.authority = None;
        self.tracker.clear();
        if self.trigger.clears() != Clears::Reset {
            self.trigger = trigger;
        }
    }

    fn publish(&mut self, command: &Command) {
        let status = &mut self.status;
        status.position_command_rad = *command.position_rad();
        status.velocity_command_rad_s = *command.velocity_rad_s();
        status.gripper = command.gripper();
        if let Some(limited) = self.gate.limited() {
            status.limited_by = limited.check as u8;
        }
        status.gated += u64::from(self.gate.limited().is_some());
        (status.source, status.epoch) = self.authority.unwrap_or((u32::MAX, 0));
        status.sequence = self.tracker.sequence();
        status.mode = command.mode() as u8;
        status.trigger = self.trigger as u8;
        status.power = command.power() as u8;
        status.estop = u8::from(self.is_estop_pressed);
        status.monitor_stop = self.heard.word.stop as u8;
        status.monitor_check = self.heard.word.check as u8;
        status.monitor_life = self.heard.life as u8;
        status.at_rest = u8::from(self.gate.is_at_rest());
        status.people = self.gate.people().map_or([0.0; 9], People::values);
    }
}
