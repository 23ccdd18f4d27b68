//! How chunks become motion.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::Cell;
use proptest::prelude::*;
use spinal_gate::{Outcome, Proposal};

fn position(cell: &Cell) -> f64 {
    cell.reflex.status().position_command_rad[0]
}

#[test]
fn every_step_is_reached_when_it_is_due() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.6, 8);
    assert!(cell.offer(&chunk));
    for step in &chunk.targets[..8] {
        cell.run(100);
        assert!(
            (position(&cell) - step[0]).abs() < 3e-3,
            "{} wanted {}",
            position(&cell),
            step[0]
        );
    }
    assert_eq!(cell.reflex.status().played_ns, 800_000_000);
    cell.run(40);
    assert!((position(&cell) - 0.6).abs() < 5e-4);
    assert_eq!(
        cell.reflex.status().played_ns,
        800_000_000,
        "holding the last target consumes nothing"
    );
    assert_eq!(cell.reflex.status().gated, 0);
}

#[test]
fn a_chunk_that_ends_at_speed_is_not_overshot() {
    let mut cell = Cell::granted();
    let mut chunk = cell.chunk(0.0, 8);
    for (k, step) in chunk.targets.iter_mut().enumerate().take(8) {
        step[0] = 0.05 * (k + 1) as f64;
    }
    assert!(cell.offer(&chunk));
    let furthest = (0..1200).map(|_| cell.run(1).position_rad()[0]).fold(0.0, f64::max);
    assert!((0.39..=0.4003).contains(&furthest), "{furthest}");
}

// Hazard: H-11
#[test]
fn a_new_chunk_goes_on_where_action_time_is_whatever_the_latency_was() {
    // The same long motion, once as one chunk, once planned anew every 200 ms from an observation that is 60 ms old.
    let path = |s: f64| 0.6 * cell::smooth(s.min(1.0));
    let replan = |cell: &mut Cell, played_ns: i64, observed_at_ns: i64| {
        let mut chunk = cell.chunk(0.0, 10);
        (chunk.observed_played_ns, chunk.observed_at_ns) = (played_ns, observed_at_ns);
        for (k, step) in chunk.targets.iter_mut().enumerate().take(10) {
            step[0] = path(played_ns as f64 * 1e-9 + 0.1 * (k + 1) as f64);
        }
        chunk
    };
    let mut whole = Cell::granted();
    let now_ns = whole.now_ns;
    let chunk = replan(&mut whole, 0, now_ns);
    assert!(whole.offer(&chunk));
    let mut pieces = Cell::granted();
    let chunk = replan(&mut pieces, 0, now_ns);
    assert!(pieces.offer(&chunk));
    let mut seen = (0, 0);
    for tick in 0..900 {
        if tick % 200 == 100 {
            seen = (pieces.reflex.status().played_ns, pieces.now_ns);
        }
        if tick % 200 == 160 {
            let chunk = replan(&mut pieces, seen.0, seen.1);
            let verdict = pieces.reflex.offer(&chunk, pieces.now_ns);
            assert_eq!(
                (verdict.outcome, verdict.first_step),
                (Outcome::Admitted, 0),
                "{verdict:?}"
            );
        }
        whole.run(1);
        pieces.run(1);
        let gap = (position(&whole) - position(&pieces)).abs();
        assert!(gap < 5e-4, "{gap} rad apart at {tick} ms");
    }
}

#[test]
fn a_chunk_that_comes_late_to_a_standing_robot_is_played_from_its_beginning() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.4, 8);
    cell.run(250);
    let verdict = cell.reflex.offer(&chunk, cell.now_ns);
    assert_eq!((verdict.outcome, verdict.first_step), (Outcome::Admitted, 0));
    cell.run(400);
    assert!((position(&cell) - chunk.targets[3][0]).abs() < 3e-3);
}

// Hazard: H-02
#[test]
fn the_splice_is_continuous_in_position_and_velocity() {
    let mut cell = Cell::moving();
    let mut chunk = cell.chunk(-0.3, 8);
    chunk.targets[..8].iter_mut().for_each(|step| step[0] += 0.02);
    let before = cell.run(1);
    assert!(cell.offer(&chunk));
    let after = cell.run(1);
    assert!((after.velocity_rad_s()[0] - before.velocity_rad_s()[0]).abs() <= 12.0 * 1e-3);
    cell.run(799);
    assert!((position(&cell) - chunk.targets[7][0]).abs() < 3e-3);
    assert_eq!(cell.reflex.status().gated, 0);
}

// Hazard: H-25
#[test]
fn the_gripper_switches_when_its_step_is_due_and_is_never_averaged() {
    let mut cell = Cell::granted();
    let mut chunk = cell.chunk(0.1, 8);
    chunk.gripper[3..6].fill(1.0);
    assert!(cell.offer(&chunk));
    let gripper: Vec<f64> = (1..=800).map(|_| cell.run(1).gripper()).collect();
    for (tick, &value) in gripper.iter().enumerate() {
        let played_ms = tick + 1;
        let due = (400..700).contains(&played_ms);
        assert_eq!(value, f64::from(u8::from(due)), "after {played_ms} ms");
    }
}

// Hazard: H-25
#[test]
fn a_stop_keeps_the_gripper_closed() {
    let mut cell = Cell::granted();
    let mut chunk = cell.chunk(0.5, 8);
    chunk.gripper[..8].fill(1.0);
    assert!(cell.offer(&chunk));
    cell.run(300);
    cell.reflex.control(&spinal_reflex::Control::Revoke, cell.now_ns);
    cell.run(1000);
    assert_eq!(cell.reflex.status().gripper, 1.0);
}

/// Largest position, velocity, acceleration and jerk beyond the limits of the cell, over differences between commands.
fn holds(cell: &mut Cell, ticks: usize) -> bool {
    let mut before = cell.run(1);
    (0..ticks).all(|_| {
        let command = cell.run(1);
        let all = (0..6).all(|j| {
            let rate = |now: f64, then: f64| ((now - then) / 1e-3).abs();
            rate(command.position_rad()[j], before.position_rad()[j]) <= 3.1
                && rate(command.velocity_rad_s()[j], before.velocity_rad_s()[j]) <= 12.0
                && rate(command.acceleration_rad_s2()[j], before.acceleration_rad_s2()[j]) <= 400.0
                && command.position_rad()[j].abs() <= 6.2
        });
        before = command;
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    // Hazard: H-01, H-02
    #[test]
    fn chunks_of_noise_never_break_a_limit(
        noise in prop::collection::vec(-0.3..0.3f64, 48), late_ms in 0i64..300, again_after in 1usize..700,
    ) {
        let mut cell = Cell::granted();
        let shake = |chunk: &mut Proposal| {
            for (k, x) in noise.iter().enumerate() {
                chunk.targets[k / 6][k % 6] += x;
            }
        };
        for _ in 0..3 {
            let mut chunk = cell.chunk(0.2, 8);
            shake(&mut chunk);
            chunk.observed_played_ns = (chunk.observed_played_ns - late_ms * 1_000_000).max(0);
            cell.offer(&chunk);
            prop_assert!(holds(&mut cell, again_after));
        }
        prop_assert!(holds(&mut cell, 1500));
    }
}
