//! After start, System 1 takes no memory, whatever happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unsafe_code
)]

#[path = "../../gate/tests/arm_cell/mod.rs"]
mod arm_cell;
mod cell;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell as Counter;

use cell::Cell;
use spinal_gate::{Mode, PROPOSAL_BYTES_MAX, Proposal, Semantics};
use spinal_reflex::{Control, TightenReason, Tightening, bench};

struct Counting;

thread_local! {
    static TAKEN: Counter<u64> = const { Counter::new(0) };
}

// SAFETY: everything is passed on to the system's allocator; counting touches only a thread-local number that needs no memory itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn taken() -> u64 {
    TAKEN.with(Counter::get)
}

#[test]
fn the_counter_counts() {
    let before = taken();
    drop(std::hint::black_box(vec![1u8; 100]));
    assert_eq!(taken() - before, 2);
}

// Hazard: H-21
#[test]
fn ticks_and_offers_with_arm_observer_and_estimator_take_no_memory() {
    let report = bench::unpaced(1000, 3000, 6, taken).unwrap();
    assert_eq!(report.allocations, 0);
    assert_eq!(report.gated, 0, "the motion was meant to be followed");
}

// Hazard: H-21
#[test]
fn stops_refusals_faults_and_resets_take_no_memory() {
    let mut cell = Cell::granted();
    let good = cell.chunk(0.5, 8);
    let mut bad = cell.chunk(0.5, 8);
    bad.targets = [[f64::NAN; 32]; 64];
    let before = taken();
    assert!(!cell.reflex.offer(&bad, cell.now_ns).is_admitted());
    assert!(cell.reflex.offer(&good, cell.now_ns).is_admitted());
    for until_ns in 1..40 {
        let scale = 1.0 / until_ns as f64;
        let until_ns = cell.now_ns + until_ns * 10_000_000;
        let reason = TightenReason::Hardware;
        let tightening = Tightening {
            scale,
            until_ns,
            reason,
        };
        cell.reflex.control(&Control::Tighten(tightening), cell.now_ns);
    }
    cell.run(1200);
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    cell.run(300);
    cell.reflex.control(&Control::Reset, cell.now_ns);
    cell.run(10);
    cell.tick_with(|measured| measured.position_rad[0] = f64::NAN, true);
    cell.run(10);
    assert_eq!(taken() - before, 0);
    assert_eq!(cell.reflex.status().mode(), Mode::Sto);
}

#[test]
fn proposals_of_the_tool_take_no_memory_admitted_or_refused() {
    let mut verdicts = Vec::with_capacity(64);
    for semantics in Semantics::ALL {
        let mut case = arm_cell::Case::along(semantics, 64, |k| 0.3 * (0.2 * (k + 1) as f64).sin());
        let mut bad = arm_cell::Case::of(semantics);
        bad.proposal.targets[3][0] = 50.0;
        let before = taken();
        verdicts.push((case.verdict().is_admitted(), bad.verdict().is_admitted()));
        assert_eq!(taken() - before, 0, "{semantics:?}");
    }
    assert!(verdicts.iter().all(|verdict| *verdict == (true, false)));
}

// Hazard: H-21
#[test]
fn decoding_a_proposal_takes_no_memory() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.5, 8);
    let mut bytes = [0; PROPOSAL_BYTES_MAX];
    let before = taken();
    let length = chunk.encode(&mut bytes).unwrap();
    assert!(Proposal::decode(&bytes[..length]).is_ok());
    assert!(Proposal::decode(&bytes[..length - 1]).is_err());
    assert_eq!(taken() - before, 0);
}
