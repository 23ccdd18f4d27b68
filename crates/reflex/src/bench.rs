//! How long a tick takes, and whether it keeps its deadlines beside a loop that does nothing.

use std::time::Duration;

use spinal_arm::{ArmModel, DhRow, Mat3, ModelError, Pose, Tool, Vec3};
use spinal_gate::{ArmLimits, DOF_MAX, JointLimits, Profile, Proposal, STEPS_MAX, Semantics};

use crate::analytic::AnalyticPlant;
use crate::{ConfigError, Control, Reflex, RobotPort, Settings};

mod attack;
mod histogram;
mod pace;

pub use attack::{AttackRun, StepTimes, Stretch};
pub use histogram::Histogram;
use pace::Pace;

/// What was measured. Times in ns.
#[derive(Clone, Debug)]
pub struct TickReport {
    /// Ticks executed.
    pub ticks: u64,
    /// Execution time of `Reflex::tick`.
    pub execution: Histogram,
    /// Execution time of `Reflex::offer`.
    pub offers: Histogram,
    /// Heap allocations made by ticks and offers.
    pub allocations: u64,
    /// Periods whose tick was not finished at the next deadline.
    pub missed: u64,
    /// The same for the loop without work, in the same run.
    pub missed_baseline: u64,
    /// Ticks of the loop without work.
    pub baseline_ticks: u64,
    /// How late ticks began.
    pub wake: Histogram,
    /// How late the loop without work began.
    pub wake_baseline: Histogram,
    /// Ticks in which a joint followed its stored stop because the candidate had none.
    pub gated: u64,
}

/// Why a benchmark cannot run.
#[derive(Clone, Debug, PartialEq)]
pub enum BenchError {
    /// Rate, duration or number of joints.
    Config(ConfigError),
    /// The arm made for the benchmark.
    Arm(ModelError),
}

impl std::fmt::Display for BenchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Arm(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BenchError {}

impl From<ConfigError> for BenchError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// Ticks at `hz` for `seconds` with the whole path: arm model, velocity estimate, momentum observer, torque check, gate, and a new chunk
/// every 200 ms. Every second the loop without work takes over for a second, so that both meet the same disturbances. `allocations` counts the
/// heap allocations of this thread so far; `go_on` is asked between slices whether to go on.
///
/// # Errors
/// A rate, a duration or a number of joints that cannot be run.
pub fn paced(
    hz: u32,
    seconds: f64,
    dof: usize,
    allocations: impl Fn() -> u64,
    mut go_on: impl FnMut() -> bool,
) -> Result<TickReport, BenchError> {
    if !(0.1..=3600.0).contains(&seconds) {
        return Err(ConfigError::new("seconds", seconds, "0.1 to 3600").into());
    }
    let mut work = Work::new(hz, dof)?;
    let mut report = TickReport::empty();
    let mut pace = Pace::new(work.period_ns);
    let ticks_wanted = (seconds * f64::from(hz)) as u64;
    let slice = u64::from(hz).min(ticks_wanted.div_ceil(2)).max(1);
    while report.ticks < ticks_wanted && go_on() {
        pace.restart();
        for _ in 0..slice {
            report.wake.record(pace.wait());
            work.run(&mut report, &allocations);
            report.missed += pace.finish();
        }
        pace.restart();
        for _ in 0..slice {
            report.wake_baseline.record(pace.wait());
            report.baseline_ticks += 1;
            report.missed_baseline += pace.finish();
        }
    }
    report.gated = work.reflex.status().gated;
    Ok(report)
}

/// Ticks back to back, as many as asked for: execution time without waiting.
///
/// # Errors
/// A rate or a number of joints that cannot be run.
pub fn unpaced(hz: u32, ticks: u64, dof: usize, allocations: impl Fn() -> u64) -> Result<TickReport, BenchError> {
    let mut work = Work::new(hz, dof)?;
    let mut report = TickReport::empty();
    for _ in 0..ticks {
        work.run(&mut report, &allocations);
    }
    report.gated = work.reflex.status().gated;
    Ok(report)
}

impl TickReport {
    fn empty() -> Self {
        Self {
            ticks: 0,
            execution: Histogram::new(),
            offers: Histogram::new(),
            allocations: 0,
            missed: 0,
            missed_baseline: 0,
            baseline_ticks: 0,
            wake: Histogram::new(),
            wake_baseline: Histogram::new(),
            gated: 0,
        }
    }
}

/// One System 1 on an analytic robot, under a virtual clock.
struct Work {
    reflex: Reflex,
    plant: AnalyticPlant,
    proposal: Proposal,
    now_ns: i64,
    period_ns: i64,
    next_chunk_ns: i64,
}

const CHUNK_EVERY_NS: i64 = 200_000_000;
const STEP_NS: i64 = 100_000_000;
const STEPS: usize = 8;
/// When a run begins, ns; the swing grows from then on.
const START_NS: i64 = 1_000_000_000;

impl Work {
    fn new(hz: u32, dof: usize) -> Result<Self, BenchError> {
        if !(10..=1_000_000).contains(&hz) {
            return Err(ConfigError::new("hz", hz, "10 to 1000000").into());
        }
        if !(1..=DOF_MAX).contains(&dof) {
            return Err(ConfigError::new("dof", dof, format!("1 to {DOF_MAX}")).into());
        }
        let period_ns = 1_000_000_000 / i64::from(hz);
        let arm = arm(dof).map_err(BenchError::Arm)?;
        let mut reflex = Reflex::new(profile(dof, period_ns), Some(arm), Settings::default())?;
        let mut now_ns = START_NS;
        let mut plant = AnalyticPlant::new(&vec![0.3; dof], 0.002, period_ns, now_ns);
        let measured = plant.read(now_ns);
        let _ = reflex.tick(now_ns, &measured, false);
        reflex.control(&Control::Grant { source: 1, epoch: 1 }, now_ns);
        now_ns += period_ns;
        let proposal = Proposal {
            source: 1,
            epoch: 1,
            period_ns: STEP_NS,
            semantics: Semantics::JointPosition,
            dof,
            steps: STEPS,
            targets: [[0.3; DOF_MAX]; STEPS_MAX],
            ..Proposal::default()
        };
        Ok(Self {
            reflex,
            plant,
            proposal,
            now_ns,
            period_ns,
            next_chunk_ns: now_ns,
        })
    }

    fn run(&mut self, report: &mut TickReport, allocations: &impl Fn() -> u64) {
        if self.now_ns >= self.next_chunk_ns {
            self.next_chunk_ns += CHUNK_EVERY_NS;
            self.propose();
            let before = allocations();
            let start = pace::monotonic_ns();
            let verdict = self.reflex.offer(&self.proposal, self.now_ns);
            report.offers.record(pace::monotonic_ns() - start);
            report.allocations += allocations() - before;
            debug_assert!(verdict.is_admitted(), "{verdict:?}");
        }
        let measured = self.plant.read(self.now_ns);
        let before = allocations();
        let start = pace::monotonic_ns();
        let command = self.reflex.tick(self.now_ns, &measured, false);
        report.execution.record(pace::monotonic_ns() - start);
        report.allocations += allocations() - before;
        self.plant.write(&command);
        self.now_ns += self.period_ns;
        report.ticks += 1;
    }

    /// A chunk of a slow swing of all joints, each with its own phase.
    fn propose(&mut self) {
        let proposal = &mut self.proposal;
        proposal.sequence += 1;
        proposal.made_at_ns = self.now_ns;
        proposal.observed_at_ns = self.now_ns;
        proposal.valid_until_ns = self.now_ns + 1_000_000_000;
        proposal.observed_played_ns = self.reflex.status().played_ns;
        for (k, step) in proposal.targets.iter_mut().enumerate().take(STEPS) {
            let t = Duration::from_nanos((self.now_ns - START_NS + STEP_NS * (k as i64 + 1)) as u64).as_secs_f64();
            let swing = 0.1 * t.min(1.0);
            for (j, target) in step.iter_mut().enumerate().take(proposal.dof) {
                *target = 0.3 + swing * ((2.0 * t + j as f64).sin() - (j as f64).sin());
            }
        }
    }
}

fn profile(dof: usize, period_ns: i64) -> Profile {
    let limits = JointLimits {
        position_min_rad: -6.2,
        position_max_rad: 6.2,
        velocity_max_rad_s: 3.1,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 150.0,
        torque_rate_max_nm_s: 3000.0,
    };
    // Where whole paths are looked at, everything about the whole arm is limited, as in the shipped cell.
    let arm = ArmLimits {
        tool_speed_max_m_s: 1.5,
        elbow_speed_max_m_s: 1.5,
        momentum_max_kg_m_s: 25.0,
        power_max_w: 300.0,
        kinetic_energy_max_j: 20.0,
        stopping_time_max_s: 0.4,
        stopping_distance_max_m: 0.5,
    };
    Profile {
        joints: vec![limits; dof],
        arm: (period_ns >= 100_000).then_some(arm),
        people: None,
        geometry: None,
        period_ns,
        tracking_error_max_rad: 1.0,
        observation_age_max_ns: 300_000_000,
        proposal_gap_max_ns: 1_000_000_000,
        measured_age_max_ns: 1_000_000_000,
        splice_jump_max_rad: 1.0,
        deadline_misses_max: 1000,
        tick_overrun_max: 1000000,
        packet_loss_max: 1000000,
        hash: [0; 32],
    }
}

/// A serial arm with the published Denavit–Hartenberg lengths and link masses of a UR5e (Universal Robots, "DH parameters for calculations
/// of kinematics and dynamics"), repeated for more joints and cut for fewer.
fn arm(dof: usize) -> Result<ArmModel, ModelError> {
    let quarter = std::f64::consts::FRAC_PI_2;
    let lengths = [
        (0.0, 0.1625, quarter, 3.761),
        (-0.425, 0.0, 0.0, 8.058),
        (-0.3922, 0.0, 0.0, 2.846),
        (0.0, 0.1333, quarter, 1.37),
        (0.0, 0.0997, -quarter, 1.3),
        (0.0, 0.0996, 0.0, 0.365),
    ];
    let row = |&(a_m, d_m, alpha_rad, mass_kg): &(f64, f64, f64, f64)| DhRow {
        a_m,
        d_m,
        alpha_rad,
        offset_rad: 0.0,
        mass_kg,
        com_m: Vec3::new(-0.5 * a_m, 0.0, 0.02),
        inertia_kg_m2: even_inertia(0.01 * mass_kg),
        armature_kg_m2: 0.1,
        position_min_rad: -6.2,
        position_max_rad: 6.2,
    };
    let rows: Vec<DhRow> = lengths.iter().cycle().take(dof).map(row).collect();
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.5,
        com_m: Vec3::new(0.0, 0.0, 0.05),
        inertia_kg_m2: even_inertia(1e-3),
    };
    ArmModel::from_dh(&rows, Pose::IDENTITY, &tool, Vec3::new(0.0, 0.0, -9.81))
}

fn even_inertia(inertia_kg_m2: f64) -> Mat3 {
    Mat3 {
        x: Vec3::new(inertia_kg_m2, 0.0, 0.0),
        y: Vec3::new(0.0, inertia_kg_m2, 0.0),
        z: Vec3::new(0.0, 0.0, inertia_kg_m2),
    }
}
