//! What lockstep and replay promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::{HOME_RAD, PERIOD_NS};
use spinal_gate::{DOF_MAX, Outcome, PeopleReading, Person, Proposal, STEPS_MAX, Semantics};
use spinal_journal::wire::{VERDICT_BYTES_MAX, decode_verdict, encode_verdict};
use spinal_journal::{Detail, Journal, Kind, Storage, Writer, verify};
use spinal_reflex::analytic::AnalyticPlant;
use spinal_reflex::shell::{CLOCK_START_NS, Lockstep, System, replay};
use spinal_reflex::{Control, Settings, TightenReason, Tightening};
use std::path::{Path, PathBuf};

fn system() -> System {
    System {
        profile: cell::profile(),
        settings: Settings::default(),
        arm: None,
    }
}

/// A run with everything in it: proposals good, bad and unreadable, a stop, a reset, notes. `swing_rad` is what the policy wants.
fn run(storage: Storage, detail: Detail, swing_rad: f64) -> [u8; 32] {
    let system = system();
    let header = system.header("test", detail, 0, r#"{"seed":1}"#);
    let mut run = Lockstep::new(&system, header, storage).unwrap();
    let mut plant = AnalyticPlant::new(&HOME_RAD, 0.004, PERIOD_NS, CLOCK_START_NS);
    run.advance(&mut plant, 3).unwrap();
    run.control(&Control::Grant { source: 1, epoch: 1 });
    for decision in 1..=12_u64 {
        let proposal = chunk(&run, decision, swing_rad);
        run.see(&somebody(run.now_ns(), decision));
        run.advance(&mut plant, 60).unwrap();
        run.offer(&proposal);
        if decision == 4 {
            run.offer_bytes(b"nonsense");
            run.offer(&proposal); // the same sequence number again
        }
        if decision == 6 {
            // One that is taken and one that is refused; both are in the journal.
            for scale in [0.5, f64::NAN] {
                run.control(&Control::Tighten(Tightening {
                    scale,
                    until_ns: run.now_ns() + 150_000_000,
                    reason: TightenReason::Sensing,
                }));
            }
        }
        run.note(&format!(r#"{{"decision":{decision}}}"#));
        run.advance(&mut plant, 140).unwrap();
        if decision == 8 {
            run.control(&Control::Stop(spinal_gate::Mode::Ss1));
            run.advance(&mut plant, 600).unwrap();
            run.control(&Control::Reset);
            run.advance(&mut plant, 2).unwrap();
            run.control(&Control::Grant { source: 1, epoch: 2 });
        }
    }
    assert_eq!(run.status().tightenings_refused, 1);
    assert!(run.status().played_ns > 1_000_000_000, "the robot was meant to move");
    run.finish().unwrap().head
}

fn somebody(at_ns: i64, decision: u64) -> PeopleReading {
    let mut reading = PeopleReading::nobody(at_ns);
    reading.count = 1;
    reading.persons[0] = Person {
        foot_m: [10.0 - 0.1 * decision as f64, 1.0, -0.7],
        speed_m_s: Some(0.5),
    };
    reading
}

fn chunk(run: &Lockstep, decision: u64, swing_rad: f64) -> Proposal {
    let status = run.status();
    let mut proposal = Proposal {
        source: 1,
        epoch: if decision > 8 { 2 } else { 1 },
        sequence: decision,
        made_at_ns: run.now_ns(),
        observed_at_ns: run.now_ns(),
        valid_until_ns: run.now_ns() + 500_000_000,
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
        for (joint, target) in step.iter_mut().enumerate().take(6) {
            let phase = decision as f64 + k as f64 / 2.0 + joint as f64;
            *target = status.position_command_rad[joint] + swing_rad * (k + 1) as f64 / 8.0 * phase.sin();
        }
    }
    proposal
}

fn journaled(folder: &Path) -> PathBuf {
    let path = folder.join("run.journal");
    run(Storage::File(path.clone()), Detail::Full, 0.1);
    path
}

#[test]
fn the_same_inputs_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.journal", "b.journal"].map(|name| folder.path().join(name));
    let heads = paths.clone().map(|path| run(Storage::File(path), Detail::Full, 0.1));
    assert_eq!(heads[0], heads[1]);
    assert_eq!(std::fs::read(&paths[0]).unwrap(), std::fs::read(&paths[1]).unwrap());
    assert_eq!(verify(&paths[0]).unwrap().head, heads[0]);
}

#[test]
fn another_wish_makes_another_head_even_with_digests() {
    let heads = [0.1, 0.1, 0.100_000_001].map(|swing| run(Storage::Unstored, Detail::Digest, swing));
    assert_eq!(heads[0], heads[1]);
    assert_ne!(heads[0], heads[2]);
}

// Hazard: H-22, H-28
#[test]
fn a_replay_decides_the_same_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = journaled(folder.path());
    let report = replay(&path).unwrap();
    assert_eq!(report.first_difference, None);
    assert!(report.is_identical);
    assert_eq!((report.ticks, report.verdicts), (3 + 12 * 200 + 602, 14));
    let counts = verify(&path).unwrap().counts;
    assert!(
        counts[Kind::Event as usize - 1] >= 6,
        "grant, track, stop, power off, reset, track"
    );
    assert_eq!(counts[Kind::People as usize - 1], 12);
}

/// Writes the journal anew with one entry changed and every hash right again.
fn forge(path: &Path, forged: &Path, index: u64, body: &[u8]) {
    let journal = Journal::open(path).unwrap();
    let mut writer = Writer::create(journal.header().clone(), Storage::File(forged.into())).unwrap();
    for entry in journal.entries().filter(|entry| entry.kind != Kind::Close) {
        let body = if entry.index == index { body } else { entry.body };
        writer.append(entry.kind, entry.at_ns, body).unwrap();
    }
    writer.close().unwrap();
}

// Hazard: H-22, H-28
#[test]
fn a_verdict_that_was_forged_with_all_hashes_right_is_found_by_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let (path, forged) = (journaled(folder.path()), folder.path().join("forged.journal"));
    let journal = Journal::open(&path).unwrap();
    let entry = journal
        .entries()
        .filter(|entry| entry.kind == Kind::Verdict)
        .nth(5)
        .unwrap();
    let mut verdict = decode_verdict(entry.body).unwrap();
    verdict.outcome = if verdict.outcome == Outcome::Refused {
        Outcome::Admitted
    } else {
        Outcome::Refused
    };
    let mut bytes = [0; VERDICT_BYTES_MAX];
    let length = encode_verdict(&verdict, &mut bytes).unwrap();
    forge(&path, &forged, entry.index, &bytes[..length]);
    assert_eq!(
        verify(&forged).unwrap().problem,
        None,
        "the forged journal's chain is whole"
    );
    let difference = replay(&forged).unwrap().first_difference.unwrap();
    assert_eq!((difference.entry, difference.kind), (entry.index, Kind::Verdict));
}

// Hazard: H-22, H-28
#[test]
fn one_bit_of_a_command_that_was_forged_with_all_hashes_right_is_found_by_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let (path, forged) = (journaled(folder.path()), folder.path().join("forged.journal"));
    let journal = Journal::open(&path).unwrap();
    let entry = journal
        .entries()
        .filter(|entry| entry.kind == Kind::Tick)
        .nth(500)
        .unwrap();
    let mut body = entry.body.to_vec();
    let place = body.len() - 100;
    body[place] ^= 1;
    forge(&path, &forged, entry.index, &body);
    let difference = replay(&forged).unwrap().first_difference.unwrap();
    assert_eq!((difference.entry, difference.byte), (entry.index, place));
}

// Hazard: H-28
#[test]
fn a_decision_left_out_of_the_journal_is_found_by_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let (path, forged) = (journaled(folder.path()), folder.path().join("forged.journal"));
    let journal = Journal::open(&path).unwrap();
    let last_event = journal
        .entries()
        .filter(|entry| entry.kind == Kind::Event)
        .last()
        .unwrap()
        .index;
    let mut writer = Writer::create(journal.header().clone(), Storage::File(forged.clone())).unwrap();
    for entry in journal.entries().take_while(|entry| entry.index < last_event) {
        writer.append(entry.kind, entry.at_ns, entry.body).unwrap();
    }
    writer.close().unwrap();
    assert!(!replay(&forged).unwrap().is_identical);
}

#[test]
fn segments_replay_as_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    run(
        Storage::Folder {
            folder: journal.clone(),
            segment_bytes: 100_000,
        },
        Detail::Full,
        0.1,
    );
    assert!(spinal_journal::segments(&journal).unwrap().len() > 5);
    let report = replay(&journal).unwrap();
    assert!(report.is_identical && report.verdicts == 14, "{report:?}");
    std::fs::remove_file(journal.join("segment-000000.journal")).unwrap();
    assert!(
        replay(&journal)
            .unwrap_err()
            .to_string()
            .contains("first segment is missing")
    );
}

#[test]
fn a_journal_of_digests_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.journal");
    run(Storage::File(path.clone()), Detail::Digest, 0.1);
    let text = replay(&path).unwrap_err().to_string();
    assert!(text.contains("run the same seed again"), "{text}");
}

// Hazard: H-28
#[test]
fn a_damaged_journal_is_not_replayed_as_if_it_were_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = journaled(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    assert!(replay(&path).unwrap_err().to_string().contains("verify it first"));
}

#[test]
fn a_system_that_cannot_run_leaves_no_journal_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.journal");
    let mut system = system();
    system.profile.joints.clear();
    let header = system.header("test", Detail::Full, 0, "");
    assert!(Lockstep::new(&system, header, Storage::File(path.clone())).is_err());
    assert!(!path.exists());
}
