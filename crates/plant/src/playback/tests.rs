#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use spinal_monitor::{JOINTS_MAX, JointRange, Limits, Monitor, Reading, Stop, Times, Tolerance};

const MS: i64 = 1_000_000;
/// The limit of the shipped cell's joints, and what its monitor tolerates beyond, rad/s.
#[allow(clippy::approx_constant)] // a limit of a data sheet, no half turn
const SPEED_MAX_RAD_S: f64 = 3.14;
const TOLERANCE_RAD_S: f64 = 0.0201;
/// How fast the gate of the shipped cell lets a wrist go, and how it gets there.
const CRUISE_RAD_S: f64 = 3.1384;
const ACCELERATION_RAD_S2: f64 = 19.6;
const JERK_RAD_S3: f64 = 600.0;
/// Of the servos of the shipped cell's wrist, s: damping by stiffness.
const SERVO_S: f64 = 40.0 / 1500.0;

fn target(position_rad: f64, velocity_rad_s: f64) -> Target {
    let mut target = Target::NOWHERE;
    (target.position_rad[0], target.velocity_rad_s[0]) = (position_rad, velocity_rad_s);
    target
}

fn position_at(playback: &Playback, at_ns: i64) -> f64 {
    playback.at(at_ns + SLACK_NS).unwrap().position_rad[0]
}

#[test]
fn between_two_commands_the_robot_is_between_them_and_never_beyond() {
    let mut playback = Playback::new();
    assert_eq!(playback.at(0), None);
    for (due_ms, position_rad) in [(10, 1.0), (11, 2.0), (15, 3.0)] {
        playback.take(due_ms * MS, target(position_rad, 2.0 * position_rad));
    }
    for (at_ns, expected_rad) in [
        (i64::MIN, 1.0),
        (10 * MS, 1.0),
        (10 * MS + MS / 4, 1.25),
        (11 * MS, 2.0),
        (13 * MS, 2.5),
        (15 * MS, 3.0),
        (i64::MAX - SLACK_NS, 3.0),
    ] {
        let found = playback.at(at_ns.saturating_add(SLACK_NS)).unwrap();
        assert_eq!(found, target(expected_rad, 2.0 * expected_rad), "{at_ns}");
    }
}

#[test]
fn a_sender_whose_time_goes_back_or_jumps_begins_anew() {
    for next_ns in [50 * MS, 0, i64::MIN, 51 * MS + GAP_MAX_NS, i64::MAX] {
        let mut playback = Playback::new();
        playback.take(50 * MS, target(1.0, 0.0));
        playback.take(next_ns, target(2.0, 0.0));
        for at_ns in [0, 50 * MS, 80 * MS] {
            assert_eq!(position_at(&playback, at_ns), 2.0, "{next_ns} at {at_ns}");
        }
    }
    let mut playback = Playback::new();
    playback.take(50 * MS, target(1.0, 0.0));
    playback.clear();
    assert_eq!(playback.at(60 * MS), None);
    playback.take(51 * MS, target(2.0, 0.0));
    assert_eq!(position_at(&playback, 50 * MS), 2.0, "no way from what was forgotten");
}

/// A joint on its way to full speed, one tick after another.
struct Motion {
    at: Target,
    acceleration_rad_s2: f64,
}

impl Motion {
    const START: Motion = Motion {
        at: Target::NOWHERE,
        acceleration_rad_s2: 0.0,
    };

    fn tick(&mut self) {
        let (q, v, a) = (
            &mut self.at.position_rad[0],
            &mut self.at.velocity_rad_s[0],
            &mut self.acceleration_rad_s2,
        );
        // What the speed still grows by while the acceleration goes back to zero.
        let is_time_to_ease = *v + *a * *a / (2.0 * JERK_RAD_S3) >= CRUISE_RAD_S;
        let change = if is_time_to_ease { -JERK_RAD_S3 } else { JERK_RAD_S3 } * 1e-3;
        *a = (*a + change).clamp(0.0, ACCELERATION_RAD_S2);
        *v = (*v + *a * 1e-3).min(CRUISE_RAD_S);
        *q += *v * 1e-3;
    }
}

/// Seeded numbers. Source: Steele et al. 2014 (SplitMix64).
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How late a thread wakes up, ns: usually by hardly anything, at times by most of a period, rarely by many.
    fn late_ns(&mut self, longest_ns: i64) -> i64 {
        let (kind, size) = (self.share(), self.share());
        let longest_ns = if kind < 0.002 {
            longest_ns
        } else if kind < 0.05 {
            MS
        } else {
            50_000
        };
        (size * longest_ns as f64) as i64
    }
}

/// When a thread with a period of 1 ms wakes up, and its newest deadline then: what passes meanwhile is lost, as in `Pace`.
fn wakes(phase_ns: i64, longest_ns: i64, chance: &mut Chance) -> Vec<(i64, i64)> {
    let (mut wakes, mut deadline_ns) = (Vec::new(), phase_ns);
    while deadline_ns < 3_000 * MS {
        let at_ns = deadline_ns + chance.late_ns(longest_ns);
        deadline_ns += (at_ns - deadline_ns) / MS * MS;
        wakes.push((at_ns, deadline_ns));
        deadline_ns += MS;
    }
    wakes
}

fn monitor() -> Monitor {
    let limits = Limits {
        joints: vec![JointRange {
            position_min_rad: -100.0,
            position_max_rad: 100.0,
            velocity_max_rad_s: SPEED_MAX_RAD_S,
        }],
        tool_speed_max_m_s: f64::INFINITY,
        keep_in: Vec::new(),
        keep_out: Vec::new(),
        walls: Vec::new(),
        chain: None,
        tolerance: Tolerance {
            position_rad: 0.0873,
            velocity_rad_s: TOLERANCE_RAD_S,
            tool_speed_m_s: 0.05,
            zone_m: 0.04,
            rest_rad_s: 0.1,
        },
        times: Times {
            escalate_ns: 100 * MS,
            escalate_growing_ns: 50 * MS,
            stop_begin_ns: 150 * MS,
            stop_end_ns: 1200 * MS,
            alive_max_ns: 100 * MS,
            reading_age_max_ns: 100 * MS,
            speed_window_ns: 24 * MS,
        },
    };
    Monitor::new(limits).unwrap()
}

/// Lets a joint get to full speed by commands of 1 kHz, with both threads as late as they are, and returns what the monitor asks for and how
/// far the joint came, rad. The robot steps every 2 ms of its time and goes for what `aim` finds.
fn stop_of(seed: u64, aim: impl Fn(&Playback, &Target, i64) -> Target) -> (Stop, f64) {
    let mut chance = Chance(seed);
    let phase_ns = (chance.share() * MS as f64) as i64;
    let mut sent = wakes(phase_ns, 15 * MS, &mut chance).into_iter().peekable();
    let looks = wakes(0, 30 * MS, &mut chance);
    let (mut playback, mut motion, mut monitor) = (Playback::new(), Motion::START, monitor());
    let (mut at_rad, mut physics_ns, mut word) = (0.0, looks[0].0, Stop::None);
    for (now_ns, _) in looks {
        // What was sent since the last look: the channel holds the newest alone.
        let mut due_ns = None;
        while let Some((_, deadline_ns)) = sent.next_if(|(sent_ns, _)| *sent_ns < now_ns) {
            motion.tick();
            due_ns = Some(deadline_ns + MS);
        }
        if let Some(due_ns) = due_ns {
            playback.take(due_ns, motion.at);
        }
        while physics_ns + 2 * MS <= now_ns {
            physics_ns += 2 * MS;
            let aimed = aim(&playback, &motion.at, physics_ns);
            let servo_rad = aimed.position_rad[0] + SERVO_S * aimed.velocity_rad_s[0];
            at_rad += (servo_rad - at_rad) * (1.0 - (-2e-3 / SERVO_S).exp());
        }
        let mut position_rad = [0.0; JOINTS_MAX];
        position_rad[0] = at_rad;
        let reading = Reading {
            at_ns: physics_ns,
            position_rad,
        };
        word = monitor.look(now_ns, Some(&reading), None, false).stop;
        if word != Stop::None {
            break;
        }
    }
    (word, at_rad)
}

#[test]
fn no_thread_that_wakes_up_late_makes_a_robot_at_full_speed_too_fast_for_the_monitor() {
    for seed in 0..200 {
        let (stop, way_rad) = stop_of(seed, |playback, newest, now_ns| playback.at(now_ns).unwrap_or(*newest));
        assert_eq!(stop, Stop::None, "seed {seed}");
        assert!(way_rad > 0.75 * 3.0 * CRUISE_RAD_S, "seed {seed}: {way_rad} rad");
    }
    // The monitor is able to see it: a robot that goes for the newest command when it looks is too fast, now and then.
    let alarms = (0..200).filter(|seed| stop_of(*seed, |_, newest, _| *newest).0 > Stop::None);
    assert!(alarms.count() > 20);
}
