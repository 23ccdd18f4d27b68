//! What is safe for the robot: power off where brakes hold it, power on where it would fall.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::Cell;
use spinal_gate::{Mode, Power};
use spinal_reflex::{Control, SafeState, Settings, Trigger};

fn without_brakes() -> Cell {
    let mut cell = Cell::with_settings(Settings {
        safe_state: SafeState::HoldPowered,
        ..Settings::default()
    });
    cell.run(1);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
    let chunk = cell.chunk(0.8, 8);
    assert!(cell.offer(&chunk));
    cell.run(400);
    assert!(cell.reflex.status().velocity_command_rad_s[0] > 1.0);
    cell
}

// Hazard: H-15
#[test]
fn a_robot_without_brakes_keeps_its_power_in_every_stop_and_comes_to_rest() {
    for control in [
        Control::Stop(Mode::Ss1),
        Control::Stop(Mode::Sto),
        Control::EmergencyStop,
    ] {
        let mut cell = without_brakes();
        cell.reflex.control(&control, cell.now_ns);
        for _ in 0..1_000 {
            assert_eq!(cell.run(1).power(), Power::On);
        }
        assert_eq!((cell.mode(), cell.reflex.status().at_rest), (Mode::Sos, 1));
    }
}

// Hazard: H-15
#[test]
fn a_reading_that_is_no_number_stops_a_robot_without_brakes_under_power() {
    let mut cell = without_brakes();
    for _ in 0..1_000 {
        let command = cell.tick_with(|measured| measured.position_rad[3] = f64::NAN, false);
        assert_eq!(command.power(), Power::On);
        assert!(command.position_rad().iter().all(|at| at.is_finite()));
    }
    assert_eq!(
        (cell.trigger(), cell.reflex.status().at_rest),
        (Trigger::MeasuredNotFinite, 1)
    );
}

// Hazard: H-14
#[test]
fn a_stop_that_is_held_under_power_is_latched_like_every_other() {
    let mut cell = without_brakes();
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    cell.run(1);
    cell.reflex.control(&Control::Reset, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Ss2, "a reset while it moves has no effect");
    cell.run(1_000);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
    assert_eq!(cell.reflex.status().epoch, 0);
    let chunk = cell.chunk(0.1, 8);
    assert!(!cell.offer(&chunk));
    cell.reflex.control(&Control::Reset, cell.now_ns);
    let held = cell.reflex.status().position_command_rad;
    assert_eq!(cell.run(1).mode(), Mode::Sos);
    assert_eq!(cell.trigger(), Trigger::Start);
    assert_eq!(
        cell.reflex.status().position_command_rad,
        held,
        "it goes on from where it is held"
    );
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 3 }, cell.now_ns);
    cell.run(1);
    assert_eq!(cell.reflex.status().epoch, 3);
}

// Hazard: H-16
#[test]
fn stops_have_their_categories_and_their_order() {
    assert_eq!(
        [Mode::Track, Mode::Sos, Mode::Ss2, Mode::Ss1, Mode::Sto].map(Mode::category),
        [None, None, Some(2), Some(1), Some(0)]
    );
    assert!(Mode::Sos < Mode::Ss2 && Mode::Ss2 < Mode::Ss1 && Mode::Ss1 < Mode::Sto);
    for state in [SafeState::PowerOffWithBrakes, SafeState::HoldPowered] {
        for mode in [Mode::Track, Mode::Sos, Mode::Ss2, Mode::Ss1, Mode::Sto] {
            let carried_out = state.stop(mode);
            let is_off = carried_out >= Mode::Ss1;
            assert_eq!(is_off, mode >= Mode::Ss1 && state == SafeState::PowerOffWithBrakes);
            assert_eq!(carried_out == Mode::Track, mode == Mode::Track, "a stop stays a stop");
        }
        assert_eq!(SafeState::from_number(state as u8), Some(state));
    }
    assert_eq!(SafeState::from_number(9), None);
}
