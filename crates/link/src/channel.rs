//! A channel's file as words in shared memory. The only unsafe code of the link is here.

use crate::error::LinkError;
use memmap2::{MmapOptions, MmapRaw};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Changes with every change of a layout.
const LAYOUT: u64 = 1;
/// Words of a cache line.
pub(crate) const LINE: usize = 8;
/// Words before the channel's own words: magic, layout, slots, payload bytes of a slot.
pub(crate) const HEADER: usize = LINE;
/// Words of a slot before its payload: stamp, length, check.
const SLOT_HEADER: usize = 3;
/// Stamp of a slot whose payload is just being changed.
const BEING_WRITTEN: u64 = u64::MAX;

/// Which end of a channel a process holds. Each end is held by one process; the kernel frees it when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Writer,
    /// The reader of a ring, which moves its index.
    Taker,
    /// A reader that changes nothing; there may be many.
    Onlooker,
    /// One of many that may change the words, which are then changed in single atomic steps.
    Anybody,
}

/// The shape of a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub magic: u64,
    /// Words between the header and the first slot (indices, counters), whole lines.
    pub control: usize,
    pub slots: usize,
    /// Payload bytes of a slot.
    pub capacity: usize,
}

impl Shape {
    fn slot_words(&self) -> usize {
        (SLOT_HEADER + self.capacity.div_ceil(8)).next_multiple_of(LINE)
    }
    fn words(&self) -> usize {
        HEADER + self.control + self.slots * self.slot_words()
    }
}

/// A mapped channel.
#[derive(Debug)]
pub(crate) struct Channel {
    map: MmapRaw,
    shape: Shape,
    /// Kept open: it carries the lock on this process's end.
    _file: File,
}

/// A slot's content as it was found: not yet believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub stamp: u64,
    pub bytes: usize,
    pub is_whole: bool,
}

impl Channel {
    /// Makes the file, complete from the moment at which it has its name.
    pub fn create(path: &Path, shape: Shape) -> Result<(), LinkError> {
        let error = |doing| {
            move |source| LinkError::Io {
                doing,
                path: path.into(),
                source,
            }
        };
        let temporary = path.with_extension(format!("making-{}", std::process::id()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary);
        let file = file.map_err(error("make"))?;
        let bytes = (shape.words() * 8) as u64;
        let allocated = allocate(&file, bytes);
        let filled = allocated.and_then(|()| MmapOptions::new().map_raw(&file)).map(|map| {
            let channel = Channel {
                map,
                shape,
                _file: file,
            };
            for (place, value) in [
                (0, shape.magic),
                (1, LAYOUT),
                (2, shape.slots as u64),
                (3, shape.capacity as u64),
            ] {
                channel.word(place).store(value, Ordering::Relaxed);
            }
        });
        // A link, unlike a rename, fails when the name is taken.
        let named = filled.and_then(|()| std::fs::hard_link(&temporary, path));
        let removed = std::fs::remove_file(&temporary);
        named.and(removed).map_err(error("make"))
    }

    /// Maps an existing channel and takes one end of it.
    pub fn open(path: &Path, magic: u64, control: usize, end: End) -> Result<Channel, LinkError> {
        let error = |doing| {
            move |source| LinkError::Io {
                doing,
                path: path.into(),
                source,
            }
        };
        let layout = |what, found, expected| LinkError::Layout {
            path: path.into(),
            what,
            found,
            expected,
        };
        let writes = end != End::Onlooker;
        let file = OpenOptions::new()
            .read(true)
            .write(writes)
            .open(path)
            .map_err(error("open"))?;
        let bytes = file.metadata().map_err(error("open"))?.len();
        if bytes < (HEADER * 8) as u64 {
            return Err(layout("size", bytes, (HEADER * 8) as u64));
        }
        lock(&file, path, end)?;
        let options = MmapOptions::new().populate().to_owned();
        let map = if writes {
            options.map_raw(&file)
        } else {
            options.map_raw_read_only(&file)
        };
        let map = map.map_err(error("map"))?;
        let mut channel = Channel {
            map,
            shape: Shape {
                magic,
                control,
                slots: 0,
                capacity: 0,
            },
            _file: file,
        };
        let header = [0, 1, 2, 3].map(|place| channel.word(place).load(Ordering::Relaxed));
        let [found_magic, found_layout, slots, capacity] = header;
        if found_magic != magic {
            return Err(layout("mark", found_magic, magic));
        }
        if found_layout != LAYOUT {
            return Err(layout("layout version", found_layout, LAYOUT));
        }
        if slots == 0 || slots > 1 << 20 || capacity > 1 << 32 {
            return Err(layout("slot count", slots, 1 << 20));
        }
        channel.shape.slots = slots as usize;
        channel.shape.capacity = capacity as usize;
        let expected = (channel.shape.words() * 8) as u64;
        if expected == bytes {
            Ok(channel)
        } else {
            Err(layout("size", bytes, expected))
        }
    }

    pub fn slots(&self) -> usize {
        self.shape.slots
    }

    pub fn capacity(&self) -> usize {
        self.shape.capacity
    }

    /// A word of the header or of the channel's control words.
    pub fn word(&self, place: usize) -> &AtomicU64 {
        debug_assert!(place < HEADER + self.shape.control);
        self.words(place, 1).first().unwrap_or(&FALLBACK)
    }

    /// Fills a slot. It is not published: that is the caller's index or generation.
    pub fn fill(&self, slot: usize, stamp: u64, message: &[u8]) -> Result<(), LinkError> {
        let capacity = self.capacity();
        if message.len() > capacity {
            return Err(LinkError::TooLong {
                bytes: message.len(),
                capacity,
            });
        }
        let (header, payload) = self.slot(slot);
        if let Some(place) = header.first() {
            place.store(BEING_WRITTEN, Ordering::Relaxed);
        }
        fence(Ordering::Release);
        let mut check = Check::new(stamp, message.len());
        for (place, bytes) in payload.iter().zip(message.chunks(8)) {
            let word = word_of(bytes);
            check.add(word);
            place.store(word, Ordering::Relaxed);
        }
        for (place, value) in header.iter().zip([stamp, message.len() as u64, check.0]).rev() {
            place.store(value, Ordering::Release);
        }
        Ok(())
    }

    /// Copies a slot out and checks the copy.
    pub fn copy(&self, slot: usize, out: &mut [u8]) -> Result<Slot, LinkError> {
        let (header, payload) = self.slot(slot);
        let mut fields = [0; SLOT_HEADER];
        for (field, word) in fields.iter_mut().zip(header) {
            *field = word.load(Ordering::Acquire);
        }
        let [stamp, bytes, expected] = fields;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if bytes > self.capacity() {
            return Ok(Slot {
                stamp,
                bytes: 0,
                is_whole: false,
            });
        }
        let capacity = out.len();
        let Some(out) = out.get_mut(..bytes) else {
            return Err(LinkError::TooLong { bytes, capacity });
        };
        let mut check = Check::new(stamp, bytes);
        for (place, part) in payload.iter().zip(out.chunks_mut(8)) {
            let word = place.load(Ordering::Relaxed);
            let found = word.to_le_bytes();
            let used = found.get(..part.len()).unwrap_or(&found);
            part.copy_from_slice(used);
            check.add(word_of(used));
        }
        fence(Ordering::Acquire);
        let is_still = header
            .first()
            .is_some_and(|place| place.load(Ordering::Relaxed) == stamp);
        Ok(Slot {
            stamp,
            bytes,
            is_whole: is_still && check.0 == expected,
        })
    }

    fn slot(&self, slot: usize) -> (&[AtomicU64], &[AtomicU64]) {
        let words = self.shape.slot_words();
        let start = HEADER + self.shape.control + (slot % self.shape.slots.max(1)) * words;
        self.words(start, words)
            .split_at_checked(SLOT_HEADER)
            .unwrap_or((&[], &[]))
    }

    fn words(&self, start: usize, count: usize) -> &[AtomicU64] {
        // SAFETY: the mapping is page-aligned, lives as long as self and has `len` bytes; a word is 8 of them. Every
        // process touches it through atomics only, and a read-only mapping is only loaded from.
        let all = unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU64>(), self.map.len() / 8) };
        all.get(start..).and_then(|rest| rest.get(..count)).unwrap_or(&[])
    }
}

/// Stands in for a word outside the mapping, which the size check on opening rules out.
static FALLBACK: AtomicU64 = AtomicU64::new(0);

/// FNV-like sum over words. Every step is a bijection, so one changed word always changes it.
struct Check(u64);

impl Check {
    fn new(stamp: u64, bytes: usize) -> Check {
        let mut check = Check(0xcbf2_9ce4_8422_2325);
        check.add(stamp);
        check.add(bytes as u64);
        check
    }
    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

/// Takes real pages now: a full shared-memory file system is an error here and not a bus error in the loop.
fn allocate(file: &File, bytes: u64) -> std::io::Result<()> {
    // SAFETY: plain call on an open file.
    match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, bytes as libc::off_t) } {
        0 => Ok(()),
        code => Err(std::io::Error::from_raw_os_error(code)),
    }
}

/// An open-file-description lock on byte 0 (writer) or 1 (taker).
fn lock(file: &File, path: &Path, end: End) -> Result<(), LinkError> {
    let (byte, name) = match end {
        End::Onlooker | End::Anybody => return Ok(()),
        End::Writer => (0, "writer"),
        End::Taker => (1, "reader"),
    };
    // SAFETY: all-zero is a valid flock.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as libc::c_short;
    range.l_whence = libc::SEEK_SET as libc::c_short;
    range.l_start = byte;
    range.l_len = 1;
    // SAFETY: the file is open and the range lives over the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &range) } == 0 {
        return Ok(());
    }
    let source = std::io::Error::last_os_error();
    match source.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Err(LinkError::Busy {
            path: path.into(),
            end: name,
        }),
        _ => Err(LinkError::Io {
            doing: "lock",
            path: path.into(),
            source,
        }),
    }
}
