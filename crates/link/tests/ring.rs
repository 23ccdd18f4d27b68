//! What the queue between two processes promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use spinal_link::{LinkError, Popped, RingReader, RingWriter, create_ring};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn ring(slots: usize, capacity: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    create_ring(&path, slots, capacity).unwrap();
    (folder, path)
}

#[test]
fn messages_come_out_in_order_and_once() {
    let (_folder, path) = ring(3, 32);
    let (mut writer, mut reader) = (RingWriter::open(&path).unwrap(), RingReader::open(&path).unwrap());
    let mut out = [0; 32];
    for number in 0..50_u8 {
        assert!(writer.push(&[number; 5]).unwrap());
        assert!(writer.push(&[number; 32]).unwrap());
        assert_eq!(reader.pop(&mut out).unwrap(), Popped::Message(5));
        assert_eq!(reader.pop(&mut out).unwrap(), Popped::Message(32));
        assert_eq!(out, [number; 32]);
        assert_eq!(reader.pop(&mut out).unwrap(), Popped::Empty);
    }
}

#[test]
fn a_full_ring_keeps_what_it_has_and_counts_what_it_drops() {
    let (_folder, path) = ring(2, 8);
    let (mut writer, mut reader) = (RingWriter::open(&path).unwrap(), RingReader::open(&path).unwrap());
    let kept: Vec<bool> = (0..5_u8).map(|number| writer.push(&[number]).unwrap()).collect();
    assert_eq!(kept, [true, true, false, false, false]);
    assert_eq!((writer.dropped(), reader.dropped()), (3, 3));
    let mut out = [9; 8];
    reader.pop(&mut out).unwrap();
    assert_eq!(out[0], 0);
    assert!(writer.push(&[7]).unwrap());
}

// Hazard: H-24
#[test]
fn each_end_is_held_once() {
    let (_folder, path) = ring(2, 8);
    let (_writer, _reader) = (RingWriter::open(&path).unwrap(), RingReader::open(&path).unwrap());
    assert!(matches!(
        RingWriter::open(&path),
        Err(LinkError::Busy { end: "writer", .. })
    ));
    assert!(matches!(
        RingReader::open(&path),
        Err(LinkError::Busy { end: "reader", .. })
    ));
}

#[test]
fn a_buffer_that_is_too_small_leaves_the_message_in_place() {
    let (_folder, path) = ring(2, 8);
    let (mut writer, mut reader) = (RingWriter::open(&path).unwrap(), RingReader::open(&path).unwrap());
    writer.push(&[1; 8]).unwrap();
    assert!(reader.pop(&mut [0; 7]).is_err());
    assert_eq!(reader.pop(&mut [0; 8]).unwrap(), Popped::Message(8));
}

// Hazard: H-24
#[test]
fn a_scribbled_byte_never_makes_a_message_that_nobody_sent_and_never_blocks() {
    let (_folder, path) = ring(4, 16);
    let (mut writer, mut reader) = (RingWriter::open(&path).unwrap(), RingReader::open(&path).unwrap());
    for number in 0..3_u8 {
        writer.push(&[number; 11]).unwrap();
    }
    let good = std::fs::read(&path).unwrap();
    for place in 64..good.len() {
        for flip in [0x01, 0x40, 0xff] {
            let mut bad = good.clone();
            bad[place] ^= flip;
            std::fs::write(&path, &bad).unwrap();
            let mut out = [0; 16];
            let mut taken = 0;
            loop {
                match reader.pop(&mut out).unwrap() {
                    Popped::Empty => break,
                    Popped::Damaged => {}
                    Popped::Message(bytes) => {
                        let is_sent = bytes == 11 && (0..3_u8).any(|number| out[..bytes] == [number; 11]);
                        assert!(is_sent, "byte {place} ^ {flip:#x}");
                    }
                }
                taken += 1;
                assert!(taken <= 4, "byte {place} ^ {flip:#x} makes an endless ring");
            }
        }
    }
}

/// Not a test of its own: the process that the next test kills.
#[test]
fn writer_to_be_killed() {
    let Ok(path) = std::env::var("SPINAL_TEST_RING") else {
        return;
    };
    let mut writer = RingWriter::open(path.as_ref()).unwrap();
    let mut number = 0_u64;
    loop {
        if writer.push(&[number as u8; 200]).unwrap() {
            number += 1;
        }
    }
}

// Hazard: H-24
#[test]
fn a_killed_writer_is_replaced_and_no_message_is_mixed() {
    let (_folder, path) = ring(8, 256);
    let mut reader = RingReader::open(&path).unwrap();
    let mut out = [0; 256];
    for _ in 0..4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer_to_be_killed", "--nocapture"])
            .env("SPINAL_TEST_RING", &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut messages = 0;
        while messages < 5000 {
            match reader.pop(&mut out).unwrap() {
                Popped::Message(bytes) => {
                    assert!(bytes == 200 && out[..200].iter().all(|byte| *byte == out[0]));
                    messages += 1;
                }
                Popped::Empty => std::thread::yield_now(),
                Popped::Damaged => panic!("a message was damaged"),
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while reader.pop(&mut out).unwrap() != Popped::Empty {}
    }
    let mut writer = RingWriter::open(&path).unwrap();
    assert!(writer.push(b"after").unwrap());
    assert_eq!(reader.pop(&mut out).unwrap(), Popped::Message(5));
}
