//! The real-time loop beside a robot, a policy and a host that run in the test's thread. What happens is asserted, never when.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::HOME_RAD;
use spinal_gate::{DOF_MAX, INPUTS_MAX, Measured, Mode, PROPOSAL_BYTES_MAX, Proposal, STEPS_MAX, Semantics};
use spinal_journal::wire::{MEASURED_BYTES_MAX, TIMED_COMMAND_BYTES_MAX, decode_timed_command, encode_measured};
use spinal_journal::{Detail, Kind, decode_event, verify_folder};
use spinal_link::{LatestReader, LatestWriter, Popped, RingReader, RingWriter};
use spinal_reflex::shell::realtime::{self, Ending, RealtimeConfig, RealtimeReport};
use spinal_reflex::shell::{
    EVENT_MESSAGE_BYTES_MAX, HostMessage, STATUS_BYTES, System, TimingSummary, create_channels, decode_status,
    monotonic_ns, replay,
};
use spinal_reflex::{Control, Settings, Status, Trigger};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Everything outside of System 1.
struct World {
    folder: tempfile::TempDir,
    loop_thread: JoinHandle<RealtimeReport>,
    stop: Arc<AtomicBool>,
    measured: LatestWriter,
    command: LatestReader,
    status: LatestReader,
    proposals: RingWriter,
    controls: RingWriter,
    events: RingReader,
    position_rad: [f64; DOF_MAX],
    sequence: u64,
    is_robot_alive: bool,
    /// For when the commands were meant that the robot got, ns.
    dues_ns: Vec<i64>,
}

impl World {
    fn start() -> World {
        let folder = tempfile::tempdir().unwrap();
        create_channels(folder.path()).unwrap();
        let profile = spinal_gate::Profile {
            // A shared test machine may hold a thread back for long; only the test that wants it stops for that.
            deadline_misses_max: 1000,
            tick_overrun_max: 1000000,
            packet_loss_max: 1000000,
            measured_age_max_ns: 1_000_000_000,
            proposal_gap_max_ns: 1_000_000_000,
            tracking_error_max_rad: 10.0,
            ..cell::profile()
        };
        let config = RealtimeConfig {
            system: System {
                profile,
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
            monitor: None,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let channel = |name: &str| folder.path().join(name);
        let mut position_rad = [0.0; DOF_MAX];
        position_rad[..6].copy_from_slice(&HOME_RAD);
        World {
            measured: LatestWriter::open(&channel("measured")).unwrap(),
            command: LatestReader::open(&channel("command")).unwrap(),
            status: LatestReader::open(&channel("status")).unwrap(),
            proposals: RingWriter::open(&channel("proposals")).unwrap(),
            controls: RingWriter::open(&channel("controls")).unwrap(),
            events: RingReader::open(&channel("events")).unwrap(),
            loop_thread: std::thread::spawn(move || realtime::run(&config, &flag).unwrap()),
            folder,
            stop,
            position_rad,
            sequence: 0,
            is_robot_alive: true,
            dues_ns: Vec::new(),
        }
    }

    /// The robot follows exactly; returns the newest status.
    fn turn(&mut self) -> Option<Status> {
        let mut bytes = [0; TIMED_COMMAND_BYTES_MAX];
        if let Ok(Some(read)) = self.command.read(&mut bytes) {
            let (due_ns, command) = decode_timed_command(&bytes[..read.bytes]).unwrap();
            self.dues_ns.push(due_ns);
            self.position_rad = command.position_rad;
        }
        let measured = Measured {
            at_ns: monotonic_ns(),
            position_rad: self.position_rad,
            velocity_rad_s: [0.0; DOF_MAX],
            torque_nm: [0.0; DOF_MAX],
            inputs: [0.0; INPUTS_MAX],
        };
        let mut bytes = [0; MEASURED_BYTES_MAX];
        let length = encode_measured(&measured, 6, &mut bytes).unwrap();
        if self.is_robot_alive {
            self.measured.write(&bytes[..length]).unwrap();
        }
        std::thread::yield_now();
        let mut bytes = [0; STATUS_BYTES];
        let read = self.status.read(&mut bytes).ok().flatten()?;
        decode_status(&bytes[..read.bytes])
    }

    fn until(&mut self, is_reached: impl Fn(&Status) -> bool) -> Status {
        loop {
            assert!(!self.loop_thread.is_finished(), "the loop ended by itself");
            if let Some(status) = self.turn().filter(|status| is_reached(status)) {
                return status;
            }
        }
    }

    fn tell(&mut self, message: HostMessage<'_>) {
        assert!(self.controls.push(&message.encode()).unwrap());
    }

    /// A chunk of 800 ms that moves every joint by 0.2 rad.
    fn propose(&mut self, status: &Status) {
        self.sequence += 1;
        let mut proposal = Proposal {
            source: 1,
            epoch: 1,
            sequence: self.sequence,
            made_at_ns: status.now_ns,
            observed_at_ns: status.now_ns,
            valid_until_ns: status.now_ns + 5_000_000_000,
            observed_played_ns: status.played_ns,
            profile_hash: [7; 32],
            semantics: Semantics::JointPosition,
            period_ns: 100_000_000,
            dof: 6,
            steps: 8,
            targets: [[0.0; DOF_MAX]; STEPS_MAX],
            gripper: [0.0; STEPS_MAX],
        };
        for (k, step) in proposal.targets.iter_mut().enumerate().take(8) {
            for (target, at) in step.iter_mut().zip(&status.position_command_rad).take(6) {
                *target = at + 0.025 * (k + 1) as f64;
            }
        }
        let mut bytes = [0; PROPOSAL_BYTES_MAX];
        let length = proposal.encode(&mut bytes).unwrap();
        assert!(self.proposals.push(&bytes[..length]).unwrap());
    }

    /// Ticking, with authority given, and moving.
    fn moving() -> World {
        let mut world = World::start();
        world.until(|status| status.ticks > 10);
        world.tell(HostMessage::Control(Control::Grant { source: 1, epoch: 1 }));
        let status = world.until(|status| status.epoch == 1);
        world.propose(&status);
        world.until(|status| status.mode() == Mode::Track && status.at_rest == 0);
        world
    }

    fn end(mut self) -> (RealtimeReport, tempfile::TempDir) {
        while !self.loop_thread.is_finished() {
            self.turn();
        }
        (self.loop_thread.join().unwrap(), self.folder)
    }
}

fn assert_journal_is_whole_and_replays(folder: &Path) {
    let journal = folder.join("journal");
    let reports = verify_folder(&journal).unwrap();
    assert!(
        reports
            .iter()
            .all(|(_, report)| report.problem.is_none() && report.is_closed && report.lost_entries == 0)
    );
    let replayed = replay(&journal).unwrap();
    assert!(replayed.is_identical && replayed.ticks > 10, "{replayed:?}");
}

// Hazard: H-29
#[test]
fn a_shutdown_in_mid_motion_brings_the_robot_to_rest_and_closes_the_journal() {
    let mut world = World::moving();
    world.tell(HostMessage::Note(r#"{"order":"A-1"}"#));
    world.tell(HostMessage::Shutdown);
    let (report, folder) = world.end();
    assert_eq!((report.ending, report.was_at_rest), (Ending::Shutdown, true));
    assert_eq!((report.timing.journal_dropped, report.timing.damaged), (0, 0));
    assert!(report.journal.is_ok());
    assert_journal_is_whole_and_replays(folder.path());
    let reader = LatestReader::open(&folder.path().join("timing")).unwrap();
    let mut bytes = [0; TimingSummary::BYTES];
    reader.read(&mut bytes).unwrap().unwrap();
    assert_eq!(TimingSummary::decode(&bytes), Some(report.timing));
}

// Hazard: H-29
#[test]
fn a_stop_flag_brings_the_robot_to_rest_too() {
    let world = World::moving();
    world.stop.store(true, Ordering::Relaxed);
    let (report, folder) = world.end();
    assert_eq!((report.ending, report.was_at_rest), (Ending::Signal, true));
    assert_journal_is_whole_and_replays(folder.path());
}

// Hazard: H-17, H-29
#[test]
fn a_robot_that_falls_silent_is_a_latched_stop() {
    let mut world = World::moving();
    world.is_robot_alive = false;
    let status = world.until(|status| status.mode() == Mode::Ss1 && status.at_rest == 1);
    assert_eq!(status.trigger(), Some(Trigger::MeasuredStale));
    world.tell(HostMessage::Shutdown);
    let (_, folder) = world.end();
    assert_journal_is_whole_and_replays(folder.path());
}

#[test]
fn a_command_says_for_when_it_is_meant_by_even_periods_however_late_the_loop_woke_up() {
    let mut world = World::moving();
    world.until(|status| status.ticks > 300);
    let first_ns = world.dues_ns[0];
    let is_even = |due_ns: &i64| (due_ns - first_ns) % cell::PERIOD_NS == 0;
    assert!(world.dues_ns.iter().all(is_even), "{:?}", world.dues_ns);
    assert!(
        world.dues_ns.is_sorted() && world.dues_ns.last() > Some(&first_ns),
        "each later than the one before"
    );
    world.tell(HostMessage::Shutdown);
    world.end();
}

// Hazard: H-12
#[test]
fn a_policy_that_falls_silent_leaves_the_robot_at_rest_until_the_next_proposal() {
    let mut world = World::moving();
    let status = world.until(|status| status.mode() == Mode::Sos && status.at_rest == 1);
    assert!(status.trigger == Trigger::ProposalGap as u8 || status.trigger == Trigger::ProposalExpired as u8);
    world.propose(&status);
    world.until(|status| status.mode() == Mode::Track);
    world.tell(HostMessage::Shutdown);
    world.end();
}

// Hazard: H-10, H-24
#[test]
fn nonsense_in_the_rings_is_refused_journaled_and_harmless() {
    let mut world = World::moving();
    world.proposals.push(b"no proposal").unwrap();
    world.controls.push(&[99; 40]).unwrap();
    let mut verdicts = Vec::new();
    while verdicts.len() < 2 {
        world.turn();
        let mut bytes = [0; EVENT_MESSAGE_BYTES_MAX];
        if let Popped::Message(length) = world.events.pop(&mut bytes).unwrap() {
            let (kind, _, body) = decode_event(&bytes[..length]).unwrap();
            if kind == Kind::Verdict {
                verdicts.push(spinal_journal::wire::decode_verdict(body).unwrap());
            }
        }
    }
    assert!(verdicts[0].is_admitted() && !verdicts[1].is_admitted());
    world.tell(HostMessage::Shutdown);
    let (report, folder) = world.end();
    assert_eq!(report.timing.damaged, 1);
    assert_journal_is_whole_and_replays(folder.path());
}

// Hazard: H-17
#[test]
fn without_a_robot_nothing_is_commanded_and_the_loop_still_ends() {
    let mut world = World::start();
    world.is_robot_alive = false;
    world.tell(HostMessage::Shutdown);
    let (report, _folder) = world.end();
    assert_eq!((report.ending, report.timing.ticks), (Ending::Shutdown, 0));
}

#[test]
fn a_missing_channel_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let config = RealtimeConfig {
        system: System {
            profile: cell::profile(),
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
        monitor: None,
    };
    let text = realtime::run(&config, &AtomicBool::new(false)).unwrap_err().to_string();
    assert!(text.contains("measured") && text.contains("No such file"), "{text}");
    assert!(!folder.path().join("journal").exists());
}
