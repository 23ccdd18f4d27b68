//! The newest message wins.
//!
//! Four slots and a generation counter. A message of generation g goes to slot g mod 4 and is published by storing g;
//! a reader copies slot g mod 4 and believes it if its stamp is g and its check value fits. A writer that is killed in
//! the middle of a message has published nothing: readers keep seeing the message before.

use crate::channel::{Channel, End, HEADER, LINE, Shape};
use crate::error::LinkError;
use std::path::Path;
use std::sync::atomic::Ordering;

const MAGIC: u64 = u64::from_le_bytes(*b"SPNLNEWS");
const SLOTS: usize = 4;
const GENERATION: usize = HEADER;
/// Readings before a reader gives up. The writer must overtake it by three messages each time.
const ATTEMPTS: u32 = 8;

/// Makes the channel's file for messages of up to `capacity` bytes.
///
/// # Errors
/// When the file exists already or there is no room for it.
pub fn create_latest(path: &Path, capacity: usize) -> Result<(), LinkError> {
    Channel::create(
        path,
        Shape {
            magic: MAGIC,
            control: LINE,
            slots: SLOTS,
            capacity,
        },
    )
}

/// The writing end.
#[derive(Debug)]
pub struct LatestWriter {
    channel: Channel,
    generation: u64,
}

impl LatestWriter {
    /// Takes the writing end; goes on from what an earlier writer published.
    ///
    /// # Errors
    /// When the file is no such channel or another process writes it.
    pub fn open(path: &Path) -> Result<LatestWriter, LinkError> {
        let channel = Channel::open(path, MAGIC, LINE, End::Writer)?;
        let generation = channel.word(GENERATION).load(Ordering::Acquire);
        Ok(LatestWriter { channel, generation })
    }

    /// Publishes a message; returns its generation.
    ///
    /// # Errors
    /// When it is longer than the channel's capacity.
    pub fn write(&mut self, message: &[u8]) -> Result<u64, LinkError> {
        let generation = self.generation.wrapping_add(1);
        self.channel
            .fill((generation % SLOTS as u64) as usize, generation, message)?;
        self.channel.word(GENERATION).store(generation, Ordering::Release);
        self.generation = generation;
        Ok(generation)
    }

    /// Bytes that fit into a message.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.channel.capacity()
    }
}

/// What a reading brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Number of the message, from 1.
    pub generation: u64,
    /// Its length.
    pub bytes: usize,
}

/// A reading end; there may be many.
#[derive(Debug)]
pub struct LatestReader {
    channel: Channel,
}

impl LatestReader {
    /// Opens the channel for reading.
    ///
    /// # Errors
    /// When the file is no such channel.
    pub fn open(path: &Path) -> Result<LatestReader, LinkError> {
        Channel::open(path, MAGIC, LINE, End::Onlooker).map(|channel| LatestReader { channel })
    }

    /// Copies the newest message into `out`; `None` when nothing has been published yet.
    ///
    /// # Errors
    /// When `out` is too small, or no whole message was found in a bounded number of attempts.
    pub fn read(&self, out: &mut [u8]) -> Result<Option<Read>, LinkError> {
        for _ in 0..ATTEMPTS {
            let generation = self.generation();
            if generation == 0 {
                return Ok(None);
            }
            let slot = self.channel.copy((generation % SLOTS as u64) as usize, out);
            match slot {
                Ok(slot) if slot.is_whole && slot.stamp == generation => {
                    return Ok(Some(Read {
                        generation,
                        bytes: slot.bytes,
                    }));
                }
                Err(error) if self.generation() == generation => return Err(error),
                _ => std::hint::spin_loop(),
            }
        }
        Err(LinkError::Torn { attempts: ATTEMPTS })
    }

    /// Number of the newest message; 0 before the first.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.channel.word(GENERATION).load(Ordering::Acquire)
    }

    /// Bytes that fit into a message.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.channel.capacity()
    }
}
