//! How people are kept safe, as bytes in the journal's header.

use spinal_gate::{BodyRegion, Contact, ContactType, PeopleLimits, REGIONS_MAX, Separation};
use spinal_journal::wire::{Put, Take};

const NOT_GIVEN: u64 = 0;
const FENCED: u64 = 1;
const SEPARATION: u64 = 2;
const SEPARATION_OR_CONTACT: u64 = 3;
/// Mode, ten terms, seven numbers of a contact, eight a region.
const BYTES_MAX: usize = 8 * (1 + 10 + 7 + 8 * REGIONS_MAX);

/// A new field must break one of these lines, and so be added to the bytes.
pub(super) fn encode_people_limits(people: Option<&PeopleLimits>) -> Vec<u8> {
    let mut bytes = vec![0; BYTES_MAX];
    let mut put = Put::new(&mut bytes);
    match people {
        None => put.u64(NOT_GIVEN),
        Some(PeopleLimits::Fenced) => put.u64(FENCED),
        Some(PeopleLimits::Separation(separation)) => {
            put.u64(SEPARATION);
            put_separation(&mut put, separation);
        }
        Some(PeopleLimits::SeparationOrContact(separation, contact)) => {
            put.u64(SEPARATION_OR_CONTACT);
            put_separation(&mut put, separation);
            put_contact(&mut put, contact);
        }
    }
    // Limits that were checked have at most so many regions; with more the bytes end here and are read as another version's.
    let length = put.finish().unwrap_or(0);
    bytes.truncate(length);
    bytes
}

/// What the next bytes say; the outer `None` when they cannot be read.
pub(super) fn take_people_limits(take: &mut Take<'_>) -> Option<Option<PeopleLimits>> {
    Some(match take.u64()? {
        NOT_GIVEN => None,
        FENCED => Some(PeopleLimits::Fenced),
        SEPARATION => Some(PeopleLimits::Separation(take_separation(take)?)),
        SEPARATION_OR_CONTACT => Some(PeopleLimits::SeparationOrContact(
            take_separation(take)?,
            take_contact(take)?,
        )),
        _ => return None,
    })
}

fn put_separation(put: &mut Put<'_>, separation: &Separation) {
    let Separation {
        human_speed_m_s,
        human_speed_min_m_s,
        reaction_s,
        intrusion_m,
        human_uncertainty_m,
        robot_uncertainty_m,
        person_radius_m,
        person_height_m,
        reading_age_max_ns,
        hysteresis_m,
    } = *separation;
    for value in [
        human_speed_m_s,
        human_speed_min_m_s,
        reaction_s,
        intrusion_m,
        human_uncertainty_m,
        robot_uncertainty_m,
        person_radius_m,
        person_height_m,
        hysteresis_m,
    ] {
        put.f64(value);
    }
    put.i64(reading_age_max_ns);
}

fn take_separation(take: &mut Take<'_>) -> Option<Separation> {
    Some(Separation {
        human_speed_m_s: take.f64()?,
        human_speed_min_m_s: take.f64()?,
        reaction_s: take.f64()?,
        intrusion_m: take.f64()?,
        human_uncertainty_m: take.f64()?,
        robot_uncertainty_m: take.f64()?,
        person_radius_m: take.f64()?,
        person_height_m: take.f64()?,
        hysteresis_m: take.f64()?,
        reading_age_max_ns: take.i64()?,
    })
}

fn put_contact(put: &mut Put<'_>, contact: &Contact) {
    let Contact {
        regions,
        contact_type,
        is_clamping_possible,
        area_m2,
        moving_mass_kg,
        payload_kg,
        human_speed_m_s,
    } = contact;
    put.u64(*contact_type as u64);
    put.u64(u64::from(*is_clamping_possible));
    for value in [*area_m2, *moving_mass_kg, *payload_kg, *human_speed_m_s] {
        put.f64(value);
    }
    put.u64(regions.len() as u64);
    for region in regions {
        let BodyRegion {
            force_quasi_static_n,
            force_transient_n,
            pressure_quasi_static_n_m2,
            pressure_transient_n_m2,
            energy_blunt_j,
            energy_edge_j,
            stiffness_n_m,
            mass_kg,
        } = *region;
        for value in [
            force_quasi_static_n,
            force_transient_n,
            pressure_quasi_static_n_m2,
            pressure_transient_n_m2,
            energy_blunt_j,
            energy_edge_j,
            stiffness_n_m,
            mass_kg,
        ] {
            put.f64(value);
        }
    }
}

fn take_contact(take: &mut Take<'_>) -> Option<Contact> {
    let contact_type = match take.u64()? {
        0 => ContactType::Blunt,
        1 => ContactType::Edge,
        _ => return None,
    };
    let is_clamping_possible = match take.u64()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let mut contact = Contact {
        regions: Vec::new(),
        contact_type,
        is_clamping_possible,
        area_m2: take.f64()?,
        moving_mass_kg: take.f64()?,
        payload_kg: take.f64()?,
        human_speed_m_s: take.f64()?,
    };
    for _ in 0..take.u64()? {
        contact.regions.push(BodyRegion {
            force_quasi_static_n: take.f64()?,
            force_transient_n: take.f64()?,
            pressure_quasi_static_n_m2: take.f64()?,
            pressure_transient_n_m2: take.f64()?,
            energy_blunt_j: take.f64()?,
            energy_edge_j: take.f64()?,
            stiffness_n_m: take.f64()?,
            mass_kg: take.f64()?,
        });
    }
    Some(contact)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn every_way_to_keep_people_safe_comes_back_bit_for_bit_and_no_cut_one_does() {
        let separation = Separation {
            human_speed_m_s: 1.6,
            human_speed_min_m_s: 0.3,
            reaction_s: 0.1,
            intrusion_m: 0.2,
            human_uncertainty_m: 0.05,
            robot_uncertainty_m: 0.01,
            person_radius_m: 0.25,
            person_height_m: 2.0,
            reading_age_max_ns: 200_000_000,
            hysteresis_m: 0.15,
        };
        let region = BodyRegion {
            force_quasi_static_n: 1.0,
            force_transient_n: 2.0,
            pressure_quasi_static_n_m2: 3.0,
            pressure_transient_n_m2: 4.0,
            energy_blunt_j: f64::INFINITY,
            energy_edge_j: 6.0,
            stiffness_n_m: 7.0,
            mass_kg: 8.0,
        };
        let contact = Contact {
            regions: vec![region; 2],
            contact_type: ContactType::Edge,
            is_clamping_possible: true,
            area_m2: 1e-4,
            moving_mass_kg: 20.0,
            payload_kg: 1.0,
            human_speed_m_s: 0.5,
        };
        for people in [
            None,
            Some(PeopleLimits::Fenced),
            Some(PeopleLimits::Separation(separation)),
            Some(PeopleLimits::SeparationOrContact(separation, contact)),
        ] {
            let bytes = encode_people_limits(people.as_ref());
            let mut take = Take::new(&bytes);
            assert_eq!(take_people_limits(&mut take), Some(people));
            assert!(take.is_empty());
            assert!((0..bytes.len()).all(|cut| take_people_limits(&mut Take::new(&bytes[..cut])).is_none()));
        }
    }
}
