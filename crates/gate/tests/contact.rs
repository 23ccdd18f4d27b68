//! How gently the robot must touch a person.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use spinal_gate::{BodyRegion, Contact, ContactTerm, ContactType};

/// Force (N), whether transient contact may bring twice as much, stiffness (N/mm), mass (kg) and the speed (m/s) that follows for a
/// robot of 10 kg. Source: ISO/TS 15066:2016, tables A.2 and A.3 and the formula of A.3.5, worked out by hand.
const CHECKED: [(&str, f64, bool, f64, f64, f64); 6] = [
    ("hand", 140.0, true, 75.0, 0.6, 1.359),
    ("forearm", 160.0, true, 40.0, 2.0, 1.239),
    ("upper arm", 150.0, true, 30.0, 3.0, 1.140),
    ("abdomen", 110.0, true, 10.0, 40.0, 0.778),
    ("chest", 140.0, true, 25.0, 40.0, 0.626),
    ("face", 65.0, false, 75.0, 4.4, 0.136),
];

fn region(force_n: f64, is_twice: bool, stiffness_n_mm: f64, mass_kg: f64) -> BodyRegion {
    BodyRegion {
        force_quasi_static_n: force_n,
        force_transient_n: if is_twice { 2.0 * force_n } else { force_n },
        pressure_quasi_static_n_m2: f64::INFINITY,
        pressure_transient_n_m2: f64::INFINITY,
        energy_blunt_j: f64::INFINITY,
        energy_edge_j: f64::INFINITY,
        stiffness_n_m: stiffness_n_mm * 1e3,
        mass_kg,
    }
}

fn contact(regions: Vec<BodyRegion>) -> Contact {
    Contact {
        regions,
        contact_type: ContactType::Blunt,
        is_clamping_possible: false,
        area_m2: 1e-4,
        moving_mass_kg: 16.0,
        payload_kg: 2.0,
        human_speed_m_s: 0.0,
    }
}

fn hand() -> BodyRegion {
    region(140.0, true, 75.0, 0.6)
}

// Hazard: H-04
#[test]
fn the_speeds_are_those_of_the_published_formula() {
    for (name, force_n, is_twice, stiffness, mass_kg, speed_m_s) in CHECKED {
        let found = contact(vec![region(force_n, is_twice, stiffness, mass_kg)]).speed();
        assert!((found.relative_m_s - speed_m_s).abs() < 5e-4, "{name}: {found:?}");
        assert_eq!(found.term, ContactTerm::Force);
    }
}

// Hazard: H-04, H-05
#[test]
fn the_region_that_bears_least_decides() {
    let regions =
        CHECKED.map(|(_, force_n, is_twice, stiffness, mass_kg, _)| region(force_n, is_twice, stiffness, mass_kg));
    let found = contact(regions.to_vec()).speed();
    assert_eq!(found.region, 5);
    assert!((found.relative_m_s - 0.136).abs() < 5e-4);
}

// Hazard: H-05
#[test]
fn where_somebody_can_be_clamped_only_what_is_borne_for_long_counts() {
    let free = contact(vec![hand()]);
    let clamped = Contact {
        is_clamping_possible: true,
        ..free.clone()
    };
    assert!((clamped.speed().relative_m_s - free.speed().relative_m_s / 2.0).abs() < 1e-12);
}

// Hazard: H-04
#[test]
fn pressure_counts_by_the_area_that_touches() {
    // 190 N/cm² on 0.5 cm² are 95 N, less than the force that the hand bears.
    let sharp = Contact {
        area_m2: 0.5e-4,
        ..contact(vec![BodyRegion {
            pressure_transient_n_m2: 190e4,
            ..hand()
        }])
    };
    let found = sharp.speed();
    assert_eq!(found.term, ContactTerm::Pressure);
    assert!((found.relative_m_s - 1.359 * 95.0 / 280.0).abs() < 5e-4);
}

// Hazard: H-05
#[test]
fn an_edge_is_held_to_its_energy_and_a_blunt_tool_is_not() {
    let regions = vec![BodyRegion {
        energy_edge_j: 0.02,
        ..hand()
    }];
    let edge = Contact {
        contact_type: ContactType::Edge,
        ..contact(regions.clone())
    };
    let found = edge.speed();
    let reduced_kg = 0.6 * 10.0 / 10.6;
    assert_eq!(found.term, ContactTerm::Energy);
    assert!((0.5 * reduced_kg * found.relative_m_s * found.relative_m_s - 0.02).abs() < 1e-12);
    assert_eq!(contact(regions).speed().term, ContactTerm::Force);
}

#[test]
fn what_the_person_brings_to_the_contact_is_taken_from_the_robot() {
    let slow = Contact {
        human_speed_m_s: 1.0,
        ..contact(vec![hand()])
    };
    assert!((slow.speed().robot_m_s - 0.359).abs() < 5e-4);
    let fast = Contact {
        human_speed_m_s: 1.6,
        ..slow
    };
    assert_eq!(fast.speed().robot_m_s, 0.0);
}

// Hazard: H-04
#[test]
fn a_limit_that_is_no_number_leaves_no_speed_and_is_refused() {
    let spoil: [fn(&mut BodyRegion); 4] = [
        |region| region.force_transient_n = f64::NAN,
        |region| region.stiffness_n_m = f64::NAN,
        |region| region.mass_kg = f64::NAN,
        |region| region.energy_blunt_j = f64::NAN,
    ];
    for spoil in spoil {
        let mut spoilt = hand();
        spoil(&mut spoilt);
        let contact = contact(vec![hand(), spoilt, hand()]);
        assert_eq!(contact.speed().robot_m_s, 0.0);
        assert!(contact.check().is_err());
    }
    assert!(contact(vec![hand()]).check().is_ok());
    assert!(contact(Vec::new()).check().is_err(), "no region is no risk assessment");
    assert_eq!(contact(Vec::new()).speed().robot_m_s, 0.0);
}
