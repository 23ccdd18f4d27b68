//! One journal entry and its bytes.
//!
//! Layout, little-endian: `word u32` (body length in the lower 24 bits, kind in the upper 8), `check u32` (FNV-1a of
//! word and instant, so that a damaged length is never mistaken for a torn tail), `at_ns i64`, the body, and the first
//! 8 bytes of the chain hash after this entry, which names the entry in which a byte was changed.

use crate::header::Hash;
use crate::wire::{Put, Take};

/// Bytes before the body.
pub const ENTRY_HEAD_BYTES: usize = 16;
/// Bytes after the body.
pub const ENTRY_TAIL_BYTES: usize = 8;
/// The longest body.
pub const BODY_BYTES_MAX: usize = (1 << 24) - 1;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// An encoded proposal, exactly as it came, readable or not.
    Proposal = 1,
    /// The gate's answer to the proposal before it.
    Verdict = 2,
    /// An order from the host: grant, revoke, stop, reset.
    Control = 3,
    /// One tick: what was measured and what was commanded, bit for bit.
    Tick = 4,
    /// The hash of up to [`crate::DIGEST_TICKS`] ticks, in place of them.
    TickDigest = 5,
    /// A change of mode, trigger or authority.
    Event = 6,
    /// Text (JSON) from the host.
    Note = 7,
    /// Everything before this entry is on the disk.
    Sync = 8,
    /// Entries were lost because the ring was full.
    Gap = 9,
    /// The segment ends here on purpose.
    Close = 10,
    /// What a sensor for people said.
    People = 11,
    /// What the independent monitor asks for, and whether it lives; made when that changes.
    Monitor = 12,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Kind; 12] = [
        Kind::Proposal,
        Kind::Verdict,
        Kind::Control,
        Kind::Tick,
        Kind::TickDigest,
        Kind::Event,
        Kind::Note,
        Kind::Sync,
        Kind::Gap,
        Kind::Close,
        Kind::People,
        Kind::Monitor,
    ];

    /// The kind with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// Its name in reports and in Python.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Proposal => "proposal",
            Kind::Verdict => "verdict",
            Kind::Control => "control",
            Kind::Tick => "tick",
            Kind::TickDigest => "tick_digest",
            Kind::Event => "event",
            Kind::Note => "note",
            Kind::Sync => "sync",
            Kind::Gap => "gap",
            Kind::Close => "close",
            Kind::People => "people",
            Kind::Monitor => "monitor",
        }
    }
}

/// One entry as it stands in a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// Number of the entry in its segment, from 0.
    pub index: u64,
    /// Where it starts in the file, bytes.
    pub offset: u64,
    /// What it is about.
    pub kind: Kind,
    /// The instant that it belongs to, ns of the run's clock.
    pub at_ns: i64,
    /// Its content; `wire` decodes it.
    pub body: &'a [u8],
}

/// What a `Sync` and a `Close` entry say about all entries before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Entries before this one.
    pub entries: u64,
    /// The chain hash before this one.
    pub head: Hash,
}

impl Sync {
    /// Bytes of an encoded sync mark.
    pub const BYTES: usize = 40;

    pub(crate) fn encode(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let mut put = Put::new(&mut bytes);
        put.u64(self.entries);
        put.bytes(&self.head);
        bytes
    }

    /// Reads the body of a `Sync` or `Close` entry.
    #[must_use]
    pub fn decode(body: &[u8]) -> Option<Sync> {
        let mut take = Take::new(body);
        let sync = Sync {
            entries: take.u64()?,
            head: take.array()?,
        };
        take.is_empty().then_some(sync)
    }
}

/// The first 16 bytes of an entry; `None` when the body is too long.
pub(crate) fn entry_head(kind: Kind, at_ns: i64, body_bytes: usize) -> Option<[u8; ENTRY_HEAD_BYTES]> {
    if body_bytes > BODY_BYTES_MAX {
        return None;
    }
    let word = u32::try_from(body_bytes).ok()? | (u32::from(kind as u8) << 24);
    let mut head = [0; ENTRY_HEAD_BYTES];
    let mut put = Put::new(&mut head);
    put.u32(word);
    put.u32(head_check(word, at_ns));
    put.i64(at_ns);
    Some(head)
}

/// Kind code, instant and body length of an entry; `None` when its first 16 bytes are damaged.
pub(crate) fn parse_entry_head(head: &[u8]) -> Option<(u8, i64, usize)> {
    let mut take = Take::new(head);
    let (word, check, at_ns) = (take.u32()?, take.u32()?, take.i64()?);
    (check == head_check(word, at_ns)).then_some(((word >> 24) as u8, at_ns, (word & 0x00ff_ffff) as usize))
}

/// FNV-1a over word and instant. Every step is a bijection, so a single changed byte always changes it.
fn head_check(word: u32, at_ns: i64) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in word.to_le_bytes().into_iter().chain(at_ns.to_le_bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// Writes an entry without its chain hash, as it travels in the `events` ring; returns the bytes used, `None` when it does not fit.
pub fn encode_event(kind: Kind, at_ns: i64, body: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut put = Put::new(out);
    put.bytes(&entry_head(kind, at_ns, body.len())?);
    put.bytes(body);
    put.finish()
}

/// Kind, instant and body of an entry from the `events` ring; `None` when it is damaged.
#[must_use]
pub fn decode_event(bytes: &[u8]) -> Option<(Kind, i64, &[u8])> {
    let (code, at_ns, length) = parse_entry_head(bytes)?;
    let body = bytes.get(ENTRY_HEAD_BYTES..)?;
    (body.len() == length).then_some((Kind::from_code(code)?, at_ns, body))
}
