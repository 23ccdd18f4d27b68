//! What the hash chain promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use spinal_journal::{Detail, Header, Journal, Kind, Storage, Writer, verify, verify_folder};
use std::path::{Path, PathBuf};

fn header(detail: Detail) -> Header {
    Header {
        run_id: "test".into(),
        segment: 0,
        starts_fresh: true,
        detail,
        dof: 6,
        started_unix_ns: 0,
        previous_head: [0; 32],
        profile: b"profile".to_vec(),
        settings: b"settings".to_vec(),
        arm: Vec::new(),
        meta: r#"{"seed": 7}"#.into(),
    }
}

fn small_journal(folder: &Path) -> PathBuf {
    let path = folder.join("small.journal");
    let mut writer = Writer::create(header(Detail::Full), Storage::File(path.clone())).unwrap();
    for tick in 0..3_i64 {
        writer.append(Kind::Tick, tick, &[tick as u8; 20]).unwrap();
        writer.append(Kind::Note, tick, b"{}").unwrap();
    }
    writer.sync().unwrap();
    writer.append(Kind::Event, 9, &[]).unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn entries_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&small_journal(folder.path())).unwrap();
    assert_eq!(journal.header(), &header(Detail::Full));
    let entries: Vec<_> = journal.entries().collect();
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind.name()).collect();
    assert_eq!(
        kinds,
        ["tick", "note", "tick", "note", "tick", "note", "sync", "event", "close"]
    );
    assert_eq!((entries[4].at_ns, entries[4].body), (2, &[2_u8; 20][..]));
}

#[test]
fn an_untouched_journal_verifies_to_its_close() {
    let folder = tempfile::tempdir().unwrap();
    let report = verify(&small_journal(folder.path())).unwrap();
    assert_eq!((report.problem, report.is_closed, report.torn_bytes), (None, true, 0));
    assert_eq!(
        (report.entries, report.synced_entries, report.span_ns),
        (9, 8, Some((0, 9)))
    );
}

// Hazard: H-28
#[test]
fn every_flipped_byte_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let good = std::fs::read(&path).unwrap();
    let journal = Journal::open(&path).unwrap();
    let starts: Vec<u64> = journal.entries().map(|entry| entry.offset).collect();
    for place in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[place] ^= flip;
            std::fs::write(&path, &bad).unwrap();
            let report = verify(&path).unwrap();
            let problem = report
                .problem
                .unwrap_or_else(|| panic!("byte {place} ^ {flip:#x} was not found"));
            let entry = starts.iter().rposition(|start| *start <= place as u64);
            assert_eq!(
                problem.entry,
                entry.map(|entry| entry as u64),
                "byte {place} ^ {flip:#x}: {problem}"
            );
            assert!(
                problem.offset <= place as u64 && (place as u64) < problem.offset + problem.bytes,
                "byte {place}: {problem}"
            );
        }
    }
}

// Hazard: H-28
#[test]
fn a_cut_at_any_length_is_a_torn_tail_and_no_tampering() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let good = std::fs::read(&path).unwrap();
    let mut whole = 0;
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        let report = verify(&path).unwrap();
        assert_eq!(report.problem, None, "cut to {length} bytes");
        assert!(!report.is_closed && report.entries >= whole, "cut to {length} bytes");
        whole = report.entries;
    }
    assert_eq!(whole, 8);
}

#[test]
fn zeros_behind_a_crash_are_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let good = std::fs::read(&path).unwrap();
    for length in good.len() - 60..good.len() - 8 {
        let mut torn = good[..length].to_vec();
        torn.resize(good.len() + 4096, 0);
        std::fs::write(&path, &torn).unwrap();
        let report = verify(&path).unwrap();
        assert_eq!(report.problem, None, "zeros from byte {length}");
        assert!(!report.is_closed && report.torn_bytes > 0);
    }
}

// Hazard: H-28
#[test]
fn an_entry_taken_out_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let good = std::fs::read(&path).unwrap();
    let starts: Vec<usize> = Journal::open(&path)
        .unwrap()
        .entries()
        .map(|entry| entry.offset as usize)
        .collect();
    let bad = [&good[..starts[2]], &good[starts[3]..]].concat();
    std::fs::write(&path, bad).unwrap();
    assert_eq!(verify(&path).unwrap().problem.unwrap().entry, Some(2));
}

// Hazard: H-28
#[test]
fn bytes_after_the_close_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.push(0);
    std::fs::write(&path, bytes).unwrap();
    assert!(verify(&path).unwrap().problem.is_some());
}

#[test]
fn a_digest_stands_for_a_hundred_ticks() {
    let mut heads = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for changed in [None, None, Some(137)] {
        let path = folder.path().join(format!("{}.journal", heads.len()));
        let mut writer = Writer::create(header(Detail::Digest), Storage::File(path.clone())).unwrap();
        for tick in 0..250_i64 {
            let body = if changed == Some(tick) { [1; 40] } else { [0; 40] };
            writer.append(Kind::Tick, tick, &body).unwrap();
        }
        heads.push(writer.close().unwrap().head);
        let counts = verify(&path).unwrap().counts;
        assert_eq!(
            (counts[Kind::Tick as usize - 1], counts[Kind::TickDigest as usize - 1]),
            (0, 3)
        );
    }
    assert_eq!(heads[0], heads[1]);
    assert_ne!(heads[0], heads[2]);
}

#[test]
fn an_unstored_journal_has_the_head_of_a_stored_one() {
    let folder = tempfile::tempdir().unwrap();
    let heads = [Storage::Unstored, Storage::File(folder.path().join("a.journal"))].map(|storage| {
        let mut writer = Writer::create(header(Detail::Full), storage).unwrap();
        writer.append(Kind::Note, 1, b"x").unwrap();
        writer.close().unwrap().head
    });
    assert_eq!(heads[0], heads[1]);
}

// Hazard: H-28
#[test]
fn segments_are_chained_and_a_missing_one_is_found() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("journal");
    for _ in 0..2 {
        let storage = Storage::Folder {
            folder: folder.clone(),
            segment_bytes: 2000,
        };
        let mut writer = Writer::create(header(Detail::Full), storage).unwrap();
        for tick in 0..100 {
            writer.append(Kind::Tick, tick, &[0; 20]).unwrap();
        }
        writer.close().unwrap();
    }
    let reports = verify_folder(&folder).unwrap();
    assert!(
        reports.len() > 4
            && reports
                .iter()
                .all(|(_, report)| report.problem.is_none() && report.is_closed)
    );
    let fresh: Vec<_> = reports
        .iter()
        .filter(|(_, report)| report.header.as_ref().unwrap().starts_fresh)
        .collect();
    assert_eq!(fresh.len(), 2);
    std::fs::remove_file(&reports[1].0).unwrap();
    let reports = verify_folder(&folder).unwrap();
    assert!(reports[1].1.problem.is_some());
}

// Hazard: H-28
#[test]
fn a_journal_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    assert!(Writer::create(header(Detail::Full), Storage::File(path)).is_err());
}

#[test]
fn a_segment_whose_writer_was_killed_before_its_header_breaks_no_chain() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("journal");
    let storage = Storage::Folder {
        folder: folder.clone(),
        segment_bytes: 1 << 20,
    };
    let head = Writer::create(header(Detail::Full), storage.clone())
        .unwrap()
        .close()
        .unwrap()
        .head;
    std::fs::write(folder.join("segment-000001.journal"), b"SPINALJ").unwrap();
    Writer::create(header(Detail::Full), storage).unwrap().close().unwrap();
    let reports = verify_folder(&folder).unwrap();
    assert!(reports.iter().all(|(_, report)| report.problem.is_none()));
    let last = reports[2].1.header.as_ref().unwrap();
    assert_eq!((last.segment, last.previous_head), (2, head));
}

// Hazard: H-28
#[test]
fn bytes_of_any_kind_are_never_a_panic_nor_a_good_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_journal(folder.path());
    let good = std::fs::read(&path).unwrap();
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for round in 0..3000 {
        let mut bad = if round % 3 == 0 {
            vec![0; random() % 600]
        } else {
            good.clone()
        };
        for _ in 0..=random() % 40 {
            if !bad.is_empty() {
                let place = random() % bad.len();
                bad[place] = random() as u8;
            }
        }
        std::fs::write(&path, &bad).unwrap();
        let report = verify(&path).unwrap();
        assert!(
            bad == good || report.problem.is_some() || !report.is_closed,
            "round {round}"
        );
        let _ = spinal_journal::decode_event(&bad);
        let _ = spinal_journal::wire::decode_tick(&bad);
        let _ = spinal_journal::wire::decode_timed_command(&bad);
        let _ = spinal_journal::wire::decode_verdict(&bad);
    }
}
