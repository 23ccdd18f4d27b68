//! A gate that is broken on purpose, and the independent monitor that catches it before the robot goes further than it states.
//! Needs the feature `seeded-bugs`, which no shipped build has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::{HOME_RAD, PERIOD_NS, profile, smooth};
use spinal_gate::seeded::{Bug, plant};
use spinal_gate::{Command, DOF_MAX, Measured, PeopleReading, Profile, Proposal, STEPS_MAX, Semantics};
use spinal_journal::{Detail, Storage};
use spinal_monitor::{Check, JointRange, Limits, Stop, Times, Tolerance};
use spinal_reflex::analytic::AnalyticPlant;
use spinal_reflex::shell::{CLOCK_START_NS, Lockstep, System};
use spinal_reflex::{Control, RobotPort, Settings};

const MS: i64 = 1_000_000;
const POSITION_MAX_RAD: f64 = 1.0;
const VELOCITY_MAX_RAD_S: f64 = 1.0;
const ACCELERATION_MAX_RAD_S2: f64 = 12.0;
const JERK_MAX_RAD_S3: f64 = 400.0;
const POSITION_TOLERANCE_RAD: f64 = 0.0873;
const VELOCITY_TOLERANCE_RAD_S: f64 = 0.0201;
const LAG_S: f64 = 0.004;

fn tight() -> Profile {
    let mut profile = Profile {
        proposal_gap_max_ns: 400 * MS,
        ..profile()
    };
    // The first joint is the one that is driven out.
    let joint = &mut profile.joints[0];
    (joint.position_min_rad, joint.position_max_rad) = (-POSITION_MAX_RAD, POSITION_MAX_RAD);
    joint.velocity_max_rad_s = VELOCITY_MAX_RAD_S;
    profile
}

fn limits(profile: &Profile) -> Limits {
    let joints = profile.joints.iter().map(|joint| JointRange {
        position_min_rad: joint.position_min_rad,
        position_max_rad: joint.position_max_rad,
        velocity_max_rad_s: joint.velocity_max_rad_s,
    });
    Limits {
        joints: joints.collect(),
        tool_speed_max_m_s: f64::INFINITY,
        keep_in: Vec::new(),
        keep_out: Vec::new(),
        walls: Vec::new(),
        chain: None,
        tolerance: Tolerance {
            position_rad: POSITION_TOLERANCE_RAD,
            velocity_rad_s: VELOCITY_TOLERANCE_RAD_S,
            tool_speed_m_s: 0.05,
            zone_m: 0.04,
            rest_rad_s: 0.1,
        },
        times: times(),
    }
}

/// As the shipped cell's, but for a stop that has to be over sooner: this arm stops in 0.3 s.
fn times() -> Times {
    Times {
        escalate_ns: 100 * MS,
        escalate_growing_ns: 50 * MS,
        stop_begin_ns: 150 * MS,
        stop_end_ns: 600 * MS,
        alive_max_ns: 100 * MS,
        reading_age_max_ns: 100 * MS,
        speed_window_ns: 24 * MS,
    }
}

/// The robot, and the furthest and fastest that it has really been.
struct Seen {
    robot: AnalyticPlant,
    before_rad: f64,
    position_max_rad: f64,
    speed_max_rad_s: f64,
    cut_after: Option<u64>,
    ticks: u64,
}

impl RobotPort for Seen {
    fn read(&mut self, now_ns: i64) -> Measured {
        let measured = self.robot.read(now_ns);
        let at = measured.position_rad[0];
        self.position_max_rad = self.position_max_rad.max(at);
        self.speed_max_rad_s = self.speed_max_rad_s.max((at - self.before_rad).abs() * 1e3);
        self.before_rad = at;
        self.ticks += 1;
        measured
    }
    fn see(&mut self, _now_ns: i64) -> Option<PeopleReading> {
        None
    }
    fn cut(&mut self, is_cut: bool) {
        if is_cut {
            self.cut_after.get_or_insert(self.ticks);
        }
        self.robot.cut(is_cut);
    }
    fn write(&mut self, command: &Command) {
        self.robot.write(command);
    }
}

struct Run {
    lockstep: Lockstep,
    robot: Seen,
    sequence: u64,
}

impl Run {
    fn new(bugs: &[Bug]) -> Run {
        plant(bugs);
        let profile = tight();
        let system = System {
            profile: profile.clone(),
            settings: Settings::default(),
            arm: None,
        };
        let header = system.header("test", Detail::Digest, 0, "{}");
        let lockstep = Lockstep::new(&system, header, Storage::Unstored).unwrap();
        let robot = AnalyticPlant::new(&HOME_RAD, LAG_S, PERIOD_NS, CLOCK_START_NS);
        let mut run = Run {
            lockstep: lockstep.watched(limits(&profile)).unwrap(),
            robot: Seen {
                robot,
                before_rad: HOME_RAD[0],
                position_max_rad: HOME_RAD[0],
                speed_max_rad_s: 0.0,
                cut_after: None,
                ticks: 0,
            },
            sequence: 0,
        };
        run.go(5);
        run.lockstep.control(&Control::Grant { source: 1, epoch: 1 });
        run
    }

    fn go(&mut self, ticks: u32) {
        self.lockstep.advance(&mut self.robot, ticks).unwrap();
    }

    /// Asks for a way of the first joint over 0.8 s; whether it was admitted.
    fn ask(&mut self, way_rad: f64) -> bool {
        self.sequence += 1;
        let status = *self.lockstep.status();
        let now_ns = self.lockstep.now_ns();
        let mut proposal = Proposal {
            source: 1,
            epoch: 1,
            sequence: self.sequence,
            made_at_ns: now_ns,
            observed_at_ns: now_ns,
            valid_until_ns: now_ns + 3_000 * MS,
            observed_played_ns: status.played_ns,
            profile_hash: [7; 32],
            semantics: Semantics::JointPosition,
            period_ns: 100 * MS,
            dof: 6,
            steps: 8,
            targets: [[0.0; DOF_MAX]; STEPS_MAX],
            ..Proposal::default()
        };
        for (k, step) in proposal.targets.iter_mut().enumerate().take(8) {
            step[..6].copy_from_slice(&status.position_command_rad[..6]);
            step[0] += way_rad * smooth((k + 1) as f64 / 8.0);
        }
        self.lockstep.offer(&proposal).is_admitted()
    }

    fn asked(&self) -> (Stop, Check) {
        let status = self.lockstep.status();
        let check = Check::from_number(status.monitor_check).unwrap();
        (Stop::from_number(status.monitor_stop), check)
    }

    /// Milliseconds until the monitor asks for this stop or a worse one.
    fn until(&mut self, stop: Stop) -> u32 {
        (1..3_000)
            .find(|_| {
                self.go(1);
                self.asked().0 >= stop
            })
            .expect("the monitor never asks for it")
    }
}

/// The way that a stop from this speed takes, by the three phases of its acceleration, with the robot's lag behind the command.
fn braking_rad(speed: f64) -> f64 {
    let ramp_s = ACCELERATION_MAX_RAD_S2 / JERK_MAX_RAD_S3;
    speed * (0.5 * speed / ACCELERATION_MAX_RAD_S2 + 0.5 * ramp_s + ramp_s + LAG_S)
}

/// Looks are one tick apart, and what is heard counts from that tick on.
const LOOK_S: f64 = 2e-3;

#[test]
fn a_sound_gate_is_left_alone_and_keeps_the_limits() {
    let mut run = Run::new(&[]);
    for way in [0.45, -0.45, 0.4] {
        assert!(run.ask(way));
        run.go(1_200);
    }
    assert_eq!(run.asked().0, Stop::None);
    assert!(!run.ask(2.0), "beyond the limit is refused");
    assert!(run.robot.position_max_rad <= POSITION_MAX_RAD);
}

// Hazard: H-01, H-22
#[test]
fn a_gate_that_does_not_see_position_limits_is_stopped_within_limit_tolerance_and_the_stated_way() {
    let mut run = Run::new(&[Bug::PositionIgnored]);
    for _ in 0..3 {
        assert!(run.ask(0.45), "the bug lets it in");
        run.go(900);
    }
    run.until(Stop::Ss2);
    run.go(1_500);
    assert_eq!(run.asked().1, Check::Position);
    let stated = VELOCITY_MAX_RAD_S * LOOK_S + braking_rad(VELOCITY_MAX_RAD_S);
    let furthest = run.robot.position_max_rad;
    assert!(
        furthest > POSITION_MAX_RAD + POSITION_TOLERANCE_RAD,
        "it has to be a real violation"
    );
    assert!(
        furthest <= POSITION_MAX_RAD + POSITION_TOLERANCE_RAD + stated,
        "{furthest}"
    );
}

// Hazard: H-15, H-22
#[test]
fn a_gate_that_neither_sees_limits_nor_stops_loses_its_power_within_the_stated_way() {
    let mut run = Run::new(&[Bug::PositionIgnored, Bug::StopNeverExecuted]);
    assert!(run.ask(0.45));
    run.go(700);
    assert!(run.ask(0.45));
    run.go(700);
    assert!(run.ask(0.45));
    run.until(Stop::Sto);
    run.go(500);
    let times = times();
    let growing_s = times.escalate_growing_ns as f64 * 1e-9;
    let stated = VELOCITY_MAX_RAD_S * (2.0 * growing_s + 2.0 * LOOK_S + LAG_S);
    let furthest = run.robot.position_max_rad;
    assert!(furthest > POSITION_MAX_RAD + POSITION_TOLERANCE_RAD);
    assert!(
        furthest <= POSITION_MAX_RAD + POSITION_TOLERANCE_RAD + stated,
        "{furthest}"
    );
    assert!(run.robot.cut_after.is_some(), "by its own lane");
}

// Hazard: H-02, H-22
#[test]
fn a_gate_that_doubles_the_speed_limit_is_stopped_before_it_is_much_faster() {
    let mut run = Run::new(&[Bug::VelocityDoubled]);
    assert!(run.ask(0.9));
    run.until(Stop::Ss2);
    assert_eq!(run.asked().1, Check::Velocity);
    run.go(1_500);
    // The measured speed is a mean over the window, half of it late; meanwhile the joint accelerates.
    let late_s = 0.5 * times().speed_window_ns as f64 * 1e-9 + LOOK_S + LAG_S;
    let ramp_s = 2.0 * ACCELERATION_MAX_RAD_S2 / JERK_MAX_RAD_S3;
    let stated = ACCELERATION_MAX_RAD_S2 * (late_s + 0.5 * ramp_s);
    let fastest = run.robot.speed_max_rad_s;
    assert!(fastest > VELOCITY_MAX_RAD_S + VELOCITY_TOLERANCE_RAD_S, "{fastest}");
    assert!(
        fastest <= VELOCITY_MAX_RAD_S + VELOCITY_TOLERANCE_RAD_S + stated,
        "{fastest}"
    );
    assert_eq!(run.lockstep.status().at_rest, 1);
}

// Hazard: H-15, H-16, H-22
#[test]
fn a_stop_that_is_announced_and_never_executed_ends_in_power_off() {
    let mut run = Run::new(&[Bug::StopNeverExecuted]);
    assert!(run.ask(0.45));
    run.go(400);
    let speed = run.robot.speed_max_rad_s;
    let begun_rad = run.robot.before_rad;
    run.lockstep.control(&Control::Stop(spinal_gate::Mode::Ss2));
    let taken_ms = run.until(Stop::Sto);
    run.go(200);
    let times = times();
    let window_s = times.speed_window_ns as f64 * 1e-9;
    // From the announcement: until the speed has to fall, until the straight line is `rest` below it, then one escalation.
    let line_s = 1e-9 * (times.stop_end_ns - times.stop_begin_ns) as f64 * (0.1 / speed).min(1.0);
    let stated_s = 1e-9 * (times.stop_begin_ns + times.escalate_ns) as f64 + line_s + window_s + 4.0 * LOOK_S;
    assert!(
        f64::from(taken_ms) * 1e-3 <= stated_s,
        "{taken_ms} ms, stated {stated_s} s"
    );
    assert!(run.robot.position_max_rad - begun_rad <= speed * (stated_s + LAG_S));
    assert!(run.robot.cut_after.is_some(), "by its own lane");
}

// Hazard: H-21, H-22
#[test]
fn a_tick_that_says_the_same_for_ever_loses_the_robots_power() {
    let mut run = Run::new(&[]);
    assert!(run.ask(0.45));
    run.go(400);
    plant(&[Bug::FrozenTick]);
    let taken_ms = run.until(Stop::Sto);
    // What it says does not reach the frozen tick's journal, but its own lane reaches the robot.
    run.go(10);
    assert!(i64::from(taken_ms) * MS <= times().alive_max_ns + 4 * MS, "{taken_ms}");
    assert!(run.robot.cut_after.is_some());
    plant(&[]);
}

// Hazard: H-18, H-22
#[test]
fn a_number_that_is_none_takes_the_power_by_the_monitors_lane_when_nobody_else_looks() {
    let mut run = Run::new(&[]);
    assert!(run.ask(0.45));
    run.go(200);
    plant(&[Bug::NanPasses]);
    let taken_ms = run.until(Stop::Sto);
    assert!(taken_ms <= 4, "{taken_ms}");
    run.go(2);
    assert_eq!(run.asked().1, Check::NotFinite);
    assert!(run.robot.cut_after.is_some());
    plant(&[]);
}
