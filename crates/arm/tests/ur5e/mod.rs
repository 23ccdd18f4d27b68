//! A UR5e with its published dimensions and masses and a 0.4 kg tool.
#![allow(dead_code, non_snake_case)]

use spinal_arm::{ArmModel, DhRow, JOINTS_MAX, Joints, Mat3, Pose, Tool, Vec3};

pub const GRAVITY: Vec3 = Vec3::new(0.0, 0.0, -9.81);
pub const HOME: [f64; 6] = [0.3, -1.4, 1.8, -1.9, -1.57, 0.2];

/// Source: Universal Robots, "DH parameters for calculations of kinematics and dynamics", UR5e.
pub fn rows() -> Vec<DhRow> {
    let half = std::f64::consts::FRAC_PI_2;
    let table = [
        (0.0, 0.1625, half, 3.761, [0.0, -0.02561, 0.00193]),
        (-0.425, 0.0, 0.0, 8.058, [0.2125, 0.0, 0.11336]),
        (-0.3922, 0.0, 0.0, 2.846, [0.15, 0.0, 0.0265]),
        (0.0, 0.1333, half, 1.37, [0.0, -0.0018, 0.01634]),
        (0.0, 0.0997, -half, 1.3, [0.0, 0.0018, 0.01634]),
        (0.0, 0.0996, 0.0, 0.365, [0.0, 0.0, -0.001159]),
    ];
    let row = |(a_m, d_m, alpha_rad, mass_kg, [x, y, z]): (f64, f64, f64, f64, [f64; 3])| DhRow {
        a_m,
        d_m,
        alpha_rad,
        offset_rad: 0.0,
        mass_kg,
        com_m: Vec3::new(x, y, z),
        inertia_kg_m2: Mat3::from_rows([[0.012, 0.001, 0.0], [0.001, 0.01, 0.0], [0.0, 0.0, 0.008]]),
        armature_kg_m2: 0.1,
        position_min_rad: -std::f64::consts::TAU,
        position_max_rad: std::f64::consts::TAU,
    };
    table.into_iter().map(row).collect()
}

pub fn tool() -> Tool {
    Tool {
        T_joint_tool: Pose {
            rotation: Mat3::IDENTITY,
            translation_m: Vec3::new(0.0, 0.0, 0.12),
        },
        mass_kg: 0.4,
        com_m: Vec3::new(0.0, 0.0, -0.05),
        inertia_kg_m2: Mat3::diagonal(6e-4, 6e-4, 2e-4),
    }
}

pub fn model() -> ArmModel {
    model_in(GRAVITY)
}

pub fn model_in(gravity_m_s2: Vec3) -> ArmModel {
    ArmModel::from_dh(&rows(), Pose::IDENTITY, &tool(), gravity_m_s2).unwrap()
}

pub fn joints(values: &[f64]) -> Joints {
    let mut joints = [0.0; JOINTS_MAX];
    for (slot, value) in joints.iter_mut().zip(values) {
        *slot = *value;
    }
    joints
}
