//! What a segment says before its first entry: everything that a replay needs.

use crate::wire::{Put, Take};
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

const MAGIC: [u8; 8] = *b"SPINALJ\x01";
const VERSION: u32 = 1;
/// Magic, version, header length and their check.
const PREFIX_BYTES: usize = 24;
const HEADER_BYTES_MAX: usize = 1 << 24;

/// Whether ticks are stored or only hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Detail {
    /// Every tick is stored: the journal can be replayed alone.
    Full = 1,
    /// Ticks are hashed: a run can be compared with another of the same seed.
    Digest = 2,
}

/// What stands at the start of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Names the run; chosen by the host.
    pub run_id: String,
    /// Number of this segment in its folder, from 0.
    pub segment: u32,
    /// Whether System 1 starts here, or goes on from the segment before.
    pub starts_fresh: bool,
    /// Whether ticks are stored or only hashed.
    pub detail: Detail,
    /// Number of joints.
    pub dof: u8,
    /// Wall clock at the start in ns since 1970, for people; 0 in lockstep, where a journal depends on the seed alone.
    pub started_unix_ns: i64,
    /// Head hash of the segment before; zeros for the first and for independent lockstep picks.
    pub previous_head: Hash,
    /// The encoded safety profile.
    pub profile: Vec<u8>,
    /// The encoded settings of System 1.
    pub settings: Vec<u8>,
    /// The encoded arm model; empty when there is none.
    pub arm: Vec<u8>,
    /// JSON from the host: versions, hashes, seed.
    pub meta: String,
}

impl Header {
    /// The header's bytes, which end in their own SHA-256, and that hash, `h_0` of the chain.
    #[must_use]
    pub fn encode(&self) -> (Vec<u8>, Hash) {
        let mut body =
            Vec::with_capacity(256 + self.profile.len() + self.settings.len() + self.arm.len() + self.meta.len());
        body.extend_from_slice(&self.segment.to_le_bytes());
        body.extend_from_slice(&[u8::from(self.starts_fresh), self.detail as u8, self.dof, 0]);
        body.extend_from_slice(&self.started_unix_ns.to_le_bytes());
        body.extend_from_slice(&self.previous_head);
        for part in [
            self.run_id.as_bytes(),
            &self.profile,
            &self.settings,
            &self.arm,
            self.meta.as_bytes(),
        ] {
            body.extend_from_slice(&(part.len() as u64).to_le_bytes());
            body.extend_from_slice(part);
        }
        let mut bytes = vec![0; PREFIX_BYTES];
        let mut put = Put::new(&mut bytes);
        put.bytes(&MAGIC);
        put.u32(VERSION);
        put.u32(body.len() as u32);
        put.u64(prefix_check(VERSION, body.len() as u32));
        bytes.extend_from_slice(&body);
        let hash: Hash = Sha256::digest(&bytes).into();
        bytes.extend_from_slice(&hash);
        (bytes, hash)
    }

    /// The header at the start of `bytes`, its length in bytes and `h_0`.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Header, usize, Hash), HeaderFault> {
        let mut take = Take::new(bytes);
        let (magic, version, length, check) = prefix(&mut take).ok_or(HeaderFault::Torn)?;
        if magic != MAGIC {
            return Err(HeaderFault::Damaged("it does not start with the journal's mark"));
        }
        if check != prefix_check(version, length) || length as usize > HEADER_BYTES_MAX {
            return Err(HeaderFault::Damaged("its header length was changed"));
        }
        if version != VERSION {
            return Err(HeaderFault::Version(version));
        }
        let hashed = bytes.get(..PREFIX_BYTES + length as usize).ok_or(HeaderFault::Torn)?;
        let end = PREFIX_BYTES + length as usize + 32;
        let stored = bytes.get(hashed.len()..end).ok_or(HeaderFault::Torn)?;
        let hash: Hash = Sha256::digest(hashed).into();
        if stored != hash {
            return Err(HeaderFault::Damaged("its header was changed"));
        }
        let header = parse(hashed.get(PREFIX_BYTES..).unwrap_or(&[]));
        header
            .map(|header| (header, end, hash))
            .ok_or(HeaderFault::Damaged("its header cannot be read"))
    }
}

/// Why a header cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// The file ends inside it.
    Torn,
    /// Its bytes do not fit.
    Damaged(&'static str),
    /// Another version of the format.
    Version(u32),
}

fn prefix(take: &mut Take<'_>) -> Option<([u8; 8], u32, u32, u64)> {
    Some((take.array()?, take.u32()?, take.u32()?, take.u64()?))
}

/// Redundant on purpose: a damaged length must not look like a torn header.
fn prefix_check(version: u32, length: u32) -> u64 {
    !((u64::from(version) << 32) | u64::from(length))
}

fn parse(body: &[u8]) -> Option<Header> {
    let mut take = Take::new(body);
    let segment = take.u32()?;
    let [starts_fresh, detail, dof, _] = take.array::<4>()?;
    let started_unix_ns = take.i64()?;
    let previous_head = take.array()?;
    let mut part = || {
        let length = usize::try_from(take.u64()?).ok()?;
        take.bytes(length).map(<[u8]>::to_vec)
    };
    let run_id = String::from_utf8(part()?).ok()?;
    let (profile, settings, arm) = (part()?, part()?, part()?);
    let meta = String::from_utf8(part()?).ok()?;
    let detail = match detail {
        1 => Detail::Full,
        2 => Detail::Digest,
        _ => return None,
    };
    let starts_fresh = starts_fresh == 1;
    Some(Header {
        run_id,
        segment,
        starts_fresh,
        detail,
        dof,
        started_unix_ns,
        previous_head,
        profile,
        settings,
        arm,
        meta,
    })
}
