//! What the ring between tick and writer promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use spinal_journal::wire::Take;
use spinal_journal::{Detail, Header, Journal, Kind, Recording, Storage, Tap, Writer, record, verify};
use std::io::Read;
use std::process::{Command, Stdio};

fn header() -> Header {
    Header {
        run_id: "ring".into(),
        segment: 0,
        starts_fresh: true,
        detail: Detail::Full,
        dof: 6,
        started_unix_ns: 0,
        previous_head: [0; 32],
        profile: Vec::new(),
        settings: Vec::new(),
        arm: Vec::new(),
        meta: String::new(),
    }
}

#[test]
fn entries_of_any_length_pass_in_order_over_the_rings_end() {
    let (mut tap, mut tapped) = Tap::new(1 << 10);
    let mut body = Vec::new();
    for round in 0..2000_i64 {
        let sent = vec![round as u8; (round as usize * 37) % 300];
        tap.append(Kind::Tick, round, &sent);
        assert_eq!(tapped.next_into(&mut body), Some((Kind::Tick, round)));
        assert_eq!(body, sent);
    }
    assert_eq!((tap.dropped(), tapped.next_into(&mut body)), (0, None));
}

// Hazard: H-21, H-28
#[test]
fn what_a_full_ring_drops_is_counted_and_journaled_as_a_gap() {
    let (mut tap, mut tapped) = Tap::new(200);
    for tick in 0..10 {
        tap.append(Kind::Tick, tick, &[0; 30]);
    }
    assert_eq!(tap.dropped(), 6);
    let mut body = Vec::new();
    while tapped.next_into(&mut body).is_some() {}
    tap.append(Kind::Tick, 10, &[0; 30]);
    assert_eq!(tapped.next_into(&mut body), Some((Kind::Gap, 10)));
    assert_eq!(Take::new(&body).u64(), Some(6));
    assert_eq!(tapped.next_into(&mut body), Some((Kind::Tick, 10)));
}

#[test]
fn everything_that_was_appended_before_the_finish_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.journal");
    let writer = Writer::create(header(), Storage::File(path.clone())).unwrap();
    let (mut tap, recorder) = record(writer, Recording::default()).unwrap();
    for tick in 0..5000_i64 {
        tap.append(Kind::Tick, tick, &tick.to_le_bytes());
    }
    recorder.finish().unwrap();
    let journal = Journal::open(&path).unwrap();
    let mut entries = journal.entries();
    let ticks: Vec<i64> = entries
        .by_ref()
        .filter(|entry| entry.kind == Kind::Tick)
        .map(|entry| entry.at_ns)
        .collect();
    assert_eq!(ticks, (0..5000).collect::<Vec<_>>());
    assert!(entries.is_closed());
}

/// Not a test of its own: the process that the next test kills.
#[test]
fn writer_to_be_killed() {
    let Ok(path) = std::env::var("SPINAL_TEST_KILLED_WRITER") else {
        return;
    };
    let writer = Writer::create(header(), Storage::File(path.into())).unwrap();
    let (mut tap, _recorder) = record(writer, Recording::default()).unwrap();
    println!("writing");
    for tick in 0.. {
        tap.append(Kind::Tick, tick, &[7; 400]);
        if tick % 64 == 0 {
            std::thread::yield_now();
        }
    }
}

// Hazard: H-28
#[test]
fn a_killed_writer_leaves_a_journal_that_verifies_to_its_last_sync() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let path = folder.path().join(format!("{round}.journal"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer_to_be_killed", "--nocapture"])
            .env("SPINAL_TEST_KILLED_WRITER", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The kill comes when the file shows that at least one sync has happened, however slow the machine is.
        let mut first = [0; 1];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        while verify(&path).map_or(true, |report| report.synced_entries <= 100 * round) {
            assert!(child.try_wait().unwrap().is_none(), "the writer ended by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let report = verify(&path).unwrap();
        assert_eq!(report.problem, None);
        assert!(report.synced_entries > 0 && report.entries >= report.synced_entries && !report.is_closed);
    }
}
