//! A flag that anybody may raise: nothing is lost, and damage reads as up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use spinal_link::{Flag, create_flag, create_latest};
use std::os::unix::fs::FileExt;

// Hazard: H-16
#[test]
fn whoever_raises_it_everybody_sees_it_and_it_stays_up_until_it_is_taken_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("estop");
    create_flag(&path).unwrap();
    let (tick, console, panel) = (
        Flag::open(&path).unwrap(),
        Flag::open(&path).unwrap(),
        Flag::open(&path).unwrap(),
    );
    assert!(!tick.read().is_up);
    console.raise();
    panel.raise();
    assert!(tick.read().is_up && tick.read().raises == 2);
    panel.lower();
    assert!(!tick.read().is_up, "it is one flag, and its state is shared");
    assert_eq!(tick.read().raises, 2);
}

// Hazard: H-16
#[test]
fn a_raise_that_was_taken_down_between_two_looks_is_still_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("estop");
    create_flag(&path).unwrap();
    let flag = Flag::open(&path).unwrap();
    let before = flag.read().raises;
    flag.raise();
    flag.lower();
    assert_eq!((flag.read().is_up, flag.read().raises), (false, before + 1));
}

// Hazard: H-16
#[test]
fn every_flipped_bit_of_its_word_reads_as_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("estop");
    create_flag(&path).unwrap();
    let flag = Flag::open(&path).unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let word = 64;
    let mut good = [0; 8];
    file.read_exact_at(&mut good, word).unwrap();
    for bit in 0..64 {
        let mut bad = good;
        bad[bit / 8] ^= 1 << (bit % 8);
        file.write_all_at(&bad, word).unwrap();
        assert!(flag.read().is_up, "bit {bit}");
    }
    file.write_all_at(&good, word).unwrap();
    assert!(!flag.read().is_up);
}

#[test]
fn a_channel_of_another_kind_is_no_flag() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status");
    create_latest(&path, 64).unwrap();
    assert!(Flag::open(&path).is_err());
    assert!(Flag::open(&folder.path().join("nothing")).is_err());
}
