//! One period after another of the real-time loop, with the clock in the test's hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::shell::{System, Watching, create_channels};
use crate::{Settings, Trigger};
use spinal_gate::{DOF_MAX, INPUTS_MAX, JointLimits, Profile};
use spinal_journal::Detail;
use spinal_journal::wire::encode_measured;
use spinal_monitor::{Check, Limits, Stop, Times, Tolerance, WORD_BYTES, Word};
use std::path::Path;

const PERIOD_NS: i64 = 1_000_000;

/// The loop's station and the other ends of its channels.
struct Bench {
    station: Station,
    recorder: Recorder,
    folder: tempfile::TempDir,
    measured: LatestWriter,
    proposals: RingWriter,
    controls: RingWriter,
    estop: Flag,
    now_ns: i64,
}

fn profile() -> Profile {
    let joint = JointLimits {
        position_min_rad: -2.0,
        position_max_rad: 2.0,
        velocity_max_rad_s: 3.0,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 100.0,
        torque_rate_max_nm_s: 1e5,
    };
    Profile {
        joints: vec![joint; 2],
        period_ns: PERIOD_NS,
        tracking_error_max_rad: 1.0,
        observation_age_max_ns: 1_000_000_000,
        proposal_gap_max_ns: 100_000_000,
        measured_age_max_ns: 1_000_000_000,
        splice_jump_max_rad: 0.5,
        deadline_misses_max: 5,
        tick_overrun_max: 10,
        packet_loss_max: 20,
        arm: None,
        geometry: None,
        people: None,
        hash: [7; 32],
    }
}

impl Bench {
    fn new() -> Bench {
        Self::with(None)
    }

    /// With a monitor, whose words are the test's own.
    fn watched() -> (Bench, LatestWriter) {
        let mut bench = Self::with(Some(Watching {
            limits: nothing(),
            silent_max_ns: 20 * PERIOD_NS,
        }));
        let words = LatestWriter::open(&bench.folder.path().join("monitor")).unwrap();
        bench.run(1);
        (bench, words)
    }

    fn with(monitor: Option<Watching>) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        create_channels(folder.path()).unwrap();
        let config = RealtimeConfig {
            system: System {
                profile: profile(),
                settings: Settings::default(),
                arm: None,
            },
            channels: folder.path().into(),
            journal: folder.path().join("journal"),
            segment_bytes: 1 << 20,
            detail: Detail::Full,
            run_id: "test".into(),
            meta: String::new(),
            started_unix_ns: 0,
            priority: 1,
            cpu: None,
            monitor,
        };
        let (station, recorder) = Station::open(&config).unwrap();
        let channel = |name: &str| folder.path().join(name);
        let mut bench = Bench {
            station,
            recorder,
            measured: LatestWriter::open(&channel("measured")).unwrap(),
            proposals: RingWriter::open(&channel("proposals")).unwrap(),
            controls: RingWriter::open(&channel("controls")).unwrap(),
            estop: Flag::open(&channel("estop")).unwrap(),
            now_ns: 1_000_000_000,
            folder,
        };
        bench.run(3);
        bench
    }

    /// One period after `periods` of them, with a fresh reading.
    fn tick_after(&mut self, periods: i64) -> Status {
        self.now_ns += periods * PERIOD_NS;
        let mut position_rad = self.station.status().position_command_rad;
        position_rad[2..].fill(0.0);
        let reading = Measured {
            at_ns: self.now_ns,
            position_rad,
            velocity_rad_s: [0.0; DOF_MAX],
            torque_nm: [0.0; DOF_MAX],
            inputs: [0.0; INPUTS_MAX],
        };
        let mut bytes = [0; MEASURED_BYTES_MAX];
        let length = encode_measured(&reading, 2, &mut bytes).unwrap();
        self.measured.write(&bytes[..length]).unwrap();
        self.tick_without_reading(periods)
    }

    fn tick_without_reading(&mut self, periods: i64) -> Status {
        self.station.tick(&Wake {
            at_ns: self.now_ns,
            late_ns: (periods - 1) * PERIOD_NS,
            deadline_ns: self.now_ns,
            missed: (periods - 1) as u64,
        });
        *self.station.status()
    }

    fn run(&mut self, ticks: usize) -> Status {
        (0..ticks).map(|_| self.tick_after(1)).last().unwrap()
    }

    fn tell(&mut self, control: Control) -> bool {
        self.controls.push(&HostMessage::Control(control).encode()).unwrap()
    }

    /// As many messages as there is room for, of whatever kind.
    fn flood(&mut self) {
        while self.proposals.push(&[0xaa; 900]).unwrap() {}
        while self.controls.push(&HostMessage::Note("x").encode()).unwrap() {}
    }

    fn end(self) -> tempfile::TempDir {
        let Bench {
            station,
            recorder,
            folder,
            ..
        } = self;
        drop(station);
        recorder.finish().unwrap();
        folder
    }
}

/// Limits that are never looked at: the tests speak for the monitor.
fn nothing() -> Limits {
    Limits {
        joints: Vec::new(),
        tool_speed_max_m_s: f64::INFINITY,
        keep_in: Vec::new(),
        keep_out: Vec::new(),
        walls: Vec::new(),
        chain: None,
        tolerance: Tolerance {
            position_rad: 1.0,
            velocity_rad_s: 1.0,
            tool_speed_m_s: 1.0,
            zone_m: 1.0,
            rest_rad_s: 1.0,
        },
        times: Times {
            escalate_ns: 1,
            escalate_growing_ns: 1,
            stop_begin_ns: 1,
            stop_end_ns: 2,
            alive_max_ns: 1,
            reading_age_max_ns: 1,
            speed_window_ns: 1,
        },
    }
}

fn word(beats: u64, stop: Stop) -> [u8; WORD_BYTES] {
    let word = Word {
        beats,
        stop,
        check: if stop == Stop::None {
            Check::None
        } else {
            Check::Velocity
        },
        ..Word::SILENCE
    };
    word.encode()
}

fn replays(folder: &Path) -> bool {
    crate::shell::replay(&folder.join("journal")).unwrap().is_identical
}

#[test]
fn the_emergency_stop_acts_at_the_next_tick_behind_a_hundredfold_flood_and_a_full_controls_ring() {
    let mut bench = Bench::new();
    bench.tell(Control::Grant { source: 1, epoch: 1 });
    bench.run(1);
    for _ in 0..100 {
        bench.flood();
        assert_ne!(bench.run(1).trigger(), Some(Trigger::EmergencyStop));
    }
    bench.flood();
    assert!(!bench.tell(Control::Stop(Mode::Ss2)), "an ordinary stop finds no room");
    bench.estop.raise();
    let status = bench.run(1);
    assert_eq!((status.trigger(), status.estop), (Some(Trigger::EmergencyStop), 1));
    assert!(status.mode() >= Mode::Ss1);
    assert!(replays(bench.end().path()), "the press is an input like every other");
}

#[test]
fn after_an_emergency_stop_nothing_goes_on_before_the_release_and_then_a_persons_reset() {
    let mut bench = Bench::new();
    bench.estop.raise();
    assert_eq!(bench.run(20).power, 0);
    bench.tell(Control::Reset);
    bench.tell(Control::Grant { source: 1, epoch: 1 });
    assert_eq!(
        bench.run(5).trigger(),
        Some(Trigger::EmergencyStop),
        "a reset while it is pressed"
    );
    bench.estop.lower();
    let status = bench.run(5);
    assert_eq!(
        (status.trigger(), status.estop),
        (Some(Trigger::EmergencyStop), 0),
        "a release is no reset"
    );
    bench.tell(Control::Reset);
    assert_eq!(bench.run(5).mode(), Mode::Sos);
}

#[test]
fn a_press_that_was_released_between_two_ticks_is_a_stop_too() {
    let mut bench = Bench::new();
    bench.estop.raise();
    bench.estop.lower();
    let status = bench.run(1);
    assert_eq!((status.trigger(), status.estop), (Some(Trigger::EmergencyStop), 0));
}

#[test]
fn an_emergency_stop_that_is_pressed_before_the_start_leaves_the_robot_without_power() {
    let mut bench = Bench::new();
    bench.estop.raise();
    bench.run(5);
    bench.tell(Control::Reset);
    let status = bench.run(50);
    assert_eq!((status.power, status.trigger()), (0, Some(Trigger::EmergencyStop)));
}

#[test]
fn one_late_tick_is_counted_and_one_that_is_twenty_periods_late_stops_the_robot() {
    let mut bench = Bench::new();
    let status = bench.tick_after(2);
    assert_eq!((status.trigger(), status.deadline_misses), (Some(Trigger::Start), 1));
    let status = bench.tick_after(11);
    assert_eq!(status.trigger(), Some(Trigger::Start), "as late as the profile allows");
    let status = bench.tick_after(20);
    assert_eq!(
        (status.trigger(), status.mode()),
        (Some(Trigger::TickOverrun), Mode::Ss1)
    );
    assert!(replays(bench.end().path()));
}

#[test]
fn twenty_ticks_in_a_row_without_a_new_reading_stop_the_robot() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        for _ in 0..19 {
            bench.now_ns += PERIOD_NS;
            assert_eq!(bench.tick_without_reading(1).trigger(), Some(Trigger::Start));
        }
        bench.run(1);
    }
    for _ in 0..20 {
        bench.now_ns += PERIOD_NS;
        bench.tick_without_reading(1);
    }
    let status = *bench.station.status();
    assert_eq!(
        (status.trigger(), status.mode()),
        (Some(Trigger::PacketLoss), Mode::Ss1)
    );
}

// Hazard: H-22
#[test]
fn what_the_monitor_asks_for_is_done_at_the_next_tick_and_a_reset_waits_until_it_is_content() {
    for (stop, trigger, mode, power) in [
        (Stop::Ss2, Trigger::MonitorSs2, Mode::Sos, 1),
        (Stop::Ss1, Trigger::MonitorSs1, Mode::Ss1, 0),
        (Stop::Sto, Trigger::MonitorSto, Mode::Sto, 0),
    ] {
        let (mut bench, mut words) = Bench::watched();
        words.write(&word(1, Stop::None)).unwrap();
        bench.tell(Control::Grant { source: 1, epoch: 1 });
        assert_eq!(bench.run(2).epoch, 1);
        words.write(&word(2, stop)).unwrap();
        let status = bench.run(1);
        assert_eq!(
            (status.trigger(), status.mode(), status.power),
            (Some(trigger), mode, power)
        );
        assert_eq!(
            (status.monitor_stop, status.monitor_life, status.epoch),
            (stop as u8, 1, 0)
        );
        bench.tell(Control::Reset);
        bench.tell(Control::Grant { source: 1, epoch: 2 });
        let status = bench.run(2);
        assert_eq!(
            (status.trigger(), status.epoch),
            (Some(trigger), 0),
            "the monitor is not content"
        );
        words.write(&word(3, Stop::None)).unwrap();
        assert_eq!(
            bench.run(2).trigger(),
            Some(trigger),
            "nor is its contentment a person's reset"
        );
        bench.tell(Control::Reset);
        bench.tell(Control::Grant { source: 1, epoch: 3 });
        let status = bench.run(2);
        assert_eq!((status.epoch, status.power), (3, 1));
        assert!(replays(bench.end().path()), "its words are inputs like every other");
    }
}

// Hazard: H-22
#[test]
fn a_monitor_that_is_dead_or_hangs_stops_the_robot() {
    let (mut bench, mut words) = Bench::watched();
    for beat in 1..100 {
        words.write(&word(beat, Stop::None)).unwrap();
        assert_eq!(bench.run(1).monitor_life, 1);
    }
    let status = bench.run(20);
    assert_eq!(status.trigger(), Some(Trigger::Start), "as long as it may be silent");
    words.write(&word(99, Stop::None)).unwrap();
    let status = bench.run(1);
    assert_eq!(
        (status.trigger(), status.monitor_life),
        (Some(Trigger::MonitorSilent), 2),
        "the same word again is no life"
    );
    assert_eq!(bench.run(5).power, 0);
    bench.tell(Control::Reset);
    assert_eq!(bench.run(2).trigger(), Some(Trigger::MonitorSilent), "nobody watches");
    words.write(&word(100, Stop::None)).unwrap();
    bench.run(1);
    bench.tell(Control::Reset);
    assert_eq!(bench.run(2).mode(), Mode::Sos);
}

// Hazard: H-22
#[test]
fn a_monitor_that_never_says_a_word_is_a_silent_one() {
    let (mut bench, _) = Bench::watched();
    assert_eq!(bench.run(21).trigger(), Some(Trigger::MonitorSilent));
}

// Hazard: H-24
#[test]
fn a_flipped_bit_in_the_monitors_word_is_no_word() {
    let (mut bench, mut words) = Bench::watched();
    words.write(&word(1, Stop::None)).unwrap();
    bench.run(1);
    words.write(&[0xff; WORD_BYTES]).unwrap();
    assert_eq!(bench.run(1).trigger(), Some(Trigger::Start));
    assert_eq!(
        bench.run(20).trigger(),
        Some(Trigger::MonitorSilent),
        "what cannot be read counts as silence"
    );
}
