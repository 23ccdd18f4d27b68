//! Whatever is wished for, the limits of the whole arm hold at every tick, on the way and in every stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Violations, joint, profile};
use spinal_adversary::Random;
use spinal_arm::{ArmModel, DhRow, Mat3, Pose, Tool, Vec3};
use spinal_gate::{ArmLimits, Check, Command, DOF_MAX, Gate, Mode, Profile, Wish};

const TICKS: u64 = if cfg!(debug_assertions) { 6_000 } else { 60_000 };
const PERIOD_S: f64 = 1e-3;

/// An arm of the size of a UR5e with a tool of 1 kg.
fn arm() -> ArmModel {
    arm_under(Vec3::new(0.0, 0.0, -9.81))
}

/// The same under another gravity, m/s².
fn arm_under(gravity_m_s2: Vec3) -> ArmModel {
    let quarter = std::f64::consts::FRAC_PI_2;
    let even = |inertia| Mat3 {
        x: Vec3::new(inertia, 0.0, 0.0),
        y: Vec3::new(0.0, inertia, 0.0),
        z: Vec3::new(0.0, 0.0, inertia),
    };
    let rows = [
        (0.0, 0.1625, quarter, 3.761, Vec3::new(0.0, -0.026, 0.002)),
        (-0.425, 0.0, 0.0, 8.058, Vec3::new(0.2125, 0.0, 0.113)),
        (-0.3922, 0.0, 0.0, 2.846, Vec3::new(0.15, 0.0, 0.027)),
        (0.0, 0.1333, quarter, 1.37, Vec3::new(0.0, -0.002, 0.016)),
        (0.0, 0.0997, -quarter, 1.3, Vec3::new(0.0, 0.002, 0.016)),
        (0.0, 0.0996, 0.0, 0.365, Vec3::new(0.0, 0.0, -0.001)),
    ]
    .map(|(a_m, d_m, alpha_rad, mass_kg, com_m)| DhRow {
        a_m,
        d_m,
        alpha_rad,
        offset_rad: 0.0,
        mass_kg,
        com_m,
        inertia_kg_m2: even(0.01 * mass_kg),
        armature_kg_m2: 0.0,
        position_min_rad: -6.3,
        position_max_rad: 6.3,
    });
    let tool = Tool {
        T_joint_tool: Pose {
            translation_m: Vec3::new(0.0, 0.0, 0.15),
            ..Pose::IDENTITY
        },
        mass_kg: 1.0,
        com_m: Vec3::new(0.0, 0.0, -0.05),
        inertia_kg_m2: even(1e-3),
    };
    ArmModel::from_dh(&rows, Pose::IDENTITY, &tool, gravity_m_s2).unwrap()
}

fn robot() -> Profile {
    let mut joints = vec![joint(-6.2, 6.2, 3.1, 12.0, 400.0); 3];
    joints.extend(vec![joint(-6.2, 6.2, 3.1, 20.0, 600.0); 3]);
    for (i, joint) in joints.iter_mut().enumerate() {
        joint.torque_max_nm = if i < 3 { 150.0 } else { 28.0 };
        joint.torque_rate_max_nm_s = if i < 3 { 3000.0 } else { 600.0 };
    }
    let mut profile = profile(joints, 1_000_000);
    profile.arm = Some(ArmLimits {
        tool_speed_max_m_s: 1.5,
        elbow_speed_max_m_s: 1.2,
        momentum_max_kg_m_s: 12.0,
        power_max_w: 200.0,
        kinetic_energy_max_j: 8.0,
        stopping_time_max_s: 0.5,
        stopping_distance_max_m: 0.3,
    });
    profile
}

const HOME: [f64; 6] = [0.0, -1.2, 1.5, -1.8, -1.5, 0.0];

fn home() -> [f64; DOF_MAX] {
    let mut home = [0.0; DOF_MAX];
    home[..6].copy_from_slice(&HOME);
    home
}

/// What was reached, as a share of its limit; looks at commands only, with differences in time where it can.
struct ArmChecker {
    arm: ArmModel,
    profile: Profile,
    last: Option<([f64; DOF_MAX], Vec3)>,
    /// The arm under a gravity of 1 m/s² along each axis: its torques at rest are the gradient of the first moment of its mass.
    along: [ArmModel; 3],
    highest: [(Check, f64); 9],
}

impl ArmChecker {
    fn new(profile: &Profile) -> Self {
        let checks = [
            Check::Torque,
            Check::TorqueRate,
            Check::ToolSpeed,
            Check::ElbowSpeed,
            Check::Momentum,
            Check::Power,
            Check::KineticEnergy,
            Check::StoppingTime,
            Check::StoppingDistance,
        ];
        Self {
            arm: arm(),
            profile: profile.clone(),
            last: None,
            along: [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)].map(|(x, y, z)| arm_under(Vec3::new(x, y, z))),
            highest: checks.map(|check| (check, 0.0)),
        }
    }

    fn note(&mut self, check: Check, share: f64) {
        let entry = self.highest.iter_mut().find(|(which, _)| *which == check).unwrap();
        assert!(!share.is_nan(), "{check:?}");
        entry.1 = entry.1.max(share);
    }

    fn look(&mut self, command: &Command) {
        let limits = self.profile.arm.unwrap();
        let (q, qd, qdd) = (
            command.position_rad(),
            command.velocity_rad_s(),
            command.acceleration_rad_s2(),
        );
        let torque = self.arm.inverse_dynamics(q, qd, qdd);
        let tool = self.arm.forward_kinematics(q).translation_m;
        for (j, joint) in self.profile.joints.clone().into_iter().enumerate() {
            self.note(Check::Torque, torque[j].abs() / joint.torque_max_nm);
            if let Some((before, _)) = self.last {
                let rate = (torque[j] - before[j]).abs() / PERIOD_S;
                self.note(Check::TorqueRate, rate / joint.torque_rate_max_nm_s);
            }
        }
        if let Some((_, before)) = self.last {
            self.note(
                Check::ToolSpeed,
                (tool - before).norm() / PERIOD_S / limits.tool_speed_max_m_s,
            );
        }
        let posture = self.arm.posture(q);
        let jacobian = posture.jacobian(&self.arm);
        assert!(jacobian.linear[0].is_finite());
        let elbow = {
            // The third joint's origin: turned by the first two.
            let turned = |axis: usize| {
                let origin = posture.joint_origin_m(axis).unwrap();
                jacobian.angular[axis].cross(posture.joint_origin_m(2).unwrap() - origin) * qd[axis]
            };
            (turned(0) + turned(1)).norm()
        };
        self.note(Check::ElbowSpeed, elbow / limits.elbow_speed_max_m_s);
        let rest = [0.0; DOF_MAX];
        let component = |arm: &ArmModel| {
            let gradient = arm.inverse_dynamics(q, &rest, &rest);
            gradient.iter().zip(qd).map(|(slope, rate)| slope * rate).sum::<f64>()
        };
        let [x, y, z] = [&self.along[0], &self.along[1], &self.along[2]].map(component);
        let share = (x * x + y * y + z * z).sqrt() / limits.momentum_max_kg_m_s;
        self.note(Check::Momentum, share);
        let momentum = self.arm.momentum_terms(q, qd).momentum;
        let energy: f64 = 0.5 * (0..6).map(|j| momentum[j] * qd[j]).sum::<f64>();
        self.note(Check::KineticEnergy, energy / limits.kinetic_energy_max_j);
        let power: f64 = (0..6).map(|j| (torque[j] * qd[j]).abs()).sum();
        self.note(Check::Power, power / limits.power_max_w);
        self.last = Some((torque, tool));
    }

    fn assert_held(&self) {
        for (check, share) in self.highest {
            assert!(share <= 1.0, "{check:?} reached {share} of its limit");
        }
    }
}

/// How far the tool goes until the arm rests, m.
fn way_to_rest(mut gate: Gate) -> f64 {
    let model = arm();
    let tool = |gate: &Gate| model.forward_kinematics(gate.position_rad()).translation_m;
    let (mut way_m, mut last) = (0.0, tool(&gate));
    while !gate.is_at_rest() {
        gate.step(None, Mode::Ss2, 0);
        let here = tool(&gate);
        way_m += (here - last).norm();
        last = here;
    }
    way_m
}

fn mean_wish(random: &mut Random, gate: &Gate, wish: &mut Wish) {
    let kind = random.below(5);
    for (j, home) in HOME.into_iter().enumerate() {
        let (q, side) = (gate.position_rad()[j], random.unit().signum());
        wish.position_rad[j] = match kind {
            0 => 1e3 * side,
            1 => home + 1.5 * random.unit(),
            2 => q - gate.velocity_rad_s()[j].signum() * 10.0,
            3 => q + 1e-3 * random.unit(),
            _ => side * 3.0,
        };
        wish.velocity_rad_s[j] = if kind == 4 { 3.0 * side } else { 0.0 };
        wish.acceleration_rad_s2[j] = 0.0;
        (wish.low_rad[j], wish.high_rad[j]) = (-1e9, 1e9);
    }
}

// Hazard: H-02, H-03, H-15
#[test]
fn the_limits_of_the_whole_arm_hold_at_every_tick_and_in_every_stop() {
    let profile = robot();
    for seed in 1..=3 {
        let mut gate = Gate::new(&profile, Some(arm()), 80.0).unwrap();
        assert!(gate.start_at(&home()));
        let (mut joints, mut whole) = (Checker::new(&profile), ArmChecker::new(&profile));
        let mut random = Random(seed);
        let (mut wish, mut left, mut mode, mut moving) = (Wish::default(), 0, Mode::Track, 0);
        for tick in 0..TICKS {
            if left == 0 {
                let longest = [2, 40, 1500][random.below(3) as usize];
                left = 1 + random.below(longest);
                mode = if random.below(8) == 0 { Mode::Ss2 } else { Mode::Track };
                mean_wish(&mut random, &gate, &mut wish);
            }
            left -= 1;
            let command = gate.step(Some(&wish), mode, tick as i64 * 1_000_000);
            joints.look(&command);
            whole.look(&command);
            moving += u64::from(!gate.is_at_rest());
            let stop = gate.stop_facts();
            whole.note(Check::StoppingTime, stop.duration_s / 0.5);
            if tick % 61 == 0 {
                let way_m = way_to_rest(gate.clone());
                whole.note(Check::StoppingDistance, way_m / 0.3);
                assert!(
                    way_m <= stop.travel_m + 1e-9,
                    "{way_m} m to rest, said were {}",
                    stop.travel_m
                );
            }
        }
        assert_eq!(joints.violations, Violations::default(), "seed {seed}");
        whole.assert_held();
        println!("seed {seed}: moving in {moving} of {TICKS} ticks, {:?}", whole.highest);
        assert!(
            moving > TICKS / 2,
            "safety is not bought by standing still: seed {seed}, {moving}"
        );
    }
}

// Hazard: H-02, H-03
#[test]
fn each_limit_of_the_arm_is_held_by_itself_and_made_use_of() {
    const NONE: ArmLimits = ArmLimits {
        tool_speed_max_m_s: f64::INFINITY,
        elbow_speed_max_m_s: f64::INFINITY,
        momentum_max_kg_m_s: f64::INFINITY,
        power_max_w: f64::INFINITY,
        kinetic_energy_max_j: f64::INFINITY,
        stopping_time_max_s: f64::INFINITY,
        stopping_distance_max_m: f64::INFINITY,
    };
    type Tighten = fn(&mut ArmLimits);
    let tight: [(Check, Tighten); 5] = [
        (Check::ToolSpeed, |limits| limits.tool_speed_max_m_s = 0.4),
        (Check::ElbowSpeed, |limits| limits.elbow_speed_max_m_s = 0.3),
        (Check::Momentum, |limits| limits.momentum_max_kg_m_s = 3.0),
        (Check::Power, |limits| limits.power_max_w = 60.0),
        (Check::KineticEnergy, |limits| limits.kinetic_energy_max_j = 0.6),
    ];
    for (check, tighten) in tight {
        let mut limits = NONE;
        tighten(&mut limits);
        let profile = Profile {
            arm: Some(limits),
            ..robot()
        };
        let mut gate = Gate::new(&profile, Some(arm()), 80.0).unwrap();
        assert!(gate.start_at(&home()));
        let mut whole = ArmChecker::new(&profile);
        let mut random = Random(5);
        let mut wish = Wish::default();
        for tick in 0..4_000i64 {
            if tick % 400 == 0 {
                mean_wish(&mut random, &gate, &mut wish);
            }
            whole.look(&gate.step(Some(&wish), Mode::Track, tick * 1_000_000));
        }
        whole.assert_held();
        let reached = whole.highest.iter().find(|(which, _)| *which == check).unwrap().1;
        // The checker looks at one joint's origin, the gate at all of them.
        assert!(reached > 0.7, "{check:?} only reached {reached} of its limit");
    }
}
