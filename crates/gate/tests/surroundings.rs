//! The gate among things and people: whatever is wished for, the arm does not touch the cell, itself or a person, and stops in time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;
mod shapes;

use checker::{Checker, Violations, joint, profile};
use shapes::ur5e;
use spinal_adversary::Random;
use spinal_arm::Vec3;
use spinal_gate::{
    Capsule, Check, Clearance, DOF_MAX, Gate, Mode, PeopleLimits, PeopleReading, Person, Profile, Separation, Wish,
};

const TICKS: u64 = if cfg!(debug_assertions) { 4_000 } else { 40_000 };
/// With few ticks the drawn wishes may not lead near anything; then more of them are made, but not for ever.
const TICKS_MAX: u64 = 40_000;
const TICK_NS: i64 = 1_000_000;
const START: [f64; 6] = [0.0, -1.4, 1.7, -1.8, -1.5, 0.0];

fn robot() -> Profile {
    let mut joints = vec![joint(-6.2, 6.2, 3.1, 12.0, 400.0); 3];
    joints.extend(vec![joint(-6.2, 6.2, 3.1, 20.0, 600.0); 3]);
    for joint in &mut joints {
        joint.torque_max_nm = 1e4;
    }
    let mut profile = profile(joints, TICK_NS);
    profile.geometry = Some(shapes::geometry());
    profile
}

fn start() -> [f64; DOF_MAX] {
    ur5e::joints(&START)
}

/// Towards the table, the walls, the post, the arm itself, or anywhere.
fn mean_wish(random: &mut Random, wish: &mut Wish) {
    let reach = [0.4, 1.5, 6.0][random.below(3) as usize];
    for (j, start) in START.into_iter().enumerate() {
        wish.position_rad[j] = start + reach * random.unit();
        wish.velocity_rad_s[j] = 2.0 * random.unit();
        (wish.low_rad[j], wish.high_rad[j]) = (-1e9, 1e9);
    }
}

// Hazard: H-05, H-08, H-09
#[test]
fn whatever_is_wished_for_the_arm_touches_nothing() {
    let (profile, model) = (robot(), ur5e::model());
    for seed in 1..=3 {
        let mut gate = Gate::new(&profile, Some(model.clone()), 80.0).unwrap();
        assert!(gate.start_at(&start()), "{:?}", gate.limited());
        let mut exact = Clearance::new(&shapes::geometry(), &model).unwrap();
        let mut joints = Checker::new(&profile);
        let (mut random, mut wish, mut left) = (Random(seed), Wish::default(), 0);
        let (mut nearest, mut moving, mut near) = (f64::INFINITY, 0, 0);
        let (mut is_out, mut tried, mut home) = (false, 0, 0);
        let mut ticks = 0;
        for tick in 0..TICKS_MAX {
            if tick >= TICKS && near > 0 {
                break;
            }
            ticks = tick + 1;
            if left == 0 {
                // Out into something, and home again.
                is_out = !is_out;
                if is_out {
                    left = 1 + random.below(800);
                    mean_wish(&mut random, &mut wish);
                } else {
                    left = 1500;
                    wish = Wish::at(start());
                }
            }
            left -= 1;
            if left == 0 && !is_out {
                tried += 1;
                let off = |(at, home): (&f64, f64)| (at - home).abs();
                let furthest = gate.position_rad().iter().zip(START).map(off).fold(0.0, f64::max);
                home += u64::from(furthest < 0.01);
            }
            let command = gate.step(Some(&wish), Mode::Track, tick as i64 * TICK_NS);
            joints.look(&command);
            moving += u64::from(!gate.is_at_rest());
            let found = exact.smallest(&model.posture(command.position_rad())).unwrap();
            let room = found.distance_m - found.limit_m;
            assert!(room >= 0.0, "seed {seed}, tick {tick}: {found:?}");
            nearest = f64::min(nearest, room);
            near += u64::from(room < 0.001);
        }
        assert_eq!(joints.violations, Violations::default(), "seed {seed}");
        println!(
            "seed {seed}: nearest {nearest} m, {near} ticks within 1 mm, moving in {moving} of {ticks}, home {home} of {tried}"
        );
        assert!(near > 0, "it was tried");
        assert!(
            2 * home > tried,
            "safety is not bought by standing still: home {home} of {tried} times"
        );
    }
}

// Hazard: H-08, H-14
#[test]
fn a_start_that_is_too_near_to_something_is_refused() {
    let mut profile = robot();
    profile.geometry.as_mut().unwrap().clearance_min_m = 0.5;
    let mut gate = Gate::new(&profile, Some(ur5e::model()), 80.0).unwrap();
    assert!(!gate.start_at(&start()));
    assert_eq!(gate.limited().unwrap().check, Check::Clearance);
}

const PEOPLE: Separation = Separation {
    human_speed_m_s: 1.6,
    human_speed_min_m_s: 0.5,
    reaction_s: 0.05,
    intrusion_m: 0.1,
    human_uncertainty_m: 0.05,
    robot_uncertainty_m: 0.01,
    person_radius_m: 0.3,
    person_height_m: 1.9,
    reading_age_max_ns: 200_000_000,
    hysteresis_m: 0.2,
};

fn person(x_m: f64, y_m: f64, at_ns: i64) -> PeopleReading {
    let mut reading = PeopleReading::nobody(at_ns);
    reading.count = 1;
    reading.persons[0] = Person {
        foot_m: [x_m, y_m, -0.7],
        speed_m_s: None,
    };
    reading
}

/// Swings the arm while somebody walks straight to its base from this direction at 1.6 m/s, stays, and leaves again. The smallest distance
/// at which the arm still moved, m, and whether it went on afterwards.
fn visit(direction_rad: f64) -> (f64, bool) {
    let (mut profile, model) = (robot(), ur5e::model());
    profile.people = Some(PeopleLimits::Separation(PEOPLE));
    let mut gate = Gate::new(&profile, Some(model.clone()), 80.0).unwrap();
    assert!(gate.start_at(&start()));
    let mut placed = Clearance::new(&shapes::geometry(), &model).unwrap();
    let (mut nearest, mut goes_on) = (f64::INFINITY, false);
    let mut wish = Wish::at(start());
    for tick in 0..12_000 {
        let (now_ns, t) = (tick * TICK_NS, tick as f64 * 1e-3);
        let away_m = (5.0 - 1.6 * t).max(0.45).max(5.0 - 1.6 * (11.0 - t).max(0.0));
        let (x, y) = (away_m * direction_rad.cos(), away_m * direction_rad.sin());
        if tick % 33 == 0 {
            gate.see(&person(x, y, now_ns));
        }
        wish.position_rad[0] = START[0] + 0.5 * (2.0 * t).sin();
        (wish.low_rad[0], wish.high_rad[0]) = (-0.6, 0.6);
        let command = gate.step(Some(&wish), Mode::Track, now_ns);
        if !gate.is_at_rest() {
            assert!(placed.smallest(&model.posture(command.position_rad())).is_some());
            let body = Capsule {
                a_m: Vec3::new(x, y, -0.4),
                b_m: Vec3::new(x, y, 0.9),
                radius_m: PEOPLE.person_radius_m,
            };
            for part in placed.capsules() {
                nearest = nearest.min(part.gap(&body).distance_m);
            }
            goes_on |= t > 10.5;
        }
    }
    (nearest, goes_on)
}

// Hazard: H-04, H-06
#[test]
fn a_person_who_walks_in_from_any_side_never_gets_near_a_moving_arm() {
    for side in 0..12 {
        let direction = f64::from(side) * std::f64::consts::TAU / 12.0;
        let (nearest, goes_on) = visit(direction);
        println!("from {direction:.2} rad: moving arm no nearer than {nearest:.3} m");
        let least = PEOPLE.intrusion_m + PEOPLE.human_uncertainty_m + PEOPLE.robot_uncertainty_m;
        assert!(nearest >= least, "from {direction} rad: {nearest} m");
        assert!(nearest < 3.0, "the arm was not stopped by a person far away");
        assert!(goes_on, "from {direction} rad: the arm goes on when the person is gone");
    }
}

// Hazard: H-07
#[test]
fn without_a_reading_of_people_the_arm_does_not_move() {
    let mut profile = robot();
    profile.people = Some(PeopleLimits::Separation(PEOPLE));
    let mut gate = Gate::new(&profile, Some(ur5e::model()), 80.0).unwrap();
    assert!(gate.start_at(&start()));
    let mut wish = Wish::at(start());
    wish.position_rad[0] += 0.3;
    for tick in 0..300 {
        gate.step(Some(&wish), Mode::Track, tick * TICK_NS);
        assert!(gate.is_at_rest());
        assert_eq!(gate.limited().unwrap().check, Check::Separation);
    }
    // A sensor that falls silent in full motion stops it.
    gate.see(&PeopleReading::nobody(300 * TICK_NS));
    let mut rested_at = None;
    for tick in 300..1200 {
        gate.step(Some(&wish), Mode::Track, tick * TICK_NS);
        if tick == 480 {
            assert!(!gate.is_at_rest());
        }
        if tick > 480 && gate.is_at_rest() {
            rested_at.get_or_insert(tick);
        }
    }
    assert!(rested_at.unwrap() < 900, "{rested_at:?}");
}
