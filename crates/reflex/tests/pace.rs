//! A path that asks for more than the whole arm may is followed more slowly, not left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::{Cell, HOME_RAD};
use spinal_arm::{ArmModel, DhRow, Mat3, Pose, Tool, Vec3};
use spinal_gate::ArmLimits;
use spinal_reflex::{Control, Reflex, Settings};

/// Six joints with the published lengths of a UR5e and no mass: only ways and speeds count here.
fn arm() -> ArmModel {
    let quarter = std::f64::consts::FRAC_PI_2;
    let none = Mat3 {
        x: Vec3::ZERO,
        y: Vec3::ZERO,
        z: Vec3::ZERO,
    };
    let rows = [
        (0.0, 0.1625, quarter),
        (-0.425, 0.0, 0.0),
        (-0.3922, 0.0, 0.0),
        (0.0, 0.1333, quarter),
        (0.0, 0.0997, -quarter),
        (0.0, 0.0996, 0.0),
    ]
    .map(|(a_m, d_m, alpha_rad)| DhRow {
        a_m,
        d_m,
        alpha_rad,
        offset_rad: 0.0,
        mass_kg: 0.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: none,
        armature_kg_m2: 0.0,
        position_min_rad: -6.3,
        position_max_rad: 6.3,
    });
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: none,
    };
    ArmModel::from_dh(&rows, Pose::IDENTITY, &tool, Vec3::ZERO).unwrap()
}

/// A cell in which the tool may go at this speed, m/s.
fn slow_tool(tool_speed_max_m_s: f64) -> Cell {
    let mut profile = cell::profile();
    profile.proposal_gap_max_ns = 500_000_000;
    profile.arm = Some(ArmLimits {
        tool_speed_max_m_s,
        elbow_speed_max_m_s: f64::INFINITY,
        momentum_max_kg_m_s: f64::INFINITY,
        power_max_w: f64::INFINITY,
        kinetic_energy_max_j: f64::INFINITY,
        stopping_time_max_s: f64::INFINITY,
        stopping_distance_max_m: f64::INFINITY,
    });
    let mut cell = Cell::of(Reflex::new(profile, Some(arm()), Settings::default()).unwrap());
    cell.run(1);
    cell.reflex
        .control(&Control::Grant { source: 1, epoch: 1 }, cell.now_ns);
    cell
}

fn share(joint: usize) -> f64 {
    1.0 - 0.15 * joint as f64
}

// Hazard: H-03
#[test]
fn a_path_that_is_too_fast_for_the_tool_is_followed_more_slowly_to_its_end() {
    let mut cell = slow_tool(0.25);
    let mut chunk = cell.chunk(0.8, 8);
    chunk.valid_until_ns += 20_000_000_000;
    // Each joint goes its own share of the way.
    for step in chunk.targets.iter_mut().take(8) {
        for ((j, target), home) in step.iter_mut().enumerate().zip(HOME_RAD) {
            *target = home + (*target - home) * share(j);
        }
    }
    assert!(cell.offer(&chunk));
    let model = arm();
    let (mut apart, mut fastest, mut last) = (
        0.0f64,
        0.0f64,
        model.forward_kinematics(cell.last.unwrap().position_rad()),
    );
    let mut ticks = 0;
    while cell.reflex.status().played_ns < 800_000_000 {
        let command = cell.run(1);
        let gone: Vec<f64> = (0..6)
            .map(|j| (command.position_rad()[j] - HOME_RAD[j]) / share(j))
            .collect();
        for way in &gone {
            apart = apart.max((way - gone[0]).abs());
        }
        let tool = model.forward_kinematics(command.position_rad());
        fastest = fastest.max((tool.translation_m - last.translation_m).norm() / 1e-3);
        last = tool;
        ticks += 1;
        assert!(ticks < 10_000, "the path does not end");
    }
    cell.run(200);
    let end = cell.last.unwrap().position_rad()[0] - HOME_RAD[0];
    println!("{ticks} ticks, {fastest} m/s, joints {apart} rad apart, ends at {end}");
    assert!(fastest <= 0.25, "{fastest}");
    assert!(ticks > 1500, "{ticks}: it was not slowed down");
    assert!(apart < 0.04, "{apart}: the path was left");
    assert!((end - 0.8).abs() < 1e-3, "{end}");
}

#[test]
fn the_pace_comes_back_when_nothing_limits_the_arm() {
    let mut cell = slow_tool(10.0);
    let chunk = cell.chunk(0.8, 8);
    assert!(cell.offer(&chunk));
    cell.run(800);
    assert_eq!(cell.reflex.status().played_ns, 800_000_000);
    assert_eq!(cell.reflex.status().gated, 0);
}
