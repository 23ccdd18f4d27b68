//! The shapes of robot and cell as bytes of the journal's header.

use spinal_arm::{Mat3, Pose, Vec3};
use spinal_gate::{
    CAPSULES_MAX, Capsule, Cuboid, Geometry, LinkShape, PAIRS_MAX, Part, Place, Plane, Role, SOLIDS_MAX, Solid,
};
use spinal_journal::wire::Take;

/// A geometry, or that there is none. A new field must break these lines, and so be added to the bytes.
pub(super) fn encode_geometry(geometry: Option<&Geometry>) -> Vec<u8> {
    let Some(geometry) = geometry else { return vec![0] };
    let Geometry {
        links,
        places,
        unchecked,
        clearance_min_m,
    } = geometry;
    let mut out = Out(vec![1]);
    out.count(links.len());
    for LinkShape {
        name,
        link,
        part,
        capsule,
    } in links
    {
        out.text(name);
        out.number(*link);
        out.0.push(*part as u8);
        out.capsule(capsule);
    }
    out.count(places.len());
    for Place {
        name,
        solid,
        role,
        concerns,
    } in places
    {
        out.text(name);
        out.0.push(*role as u8);
        out.0.push(concerns.map_or(EVERYTHING, |part| part as u8));
        out.solid(solid);
    }
    out.count(unchecked.len());
    for (first, second) in unchecked {
        out.number(*first);
        out.number(*second);
    }
    out.values(&[*clearance_min_m]);
    out.0
}

/// What was encoded, bit for bit; `None` when the bytes are of no geometry.
pub(super) fn decode_geometry(take: &mut Take<'_>) -> Option<Option<Geometry>> {
    match take.u8()? {
        0 => return Some(None),
        1 => {}
        _ => return None,
    }
    let links = many(take, CAPSULES_MAX, |take| {
        Some(LinkShape {
            name: text(take)?,
            link: take.u16()?,
            part: part(take.u8()?)?,
            capsule: capsule(take)?,
        })
    })?;
    let places = many(take, SOLIDS_MAX, |take| {
        let name = text(take)?;
        let role = match take.u8()? {
            0 => Role::Cell,
            1 => Role::KeepOut,
            2 => Role::KeepIn,
            _ => return None,
        };
        let concerns = match take.u8()? {
            EVERYTHING => None,
            byte => Some(part(byte)?),
        };
        let solid = solid(take)?;
        Some(Place {
            name,
            solid,
            role,
            concerns,
        })
    })?;
    let unchecked = many(take, PAIRS_MAX, |take| Some((take.u16()?, take.u16()?)))?;
    Some(Some(Geometry {
        links,
        places,
        unchecked,
        clearance_min_m: take.f64()?,
    }))
}

/// In the place of a part: the whole robot.
const EVERYTHING: u8 = u8::MAX;

struct Out(Vec<u8>);

impl Out {
    fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }
    fn number(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }
    fn values(&mut self, values: &[f64]) {
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    fn vectors(&mut self, vectors: &[Vec3]) {
        for v in vectors {
            self.values(&[v.x, v.y, v.z]);
        }
    }
    fn capsule(&mut self, Capsule { a_m, b_m, radius_m }: &Capsule) {
        self.vectors(&[*a_m, *b_m]);
        self.values(&[*radius_m]);
    }
    fn cuboid(&mut self, Cuboid { pose, half_m }: &Cuboid) {
        let r = &pose.rotation;
        self.vectors(&[r.x, r.y, r.z, pose.translation_m, *half_m]);
    }
    fn solid(&mut self, solid: &Solid) {
        match solid {
            Solid::Cuboid(cuboid) => {
                self.0.push(0);
                self.cuboid(cuboid);
            }
            Solid::Capsule(capsule) => {
                self.0.push(1);
                self.capsule(capsule);
            }
            Solid::Plane(Plane { point_m, normal }) => {
                self.0.push(2);
                self.vectors(&[*point_m, *normal]);
            }
            Solid::Room(room) => {
                self.0.push(3);
                self.cuboid(room);
            }
        }
    }
}

fn many<T>(take: &mut Take<'_>, most: usize, mut one: impl FnMut(&mut Take<'_>) -> Option<T>) -> Option<Vec<T>> {
    let count = usize::try_from(take.u64()?).ok().filter(|count| *count <= most)?;
    (0..count).map(|_| one(take)).collect()
}

fn text(take: &mut Take<'_>) -> Option<String> {
    let count = usize::try_from(take.u64()?).ok()?;
    String::from_utf8(take.bytes(count)?.to_vec()).ok()
}

fn part(byte: u8) -> Option<Part> {
    match byte {
        0 => Some(Part::Arm),
        1 => Some(Part::Tool),
        _ => None,
    }
}

fn vector(take: &mut Take<'_>) -> Option<Vec3> {
    Some(Vec3::new(take.f64()?, take.f64()?, take.f64()?))
}

fn capsule(take: &mut Take<'_>) -> Option<Capsule> {
    Some(Capsule {
        a_m: vector(take)?,
        b_m: vector(take)?,
        radius_m: take.f64()?,
    })
}

fn cuboid(take: &mut Take<'_>) -> Option<Cuboid> {
    let rotation = Mat3::from_columns(vector(take)?, vector(take)?, vector(take)?);
    let translation_m = vector(take)?;
    Some(Cuboid {
        pose: Pose {
            rotation,
            translation_m,
        },
        half_m: vector(take)?,
    })
}

fn solid(take: &mut Take<'_>) -> Option<Solid> {
    match take.u8()? {
        0 => Some(Solid::Cuboid(cuboid(take)?)),
        1 => Some(Solid::Capsule(capsule(take)?)),
        2 => Some(Solid::Plane(Plane {
            point_m: vector(take)?,
            normal: vector(take)?,
        })),
        3 => Some(Solid::Room(cuboid(take)?)),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    /// One of everything, each number another.
    pub fn geometry() -> Geometry {
        let mut next = 0.0;
        let mut number = || {
            next += 0.125;
            next
        };
        let mut vector = || Vec3::new(number(), number(), number());
        let capsule = Capsule {
            a_m: vector(),
            b_m: vector(),
            radius_m: 0.3,
        };
        let cuboid = Cuboid {
            pose: Pose {
                rotation: Mat3::IDENTITY,
                translation_m: vector(),
            },
            half_m: vector(),
        };
        let plane = Plane {
            point_m: vector(),
            normal: Vec3::new(0.0, 0.6, 0.8),
        };
        let place = |name: &str, solid, role, concerns| Place {
            name: name.into(),
            solid,
            role,
            concerns,
        };
        let link = |link, part| LinkShape {
            name: format!("link-{link}"),
            link,
            part,
            capsule,
        };
        Geometry {
            links: vec![link(0, Part::Arm), link(2, Part::Tool)],
            places: vec![
                place("boîte", Solid::Cuboid(cuboid), Role::Cell, None),
                place("post", Solid::Capsule(capsule), Role::KeepOut, Some(Part::Arm)),
                place("border", Solid::Plane(plane), Role::KeepIn, Some(Part::Tool)),
                place("room", Solid::Room(cuboid), Role::KeepIn, None),
            ],
            unchecked: vec![(0, 1), (1, 4)],
            clearance_min_m: 0.0075,
        }
    }

    #[test]
    fn a_geometry_comes_back_bit_for_bit_and_no_cut_of_it_does() {
        let bytes = encode_geometry(Some(&geometry()));
        assert_eq!(decode_geometry(&mut Take::new(&bytes)), Some(Some(geometry())));
        for length in 0..bytes.len() {
            assert_eq!(
                decode_geometry(&mut Take::new(&bytes[..length])),
                None,
                "cut at {length}"
            );
        }
        assert_eq!(decode_geometry(&mut Take::new(&encode_geometry(None))), Some(None));
    }
}
