//! A six-joint arm of capsules between two walls, over a table, beside a post.
#![allow(dead_code, clippy::unwrap_used, non_snake_case)]

#[path = "../../../arm/tests/ur5e/mod.rs"]
pub mod ur5e;

use spinal_arm::{Mat3, Pose, Vec3};
use spinal_gate::{Capsule, Cuboid, Geometry, LinkShape, Part, Place, Plane, Role, Solid};

pub const LEAST_M: f64 = 0.01;

fn shape(name: &str, link: u16, part: Part, a: [f64; 3], b: [f64; 3], radius_m: f64) -> LinkShape {
    let [a_m, b_m] = [a, b].map(|[x, y, z]| Vec3::new(x, y, z));
    let capsule = Capsule { a_m, b_m, radius_m };
    LinkShape {
        name: name.into(),
        link,
        part,
        capsule,
    }
}

pub fn cuboid(at: [f64; 3], half: [f64; 3], turn_rad: f64) -> Cuboid {
    let (s, c) = turn_rad.sin_cos();
    Cuboid {
        pose: Pose {
            rotation: Mat3::from_columns(Vec3::new(c, s, 0.0), Vec3::new(-s, c, 0.0), Vec3::new(0.0, 0.0, 1.0)),
            translation_m: Vec3::new(at[0], at[1], at[2]),
        },
        half_m: Vec3::new(half[0], half[1], half[2]),
    }
}

pub fn place(name: &str, solid: Solid, role: Role, concerns: Option<Part>) -> Place {
    Place {
        name: name.into(),
        solid,
        role,
        concerns,
    }
}

/// Shapes in the frames in front of each Denavit–Hartenberg row, of which the neighbours are not checked against each other.
pub fn geometry() -> Geometry {
    use Part::{Arm, Tool};
    let links = vec![
        shape("base", 0, Arm, [0.0, 0.0, 0.05], [0.0, 0.0, 0.05], 0.08),
        shape("shoulder", 1, Arm, [0.0, 0.0, 0.1], [0.0, 0.0, 0.16], 0.07),
        shape("upper-arm", 2, Arm, [0.0, 0.0, 0.13], [-0.425, 0.0, 0.13], 0.06),
        shape("forearm", 3, Arm, [0.0, 0.0, 0.02], [-0.39, 0.0, 0.02], 0.05),
        shape("wrist-1", 4, Arm, [0.0, 0.0, 0.05], [0.0, 0.0, 0.13], 0.045),
        shape("wrist-2", 5, Arm, [0.0, 0.0, 0.05], [0.0, 0.0, 0.1], 0.045),
        shape("flange", 6, Arm, [0.0, 0.0, 0.05], [0.0, 0.0, 0.1], 0.04),
        shape("gripper", 6, Tool, [0.0, 0.0, 0.12], [0.0, 0.0, 0.2], 0.03),
    ];
    let plane = Plane {
        point_m: Vec3::ZERO,
        normal: Vec3::new(0.0, 0.0, 1.0),
    };
    let post = Capsule {
        a_m: Vec3::new(0.3, 0.5, -1.0),
        b_m: Vec3::new(0.3, 0.5, 1.0),
        radius_m: 0.05,
    };
    let places = vec![
        place(
            "table",
            Solid::Cuboid(cuboid([0.5, 0.0, -0.1], [0.4, 0.5, 0.05], 0.0)),
            Role::Cell,
            None,
        ),
        place(
            "wall-left",
            Solid::Cuboid(cuboid([0.5, 0.3, 0.05], [0.2, 0.004, 0.1], 0.1)),
            Role::Cell,
            None,
        ),
        place(
            "wall-right",
            Solid::Cuboid(cuboid([0.5, -0.3, 0.05], [0.2, 0.004, 0.1], -0.2)),
            Role::Cell,
            None,
        ),
        place("post", Solid::Capsule(post), Role::Cell, None),
        place("floor-of-zone", Solid::Plane(plane), Role::KeepIn, Some(Tool)),
        place(
            "cabin",
            Solid::Room(cuboid([0.0, 0.0, 0.5], [1.2, 1.2, 1.2], 0.3)),
            Role::KeepIn,
            None,
        ),
        place(
            "no-go",
            Solid::Cuboid(cuboid([-0.5, 0.3, 0.5], [0.1, 0.1, 0.2], 0.5)),
            Role::KeepOut,
            Some(Arm),
        ),
    ];
    let number = |name: &str| links.iter().position(|link| link.name == name).unwrap() as u16;
    let neighbours = [
        ("base", "shoulder"),
        ("base", "upper-arm"),
        ("shoulder", "upper-arm"),
        ("upper-arm", "forearm"),
        ("forearm", "wrist-1"),
        ("wrist-1", "wrist-2"),
        ("wrist-2", "flange"),
        ("wrist-2", "gripper"),
        ("wrist-1", "flange"),
    ];
    let mut unchecked: Vec<_> = neighbours.iter().map(|(a, b)| (number(a), number(b))).collect();
    unchecked.push((number("shoulder"), links.len() as u16)); // the table is under the shoulder
    Geometry {
        links,
        places,
        unchecked,
        clearance_min_m: LEAST_M,
    }
}
