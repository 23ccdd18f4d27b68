//! Writing segments: one entry after the other, chained, buffered, synced.

use crate::entry::{ENTRY_TAIL_BYTES, Kind, Sync, entry_head};
use crate::error::JournalError;
use crate::header::{Detail, Hash, Header};
use crate::wire::Put;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

/// Ticks behind one digest entry.
pub const DIGEST_TICKS: u32 = 100;
/// Bytes gathered before they are handed to the operating system. Chosen by hand: about 150 ticks.
const BUFFER_BYTES: usize = 1 << 16;

/// Where the entries go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Nowhere: only the head hash is of interest.
    Unstored,
    /// One file, which must not exist yet.
    File(PathBuf),
    /// A folder of segments, `segment-000000.journal` and on; a new one is begun when one has this many bytes. The first
    /// carries on the chain of the segments that are already there.
    Folder {
        /// The folder; made when missing.
        folder: PathBuf,
        /// Bytes after which a new segment begins.
        segment_bytes: u64,
    },
}

/// What was written, told at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Entries of the last segment, its close included.
    pub entries: u64,
    /// Chain hash after the last entry.
    pub head: Hash,
    /// Bytes in all segments.
    pub bytes: u64,
}

/// Writes a journal. Used inline in lockstep and by the recorder's thread in real time; never by the tick.
#[derive(Debug)]
pub struct Writer {
    header: Header,
    storage: Storage,
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    chain: Hash,
    entries: u64,
    segment_bytes: u64,
    earlier_bytes: u64,
    unsynced: bool,
    last_at_ns: i64,
    digest: Digesting,
}

#[derive(Debug, Default)]
struct Digesting {
    hasher: Sha256,
    ticks: u32,
    first_at_ns: i64,
    last_at_ns: i64,
}

impl Writer {
    /// Begins a journal. In a folder, `segment` and `previous_head` of the header are set from what is already there.
    ///
    /// # Errors
    /// When the file exists already or cannot be made.
    pub fn create(mut header: Header, storage: Storage) -> Result<Writer, JournalError> {
        if let Storage::Folder { folder, .. } = &storage {
            std::fs::create_dir_all(folder).map_err(|source| JournalError::Io {
                doing: "make the folder of",
                path: folder.clone(),
                source,
            })?;
            if let Some((number, head)) = crate::folder::last_segment(folder)? {
                header.segment = number + 1;
                header.previous_head = head;
            }
        }
        let mut writer = Writer {
            header,
            storage,
            path: PathBuf::new(),
            file: None,
            buffer: Vec::with_capacity(BUFFER_BYTES + 4096),
            chain: [0; 32],
            entries: 0,
            segment_bytes: 0,
            earlier_bytes: 0,
            unsynced: false,
            last_at_ns: 0,
            digest: Digesting::default(),
        };
        writer.begin_segment()?;
        Ok(writer)
    }

    /// Chain hash after the last entry.
    #[must_use]
    pub fn head(&self) -> Hash {
        self.chain
    }

    /// Appends one entry. In [`Detail::Digest`] a tick goes into the running digest instead.
    ///
    /// # Errors
    /// When the body is too long or the file cannot be written.
    pub fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) -> Result<(), JournalError> {
        if kind == Kind::Tick && self.header.detail == Detail::Digest {
            self.digest_tick(at_ns, body)?;
            return self.rotate_if_full();
        }
        self.put(kind, at_ns, body)?;
        self.rotate_if_full()
    }

    /// Writes out what is buffered, waits for the disk, then says so in a `Sync` entry. Does nothing when nothing is new.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        if !self.unsynced {
            return Ok(());
        }
        self.flush_to_disk()?;
        let mark = Sync {
            entries: self.entries,
            head: self.chain,
        }
        .encode();
        self.put(Kind::Sync, self.last_at_ns, &mark)?;
        self.unsynced = false;
        self.flush()
    }

    /// Ends the journal with a `Close` entry and waits for the disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn close(mut self) -> Result<Summary, JournalError> {
        self.end_segment()?;
        Ok(Summary {
            entries: self.entries,
            head: self.chain,
            bytes: self.earlier_bytes + self.segment_bytes,
        })
    }

    fn begin_segment(&mut self) -> Result<(), JournalError> {
        let (bytes, hash) = self.header.encode();
        self.path = match &self.storage {
            Storage::Unstored => PathBuf::new(),
            Storage::File(path) => path.clone(),
            Storage::Folder { folder, .. } => folder.join(crate::folder::segment_name(self.header.segment)),
        };
        if self.storage != Storage::Unstored {
            let opened = OpenOptions::new().write(true).create_new(true).open(&self.path);
            self.file = Some(opened.map_err(|source| JournalError::Io {
                doing: "begin",
                path: self.path.clone(),
                source,
            })?);
        }
        self.chain = hash;
        self.entries = 0;
        self.segment_bytes = bytes.len() as u64;
        self.unsynced = true;
        self.buffer.extend_from_slice(&bytes);
        match &self.storage {
            Storage::Folder { folder, .. } => {
                // Without this the file's name may not survive a loss of power.
                let synced = File::open(folder).and_then(|folder| folder.sync_all());
                synced.map_err(|source| JournalError::Io {
                    doing: "sync the folder of",
                    path: folder.clone(),
                    source,
                })?;
                self.flush_to_disk()
            }
            // A lockstep pick can be made again from its seed: the disk is waited for at its end only.
            Storage::File(_) | Storage::Unstored => self.flush(),
        }
    }

    fn end_segment(&mut self) -> Result<(), JournalError> {
        self.end_digest()?;
        let mark = Sync {
            entries: self.entries,
            head: self.chain,
        }
        .encode();
        self.put(Kind::Close, self.last_at_ns, &mark)?;
        self.flush_to_disk()
    }

    fn put(&mut self, kind: Kind, at_ns: i64, body: &[u8]) -> Result<(), JournalError> {
        let head = entry_head(kind, at_ns, body.len()).ok_or(JournalError::TooLong { bytes: body.len() })?;
        let hasher = Sha256::new().chain_update(self.chain).chain_update(head);
        self.chain = hasher.chain_update(body).finalize().into();
        self.entries += 1;
        self.segment_bytes += (head.len() + body.len() + ENTRY_TAIL_BYTES) as u64;
        self.last_at_ns = at_ns;
        self.unsynced = true;
        if self.file.is_none() {
            return Ok(());
        }
        self.buffer.extend_from_slice(&head);
        self.buffer.extend_from_slice(body);
        self.buffer
            .extend_from_slice(self.chain.get(..ENTRY_TAIL_BYTES).unwrap_or(&[]));
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn rotate_if_full(&mut self) -> Result<(), JournalError> {
        match self.storage {
            Storage::Folder { segment_bytes, .. } if self.segment_bytes >= segment_bytes => {
                self.end_segment()?;
                self.earlier_bytes += self.segment_bytes;
                self.header.segment += 1;
                self.header.starts_fresh = false;
                self.header.previous_head = self.chain;
                self.begin_segment()
            }
            _ => Ok(()),
        }
    }

    fn digest_tick(&mut self, at_ns: i64, body: &[u8]) -> Result<(), JournalError> {
        if self.digest.ticks == 0 {
            self.digest.first_at_ns = at_ns;
        }
        self.digest.hasher.update(at_ns.to_le_bytes());
        self.digest.hasher.update(body);
        self.digest.ticks += 1;
        self.digest.last_at_ns = at_ns;
        if self.digest.ticks == DIGEST_TICKS {
            self.end_digest()
        } else {
            Ok(())
        }
    }

    fn end_digest(&mut self) -> Result<(), JournalError> {
        if self.digest.ticks == 0 {
            return Ok(());
        }
        let digest = std::mem::take(&mut self.digest);
        let mut body = [0; 56];
        let mut put = Put::new(&mut body);
        put.i64(digest.first_at_ns);
        put.i64(digest.last_at_ns);
        put.u64(u64::from(digest.ticks));
        put.bytes(&digest.hasher.finalize());
        self.put(Kind::TickDigest, digest.last_at_ns, &body)
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        if let Some(file) = &mut self.file {
            let written = file.write_all(&self.buffer);
            written.map_err(|source| JournalError::Io {
                doing: "write",
                path: self.path.clone(),
                source,
            })?;
        }
        self.buffer.clear();
        Ok(())
    }

    fn flush_to_disk(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        match &self.file {
            Some(file) => file.sync_data().map_err(|source| JournalError::Io {
                doing: "sync",
                path: self.path.clone(),
                source,
            }),
            None => Ok(()),
        }
    }
}
