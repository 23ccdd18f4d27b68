//! The tick's end of the journal: a bounded ring of bytes. Appending copies; it never blocks, allocates or fails.

use crate::entry::{ENTRY_HEAD_BYTES, Kind, entry_head, parse_entry_head};
use rtrb::{Consumer, Producer, RingBuffer};

/// Takes entries from the tick. When the ring is full an entry is dropped and counted; the count is journaled as a
/// `Gap` as soon as there is room again.
#[derive(Debug)]
pub struct Tap {
    ring: Producer<u8>,
    dropped: u64,
    unreported: u64,
}

impl Tap {
    /// A ring of so many bytes, and its other end.
    #[must_use]
    pub fn new(capacity_bytes: usize) -> (Tap, Tapped) {
        let (mut ring, mut out) = RingBuffer::new(capacity_bytes);
        // Touch every page now, so that the tick never waits for one.
        if let Ok(chunk) = ring.write_chunk(capacity_bytes) {
            chunk.commit_all();
        }
        if let Ok(chunk) = out.read_chunk(capacity_bytes) {
            chunk.commit_all();
        }
        (
            Tap {
                ring,
                dropped: 0,
                unreported: 0,
            },
            Tapped { ring: out },
        )
    }

    /// Appends an entry, or counts it as dropped.
    pub fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) {
        if self.unreported > 0 && self.put(Kind::Gap, at_ns, &self.unreported.to_le_bytes()) {
            self.unreported = 0;
        }
        if self.unreported > 0 || !self.put(kind, at_ns, body) {
            self.dropped += 1;
            self.unreported += 1;
        }
    }

    /// Entries dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether the writer is gone (for instance because the disk is full).
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.ring.is_abandoned()
    }

    fn put(&mut self, kind: Kind, at_ns: i64, body: &[u8]) -> bool {
        let Some(head) = entry_head(kind, at_ns, body.len()) else {
            return false;
        };
        // Head and body in two pushes: the reader waits until both are there.
        self.ring.slots() >= head.len() + body.len()
            && self.ring.push_entire_slice(&head).is_ok()
            && self.ring.push_entire_slice(body).is_ok()
    }
}

/// The writer's end of a [`Tap`].
#[derive(Debug)]
pub struct Tapped {
    ring: Consumer<u8>,
}

impl Tapped {
    /// The next whole entry; its body replaces what is in `body`.
    pub fn next_into(&mut self, body: &mut Vec<u8>) -> Option<(Kind, i64)> {
        let mut head = [0; ENTRY_HEAD_BYTES];
        {
            // Looking without committing: the body may not be there yet.
            let chunk = self.ring.read_chunk(ENTRY_HEAD_BYTES).ok()?;
            let (a, b) = chunk.as_slices();
            for (to, from) in head.iter_mut().zip(a.iter().chain(b)) {
                *to = *from;
            }
        }
        let (code, at_ns, length) = parse_entry_head(&head)?;
        let chunk = self.ring.read_chunk(ENTRY_HEAD_BYTES + length).ok()?;
        let (a, b) = chunk.as_slices();
        body.clear();
        body.extend_from_slice(a.get(ENTRY_HEAD_BYTES..).unwrap_or(&[]));
        body.extend_from_slice(b.get(ENTRY_HEAD_BYTES.saturating_sub(a.len())..).unwrap_or(&[]));
        chunk.commit_all();
        Some((Kind::from_code(code)?, at_ns))
    }

    /// Whether the tick's end is gone; entries may still be waiting.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.ring.is_abandoned()
    }
}
