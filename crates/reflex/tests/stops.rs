//! What stops the robot, how, and what lets it go on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::Cell;
use spinal_gate::{Mode, Power};
use spinal_reflex::{Control, Trigger};

#[test]
fn it_starts_in_sos_at_the_measured_position_without_authority() {
    let mut cell = Cell::new();
    let command = cell.run(1);
    assert_eq!(command.mode(), Mode::Sos);
    assert_eq!(command.power(), Power::On);
    assert_eq!(command.position_rad()[..6], cell::HOME_RAD);
    let chunk = cell.chunk(0.1, 8);
    assert!(!cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
}

#[test]
fn an_admitted_chunk_is_followed_to_its_end() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.4, 8);
    assert!(cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
    assert_eq!(cell.run(1).mode(), Mode::Track);
    cell.run(849);
    let status = cell.reflex.status();
    assert!(
        (status.position_command_rad[0] - 0.4).abs() < 1e-3,
        "{}",
        status.position_command_rad[0]
    );
    assert_eq!(status.played_ns, 800_000_000);
}

#[test]
fn starvation_leads_to_sos_and_the_next_proposal_clears_it() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(0.4, 8);
    assert!(cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
    cell.run(849);
    assert_eq!(cell.reflex.status().mode(), Mode::Track);
    cell.run(2);
    assert_eq!(cell.reflex.status().trigger(), Some(Trigger::ProposalGap));
    cell.run(300);
    assert_eq!(cell.reflex.status().mode(), Mode::Sos);
    let chunk = cell.chunk(-0.2, 8);
    assert!(cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
    assert_eq!(cell.run(1).mode(), Mode::Track);
}

#[test]
fn revoked_authority_stops_the_robot_and_is_no_fault() {
    let mut cell = Cell::granted();
    let chunk = cell.chunk(1.0, 8);
    assert!(cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
    cell.run(300);
    cell.reflex.control(&Control::Revoke, cell.now_ns);
    assert_eq!(cell.run(1).mode(), Mode::Ss2);
    cell.run(600);
    assert_eq!(cell.reflex.status().mode(), Mode::Sos);
    let chunk = cell.chunk(0.1, 8);
    assert!(!cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 2 }, cell.now_ns);
    let mut chunk = cell.chunk(0.1, 8);
    chunk.epoch = 2;
    assert!(cell.reflex.offer(&chunk, cell.now_ns).is_admitted());
}
