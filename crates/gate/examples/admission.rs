//! How long `admit` takes for a chunk of 64 steps on a six-joint arm, by semantics: `cargo run --release -p spinal-gate --example admission`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../tests/arm_cell/mod.rs"]
mod arm_cell;

use arm_cell::Case;
use spinal_gate::Semantics;
use std::time::Instant;

const ROUNDS: usize = 2000;

fn main() {
    println!("| semantics | steps | search steps | p50 µs | p99 µs |");
    println!("|---|---|---|---|---|");
    for semantics in Semantics::ALL {
        for steps in [8, 64] {
            let mut case = Case::along(semantics, steps, |k| 0.3 * (0.2 * (k + 1) as f64).sin());
            let mut times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let start = Instant::now();
                    let verdict = std::hint::black_box(case.verdict());
                    let time = start.elapsed().as_secs_f64() * 1e6;
                    assert!(verdict.is_admitted(), "{verdict:?}");
                    time
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let frame = semantics.frame().map_or("", spinal_gate::Frame::name);
            println!(
                "| {} {frame} | {steps} | {} | {:.0} | {:.0} |",
                semantics.name(),
                case.resolved.search_steps(),
                times[ROUNDS / 2],
                times[ROUNDS * 99 / 100],
            );
        }
    }
}
