//! A bounded queue from one process to another.
//!
//! A message is published by storing the write index and freed by storing the read index. A full ring drops the new
//! message and counts it. Each side may be killed and replaced at any moment.

use crate::channel::{Channel, End, HEADER, LINE, Shape};
use crate::error::LinkError;
use std::path::Path;
use std::sync::atomic::Ordering;

const MAGIC: u64 = u64::from_le_bytes(*b"SPNLRING");
const CONTROL: usize = 3 * LINE;
const WRITTEN: usize = HEADER;
const TAKEN: usize = HEADER + LINE;
const DROPPED: usize = HEADER + 2 * LINE;

/// Makes the channel's file for `slots` messages of up to `capacity` bytes.
///
/// # Errors
/// When the file exists already or there is no room for it.
pub fn create_ring(path: &Path, slots: usize, capacity: usize) -> Result<(), LinkError> {
    Channel::create(
        path,
        Shape {
            magic: MAGIC,
            control: CONTROL,
            slots,
            capacity,
        },
    )
}

/// The writing end.
#[derive(Debug)]
pub struct RingWriter {
    channel: Channel,
}

impl RingWriter {
    /// Takes the writing end; goes on from where an earlier writer stopped.
    ///
    /// # Errors
    /// When the file is no such channel or another process writes it.
    pub fn open(path: &Path) -> Result<RingWriter, LinkError> {
        Channel::open(path, MAGIC, CONTROL, End::Writer).map(|channel| RingWriter { channel })
    }

    /// Appends a message; `false` when the ring is full and the message was dropped and counted.
    ///
    /// # Errors
    /// When it is longer than a slot.
    pub fn push(&mut self, message: &[u8]) -> Result<bool, LinkError> {
        let written = self.channel.word(WRITTEN).load(Ordering::Relaxed);
        let taken = self.channel.word(TAKEN).load(Ordering::Acquire);
        if written.wrapping_sub(taken) >= self.channel.slots() as u64 {
            self.channel.word(DROPPED).fetch_add(1, Ordering::Relaxed);
            return Ok(false);
        }
        self.channel
            .fill((written % self.channel.slots() as u64) as usize, written, message)?;
        self.channel
            .word(WRITTEN)
            .store(written.wrapping_add(1), Ordering::Release);
        Ok(true)
    }

    /// Messages dropped since the channel was made.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.channel.word(DROPPED).load(Ordering::Relaxed)
    }

    /// Bytes that fit into a message.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.channel.capacity()
    }
}

/// What taking a message brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Popped {
    /// Nothing is waiting.
    Empty,
    /// A message of so many bytes.
    Message(usize),
    /// Bytes that are no message; skipped.
    Damaged,
}

/// The reading end.
#[derive(Debug)]
pub struct RingReader {
    channel: Channel,
}

impl RingReader {
    /// Takes the reading end; goes on from where an earlier reader stopped.
    ///
    /// # Errors
    /// When the file is no such channel or another process reads it.
    pub fn open(path: &Path) -> Result<RingReader, LinkError> {
        Channel::open(path, MAGIC, CONTROL, End::Taker).map(|channel| RingReader { channel })
    }

    /// Moves the oldest message into `out`.
    ///
    /// # Errors
    /// When `out` is smaller than the message, which then stays.
    pub fn pop(&mut self, out: &mut [u8]) -> Result<Popped, LinkError> {
        let taken = self.channel.word(TAKEN).load(Ordering::Relaxed);
        let written = self.channel.word(WRITTEN).load(Ordering::Acquire);
        let waiting = written.wrapping_sub(taken);
        if waiting == 0 {
            return Ok(Popped::Empty);
        }
        if waiting > self.channel.slots() as u64 {
            // An index that no honest writer makes: start again behind it.
            self.channel.word(TAKEN).store(written, Ordering::Release);
            return Ok(Popped::Damaged);
        }
        let slot = self.channel.copy((taken % self.channel.slots() as u64) as usize, out)?;
        self.channel.word(TAKEN).store(taken.wrapping_add(1), Ordering::Release);
        let is_good = slot.is_whole && slot.stamp == taken;
        Ok(if is_good {
            Popped::Message(slot.bytes)
        } else {
            Popped::Damaged
        })
    }

    /// Messages dropped since the channel was made.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.channel.word(DROPPED).load(Ordering::Relaxed)
    }

    /// Bytes that fit into a message.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.channel.capacity()
    }
}
