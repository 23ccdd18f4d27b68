//! What a sensor for people says, as bytes.

use super::{Put, Take};
use spinal_gate::{PERSONS_MAX, PeopleReading};

/// Bytes of one encoded person: three coordinates, whether the speed is measured, the speed.
const PERSON_BYTES: usize = 5 * 8;
/// The most bytes of an encoded [`PeopleReading`].
pub const PEOPLE_BYTES_MAX: usize = 8 + 8 + 8 + PERSONS_MAX * PERSON_BYTES;

/// Encodes a reading with the persons that are meant; `None` when `out` is too small. A reading of too many persons keeps their number.
pub fn encode_people(reading: &PeopleReading, out: &mut [u8]) -> Option<usize> {
    let mut put = Put::new(out);
    put.i64(reading.at_ns);
    put.u64(u64::from(reading.is_alive));
    put.u64(reading.count as u64);
    for person in reading.persons.iter().take(reading.count) {
        put.f64s(&person.foot_m, 3);
        put.u64(u64::from(person.speed_m_s.is_some()));
        put.f64(person.speed_m_s.unwrap_or(0.0));
    }
    put.finish()
}

/// A reading; `None` when the bytes are not exactly one.
#[must_use]
pub fn decode_people(bytes: &[u8]) -> Option<PeopleReading> {
    let mut take = Take::new(bytes);
    let mut reading = PeopleReading::nobody(take.i64()?);
    reading.is_alive = flag(&mut take)?;
    reading.count = usize::try_from(take.u64()?).ok()?;
    for person in reading.persons.iter_mut().take(reading.count) {
        person.foot_m = take.f64s(3)?;
        let is_measured = flag(&mut take)?;
        let speed_m_s = take.f64()?;
        person.speed_m_s = is_measured.then_some(speed_m_s);
    }
    take.is_empty().then_some(reading)
}

fn flag(take: &mut Take<'_>) -> Option<bool> {
    match take.u64()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
