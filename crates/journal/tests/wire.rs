//! Records survive their bytes bit for bit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use spinal_gate::{
    Check, DOF_MAX, FINDINGS_MAX, Finding, INPUTS_MAX, Measured, Outcome, PERSONS_MAX, PeopleReading, Verdict,
};
use spinal_journal::wire::{
    MEASURED_BYTES_MAX, PEOPLE_BYTES_MAX, VERDICT_BYTES_MAX, decode_measured, decode_people, decode_verdict,
    encode_measured, encode_people, encode_verdict,
};

#[test]
fn a_reading_comes_back_bit_for_bit_even_when_it_is_nonsense() {
    let mut measured = Measured {
        at_ns: -5,
        position_rad: [0.0; DOF_MAX],
        velocity_rad_s: [0.0; DOF_MAX],
        torque_nm: [0.0; DOF_MAX],
        inputs: [0.0; INPUTS_MAX],
    };
    measured.position_rad[..3].copy_from_slice(&[f64::NAN, -0.0, f64::from_bits(1)]);
    measured.torque_nm[5] = f64::NEG_INFINITY;
    let mut bytes = [0; MEASURED_BYTES_MAX];
    for dof in [6, DOF_MAX] {
        let length = encode_measured(&measured, dof, &mut bytes).unwrap();
        let (read_dof, read) = decode_measured(&bytes[..length]).unwrap();
        assert_eq!(read_dof, dof);
        assert_eq!(
            read.position_rad.map(f64::to_bits),
            measured.position_rad.map(f64::to_bits)
        );
        assert_eq!(read.torque_nm.map(f64::to_bits), measured.torque_nm.map(f64::to_bits));
        assert!((0..length).all(|cut| decode_measured(&bytes[..cut]).is_none()));
    }
    assert_eq!(encode_measured(&measured, 6, &mut bytes[..50]), None);
}

#[test]
fn what_is_said_of_people_comes_back_bit_for_bit_even_when_they_are_too_many() {
    let mut reading = PeopleReading::nobody(-7);
    reading.is_alive = false;
    for person in &mut reading.persons {
        person.foot_m = [1.5, -0.0, f64::INFINITY];
    }
    reading.persons[1].speed_m_s = Some(0.75);
    let mut bytes = [0; PEOPLE_BYTES_MAX];
    for count in 0..=PERSONS_MAX + 1 {
        reading.count = count;
        let length = encode_people(&reading, &mut bytes).unwrap();
        let read = decode_people(&bytes[..length]).unwrap();
        assert_eq!((read.at_ns, read.is_alive, read.count), (-7, false, count));
        let meant = count.min(PERSONS_MAX);
        assert_eq!(read.persons[..meant], reading.persons[..meant]);
        assert!((0..length).all(|cut| decode_people(&bytes[..cut]).is_none()));
        assert!(decode_people(&[&bytes[..length], &[0]].concat()).is_none());
    }
}

#[test]
fn a_verdict_comes_back_with_all_findings() {
    let finding = Finding {
        check: Check::Velocity,
        value: 3.5,
        limit: 2.0,
        margin: -1.5,
        step: 4,
        joint: u16::MAX,
    };
    for check in Check::ALL {
        let count = usize::from(check as u8) % (FINDINGS_MAX + 1);
        let mut findings = [None; FINDINGS_MAX];
        findings[..count].fill(Some(Finding { check, ..finding }));
        let verdict = Verdict {
            source: 3,
            sequence: 1 << 40,
            at_ns: 77,
            outcome: Outcome::Refused,
            first_step: 2,
            count: count as u8,
            dropped: 9,
            findings,
        };
        let mut bytes = [0; VERDICT_BYTES_MAX];
        let length = encode_verdict(&verdict, &mut bytes).unwrap();
        assert_eq!(decode_verdict(&bytes[..length]), Some(verdict));
        assert!((0..length).all(|cut| decode_verdict(&bytes[..cut]).is_none()));
    }
}
