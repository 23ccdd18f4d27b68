//! Less speed than the profile allows: for a while, for a reason, and never more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::Cell;
use proptest::prelude::*;
use spinal_gate::Mode;
use spinal_reflex::{Control, TIGHTENING_MAX_NS, TightenReason, Tightening};

const MS: i64 = 1_000_000;

fn tighten(cell: &mut Cell, scale: f64, for_ns: i64, reason: TightenReason) {
    let tightening = Tightening {
        scale,
        until_ns: cell.now_ns.saturating_add(for_ns),
        reason,
    };
    cell.reflex.control(&Control::Tighten(tightening), cell.now_ns);
}

fn speed(cell: &Cell) -> f64 {
    let velocities = cell.reflex.status().velocity_command_rad_s;
    velocities
        .iter()
        .fold(0.0, |fastest, velocity| fastest.max(velocity.abs()))
}

/// The chunk's own speed at its fastest is above 2 rad/s.
fn chunk_of(way: f64) -> Cell {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(way, 8);
    assert!(cell.offer(&chunk));
    cell
}

#[test]
fn a_tightened_robot_goes_the_same_way_more_slowly() {
    let mut quick = chunk_of(0.8);
    let mut slow = chunk_of(0.8);
    tighten(&mut slow, 0.5, 10_000 * MS, TightenReason::Operator);
    // The pace comes down from full at 3 a second.
    for _ in 0..200 {
        slow.run(1);
    }
    let mut worst: f64 = 0.0;
    for _ in 0..1800 {
        slow.run(1);
        // Where the quick one was at the same action time.
        let behind_ns = slow.reflex.status().played_ns - quick.reflex.status().played_ns;
        for _ in 0..behind_ns / MS {
            quick.run(1);
        }
        let at = |cell: &Cell| cell.reflex.status().position_command_rad[0];
        worst = worst.max((at(&slow) - at(&quick)).abs());
        assert!(speed(&slow) <= 0.5 * 3.1);
    }
    assert!(worst < 8e-3, "{worst} rad off the way");
    assert!(slow.reflex.status().played_ns >= 800 * MS, "the whole chunk was played");
    assert!((slow.reflex.status().position_command_rad[0] - 0.8).abs() < 1e-3);
}

#[test]
fn a_moving_robot_comes_down_to_less_speed_and_back_when_the_time_is_over() {
    let mut cell = Cell::moving();
    assert!(speed(&cell) > 1.0);
    tighten(&mut cell, 0.1, 600 * MS, TightenReason::PolicyMonitor);
    let status = *cell.reflex.status();
    assert_eq!(
        (status.speed_scale, status.tighten_reason),
        (1.0, 0),
        "it takes effect with the next tick"
    );
    cell.run(1);
    let status = *cell.reflex.status();
    assert_eq!(
        (status.speed_scale, status.tighten_reason),
        (0.1, TightenReason::PolicyMonitor as u8)
    );
    cell.run(350);
    for _ in 0..249 {
        cell.run(1);
        assert!(speed(&cell) <= 0.1 * 3.1, "{}", speed(&cell));
    }
    assert_eq!(cell.reflex.status().speed_scale, 0.1, "the last instant still counts");
    cell.run(1);
    let status = *cell.reflex.status();
    assert_eq!((status.speed_scale, status.tighten_reason), (1.0, 0));
    let chunk = cell.chunk(1.2, 8);
    assert!(cell.offer(&chunk));
    let fastest = (0..700).map(|_| {
        cell.run(1);
        speed(&cell)
    });
    assert!(fastest.fold(0.0, f64::max) > 1.8, "full speed returns");
}

// Hazard: H-23
#[test]
fn what_would_loosen_is_refused_and_counted_and_changes_nothing() {
    let mut cell = Cell::moving();
    tighten(&mut cell, 0.5, 100 * MS, TightenReason::Sensing);
    let bad = [f64::NAN, f64::INFINITY, 0.0, -0.5, 1.0 + f64::EPSILON, 1e9];
    for scale in bad {
        tighten(&mut cell, scale, 50 * MS, TightenReason::Operator);
    }
    for for_ns in [-1, i64::MIN, TIGHTENING_MAX_NS + 1, i64::MAX] {
        tighten(&mut cell, 0.2, for_ns, TightenReason::Operator);
    }
    cell.run(1);
    let status = *cell.reflex.status();
    assert_eq!(status.tightenings_refused, bad.len() as u64 + 4);
    assert_eq!(
        (status.speed_scale, status.tighten_reason),
        (0.5, TightenReason::Sensing as u8)
    );
}

// Hazard: H-23
#[test]
fn a_wider_one_does_not_end_a_tighter_one_and_neither_do_stops_and_resets() {
    let mut cell = Cell::moving();
    tighten(&mut cell, 0.2, 5_000 * MS, TightenReason::Person);
    tighten(&mut cell, 1.0, 6_000 * MS, TightenReason::Operator);
    tighten(&mut cell, 0.9, 6_000 * MS, TightenReason::Operator);
    cell.run(1);
    assert_eq!(cell.reflex.status().speed_scale, 0.2);
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    cell.run(1_000);
    cell.reflex.control(&Control::Reset, cell.now_ns);
    cell.run(10);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
    cell.run(1);
    let status = *cell.reflex.status();
    assert_eq!(
        (status.speed_scale, status.tighten_reason),
        (0.2, TightenReason::Person as u8)
    );
}

#[test]
fn a_chunk_that_cannot_be_played_in_its_time_so_slowly_ends_in_a_stop() {
    let mut cell = chunk_of(0.8);
    tighten(&mut cell, 0.02, 60_000 * MS, TightenReason::Sensing);
    cell.run(2_600);
    assert_eq!(cell.trigger().name(), "proposal_expired");
    assert_eq!(cell.mode(), Mode::Sos);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 8 } else { 60 }, ..ProptestConfig::default() })]

    // Hazard: H-23
    /// Chunks and tightenings in any order: at every instant the robot keeps what is allowed then, or comes down to it.
    #[test]
    fn at_no_time_is_the_robot_quicker_than_all_that_holds_then(
        asked in prop::collection::vec((0.01..1.5f64, 1..1_500i64, 1..400usize, -0.9..0.9f64), 1..12),
    ) {
        let mut cell = Cell::granted();
        let mut taken: Vec<(i64, i64, f64)> = Vec::new();
        for (scale, for_ms, ticks, way) in asked {
            tighten(&mut cell, scale, for_ms * MS, TightenReason::Hardware);
            if scale <= 1.0 {
                taken.push((cell.now_ns, cell.now_ns + for_ms * MS, scale));
            }
            let chunk = cell.chunk(way, 8);
            let _ = cell.offer(&chunk);
            for _ in 0..ticks {
                cell.run(1);
                let now = cell.now_ns;
                // From full speed a joint needs 0.29 s for a brake at its limits.
                let settled = taken.iter().filter(|(from, until, _)| *from + 600 * MS <= now && now <= *until);
                let allowed = settled.fold(1.0, |least: f64, (_, _, scale)| least.min(*scale));
                prop_assert!(speed(&cell) <= 3.1 * allowed, "{} over {}", speed(&cell), 3.1 * allowed);
                let holding = taken.iter().filter(|(_, until, _)| now <= *until);
                let least = holding.fold(1.0, |least: f64, (_, _, scale)| least.min(*scale));
                prop_assert_eq!(cell.reflex.status().speed_scale, least);
            }
        }
    }
}
