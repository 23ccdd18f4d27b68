//! What the newest-wins channel promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use spinal_link::{LatestReader, LatestWriter, LinkError, Read, create_latest, create_ring};
use std::io::Read as _;
use std::process::{Command, Stdio};

/// A message that shows a mixture of two: all its bytes are the same.
fn message(number: u64) -> Vec<u8> {
    vec![number as u8; 1 + (number % 700) as usize]
}

fn is_one_message(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == bytes[0]) && bytes.len() <= 700
}

#[test]
fn the_newest_message_is_read_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 1000).unwrap();
    let mut writer = LatestWriter::open(&path).unwrap();
    let reader = LatestReader::open(&path).unwrap();
    let mut out = [0; 1000];
    assert_eq!(reader.read(&mut out).unwrap(), None);
    for number in 1..20 {
        writer.write(&message(number)).unwrap();
        for _ in 0..2 {
            assert_eq!(
                reader.read(&mut out).unwrap(),
                Some(Read {
                    generation: number,
                    bytes: message(number).len()
                })
            );
            assert_eq!(out[..message(number).len()], message(number));
        }
    }
}

#[test]
fn a_writer_goes_on_where_an_earlier_one_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 1000).unwrap();
    assert_eq!(LatestWriter::open(&path).unwrap().write(b"one").unwrap(), 1);
    assert_eq!(LatestWriter::open(&path).unwrap().write(b"two").unwrap(), 2);
}

// Hazard: H-24
#[test]
fn a_second_writer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 100).unwrap();
    let _first = LatestWriter::open(&path).unwrap();
    assert!(matches!(
        LatestWriter::open(&path),
        Err(LinkError::Busy { end: "writer", .. })
    ));
}

// Hazard: H-24
#[test]
fn a_channel_of_another_kind_or_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    create_ring(&path, 4, 100).unwrap();
    assert!(matches!(
        LatestReader::open(&path),
        Err(LinkError::Layout { what: "mark", .. })
    ));
    let path = folder.path().join("cut");
    create_latest(&path, 5000).unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(8192)
        .unwrap();
    assert!(matches!(
        LatestReader::open(&path),
        Err(LinkError::Layout { what: "size", .. })
    ));
    assert!(
        create_latest(&path, 5000).is_err(),
        "an existing channel must not be replaced"
    );
}

#[test]
fn a_message_that_does_not_fit_is_refused_and_the_old_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 16).unwrap();
    let mut writer = LatestWriter::open(&path).unwrap();
    writer.write(b"fits").unwrap();
    assert!(matches!(
        writer.write(&[0; 17]),
        Err(LinkError::TooLong {
            bytes: 17,
            capacity: 16
        })
    ));
    let reader = LatestReader::open(&path).unwrap();
    let mut out = [0; 16];
    assert_eq!(reader.read(&mut out).unwrap().unwrap().bytes, 4);
    assert!(matches!(reader.read(&mut out[..3]), Err(LinkError::TooLong { .. })));
}

// Hazard: H-24
#[test]
fn a_scribbled_byte_never_makes_a_message_that_nobody_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 24).unwrap();
    let sent: Vec<Vec<u8>> = (1..=6_u8).map(|number| vec![number; 20]).collect();
    let mut writer = LatestWriter::open(&path).unwrap();
    sent.iter().for_each(|message| {
        writer.write(message).unwrap();
    });
    let reader = LatestReader::open(&path).unwrap();
    let good = std::fs::read(&path).unwrap();
    for place in 64..good.len() {
        for flip in [0x01, 0x10, 0xff] {
            let mut bad = good.clone();
            bad[place] ^= flip;
            std::fs::write(&path, &bad).unwrap();
            let mut out = [0; 24];
            if let Ok(Some(read)) = reader.read(&mut out) {
                assert!(
                    sent.iter().any(|message| out[..read.bytes] == message[..]),
                    "byte {place} ^ {flip:#x}"
                );
            }
        }
    }
}

/// Not a test of its own: the process that the next test kills.
#[test]
fn writer_to_be_killed() {
    let Ok(path) = std::env::var("SPINAL_TEST_LATEST") else {
        return;
    };
    let mut writer = LatestWriter::open(path.as_ref()).unwrap();
    println!("writing");
    let mut number = 0_u64;
    loop {
        writer.write(&message(number)).unwrap();
        number += 1;
    }
}

// Hazard: H-24
#[test]
fn a_writer_killed_in_mid_write_neither_blocks_nor_corrupts_a_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 1000).unwrap();
    let reader = LatestReader::open(&path).unwrap();
    let mut out = [0; 1000];
    for round in 1..=5_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer_to_be_killed", "--nocapture"])
            .env("SPINAL_TEST_LATEST", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 1]).unwrap();
        let goal = reader.generation() + 1000 * round;
        while reader.generation() < goal {
            match reader.read(&mut out) {
                Ok(Some(read)) => assert!(is_one_message(&out[..read.bytes]), "a mixture of two messages was read"),
                Ok(None) | Err(LinkError::Torn { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let read = reader.read(&mut out).unwrap().unwrap();
        assert!(is_one_message(&out[..read.bytes]));
    }
}
