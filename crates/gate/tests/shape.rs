//! Distances between shapes are what a search over their points finds.
#![allow(clippy::neg_cmp_op_on_partial_ord)] // NaN must not count as clear
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    non_snake_case
)]

use proptest::prelude::*;
use spinal_arm::{Mat3, Pose, Vec3};
use spinal_gate::{Capsule, Cuboid, Plane, Solid};

fn point() -> impl Strategy<Value = Vec3> {
    (-1.0..1.0, -1.0..1.0, -1.0..1.0).prop_map(|(x, y, z)| Vec3::new(x, y, z))
}

fn capsule() -> impl Strategy<Value = Capsule> {
    // Every third has no length, every third is along an axis: the cases that closed forms get wrong.
    (point(), point(), 0.01..0.3, 0..3).prop_map(|(a_m, b_m, radius_m, kind)| Capsule {
        a_m,
        b_m: match kind {
            0 => a_m,
            1 => a_m + Vec3::new(0.0, b_m.y, 0.0),
            _ => b_m,
        },
        radius_m,
    })
}

fn cuboid() -> impl Strategy<Value = Cuboid> {
    let half = (0.05..0.6, 0.05..0.6, 0.05..0.6);
    (point(), point(), half, any::<bool>()).prop_map(|(at, axis, (x, y, z), is_turned)| Cuboid {
        pose: Pose {
            rotation: if is_turned { rotation(axis) } else { Mat3::IDENTITY },
            translation_m: at,
        },
        half_m: Vec3::new(x, y, z),
    })
}

/// A rotation with this vector along its z.
fn rotation(axis: Vec3) -> Mat3 {
    let z = axis * (1.0 / axis.norm().max(1e-3));
    let z = z * (1.0 / z.norm());
    let helper = if z.x.abs() < 0.7 {
        Vec3::new(1.0, 0.0, 0.0)
    } else {
        Vec3::new(0.0, 1.0, 0.0)
    };
    let x = helper.cross(z) * (1.0 / helper.cross(z).norm());
    Mat3::from_columns(x, z.cross(x), z)
}

fn along(capsule: &Capsule, t: f64) -> Vec3 {
    capsule.a_m + (capsule.b_m - capsule.a_m) * t
}

/// The least value of a convex function over 0..1, by thirds.
fn least(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..80 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if f(a) < f(b) { high = b } else { low = a }
    }
    f(0.5 * (low + high)).min(f(0.0)).min(f(1.0))
}

fn point_to_box(cuboid: &Cuboid, p: Vec3) -> f64 {
    let local = cuboid.pose.rotation.transpose() * (p - cuboid.pose.translation_m);
    let over = |value: f64, half: f64| (value.abs() - half).max(0.0);
    let half = cuboid.half_m;
    Vec3::new(over(local.x, half.x), over(local.y, half.y), over(local.z, half.z)).norm()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    // Hazard: H-09
    #[test]
    fn two_capsules_are_as_far_apart_as_a_search_finds(a in capsule(), b in capsule()) {
        let searched = least(|s| least(|t| (along(&a, s) - along(&b, t)).norm())) - a.radius_m - b.radius_m;
        let gap = a.gap(&b);
        prop_assert!((gap.distance_m - searched).abs() < 1e-7, "{gap:?}, searched {searched}");
        prop_assert!((b.gap(&a).distance_m - gap.distance_m).abs() < 1e-12);
    }

    // Hazard: H-08
    #[test]
    fn a_capsule_is_as_far_from_a_box_as_a_search_finds(a in capsule(), b in cuboid()) {
        let searched = least(|t| point_to_box(&b, along(&a, t))) - a.radius_m;
        let gap = Solid::Cuboid(b).gap(&a);
        prop_assert!((gap.distance_m - searched).abs() < 1e-7, "{gap:?}, searched {searched}");
    }

    #[test]
    fn along_its_normal_the_gap_is_the_distance_and_in_no_direction_is_it_more(
        a in capsule(), b in cuboid(), c in capsule(), towards in point()
    ) {
        let some = towards * (1.0 / towards.norm().max(1e-6));
        for solid in [Solid::Cuboid(b), Solid::Capsule(c)] {
            let gap = solid.gap(&a);
            if gap.distance_m > 1e-3 {
                prop_assert!((solid.apart_along_m(gap.normal, &a) - gap.distance_m).abs() < 1e-9);
            }
            if (some.norm() - 1.0).abs() < 1e-9 {
                prop_assert!(solid.apart_along_m(some, &a) <= gap.distance_m.max(-a.radius_m) + 1e-9);
            }
        }
    }

    #[test]
    fn the_distance_of_a_point_bounds_the_distance_of_a_capsule_around_it(a in capsule(), b in cuboid(), c in capsule(), n in point()) {
        let plane = Plane { point_m: c.a_m, normal: rotation(n).z };
        for solid in [Solid::Cuboid(b), Solid::Capsule(c), Solid::Plane(plane), Solid::Room(b)] {
            let bound = solid.distance_to_point_m(a.middle_m()) - a.half_length_m() - a.radius_m;
            prop_assert!(bound <= solid.gap(&a).distance_m + 1e-12, "{solid:?}");
        }
    }

    // Hazard: H-08
    #[test]
    fn a_room_is_left_when_any_point_of_the_capsule_is_outside(a in capsule(), b in cuboid()) {
        let gap = Solid::Room(b).gap(&a);
        // Each face of the room is a plane whose normal points into the room.
        let r = b.pose.rotation;
        let faces = [(r.x, b.half_m.x), (r.y, b.half_m.y), (r.z, b.half_m.z)];
        let nearest = faces.iter().flat_map(|&(axis, half)| [(axis, half), (-axis, half)]).map(|(normal, half)| {
            let plane = Plane { point_m: b.pose.translation_m - normal * half, normal };
            Solid::Plane(plane).gap(&a).distance_m
        });
        let nearest = nearest.fold(f64::INFINITY, f64::min);
        prop_assert!((gap.distance_m - nearest).abs() < 1e-12);
    }

    // Hazard: H-08, H-09
    #[test]
    fn one_bad_number_is_never_clear(a in capsule(), b in cuboid(), c in capsule(), bad in 0..6, which in 0..3) {
        let value = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][which as usize];
        let mut spoilt = a;
        *[&mut spoilt.a_m.x, &mut spoilt.a_m.y, &mut spoilt.a_m.z, &mut spoilt.b_m.x, &mut spoilt.b_m.y, &mut spoilt.b_m.z][bad as usize] = value;
        let plane = Plane { point_m: Vec3::ZERO, normal: Vec3::new(0.6, 0.0, 0.8) };
        for solid in [Solid::Cuboid(b), Solid::Capsule(c), Solid::Room(b), Solid::Plane(plane)] {
            let distance = solid.gap(&spoilt).distance_m;
            let ignored = matches!(solid, Solid::Plane(_)) && (bad % 3 == 1 || !value.is_nan());
            prop_assert!(ignored || !(distance >= 0.0), "{solid:?} says {distance}");
        }
        prop_assert!(!(spoilt.gap(&c).distance_m >= 0.0) && !(c.gap(&spoilt).distance_m >= 0.0));
    }
}

#[test]
fn a_capsule_that_touches_is_at_zero_and_one_that_overlaps_below() {
    let cube = Cuboid {
        pose: Pose::IDENTITY,
        half_m: Vec3::new(0.5, 0.5, 0.5),
    };
    let at = |x: f64| Capsule {
        a_m: Vec3::new(x, -1.0, 0.0),
        b_m: Vec3::new(x, 1.0, 0.0),
        radius_m: 0.25,
    };
    let gap = |x: f64| Solid::Cuboid(cube).gap(&at(x));
    assert_eq!(gap(0.75).distance_m, 0.0);
    assert_eq!(gap(0.5).distance_m, -0.25);
    assert_eq!(gap(0.0).distance_m, -0.25, "inside, the depth is not told");
    assert_eq!(gap(1.75).normal, Vec3::new(1.0, 0.0, 0.0));
}
