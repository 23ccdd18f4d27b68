//! What stops the robot, how, and what lets it go on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::{Cell, PERIOD_NS};
use spinal_gate::{Mode, Power};
use spinal_reflex::{Clears, Control, Trigger};

/// Ticks until the joints rest, with the verified stop never broken off.
fn ticks_to_rest(cell: &mut Cell) -> u32 {
    for tick in 1..2000 {
        cell.run(1);
        if cell.reflex.status().at_rest == 1 {
            return tick;
        }
    }
    panic!("never at rest");
}

// Hazard: H-14
#[test]
fn it_starts_in_sos_at_the_measured_position_without_authority() {
    let mut cell = Cell::new();
    let command = cell.run(1);
    assert_eq!((command.mode(), command.power()), (Mode::Sos, Power::On));
    assert_eq!(command.position_rad()[..6], cell::HOME_RAD);
    assert_eq!(cell.trigger(), Trigger::Start);
    let chunk = cell.chunk(0.1, 8);
    assert!(!cell.offer(&chunk));
}

// Hazard: H-14
#[test]
fn before_the_first_tick_nothing_is_admitted_even_with_authority() {
    let mut cell = Cell::new();
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
    let chunk = cell.chunk(0.0, 8);
    assert!(!cell.offer(&chunk));
}

// Hazard: H-14
#[test]
fn a_grant_alone_moves_nothing() {
    let mut cell = Cell::granted();
    cell.run(500);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Sos, Trigger::AwaitingProposal));
    assert_eq!(cell.last.unwrap().position_rad()[..6], cell::HOME_RAD);
}

// Hazard: H-10
#[test]
fn a_refused_proposal_changes_nothing() {
    let mut cell = Cell::granted();
    let mut bad = cell.chunk(0.3, 8);
    bad.targets[7][5] = f64::NAN;
    assert!(!cell.offer(&bad));
    cell.run(500);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Sos, Trigger::AwaitingProposal));
    assert_eq!((cell.reflex.status().refused, cell.reflex.status().admitted), (1, 0));
    bad.targets[7][5] = 0.0;
    bad.targets[..8]
        .iter_mut()
        .for_each(|step| step[..6].copy_from_slice(&cell::HOME_RAD));
    (bad.made_at_ns, bad.observed_at_ns) = (cell.now_ns, cell.now_ns);
    assert!(cell.offer(&bad), "a refused sequence number is not used up");
}

// Hazard: H-12
#[test]
fn starvation_leads_to_sos_and_the_next_proposal_clears_it() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.4, 8);
    assert!(cell.offer(&chunk));
    // Consumed in the tick at 800 ms; from the next on, 50 ms without a chunk are allowed.
    cell.run(850);
    assert_eq!(cell.mode(), Mode::Track);
    cell.run(1);
    assert_eq!(cell.trigger(), Trigger::ProposalGap);
    assert_eq!(cell.trigger().clears(), Clears::NextProposal);
    cell.run(300);
    assert_eq!(cell.mode(), Mode::Sos);
    let chunk = cell.chunk(-0.2, 8);
    assert!(cell.offer(&chunk));
    assert_eq!(cell.run(1).mode(), Mode::Track);
}

// Hazard: H-11, H-12
#[test]
fn a_chunk_whose_validity_ends_while_it_is_played_is_left_along_the_stop() {
    let mut cell = Cell::granted();
    let mut chunk = cell.chunk(0.8, 8);
    chunk.valid_until_ns = cell.now_ns + 400 * PERIOD_NS;
    assert!(cell.offer(&chunk));
    cell.run(400);
    assert_eq!(cell.mode(), Mode::Track);
    cell.run(1);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Ss2, Trigger::ProposalExpired));
    ticks_to_rest(&mut cell);
    assert_eq!(cell.run(1).mode(), Mode::Sos);
}

// Hazard: H-12
#[test]
fn revoked_authority_stops_the_robot_and_is_no_fault() {
    let mut cell = Cell::moving();
    cell.reflex.control(&Control::Revoke, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Ss2);
    assert_eq!((cell.reflex.status().source, cell.reflex.status().epoch), (u32::MAX, 0));
    ticks_to_rest(&mut cell);
    cell.run(1);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Sos, Trigger::Revoked));
    let mut chunk = cell.chunk(0.1, 8);
    assert!(!cell.offer(&chunk));
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
    assert!(!cell.offer(&chunk), "the old epoch has no authority");
    chunk.epoch = 2;
    assert!(cell.offer(&chunk));
}

// Hazard: H-11, H-24
#[test]
fn an_epoch_that_is_not_higher_gives_no_authority() {
    let mut cell = Cell::granted();
    for epoch in [0, 1] {
        cell.reflex.control(&Control::Grant { source: 2, epoch }, cell.now_ns);
    }
    cell.run(1);
    assert_eq!((cell.reflex.status().source, cell.reflex.status().epoch), (1, 1));
    assert_eq!(cell.reflex.status().controls_ignored, 2);
    cell.reflex.control(
        &Control::Grant {
            source: 2,
            epoch: u64::MAX,
        },
        cell.now_ns,
    );
    cell.run(1);
    assert_eq!((cell.reflex.status().source, cell.reflex.status().epoch), (2, u64::MAX));
}

// Hazard: H-11
#[test]
fn a_new_authority_does_not_go_on_with_the_old_chunk() {
    let mut cell = Cell::moving();
    cell.reflex
        .control(&Control::Grant { source: 2, epoch: 2 }, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Ss2);
    let mut chunk = cell.chunk(0.1, 8);
    (chunk.source, chunk.epoch) = (2, 2);
    assert!(cell.offer(&chunk), "it may take over in motion");
    assert_eq!(cell.run(1).mode(), Mode::Track);
}

// Hazard: H-16
#[test]
fn a_requested_stop_stops_and_the_next_grant_clears_it() {
    for stop in [Mode::Sos, Mode::Ss2] {
        let mut cell = Cell::moving();
        cell.reflex.control(&Control::Stop(stop), cell.now_ns);
        assert_eq!(cell.run(1).mode(), Mode::Ss2);
        ticks_to_rest(&mut cell);
        assert_eq!(cell.run(1).mode(), Mode::Sos);
        let chunk = cell.chunk(0.1, 8);
        assert!(!cell.offer(&chunk));
        cell.reflex
            .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
        let mut chunk = cell.chunk(0.1, 8);
        chunk.epoch = 2;
        assert!(cell.offer(&chunk));
    }
}

#[test]
fn a_stop_called_track_is_no_stop() {
    let mut cell = Cell::moving();
    cell.reflex.control(&Control::Stop(Mode::Track), cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Track);
    assert_eq!(cell.reflex.status().controls_ignored, 1);
}

// Hazard: H-14, H-16
#[test]
fn ss1_takes_power_after_the_stop_and_needs_a_reset() {
    let mut cell = Cell::moving();
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    let command = cell.run(1);
    assert_eq!((command.mode(), command.power()), (Mode::Ss1, Power::On));
    cell.reflex.control(&Control::Reset, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Ss1, "no reset while moving");
    assert!(ticks_to_rest(&mut cell) > 50);
    assert_eq!(cell.run(2).power(), Power::Off);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
    assert_eq!(cell.run(100).power(), Power::Off, "a grant clears no fault");
    cell.reflex.control(&Control::Reset, cell.now_ns);
    let command = cell.run(1);
    assert_eq!(
        (command.mode(), command.power(), cell.trigger()),
        (Mode::Sos, Power::On, Trigger::Start)
    );
    let measured = cell.reflex.status().position_measured_rad;
    assert_eq!(
        command.position_rad(),
        &measured,
        "the motion starts from where the robot is"
    );
}

// Hazard: H-16
#[test]
fn sto_takes_power_at_once() {
    let mut cell = Cell::moving();
    cell.reflex.control(&Control::Stop(Mode::Sto), cell.now_ns);
    let command = cell.run(1);
    assert_eq!((command.mode(), command.power()), (Mode::Sto, Power::Off));
}

// Hazard: H-16
#[test]
fn the_worst_stop_wins_whatever_the_order() {
    let mut cell = Cell::moving();
    for stop in [Mode::Ss1, Mode::Ss2, Mode::Sos] {
        cell.reflex.control(&Control::Stop(stop), cell.now_ns);
    }
    assert_eq!(cell.run(1).mode(), Mode::Ss1);
    cell.reflex.control(&Control::Stop(Mode::Sto), cell.now_ns);
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    cell.reflex.control(&Control::Revoke, cell.now_ns);
    assert_eq!((cell.run(1).mode(), cell.trigger()), (Mode::Sto, Trigger::RequestedSto));
}

// Hazard: H-19, H-20
#[test]
fn a_robot_too_far_from_its_command_is_stopped_and_latched() {
    let mut cell = Cell::granted();
    cell.tick_with(|measured| measured.position_rad[3] += 0.099, false);
    assert_eq!(cell.mode(), Mode::Sos);
    cell.tick_with(|measured| measured.position_rad[3] += 0.101, false);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Ss1, Trigger::TrackingError));
    cell.run(100);
    assert_eq!(cell.reflex.status().power, 0);
    assert_eq!(cell.trigger().clears(), Clears::Reset);
}

// Hazard: H-17
#[test]
fn a_stale_reading_stops_the_robot() {
    for (age_ns, mode) in [
        (20_000_000, Mode::Sos),
        (20_000_001, Mode::Ss1),
        (-20_000_000, Mode::Sos),
        (-20_000_001, Mode::Ss1),
        (i64::MAX, Mode::Ss1),
    ] {
        let mut cell = Cell::granted();
        let now_ns = cell.now_ns + PERIOD_NS;
        cell.tick_with(|measured| measured.at_ns = now_ns.saturating_sub(age_ns), false);
        let trigger = if mode == Mode::Ss1 {
            Trigger::MeasuredStale
        } else {
            Trigger::AwaitingProposal
        };
        assert_eq!(cell.trigger(), trigger, "age {age_ns}");
    }
}

// Hazard: H-14
#[test]
fn a_stale_reading_before_the_start_only_delays_the_start() {
    let mut cell = Cell::new();
    assert_eq!(cell.tick_with(|measured| measured.at_ns = 0, false).power(), Power::Off);
    let command = cell.run(1);
    assert_eq!((command.power(), command.mode()), (Power::On, Mode::Sos));
}

// Hazard: H-18
#[test]
fn a_reading_with_one_bad_number_takes_power_at_once() {
    let changes: [fn(&mut spinal_gate::Measured, f64); 4] = [
        |measured, bad| measured.position_rad[5] = bad,
        |measured, bad| measured.velocity_rad_s[0] = bad,
        |measured, bad| measured.torque_nm[2] = bad,
        |measured, bad| measured.inputs[7] = bad,
    ];
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for change in changes {
            let mut cell = Cell::moving();
            let command = cell.tick_with(|measured| change(measured, bad), false);
            assert_eq!((command.mode(), command.power()), (Mode::Sto, Power::Off));
            assert!(command.position_rad().iter().all(|x| x.is_finite()));
            assert_eq!(cell.trigger(), Trigger::MeasuredNotFinite);
            cell.run(10);
            assert_eq!(cell.mode(), Mode::Sto);
            cell.reflex.control(&Control::Reset, cell.now_ns);
            assert_eq!(cell.run(1).mode(), Mode::Sos);
        }
    }
    let mut cell = Cell::moving();
    cell.tick_with(|measured| measured.position_rad[6] = f64::NAN, false);
    assert_eq!(
        cell.mode(),
        Mode::Track,
        "a joint that the robot does not have is not looked at"
    );
}

// Hazard: H-21
#[test]
fn deadlines_missed_in_a_row_stop_the_robot() {
    let mut cell = Cell::moving();
    for _ in 0..3 {
        (0..4).for_each(|_| {
            cell.tick_with(|_| {}, true);
        });
        cell.run(1);
    }
    assert_eq!(cell.mode(), Mode::Track);
    (0..5).for_each(|_| {
        cell.tick_with(|_| {}, true);
    });
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Ss1, Trigger::DeadlineMisses));
    assert_eq!(cell.reflex.status().deadline_misses, 17);
}

// Hazard: H-18
#[test]
fn a_robot_that_stands_outside_its_limits_is_not_powered() {
    let mut cell = Cell::new();
    let command = cell.tick_with(|measured| measured.position_rad[0] = 6.3, false);
    assert_eq!((command.power(), cell.trigger()), (Power::Off, Trigger::OutsideLimits));
    cell.reflex.control(&Control::Reset, cell.now_ns);
    cell.tick_with(|measured| measured.position_rad[0] = 6.3, false);
    assert_eq!(
        cell.trigger(),
        Trigger::OutsideLimits,
        "a reset does not help while it stands there"
    );
    cell.reflex.control(&Control::Reset, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Sos);
}

// Hazard: H-14
#[test]
fn every_trigger_says_what_it_does_and_what_clears_it() {
    for number in Trigger::ALL.map(|trigger| trigger as u8) {
        let mut status = *Cell::new().reflex.status();
        status.trigger = number;
        let trigger = status.trigger().unwrap();
        assert_eq!(trigger as u8, number);
        // What takes power away waits for a person; of the rest only what the monitor asks for does.
        assert_eq!(
            trigger.stop() >= Mode::Ss1 || trigger == Trigger::MonitorSs2,
            trigger.clears() == Clears::Reset,
            "{trigger:?}"
        );
        assert!(!trigger.name().is_empty());
    }
}
