//! External torque from momentum.

use spinal_arm::{ArmModel, MomentumTerms};
use spinal_gate::DOF_MAX;

/// Momentum observer: the residual follows the external torque with first-order bandwidth `gain_1_s`, without accelerations and without
/// inverting the mass matrix: `r = K·(p − ∫(τ + C(q, q̇)ᵀ·q̇ − g(q) + r) dt − p(0))`, p = M(q)·q̇.
/// Source: De Luca, Mattone 2003, "Actuator failure detection and isolation using generalized momenta"; De Luca et al. 2006, eq. 9 to 12.
pub(crate) struct MomentumObserver {
    gain: f64,
    /// ∫(…) dt + p(0).
    expected: [f64; DOF_MAX],
    /// Of the last measurement.
    terms: MomentumTerms,
    started: bool,
}

impl MomentumObserver {
    pub fn new(gain_1_s: f64) -> Self {
        Self {
            gain: gain_1_s,
            expected: [0.0; DOF_MAX],
            terms: MomentumTerms::default(),
            started: false,
        }
    }

    /// Starts again, from whatever the momentum then is.
    pub fn reset(&mut self) {
        self.started = false;
    }

    /// Takes a measurement in and writes the external torques, N·m. `since_s` is the time since the last one.
    pub fn update(
        &mut self,
        arm: &ArmModel,
        since_s: f64,
        position_rad: &[f64; DOF_MAX],
        velocity_rad_s: &[f64; DOF_MAX],
        torque_nm: &[f64; DOF_MAX],
        residual_nm: &mut [f64; DOF_MAX],
    ) {
        let terms = &mut self.terms;
        terms.find(arm, position_rad, velocity_rad_s);
        // After a gap too long for the bandwidth the sum would not be stable.
        if !self.started || self.gain * since_s > 0.5 {
            self.started = true;
            self.expected = terms.momentum;
            residual_nm.fill(0.0);
            return;
        }
        let model = terms.momentum.iter().zip(&terms.rate_bias).zip(torque_nm);
        for ((expected, residual), ((momentum, bias), torque)) in
            self.expected.iter_mut().zip(residual_nm).zip(model).take(arm.dof())
        {
            *expected += (torque + bias + *residual) * since_s;
            *residual = self.gain * (momentum - *expected);
        }
    }
}
