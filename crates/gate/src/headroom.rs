//! How much jerk the joints may use together before the torque of one of them changes too quickly.

use spinal_arm::{ArmModel, Joints, MassMatrix, Posture};

use crate::joint::Joint;
use crate::{DOF_MAX, JointLimits};

/// The torque of joint i changes at Σⱼ Mᵢⱼ·jerkⱼ, and by what speed adds. If every joint keeps to a share s of its jerk, the sum is at
/// most s·Σⱼ |Mᵢⱼ|·jerk_maxⱼ, whichever way and whenever the joints push. Source: the equation of motion M(q)·q̈ + h(q, q̇) = τ, derived.
///
/// It guides the motion, so that little is tried in vain; whether torques hold is always looked at along the path itself.
#[derive(Clone, Debug)]
pub(crate) struct Headroom {
    jerk_max_rad_s3: Vec<f64>,
    /// What jerk may use of the torque rates.
    torque_rate_nm_s: Vec<f64>,
    matrix: Box<MassMatrix>,
    posture: Posture,
    /// The smaller one of where the arm is and where its stop ends.
    jerk_share: f64,
    /// One path in so many is looked at.
    every: u32,
    paths_left: u32,
}

/// Time between two looks, s; meanwhile the arm hardly changes its shape. Chosen by hand.
const LOOK_EVERY_S: f64 = 0.004;
/// Share of the torque rate that jerk may use; the rest is for gravity and speed. Chosen by hand.
const BUDGET: f64 = 0.9;
/// With less a stop would take too long to be looked at. Chosen by hand.
const LEAST: f64 = 0.01;

impl Headroom {
    /// For these joints, whose torques may change at this share of their limits. None when all of them may change at once.
    pub fn new(joints: &[JointLimits], rate_share: f64, dt_s: f64, arm: &ArmModel) -> Option<Self> {
        let rates = joints.iter().map(|joint| joint.torque_rate_max_nm_s);
        rates.clone().any(f64::is_finite).then(|| Self {
            jerk_max_rad_s3: joints.iter().map(|joint| joint.jerk_max_rad_s3).collect(),
            torque_rate_nm_s: rates.map(|rate| rate * rate_share * BUDGET).collect(),
            matrix: Box::new([[0.0; DOF_MAX]; DOF_MAX]),
            posture: arm.posture(&[0.0; DOF_MAX]),
            jerk_share: 1.0,
            every: (LOOK_EVERY_S / dt_s).max(1.0) as u32,
            paths_left: 0,
        })
    }

    /// The share of jerk that every joint may use, from where the arm was last looked at to the end of its stop; at most 1.
    pub fn jerk_share(&self) -> f64 {
        self.jerk_share
    }

    /// Now and then looks where the states that are tried, and the stops from them, take the arm.
    pub fn look(&mut self, arm: &ArmModel, joints: &[Joint]) {
        self.paths_left = self.paths_left.checked_sub(1).unwrap_or(self.every - 1);
        if self.paths_left < self.every - 1 {
            return;
        }
        let (mut here, mut end) = ([0.0; DOF_MAX], [0.0; DOF_MAX]);
        for ((here, end), joint) in here.iter_mut().zip(&mut end).zip(joints) {
            let (state, stop) = &joint.tried;
            (*here, *end) = (state.position, stop.end_position());
        }
        self.jerk_share = self.share(arm, &here).min(self.share(arm, &end));
    }

    fn share(&mut self, arm: &ArmModel, position_rad: &Joints) -> f64 {
        self.posture.move_to(arm, position_rad);
        arm.mass_matrix_at(&self.posture, &mut self.matrix);
        let rows = self.matrix.iter().zip(&self.torque_rate_nm_s);
        let shares = rows.map(|(row, rate)| {
            let terms = row.iter().zip(&self.jerk_max_rad_s3);
            rate / terms.map(|(inertia, jerk)| inertia.abs() * jerk).sum::<f64>()
        });
        shares.fold(1.0, f64::min).max(LEAST)
    }
}

#[cfg(test)]
mod tests;
