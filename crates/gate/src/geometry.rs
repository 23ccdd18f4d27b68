//! The shapes of robot and cell that the gate keeps apart, checked.

use crate::shape::{Capsule, Cuboid, Plane, Solid};
use crate::{ConfigError, DOF_MAX};

/// The most capsules that a robot may have.
pub const CAPSULES_MAX: usize = 64;
/// The most solids that a cell may have, zones included.
pub const SOLIDS_MAX: usize = 256;
/// The most pairs that are looked at.
pub const PAIRS_MAX: usize = 4096;

/// Which part of the robot something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// The arm.
    Arm = 0,
    /// What is bolted to it.
    Tool = 1,
}

/// One capsule of the robot.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkShape {
    /// Its name.
    pub name: String,
    /// What moves it: 0 = nothing (the base), i = joint i, counted from 1.
    pub link: u16,
    /// Arm or tool.
    pub part: Part,
    /// In the frame of its link ([`spinal_arm::Posture::link`]), or of the base.
    pub capsule: Capsule,
}

/// Why a solid is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// A thing of the cell: the robot keeps `clearance_min_m` from it.
    Cell = 0,
    /// A zone that the robot may not enter.
    KeepOut = 1,
    /// A zone that the robot may not leave.
    KeepIn = 2,
}

/// Something fixed in the base frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its shape in the base frame.
    pub solid: Solid,
    /// Why it is there.
    pub role: Role,
    /// The part that it is about; `None` = the whole robot.
    pub concerns: Option<Part>,
}

/// All shapes, and the pairs of them that are not looked at. Shapes are numbered: first the capsules, then the places.
///
/// Looked at is every pair of capsules on different links, and every capsule that moves with every place that concerns it, except the
/// pairs in `unchecked`. So a shape that nobody thought of is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// The robot.
    pub links: Vec<LinkShape>,
    /// The cell and its zones.
    pub places: Vec<Place>,
    /// Pairs that are not looked at, lower number first.
    pub unchecked: Vec<(u16, u16)>,
    /// Least distance between links, and between the robot and the cell, m. Zones have their border as limit.
    pub clearance_min_m: f64,
}

impl Geometry {
    /// Whether the gate can hold it for an arm of `dof` joints.
    ///
    /// # Errors
    /// The first field that is wrong, its value and what is allowed.
    pub fn check(&self, dof: usize) -> Result<(), ConfigError> {
        count("geometry.links", self.links.len(), CAPSULES_MAX)?;
        count("geometry.places", self.places.len(), SOLIDS_MAX)?;
        if !(0.0..=1.0).contains(&self.clearance_min_m) {
            return Err(wrong("clearance_min_m", self.clearance_min_m, "a number from 0 to 1 m"));
        }
        for (i, shape) in self.links.iter().enumerate() {
            let field = |name: &str| format!("links[{i}].{name}");
            if usize::from(shape.link) > dof.min(DOF_MAX) {
                return Err(wrong(&field("link"), shape.link, format!("0 (the base) to {dof}")));
            }
            check_capsule(&field("capsule"), &shape.capsule)?;
        }
        for (i, place) in self.places.iter().enumerate() {
            let field = |name: &str| format!("places[{i}].{name}");
            match &place.solid {
                Solid::Cuboid(cuboid) | Solid::Room(cuboid) => check_cuboid(&field("solid"), cuboid)?,
                Solid::Capsule(capsule) => check_capsule(&field("solid"), capsule)?,
                Solid::Plane(plane) => check_plane(&field("solid"), plane)?,
            }
            let keeps_in = place.role == Role::KeepIn;
            let fits = match &place.solid {
                Solid::Room(_) => keeps_in,
                Solid::Plane(_) => true,
                Solid::Cuboid(_) | Solid::Capsule(_) => !keeps_in,
            };
            if !fits {
                let allowed = "keep_in for a room or a plane; cell or keep_out for a box, a capsule or a plane";
                return Err(wrong(&field("role"), format!("{:?}", place.role), allowed));
            }
        }
        let shapes = self.links.len() + self.places.len();
        for (i, &(a, b)) in self.unchecked.iter().enumerate() {
            if !(a < b && usize::from(a) < self.links.len() && usize::from(b) < shapes) {
                let allowed = format!(
                    "numbers in order, the first of a capsule (below {}), both below {shapes}",
                    self.links.len()
                );
                return Err(wrong(&format!("unchecked[{i}]"), format!("({a}, {b})"), allowed));
            }
        }
        let pairs = self.pairs().count();
        if pairs > PAIRS_MAX {
            return Err(wrong(
                "pairs",
                pairs,
                format!("at most {PAIRS_MAX} pairs of shapes to check"),
            ));
        }
        Ok(())
    }

    /// The pairs that are looked at, lower number first.
    pub fn pairs(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        let first_place = self.links.len();
        let shapes = first_place + self.places.len();
        let all = (0..first_place).flat_map(move |a| (a + 1..shapes).map(move |b| (a, b)));
        let meet = move |&(a, b): &(usize, usize)| {
            let Some(first) = self.links.get(a) else { return false };
            match (self.links.get(b), self.places.get(b.wrapping_sub(first_place))) {
                (Some(second), _) => first.link != second.link,
                (None, Some(place)) => first.link > 0 && place.concerns.is_none_or(|part| part == first.part),
                (None, None) => false,
            }
        };
        all.filter(meet)
            .map(|(a, b)| (a as u16, b as u16))
            .filter(|pair| !self.unchecked.contains(pair))
    }

    /// The name of a shape, by its number.
    #[must_use]
    pub fn name(&self, shape: u16) -> Option<&str> {
        let shape = usize::from(shape);
        let link = self.links.get(shape).map(|link| link.name.as_str());
        let place = || self.places.get(shape.checked_sub(self.links.len())?);
        link.or_else(|| place().map(|place| place.name.as_str()))
    }
}

/// Longest way that makes sense in a cell, m: beyond it, units are mixed up.
const REACH_MAX_M: f64 = 1e3;

fn check_capsule(field: &str, capsule: &Capsule) -> Result<(), ConfigError> {
    for (name, end) in [("a_m", capsule.a_m), ("b_m", capsule.b_m)] {
        if !(end.norm() <= REACH_MAX_M) {
            return Err(wrong(
                &format!("{field}.{name}"),
                format!("{end:?}"),
                "a point within 1000 m",
            ));
        }
    }
    if !(1e-6..=REACH_MAX_M).contains(&capsule.radius_m) {
        let allowed = "a radius from 0.000001 to 1000 m";
        return Err(wrong(&format!("{field}.radius_m"), capsule.radius_m, allowed));
    }
    Ok(())
}

fn check_cuboid(field: &str, cuboid: &Cuboid) -> Result<(), ConfigError> {
    if !(cuboid.pose.is_valid() && cuboid.pose.translation_m.norm() <= REACH_MAX_M) {
        let allowed = "a rotation, and a point within 1000 m";
        return Err(wrong(&format!("{field}.pose"), format!("{:?}", cuboid.pose), allowed));
    }
    let half = cuboid.half_m;
    for (name, value) in [("x", half.x), ("y", half.y), ("z", half.z)] {
        if !(1e-6..=REACH_MAX_M).contains(&value) {
            let allowed = "half a side from 0.000001 to 1000 m";
            return Err(wrong(&format!("{field}.half_m.{name}"), value, allowed));
        }
    }
    Ok(())
}

fn check_plane(field: &str, plane: &Plane) -> Result<(), ConfigError> {
    if !(plane.point_m.norm() <= REACH_MAX_M) {
        let value = format!("{:?}", plane.point_m);
        return Err(wrong(&format!("{field}.point_m"), value, "a point within 1000 m"));
    }
    if !((plane.normal.norm() - 1.0).abs() <= 1e-9) {
        let value = format!("{:?}", plane.normal);
        return Err(wrong(&format!("{field}.normal"), value, "a vector of length 1"));
    }
    Ok(())
}

fn count(field: &str, value: usize, most: usize) -> Result<(), ConfigError> {
    if value <= most {
        return Ok(());
    }
    Err(ConfigError::new(field, value, format!("at most {most}")))
}

fn wrong(field: &str, value: impl core::fmt::Display, allowed: impl Into<String>) -> ConfigError {
    ConfigError::new(format!("geometry.{field}"), value, allowed)
}
