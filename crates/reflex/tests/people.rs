//! A person near a robot that follows proposals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;
#[path = "../../arm/tests/ur5e/mod.rs"]
mod ur5e;

use cell::Cell;
use spinal_arm::Vec3;
use spinal_gate::{Capsule, Geometry, LinkShape, Mode, Part, PeopleLimits, PeopleReading, Separation};
use spinal_reflex::{Control, Trigger};

/// A six-joint cell that keeps its distance from people: its profile and its arm.
fn shy_cell() -> Cell {
    let capsule = Capsule {
        a_m: Vec3::ZERO,
        b_m: Vec3::new(-0.4, 0.0, 0.1),
        radius_m: 0.06,
    };
    let links = [2, 3].map(|link| LinkShape {
        name: format!("link-{link}"),
        link,
        part: Part::Arm,
        capsule,
    });
    let mut profile = cell::profile();
    profile.geometry = Some(Geometry {
        links: links.to_vec(),
        places: Vec::new(),
        unchecked: vec![(0, 1)],
        clearance_min_m: 0.0,
    });
    profile.people = Some(PeopleLimits::Separation(Separation {
        human_speed_m_s: 1.6,
        human_speed_min_m_s: 1.6,
        reaction_s: 0.05,
        intrusion_m: 0.2,
        human_uncertainty_m: 0.05,
        robot_uncertainty_m: 0.02,
        person_radius_m: 0.3,
        person_height_m: 2.0,
        reading_age_max_ns: 200_000_000,
        hysteresis_m: 0.2,
    }));
    Cell::with_arm(profile, ur5e::model())
}

/// A person so far from the base, where a scanner sees one each 50 ms.
fn run_beside_a_person(cell: &mut Cell, ticks: usize, distance_m: f64) {
    for tick in 0..ticks {
        if tick % 50 == 0 {
            let mut reading = PeopleReading::nobody(cell.now_ns);
            reading.count = 1;
            reading.persons[0].foot_m = [distance_m, 0.0, -0.7];
            cell.reflex.see(&reading, cell.now_ns);
        }
        cell.run(1);
    }
}

// Hazard: H-06
#[test]
fn for_a_person_the_robot_stops_keeps_its_chunk_and_goes_on_by_itself() {
    let mut cell = shy_cell();
    run_beside_a_person(&mut cell, 1, 9.0);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
    let chunk = cell.chunk(0.5, 8);
    assert!(cell.offer(&chunk));
    run_beside_a_person(&mut cell, 300, 9.0);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Track, Trigger::None));
    let goal = cell.reflex.status().position_command_rad[0];
    run_beside_a_person(&mut cell, 500, 0.8);
    let status = *cell.reflex.status();
    assert_eq!(
        (cell.mode(), cell.trigger(), status.at_rest),
        (Mode::Sos, Trigger::PersonNear, 1)
    );
    assert_eq!(
        (status.source, status.power),
        (1, 1),
        "it keeps its authority and its power"
    );
    let [distance_m, .., resume_m] = status.people;
    assert!(distance_m < resume_m, "{:?}", status.people);
    run_beside_a_person(&mut cell, 300, 0.8);
    assert_eq!(
        cell.reflex.status().played_ns,
        status.played_ns,
        "nothing is played meanwhile"
    );
    run_beside_a_person(&mut cell, 100, 9.0);
    assert_eq!((cell.mode(), cell.trigger()), (Mode::Track, Trigger::None));
    run_beside_a_person(&mut cell, 600, 9.0);
    assert!(
        cell.reflex.status().position_command_rad[0] > goal + 0.1,
        "the same chunk goes on"
    );
}

// Hazard: H-16
#[test]
fn a_wait_for_a_person_hides_no_other_stop() {
    let mut cell = shy_cell();
    run_beside_a_person(&mut cell, 1, 9.0);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
    let chunk = cell.chunk(0.5, 8);
    assert!(cell.offer(&chunk));
    run_beside_a_person(&mut cell, 300, 9.0);
    run_beside_a_person(&mut cell, 500, 0.8);
    assert_eq!(cell.trigger(), Trigger::PersonNear);
    cell.reflex.control(&Control::Revoke, cell.now_ns);
    run_beside_a_person(&mut cell, 10, 0.8);
    assert_eq!(cell.trigger(), Trigger::Revoked);
    run_beside_a_person(&mut cell, 300, 9.0);
    assert_eq!(
        (cell.mode(), cell.trigger()),
        (Mode::Sos, Trigger::Revoked),
        "who is gone gives no authority"
    );
    cell.reflex.control(&Control::Stop(Mode::Ss1), cell.now_ns);
    run_beside_a_person(&mut cell, 10, 0.8);
    assert_eq!(cell.trigger(), Trigger::RequestedSs1);
}
