//! What a shell does in each tick takes no memory: deciding, encoding, journaling into the ring, publishing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unsafe_code
)]

mod cell;

use cell::{HOME_RAD, PERIOD_NS, START_NS};
use spinal_gate::{PROPOSAL_BYTES_MAX, PeopleReading};
use spinal_journal::wire::{TIMED_COMMAND_BYTES_MAX, encode_timed_command};
use spinal_journal::{Kind, Tap};
use spinal_link::{LatestReader, LatestWriter, RingReader, RingWriter};
use spinal_reflex::analytic::AnalyticPlant;
use spinal_reflex::shell::{Cycle, HostMessage, STATUS_BYTES, Sink, System, create_channels, encode_status};
use spinal_reflex::{Control, RobotPort, Settings};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell as Counter;

struct Counting;

thread_local! {
    static TAKEN: Counter<u64> = const { Counter::new(0) };
}

// SAFETY: everything is passed on to the system's allocator; counting touches only a thread-local number that needs no memory itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller keeps to the same contract.
        unsafe { std::alloc::System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller keeps to the same contract.
        unsafe { std::alloc::System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Outlet {
    tap: Tap,
}

impl Sink for Outlet {
    fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) {
        self.tap.append(kind, at_ns, body);
    }
}

// Hazard: H-21
#[test]
fn a_tick_with_journal_and_channels_takes_no_memory_even_when_the_ring_is_full() {
    let folder = tempfile::tempdir().unwrap();
    create_channels(folder.path()).unwrap();
    let channel = |name: &str| folder.path().join(name);
    let mut command_out = LatestWriter::open(&channel("command")).unwrap();
    let mut status_out = LatestWriter::open(&channel("status")).unwrap();
    let status_in = LatestReader::open(&channel("status")).unwrap();
    let mut proposals_in = RingReader::open(&channel("proposals")).unwrap();
    let mut proposals_out = RingWriter::open(&channel("proposals")).unwrap();
    let system = System {
        profile: cell::profile(),
        settings: Settings::default(),
        arm: None,
    };
    let (tap, _tapped) = Tap::new(1 << 16);
    let mut cycle = Cycle::new(&system, Outlet { tap }).unwrap();
    let mut plant = AnalyticPlant::new(&HOME_RAD, 0.004, PERIOD_NS, START_NS);
    let mut proposal = cell::Cell::granted().chunk(0.1, 8);
    let mut bytes = [0; PROPOSAL_BYTES_MAX];
    let grant = HostMessage::Control(Control::Grant { source: 1, epoch: 1 }).encode();

    let before = TAKEN.with(Counter::get);
    for tick in 0..1000_i64 {
        let now_ns = START_NS + tick * PERIOD_NS;
        if tick == 2
            && let Some(HostMessage::Control(control)) = HostMessage::decode(&grant)
        {
            cycle.control(&control, now_ns);
        }
        if tick % 200 == 5 {
            (proposal.made_at_ns, proposal.observed_at_ns) = (now_ns, now_ns);
            (proposal.sequence, proposal.observed_played_ns) = (tick as u64, cycle.status().played_ns);
            let length = proposal.encode(&mut bytes).unwrap();
            proposals_out.push(&bytes[..length]).unwrap();
        }
        if let spinal_link::Popped::Message(length) = proposals_in.pop(&mut bytes).unwrap() {
            cycle.offer_bytes(&bytes[..length], now_ns);
        }
        cycle.see(&PeopleReading::nobody(now_ns), now_ns);
        let measured = plant.read(now_ns);
        let command = cycle.tick(now_ns, &measured, false);
        plant.write(&command);
        let mut message = [0; TIMED_COMMAND_BYTES_MAX];
        let length = encode_timed_command(now_ns, &command, 6, &mut message).unwrap();
        command_out.write(&message[..length]).unwrap();
        status_out.write(encode_status(cycle.status())).unwrap();
        status_in.read(&mut [0; STATUS_BYTES]).unwrap();
    }
    assert_eq!(TAKEN.with(Counter::get) - before, 0);
    assert!(cycle.status().played_ns > 0, "a chunk was meant to be followed");
    assert!(cycle.sink().tap.dropped() > 0, "the ring was meant to be full");
}
