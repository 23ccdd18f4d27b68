//! What `look` calls clear is clear, between the samples too; what it does not is near.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    non_snake_case
)]

mod shapes;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shapes::ur5e::model;
use shapes::{LEAST_M, cuboid, geometry, place};
use spinal_arm::{Joints, Posture, Vec3};
use spinal_gate::{Capsule, Check, Clearance, DOF_MAX, Nearest, Role, Solid};

const DOF: usize = 6;

/// A motion of each joint between two samples 16 ms apart: from, velocity, acceleration.
#[derive(Clone, Copy, Debug)]
struct Motion {
    q: Joints,
    v: Joints,
    a: Joints,
}

const STEP_S: f64 = 0.016;
const SAMPLES: usize = 8;
const FINE: usize = 20;

impl Motion {
    fn at(&self, t: f64) -> Joints {
        std::array::from_fn(|j| self.q[j] + self.v[j] * t + 0.5 * self.a[j] * t * t)
    }

    /// Upper bounds of way and bend between two samples.
    fn bounds(&self, from: f64) -> (Joints, Joints) {
        let way = |j: usize| {
            let speed = |t: f64| (self.v[j] + self.a[j] * t).abs();
            speed(from).max(speed(from + STEP_S)) * STEP_S
        };
        (
            std::array::from_fn(way),
            std::array::from_fn(|j| self.a[j].abs() * STEP_S * STEP_S / 8.0),
        )
    }
}

fn motion(speed: f64) -> impl Strategy<Value = Motion> {
    let array = |most: f64| proptest::array::uniform6(-most..most);
    (array(1.2), array(speed), array(12.0)).prop_map(|(q, v, a)| {
        let joints = |values: [f64; DOF]| {
            let mut joints = [0.0; DOF_MAX];
            joints[..DOF].copy_from_slice(&values);
            joints
        };
        let home = joints(shapes::ur5e::HOME);
        Motion {
            q: std::array::from_fn(|j| home[j] + joints(q)[j]),
            v: joints(v),
            a: joints(a),
        }
    })
}

/// The least room of any pair over a motion, by brute force.
fn least_room_m(clearance: &mut Clearance, motion: &Motion, until: f64) -> f64 {
    let arm = model();
    let mut posture = Posture::default();
    let mut least = f64::INFINITY;
    let steps = (until / STEP_S).round() as usize * FINE;
    for k in (0..=steps).rev() {
        posture.move_to(&arm, &motion.at(until * k as f64 / steps.max(1) as f64));
        least = clearance
            .distances(&posture)
            .map(|found| found.distance_m - found.limit_m)
            .fold(least, f64::min);
        if least < 0.0 {
            break;
        }
    }
    least
}

/// Up to which time the motion is called clear.
fn clear_until(clearance: &mut Clearance, motion: &Motion, with_bend: bool) -> Option<f64> {
    let arm = model();
    let mut posture = Posture::default();
    let mut clear = None;
    for k in 0..=SAMPLES {
        let t = k as f64 * STEP_S;
        posture.move_to(&arm, &motion.at(t));
        let (way, bend) = if k == 0 {
            ([0.0; DOF_MAX], [0.0; DOF_MAX])
        } else {
            motion.bounds(t - STEP_S)
        };
        let found = if with_bend {
            clearance.look_bent(&posture, &way, &bend, k == 0)
        } else {
            clearance.look(&posture, &way, k == 0)
        };
        if found.is_some() {
            break;
        }
        clear = Some(t);
    }
    clear
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    // Hazard: H-08, H-09
    #[test]
    fn a_path_that_is_called_clear_has_no_point_too_near(motion in motion(3.0), with_bend: bool) {
        let mut clearance = Clearance::new(&geometry(), &model()).unwrap();
        if let Some(until) = clear_until(&mut clearance, &motion, with_bend).filter(|until| *until > 0.0) {
            let room = least_room_m(&mut clearance, &motion, until);
            prop_assert!(room >= -1e-9, "{room} m of room until {until} s");
        }
    }

    #[test]
    fn what_was_seen_before_changes_no_answer(first in motion(3.0), second in motion(0.3), with_bend: bool) {
        let mut used = Clearance::new(&geometry(), &model()).unwrap();
        clear_until(&mut used, &first, with_bend);
        let mut fresh = Clearance::new(&geometry(), &model()).unwrap();
        prop_assert_eq!(clear_until(&mut used, &second, with_bend), clear_until(&mut fresh, &second, with_bend));
    }

    #[test]
    fn the_smallest_distance_is_the_smallest_of_all(motion in motion(1.0)) {
        let mut clearance = Clearance::new(&geometry(), &model()).unwrap();
        let posture = model().posture(&motion.q);
        let room = |found: &Nearest| found.distance_m - found.limit_m;
        let least = clearance.distances(&posture).map(|found| room(&found)).fold(f64::INFINITY, f64::min);
        prop_assert_eq!(room(&clearance.smallest(&posture).unwrap()), least);
    }

    // Hazard: H-08, H-09
    #[test]
    fn one_sample_at_rest_is_clear_exactly_when_every_pair_has_room(motion in motion(1.0)) {
        let mut clearance = Clearance::new(&geometry(), &model()).unwrap();
        let posture = model().posture(&motion.q);
        let nearest = clearance.smallest(&posture).unwrap();
        let found = clearance.look(&posture, &[0.0; DOF_MAX], true);
        prop_assert_eq!(found.is_none(), nearest.distance_m - nearest.limit_m >= 1e-9, "{:?} {:?}", found, nearest);
    }

    // Hazard: H-08
    #[test]
    fn one_bad_number_is_never_clear(motion in motion(1.0), joint in 0..DOF, is_way: bool) {
        let mut clearance = Clearance::new(&geometry(), &model()).unwrap();
        let (mut q, mut way) = (motion.q, [0.001; DOF_MAX]);
        if is_way { way[joint] = f64::NAN } else { q[joint] = f64::NAN }
        let mut posture = Posture::default();
        posture.move_to(&model(), &q);
        prop_assert!(clearance.look(&posture, &way, true).is_some());
        prop_assert!(clearance.look(&posture, &way, false).is_some());
    }
}

/// Of random slow and quick motions whose least room is at least this, nearly all are called clear.
#[test]
fn it_is_not_uselessly_careful() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut clearance = Clearance::new(&geometry(), &model()).unwrap();
    for (speed, spare_m, share_min) in [(0.3, 0.003, 0.98), (1.0, 0.005, 0.98), (2.0, 0.01, 0.95)] {
        let (mut free, mut passed) = (0, 0);
        let mut passed_unbent = 0;
        while free < 100 {
            let motion = motion(speed).new_tree(&mut runner).unwrap().current();
            let until = SAMPLES as f64 * STEP_S;
            let room = least_room_m(&mut clearance, &motion, until);
            if !(spare_m..spare_m + 0.03).contains(&room) {
                continue;
            }
            free += 1;
            passed += usize::from(clear_until(&mut clearance, &motion, true) == Some(until));
            passed_unbent += usize::from(clear_until(&mut clearance, &motion, false) == Some(until));
        }
        println!("{speed} rad/s, {spare_m} m to spare: {passed} of {free} clear; {passed_unbent} without the bend");
        assert!(
            f64::from(passed as u32) >= share_min * f64::from(free as u32),
            "{passed} of {free}"
        );
    }
}

// Hazard: H-08, H-09
#[test]
fn what_is_near_is_named_with_its_distance_and_limit() {
    let mut geometry = geometry();
    let arm = model();
    let q = shapes::ur5e::joints(&shapes::ur5e::HOME);
    let posture = arm.posture(&q);
    let gripper = geometry.links.iter().position(|link| link.name == "gripper").unwrap();
    let capsule = geometry.links[gripper].capsule.placed(&posture.link(5).unwrap());
    let below = Vec3::new(
        capsule.b_m.x,
        capsule.b_m.y,
        capsule.a_m.z.min(capsule.b_m.z) - 0.03 - 0.05 - 0.008,
    );
    let thing = cuboid([below.x, below.y, below.z], [0.05, 0.05, 0.05], 0.0);
    geometry
        .places
        .push(place("thing", Solid::Cuboid(thing), Role::Cell, None));
    let number = (geometry.links.len() + geometry.places.len() - 1) as u16;
    let mut clearance = Clearance::new(&geometry, &arm).unwrap();
    let found = clearance.look(&posture, &[0.0; DOF_MAX], true).unwrap();
    assert_eq!((found.check, found.place), (Check::Clearance, (gripper as u16, number)));
    assert!(
        (found.value - 0.008).abs() < 2e-3 && found.limit == LEAST_M,
        "{found:?}"
    );
    assert_eq!(geometry.name(number), Some("thing"));
    assert_eq!(geometry.name(gripper as u16), Some("gripper"));
    assert_eq!(geometry.name(number + 1), None);
    geometry.places.last_mut().unwrap().role = Role::KeepOut;
    let mut clearance = Clearance::new(&geometry, &arm).unwrap();
    assert_eq!(
        clearance.look(&posture, &[0.0; DOF_MAX], true),
        None,
        "8 mm from a zone is allowed"
    );
}

// Hazard: H-08
#[test]
fn a_shape_that_nobody_excepted_is_checked() {
    let mut geometry = geometry();
    let before = geometry.pairs().count();
    geometry.unchecked.clear();
    assert_eq!(geometry.pairs().count(), before + 10);
    let (links, places) = (geometry.links.len() as u16, geometry.places.len() as u16);
    let all: Vec<_> = geometry.pairs().collect();
    // The base and what stands in the cell never move against each other, nor do two capsules of one link.
    assert!(!all.iter().any(|&(a, b)| a == 0 && b >= links));
    assert!(!all.contains(&(6, 7)));
    assert!(
        all.contains(&(7, links + 4)) && !all.contains(&(6, links + 4)),
        "a zone for the tool"
    );
    assert!(
        all.contains(&(6, links + places - 1)) && !all.contains(&(7, links + places - 1)),
        "a zone for the arm"
    );
}

// Hazard: H-23
#[test]
fn what_is_wrong_in_a_geometry_is_named() {
    let error = |change: &dyn Fn(&mut spinal_gate::Geometry)| {
        let mut spoilt = geometry();
        change(&mut spoilt);
        spoilt.check(DOF).unwrap_err().field
    };
    assert_eq!(error(&|g| g.clearance_min_m = f64::NAN), "geometry.clearance_min_m");
    assert_eq!(error(&|g| g.clearance_min_m = -0.001), "geometry.clearance_min_m");
    assert_eq!(error(&|g| g.links[2].link = 7), "geometry.links[2].link");
    assert_eq!(
        error(&|g| g.links[2].capsule.radius_m = 0.0),
        "geometry.links[2].capsule.radius_m"
    );
    assert_eq!(
        error(&|g| g.links[2].capsule.b_m.y = f64::INFINITY),
        "geometry.links[2].capsule.b_m"
    );
    assert_eq!(error(&|g| g.places[0].role = Role::KeepIn), "geometry.places[0].role");
    assert_eq!(error(&|g| g.places[5].role = Role::Cell), "geometry.places[5].role");
    assert_eq!(error(&|g| g.unchecked[1] = (2, 2)), "geometry.unchecked[1]");
    assert_eq!(error(&|g| g.unchecked[0] = (8, 9)), "geometry.unchecked[0]");
    assert_eq!(
        error(&|g| g.places[3].solid = Solid::Capsule(Capsule::default())),
        "geometry.places[3].solid.radius_m"
    );
    let solid = |g: &mut spinal_gate::Geometry, half: f64, turn: f64| {
        let mut spoilt = cuboid([0.0; 3], [half, 1.0, 1.0], 0.0);
        spoilt.pose.rotation.x.y += turn;
        g.places[0].solid = Solid::Cuboid(spoilt);
    };
    assert_eq!(error(&|g| solid(g, 0.0, 0.0)), "geometry.places[0].solid.half_m.x");
    assert_eq!(error(&|g| solid(g, 1.0, 0.01)), "geometry.places[0].solid.pose");
    assert_eq!(error(&|g| g.links = vec![g.links[0].clone(); 65]), "geometry.links");
    assert_eq!(error(&|g| g.places = vec![g.places[0].clone(); 257]), "geometry.places");
    let flat = spinal_gate::Plane {
        point_m: Vec3::ZERO,
        normal: Vec3::new(0.0, 0.0, 0.999),
    };
    assert_eq!(
        error(&|g| g.places[4].solid = Solid::Plane(flat)),
        "geometry.places[4].solid.normal"
    );
}
