//! A person walks to the arm: the whole gate stops it in time, holds it, and lets it go on. Distances are worked out here once more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;
mod shapes;

use checker::{joint, profile};
use proptest::prelude::*;
use shapes::ur5e;
use spinal_arm::{ArmModel, Vec3};
use spinal_gate::{
    Check, DOF_MAX, Gate, Geometry, Mode, PeopleLimits, PeopleReading, Person, Profile, Separation, Wish,
};

const START_NS: i64 = 1_000_000_000;
const MS: i64 = 1_000_000;
const FLOOR_M: f64 = -0.7;

const LIMITS: Separation = Separation {
    human_speed_m_s: 1.6,
    human_speed_min_m_s: 1.6,
    reaction_s: 0.01,
    intrusion_m: 0.2,
    human_uncertainty_m: 0.1,
    robot_uncertainty_m: 0.02,
    person_radius_m: 0.3,
    person_height_m: 2.0,
    reading_age_max_ns: 300 * MS,
    hysteresis_m: 0.2,
};

fn cell() -> (Profile, ArmModel, Geometry) {
    let mut joints = vec![joint(-6.2, 6.2, 3.1, 12.0, 400.0); 6];
    for (i, joint) in joints.iter_mut().enumerate() {
        joint.torque_max_nm = if i < 3 { 150.0 } else { 28.0 };
    }
    let geometry = Geometry {
        places: Vec::new(),
        // Only people are of interest here.
        unchecked: (0..8).flat_map(|a| (a + 1..8).map(move |b| (a, b))).collect(),
        ..shapes::geometry()
    };
    let mut profile = profile(joints, MS);
    profile.geometry = Some(geometry.clone());
    profile.people = Some(PeopleLimits::Separation(LIMITS));
    (profile, ur5e::model(), geometry)
}

/// The arm, an errant wish, and a person with a sensor.
struct World {
    gate: Gate,
    arm: ArmModel,
    geometry: Geometry,
    now_ns: i64,
    person: [f64; 2],
    seen: Vec<(i64, [f64; 2])>,
    delay_ms: i64,
    gap_ms: i64,
    bias_m: [f64; 2],
    swing_s: f64,
    is_sensor_alive: bool,
    nearest_moving_m: f64,
    moved_s: f64,
}

impl World {
    fn new(person: [f64; 2]) -> Self {
        let (profile, arm, geometry) = cell();
        let mut gate = Gate::new(&profile, Some(arm.clone()), 20.0).unwrap();
        assert!(gate.start_at(&ur5e::joints(&ur5e::HOME)));
        Self {
            gate,
            arm,
            geometry,
            now_ns: START_NS,
            person,
            seen: Vec::new(),
            delay_ms: 60,
            gap_ms: 50,
            bias_m: [0.0; 2],
            swing_s: 1.5,
            is_sensor_alive: true,
            nearest_moving_m: f64::INFINITY,
            moved_s: 0.0,
        }
    }

    fn tick(&mut self) {
        let tick = (self.now_ns - START_NS) / MS;
        if tick % self.gap_ms == 0 && self.is_sensor_alive {
            self.seen.push((self.now_ns, self.person));
        }
        let told = |at_ns: &i64| self.now_ns - at_ns >= self.delay_ms * MS || *at_ns == START_NS;
        if let Some((at_ns, [x, y])) = self.seen.iter().rev().find(|(at_ns, _)| told(at_ns)) {
            let mut reading = PeopleReading::nobody(*at_ns);
            reading.count = 1;
            reading.persons[0] = Person {
                foot_m: [x + self.bias_m[0], y + self.bias_m[1], FLOOR_M],
                speed_m_s: None,
            };
            self.gate.see(&reading);
        }
        let mut wish = Wish::at(ur5e::joints(&ur5e::HOME));
        let phase = std::f64::consts::TAU * tick as f64 * 1e-3 / self.swing_s;
        for (joint, swing_rad) in [(0, 1.2), (1, 0.3), (2, 0.5)] {
            wish.position_rad[joint] += swing_rad * phase.sin();
            wish.low_rad[joint] = -6.0;
            wish.high_rad[joint] = 6.0;
        }
        let command = self.gate.step(Some(&wish), Mode::Track, self.now_ns);
        self.now_ns += MS;
        if command.velocity_rad_s().iter().any(|speed| *speed != 0.0) {
            self.moved_s += 1e-3;
            self.nearest_moving_m = self.nearest_moving_m.min(self.distance_m(command.position_rad()));
        }
    }

    /// From the person's axis to points along each capsule of the arm.
    fn distance_m(&self, position_rad: &[f64; DOF_MAX]) -> f64 {
        let posture = self.arm.posture(position_rad);
        let mut nearest_m = f64::INFINITY;
        for shape in self.geometry.links.iter().filter(|shape| shape.link > 0) {
            let link = posture.link(usize::from(shape.link) - 1).unwrap();
            let (a, b) = (link.apply(shape.capsule.a_m), link.apply(shape.capsule.b_m));
            for i in 0..=20 {
                let at = a + (b - a) * (f64::from(i) / 20.0);
                let height = at.z.clamp(FLOOR_M + 0.3, FLOOR_M + 1.7);
                let apart = at - Vec3::new(self.person[0], self.person[1], height);
                nearest_m = nearest_m.min(apart.norm() - 0.3 - shape.capsule.radius_m);
            }
        }
        nearest_m
    }

    fn walk_to(&mut self, goal: [f64; 2]) {
        let way = [goal[0] - self.person[0], goal[1] - self.person[1]];
        let length = way[0].hypot(way[1]);
        let step_m = length.min(1.6e-3);
        if length > 0.0 {
            self.person = [0, 1].map(|i| self.person[i] + way[i] / length * step_m);
        }
    }

    fn tool(&self) -> [f64; 2] {
        let tool = self.arm.posture(self.gate.position_rad()).tool().translation_m;
        [tool.x, tool.y]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 6 } else { 48 }))]
    // Hazard: H-04, H-06
    #[test]
    fn a_person_who_walks_to_the_arm_never_comes_near_while_it_moves(
        from_rad in 0.0..std::f64::consts::TAU, start_m in 3.0..4.0f64, delay_ms in 0i64..120, gap_ms in 1i64..90,
        bias_rad in 0.0..std::f64::consts::TAU, swing_s in 1.2..3.0f64,
    ) {
        let mut world = World::new([start_m * from_rad.cos(), start_m * from_rad.sin()]);
        (world.delay_ms, world.gap_ms, world.swing_s) = (delay_ms, gap_ms, swing_s);
        world.bias_m = [0.1 * bias_rad.cos(), 0.1 * bias_rad.sin()];
        for _ in 0..4000 {
            world.tick();
            let tool = world.tool();
            world.walk_to(tool);
        }
        let kept_m = LIMITS.intrusion_m + LIMITS.robot_uncertainty_m;
        prop_assert!(world.nearest_moving_m >= kept_m, "{} m", world.nearest_moving_m);
        prop_assert!(world.moved_s > 0.3, "the arm moved only {} s: that proves nothing", world.moved_s);
        prop_assert!(world.gate.is_at_rest(), "the person stands beside it");
    }
}

// Hazard: H-06
#[test]
fn the_arm_stops_waits_and_goes_on_by_itself() {
    let mut world = World::new([-4.0, 0.5]);
    for _ in 0..500 {
        world.tick();
    }
    assert!(
        world.moved_s > 0.45 && world.gate.limited().is_none(),
        "nobody is in the way"
    );
    for _ in 0..3000 {
        world.tick();
        world.walk_to([-1.0, 0.5]);
    }
    assert!(world.gate.is_at_rest() && world.gate.people().unwrap().is_waiting());
    assert_eq!(
        world.gate.limited().map(|limited| limited.check),
        Some(Check::Separation)
    );
    let waited_from = world.moved_s;
    for _ in 0..500 {
        world.tick();
    }
    assert_eq!(world.moved_s, waited_from, "it holds as long as the person stays");
    for _ in 0..3000 {
        world.tick();
        world.walk_to([-4.0, 0.5]);
    }
    assert!(!world.gate.people().unwrap().is_waiting());
    assert!(world.moved_s > waited_from + 0.5, "it goes on when the person is gone");
}

// Hazard: H-07
#[test]
fn a_sensor_that_falls_silent_stops_the_arm_and_one_that_comes_back_lets_it_go_on() {
    let mut world = World::new([50.0, 0.0]);
    for _ in 0..400 {
        world.tick();
    }
    world.is_sensor_alive = false;
    for _ in 0..1200 {
        world.tick();
    }
    assert!(world.gate.is_at_rest(), "a person is everywhere");
    let waited_from = world.moved_s;
    world.is_sensor_alive = true;
    for _ in 0..1000 {
        world.tick();
    }
    assert!(world.moved_s > waited_from + 0.5);
}

#[test]
fn a_wait_ends_while_the_robot_is_stopped_for_another_reason() {
    let mut world = World::new([-1.2, 0.0]);
    for _ in 0..200 {
        world.tick();
    }
    assert!(world.gate.people().unwrap().is_waiting());
    world.gate.see(&PeopleReading::nobody(world.now_ns));
    world.gate.step(None, Mode::Sos, world.now_ns);
    assert!(!world.gate.people().unwrap().is_waiting());
}

// Hazard: H-23
#[test]
fn a_separation_needs_an_arm_its_shape_and_time_to_look() {
    let (profile, arm, _) = cell();
    let refusal = |profile: &Profile, arm: Option<ArmModel>| Gate::new(profile, arm, 2.0).unwrap_err().field;
    assert!(Gate::new(&profile, Some(arm.clone()), 2.0).is_ok());
    let shapeless = Profile {
        geometry: None,
        ..profile.clone()
    };
    assert_eq!(refusal(&shapeless, Some(arm.clone())), "people");
    assert_eq!(refusal(&shapeless, None), "people");
    let mut hasty = profile.clone();
    hasty.people = Some(PeopleLimits::Separation(Separation {
        reaction_s: 0.5e-3,
        ..LIMITS
    }));
    assert_eq!(refusal(&hasty, Some(arm)), "people.reaction_s");
    let fenced = Profile {
        people: Some(PeopleLimits::Fenced),
        ..shapeless
    };
    assert!(Gate::new(&fenced, None, 2.0).is_ok());
}
