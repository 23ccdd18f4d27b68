//! A flag that anybody may raise.
//!
//! One word: how often it was raised, whether it is up, and the complement of both. Raising is one atomic step that no other process can
//! hold up, delay or fill: it has no queue, no lock and no single writer. A word that nobody writes reads as up.

use crate::channel::{Channel, End, HEADER, LINE, Shape};
use crate::error::LinkError;
use std::path::Path;
use std::sync::atomic::Ordering;

const MAGIC: u64 = u64::from_le_bytes(*b"SPNLFLAG");
const WORD: usize = HEADER;
const UP: u32 = 1;
const ONE_RAISE: u32 = 2;

/// Makes the flag's file, with the flag down.
///
/// # Errors
/// When the file exists already or there is no room for it.
pub fn create_flag(path: &Path) -> Result<(), LinkError> {
    let shape = Shape {
        magic: MAGIC,
        control: LINE,
        slots: 1,
        capacity: 0,
    };
    Channel::create(path, shape)?;
    let channel = Channel::open(path, MAGIC, LINE, End::Anybody)?;
    channel.word(WORD).store(encode(0), Ordering::Release);
    Ok(())
}

/// A flag as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flown {
    /// Whether it is up; true when the word is damaged.
    pub is_up: bool,
    /// How often it was raised, modulo 2³¹: tells a raise that was taken down again between two looks.
    pub raises: u32,
}

/// A flag: looked at by the tick, raised and taken down by whoever may.
#[derive(Debug)]
pub struct Flag {
    channel: Channel,
}

impl Flag {
    /// Opens it; many may.
    ///
    /// # Errors
    /// When the file is no flag.
    pub fn open(path: &Path) -> Result<Flag, LinkError> {
        Channel::open(path, MAGIC, LINE, End::Anybody).map(|channel| Flag { channel })
    }

    /// Raises it; a raise of a flag that is up is counted too.
    pub fn raise(&self) {
        self.change(|value| value.wrapping_add(ONE_RAISE) | UP);
    }

    /// Takes it down.
    pub fn lower(&self) {
        self.change(|value| value & !UP);
    }

    /// What it shows now.
    #[must_use]
    pub fn read(&self) -> Flown {
        let value = decode(self.channel.word(WORD).load(Ordering::Acquire));
        Flown {
            is_up: value.is_none_or(|value| value & UP != 0),
            raises: value.unwrap_or(u32::MAX) / ONE_RAISE,
        }
    }

    fn change(&self, change: impl Fn(u32) -> u32) {
        let update = |word| Some(encode(change(decode(word).unwrap_or(0))));
        // `update` never refuses; it is repeated only when somebody else changed the flag in between.
        let _ = self
            .channel
            .word(WORD)
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, update);
    }
}

fn encode(value: u32) -> u64 {
    u64::from(value) | (u64::from(!value) << 32)
}

fn decode(word: u64) -> Option<u32> {
    let value = word as u32;
    (encode(value) == word).then_some(value)
}
