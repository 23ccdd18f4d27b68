//! A six-joint cell for tests: limits of the size of a UR5e, an analytic robot, and chunks.
#![allow(dead_code, clippy::indexing_slicing)]

use spinal_gate::{Command, DOF_MAX, JointLimits, Measured, Mode, Profile, Proposal, STEPS_MAX, Semantics};
use spinal_reflex::analytic::AnalyticPlant;
use spinal_reflex::{Control, Reflex, RobotPort, Settings, Trigger};

pub const PERIOD_NS: i64 = 1_000_000;
pub const START_NS: i64 = 1_000_000_000;
pub const HOME_RAD: [f64; 6] = [0.0, -1.2, 1.5, -1.8, -1.5, 0.0];

pub fn profile() -> Profile {
    let joint = |torque_max_nm| JointLimits {
        position_min_rad: -6.2,
        position_max_rad: 6.2,
        velocity_max_rad_s: 3.1,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm,
        torque_rate_max_nm_s: f64::INFINITY,
    };
    Profile {
        joints: [150.0, 150.0, 150.0, 28.0, 28.0, 28.0].map(joint).to_vec(),
        arm: None,
        people: None,
        geometry: None,
        period_ns: PERIOD_NS,
        tracking_error_max_rad: 0.1,
        observation_age_max_ns: 300_000_000,
        proposal_gap_max_ns: 50_000_000,
        measured_age_max_ns: 20_000_000,
        splice_jump_max_rad: 0.2,
        deadline_misses_max: 5,
        tick_overrun_max: 10,
        packet_loss_max: 30,
        hash: [7; 32],
    }
}

/// From 0 to 1 with no speed at either end.
pub fn smooth(s: f64) -> f64 {
    s * s * (3.0 - 2.0 * s)
}

pub struct Cell {
    pub reflex: Reflex,
    pub plant: AnalyticPlant,
    pub now_ns: i64,
    pub last: Option<Command>,
    pub next_sequence: u64,
}

impl Cell {
    pub fn new() -> Self {
        Self::with(profile())
    }

    pub fn with(profile: Profile) -> Self {
        Self::of(Reflex::new(profile, None, Settings::default()).unwrap())
    }

    pub fn with_arm(profile: Profile, arm: spinal_arm::ArmModel) -> Self {
        Self::of(Reflex::new(profile, Some(arm), Settings::default()).unwrap())
    }

    pub fn with_settings(settings: Settings) -> Self {
        Self::of(Reflex::new(profile(), None, settings).unwrap())
    }

    pub fn of(reflex: Reflex) -> Self {
        let plant = AnalyticPlant::new(&HOME_RAD, 0.004, PERIOD_NS, START_NS);
        Self {
            reflex,
            plant,
            now_ns: START_NS,
            last: None,
            next_sequence: 1,
        }
    }

    /// Started, with authority for source 1, epoch 1.
    pub fn granted() -> Self {
        let mut cell = Self::new();
        cell.run(1);
        cell.reflex
            .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
        cell
    }

    /// In full motion along an admitted chunk.
    pub fn moving() -> Self {
        let mut cell = Self::granted();
        let chunk = cell.chunk(0.8, 8);
        assert!(cell.offer(&chunk));
        cell.run(400);
        assert!(cell.reflex.status().velocity_command_rad_s[0] > 1.0);
        cell
    }

    pub fn offer(&mut self, proposal: &Proposal) -> bool {
        self.reflex.offer(proposal, self.now_ns).is_admitted()
    }

    pub fn mode(&self) -> Mode {
        self.reflex.status().mode()
    }

    pub fn trigger(&self) -> Trigger {
        self.reflex.status().trigger().unwrap()
    }

    pub fn tick_with(&mut self, change: impl FnOnce(&mut Measured), deadline_missed: bool) -> Command {
        self.now_ns += PERIOD_NS;
        let mut measured = self.plant.read(self.now_ns);
        change(&mut measured);
        let command = self.reflex.tick(self.now_ns, &measured, deadline_missed);
        self.plant.write(&command);
        self.last = Some(command);
        command
    }

    pub fn run(&mut self, ticks: usize) -> Command {
        (0..ticks).map(|_| self.tick_with(|_| {}, false)).last().unwrap()
    }

    /// A chunk that moves every joint by `way` rad in all, over `steps` steps of 100 ms, and ends at rest.
    pub fn chunk(&mut self, way: f64, steps: usize) -> Proposal {
        let status = self.reflex.status();
        let mut proposal = Proposal {
            source: 1,
            epoch: 1,
            sequence: self.next_sequence,
            made_at_ns: self.now_ns,
            observed_at_ns: self.now_ns,
            valid_until_ns: self.now_ns + 2_000_000_000,
            observed_played_ns: status.played_ns,
            profile_hash: [7; 32],
            semantics: Semantics::JointPosition,
            period_ns: 100_000_000,
            dof: 6,
            steps,
            targets: [[0.0; DOF_MAX]; STEPS_MAX],
            gripper: [0.0; STEPS_MAX],
        };
        self.next_sequence += 1;
        for (k, step) in proposal.targets.iter_mut().enumerate().take(steps) {
            for (target, start) in step.iter_mut().zip(&status.position_command_rad).take(6) {
                *target = start + way * smooth((k + 1) as f64 / steps as f64);
            }
        }
        proposal
    }
}
