//! The real-time loop measured beside whatever load the caller makes, alternating with a loop that does nothing.
//!
//! Everything is as in a run: channels, journal, proposals through the ring, a sensor that sees nobody. Only the plant is in this process:
//! after each tick, outside the time that is measured, it takes the command and publishes its reading.

use super::clock::{Pace, monotonic_ns};
use super::realtime::RealtimeConfig;
use super::station::Station;
use super::timing::{Quantiles, TimingSummary};
use super::{HostMessage, ShellError, machine};
use crate::analytic::AnalyticPlant;
use crate::bench::Histogram;
use crate::{Control, RobotPort};
use spinal_gate::{
    Command, DOF_MAX, Mode, PROPOSAL_BYTES_MAX, PeopleReading, Power, Profile, Proposal, STEPS_MAX, Semantics,
};
use spinal_journal::wire::{MEASURED_BYTES_MAX, PEOPLE_BYTES_MAX, encode_measured, encode_people};
use spinal_link::{LatestWriter, RingWriter};
use std::sync::atomic::{AtomicBool, Ordering};

/// Time between two proposals and within a chunk, ns; as the shipped policy does it.
const DECIDE_EVERY_NS: i64 = 200_000_000;
const STEP_NS: i64 = 100_000_000;
const STEPS: usize = 8;
/// Time between two looks of the sensor for people, ns; as the shipped cell's scanner does it.
const PEOPLE_EVERY_NS: i64 = 50_000_000;
/// One turn of either loop, ns. Chosen by hand: both meet the same disturbances.
const TURN_NS: i64 = 1_000_000_000;
/// Swing of each joint, rad, and its angular frequency, rad/s. Chosen by hand: well inside an industrial arm's limits.
const SWING_RAD: f64 = 0.1;
const SWING_RAD_S: f64 = 2.0;

/// What was measured.
#[derive(Debug)]
pub struct LoadReport {
    /// Ticks, misses and times of the real-time loop.
    pub timing: TimingSummary,
    /// Wake-ups of the loop that does nothing.
    pub baseline_ticks: u64,
    /// Wake-ups of it that came one or more periods late.
    pub missed_baseline: u64,
    /// Its wake-up latency.
    pub wake_baseline: Quantiles,
    /// Largest excess of a command over a limit of position, velocity, acceleration or jerk, as a share of the limit. 0 = none.
    pub violation_max: f64,
    /// Ticks in which the robot moved.
    pub moving_ticks: u64,
    /// Proposals that were admitted.
    pub admitted: u64,
    /// Proposals that were refused.
    pub refused: u64,
    /// Latched stops (too many misses in a row, for instance), each left by a reset.
    pub latched_stops: u64,
    /// What the machine refused.
    pub warnings: Vec<String>,
}

/// Runs for `seconds` of each loop, swinging around `home_rad`, or until `stop`. The channels must be there.
///
/// # Errors
/// As [`super::realtime::run`].
pub fn run(
    config: &RealtimeConfig,
    home_rad: &[f64],
    seconds: f64,
    stop: &AtomicBool,
) -> Result<LoadReport, ShellError> {
    let mut config = config.clone();
    // The turns of the loop that does nothing are pauses on purpose, and no overruns.
    config.system.profile.tick_overrun_max = u32::MAX;
    let config = &config;
    let profile = &config.system.profile;
    let (mut station, recorder) = Station::open(config)?;
    let mut robot = Robot::open(config, home_rad)?;
    let warnings = machine::prepare(config.priority, config.cpu);
    let mut watch = LimitWatch::new(profile);
    let (mut baseline_ticks, mut missed_baseline, mut wake_baseline) = (0, 0, Histogram::new());
    let mut moving_ticks = 0;
    let mut pace = Pace::new(profile.period_ns);
    let turns = (seconds * 1e9 / TURN_NS as f64).ceil().max(1.0) as u64;
    for _ in 0..turns {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        robot.publish(monotonic_ns())?;
        let end_ns = monotonic_ns() + TURN_NS;
        pace.restart();
        loop {
            let wake = pace.wait();
            let (_, command) = station.tick(&wake);
            if let Some(command) = command {
                watch.look(profile, &command);
                moving_ticks += u64::from(command.velocity_rad_s().iter().any(|velocity| *velocity != 0.0));
                robot.plant.write(&command);
            }
            robot.publish(wake.at_ns)?;
            robot.decide(&station, wake.at_ns)?;
            if wake.at_ns >= end_ns {
                break;
            }
        }
        let end_ns = monotonic_ns() + TURN_NS;
        pace.restart();
        loop {
            let wake = pace.wait();
            baseline_ticks += 1;
            missed_baseline += wake.missed;
            wake_baseline.record(wake.late_ns);
            if wake.at_ns >= end_ns {
                break;
            }
        }
    }
    machine::release();
    let timing = station.tell_timing(monotonic_ns());
    let (admitted, refused) = (
        station.status().admitted + station.status().trimmed,
        station.status().refused,
    );
    drop(station);
    recorder.finish()?;
    Ok(LoadReport {
        timing,
        baseline_ticks,
        missed_baseline,
        wake_baseline: Quantiles::of(&wake_baseline),
        violation_max: watch.violation_max,
        moving_ticks,
        admitted,
        refused,
        latched_stops: robot.latched_stops,
        warnings,
    })
}

/// The other ends of the channels: plant, policy and host.
struct Robot {
    plant: AnalyticPlant,
    measured: LatestWriter,
    people: LatestWriter,
    people_ns: i64,
    proposals: RingWriter,
    controls: RingWriter,
    proposal: Box<Proposal>,
    home_rad: [f64; DOF_MAX],
    start_ns: i64,
    next_ns: i64,
    epoch: u64,
    latched_stops: u64,
}

impl Robot {
    fn open(config: &RealtimeConfig, home_rad: &[f64]) -> Result<Robot, ShellError> {
        let profile = &config.system.profile;
        let channel = |name: &str| config.channels.join(name);
        let mut home = [0.0; DOF_MAX];
        home.iter_mut().zip(home_rad).for_each(|(to, from)| *to = *from);
        let now_ns = monotonic_ns();
        let proposal = Proposal {
            source: 1,
            profile_hash: profile.hash,
            semantics: Semantics::JointPosition,
            period_ns: STEP_NS,
            dof: profile.dof(),
            steps: STEPS,
            targets: [[0.0; DOF_MAX]; STEPS_MAX],
            ..Proposal::default()
        };
        Ok(Robot {
            plant: AnalyticPlant::new(
                home.get(..profile.dof()).unwrap_or(&home),
                0.0,
                profile.period_ns,
                now_ns,
            ),
            measured: LatestWriter::open(&channel("measured"))?,
            people: LatestWriter::open(&channel("people"))?,
            people_ns: 0,
            proposals: RingWriter::open(&channel("proposals"))?,
            controls: RingWriter::open(&channel("controls"))?,
            proposal: Box::new(proposal),
            home_rad: home,
            start_ns: now_ns,
            next_ns: 0,
            epoch: 0,
            latched_stops: 0,
        })
    }

    fn publish(&mut self, now_ns: i64) -> Result<(), ShellError> {
        let mut bytes = [0; MEASURED_BYTES_MAX];
        let length = encode_measured(&self.plant.read(now_ns), self.proposal.dof, &mut bytes).unwrap_or(0);
        self.measured.write(bytes.get(..length).unwrap_or(&[]))?;
        // Without a reading a person would be everywhere, and a robot that must not move has little to decide.
        if now_ns >= self.people_ns {
            self.people_ns = now_ns + PEOPLE_EVERY_NS;
            let mut bytes = [0; PEOPLE_BYTES_MAX];
            let length = encode_people(&PeopleReading::nobody(now_ns), &mut bytes).unwrap_or(0);
            self.people.write(bytes.get(..length).unwrap_or(&[]))?;
        }
        Ok(())
    }

    /// Grants authority to itself and proposes the next part of the swing.
    fn decide(&mut self, station: &Station, now_ns: i64) -> Result<(), ShellError> {
        let status = station.status();
        if now_ns < self.next_ns || status.ticks == 0 {
            return Ok(());
        }
        self.next_ns = now_ns + DECIDE_EVERY_NS;
        let is_latched = status.mode() >= Mode::Ss1;
        if is_latched {
            self.latched_stops += 1;
            self.controls.push(&HostMessage::Control(Control::Reset).encode())?;
        }
        if is_latched || self.epoch == 0 {
            self.epoch += 1;
            let grant = Control::Grant {
                source: self.proposal.source,
                epoch: self.epoch,
            };
            self.controls.push(&HostMessage::Control(grant).encode())?;
        }
        let proposal = &mut self.proposal;
        proposal.epoch = self.epoch;
        proposal.sequence += 1;
        (proposal.made_at_ns, proposal.observed_at_ns) = (now_ns, now_ns);
        proposal.valid_until_ns = now_ns + 10 * DECIDE_EVERY_NS;
        proposal.observed_played_ns = status.played_ns;
        for (k, step) in proposal.targets.iter_mut().enumerate().take(STEPS) {
            let at_s = (now_ns - self.start_ns + STEP_NS * (k as i64 + 1)) as f64 * 1e-9;
            for (j, (target, home)) in step.iter_mut().zip(&self.home_rad).enumerate().take(proposal.dof) {
                *target = home + SWING_RAD * ((SWING_RAD_S * at_s + j as f64).sin() - (j as f64).sin());
            }
        }
        let mut bytes = [0; PROPOSAL_BYTES_MAX];
        let length = proposal.encode(&mut bytes).unwrap_or(0);
        self.proposals.push(bytes.get(..length).unwrap_or(&[]))?;
        Ok(())
    }
}

/// Recomputes what the gate promises of each command, from the commands alone.
struct LimitWatch {
    before: Option<Command>,
    period_s: f64,
    violation_max: f64,
}

/// Rounding that is no violation, as a share of the limit.
const ROUNDING: f64 = 1e-9;

impl LimitWatch {
    fn new(profile: &Profile) -> LimitWatch {
        LimitWatch {
            before: None,
            period_s: profile.period_s(),
            violation_max: 0.0,
        }
    }

    fn look(&mut self, profile: &Profile, command: &Command) {
        // Without power nothing is driven, and after it the motion starts anew from the measured position.
        let before = self
            .before
            .replace(*command)
            .filter(|before| before.power() == Power::On);
        if command.power() == Power::Off {
            self.before = None;
            return;
        }
        let joints = command
            .position_rad()
            .iter()
            .zip(command.velocity_rad_s())
            .zip(command.acceleration_rad_s2());
        for (joint, (limits, ((q, v), a))) in profile.joints.iter().zip(joints).enumerate() {
            let range = limits.position_max_rad - limits.position_min_rad;
            let outside = (limits.position_min_rad - q).max(q - limits.position_max_rad) / range;
            let mut excess = outside
                .max(v.abs() / limits.velocity_max_rad_s - 1.0)
                .max(a.abs() / limits.acceleration_max_rad_s2 - 1.0);
            let a_before = before
                .as_ref()
                .and_then(|before| before.acceleration_rad_s2().get(joint).copied());
            if let Some(a_before) = a_before {
                excess = excess.max((a - a_before).abs() / self.period_s / limits.jerk_max_rad_s3 - 1.0);
            }
            let is_inside = excess <= ROUNDING;
            if !is_inside {
                self.violation_max = self
                    .violation_max
                    .max(if excess.is_nan() { f64::INFINITY } else { excess });
            }
        }
    }
}
