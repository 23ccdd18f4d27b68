//! The momentum of the arm as its joints have it, and what changes it besides torques.

use crate::chain::Turn;
use crate::model::ArmModel;
use crate::real::Real;
use crate::spatial::Vec3;
use crate::{JOINTS_MAX, Joints};

/// What a momentum observer needs: `d/dt momentum = torque + rate_bias + external torque`. Kept by the caller, so that a tick does not
/// make it anew.
#[derive(Clone, Debug)]
pub struct MomentumTerms {
    /// Generalised momentum M(q)·q̇, N·m·s.
    pub momentum: Joints,
    /// C(q, q̇)ᵀ·q̇ − g(q), N·m.
    pub rate_bias: Joints,
    links: [Moving; JOINTS_MAX],
}

/// A link in its own frame, as the way outwards leaves it for the way inwards.
#[derive(Clone, Copy, Debug)]
struct Moving {
    sin: f64,
    cos: f64,
    /// Of the parent.
    turning_rad_s: Vec3,
    velocity_m_s: Vec3,
    gravity_m_s2: Vec3,
    momentum: Vec3,
    spin: Vec3, // about the frame's origin
}

impl Default for MomentumTerms {
    fn default() -> Self {
        let nothing = Moving {
            sin: 0.0,
            cos: 1.0,
            turning_rad_s: Vec3::ZERO,
            velocity_m_s: Vec3::ZERO,
            gravity_m_s2: Vec3::ZERO,
            momentum: Vec3::ZERO,
            spin: Vec3::ZERO,
        };
        Self {
            momentum: [0.0; JOINTS_MAX],
            rate_bias: [0.0; JOINTS_MAX],
            links: [nothing; JOINTS_MAX],
        }
    }
}

impl MomentumTerms {
    /// The terms of `arm` at `q` (rad) and `qd` (rad/s); what lies past its joints stays as it was.
    /// Source: De Luca et al. 2006, "Collision detection and safe reaction with the DLR-III lightweight arm", eq. 9; here
    /// (Cᵀq̇)ᵢ is Ṡᵢ·hᵢ, with Sᵢ the joint's motion and hᵢ the spatial momentum of everything outward of it.
    pub fn find(&mut self, arm: &ArmModel, q: &Joints, qd: &Joints) {
        let (mut omega, mut velocity) = (Vec3::ZERO, Vec3::ZERO);
        let mut gravity_m_s2 = arm.chain.gravity_m_s2;
        for ((link, moving), (&angle, &rate)) in arm.chain.links.iter().zip(&mut self.links).zip(q.iter().zip(qd)) {
            let (sin, cos) = Real::sin_cos(angle + link.offset_rad);
            let turn = Turn { link, sin, cos };
            velocity = turn.outwards(omega.cross_plus(link.lever_m, velocity));
            let parent = turn.outwards(omega);
            gravity_m_s2 = turn.outwards(gravity_m_s2);
            omega = Vec3::new(parent.x, parent.y, parent.z + rate);
            let momentum = omega.cross_plus(link.com_m, velocity) * link.mass_kg;
            *moving = Moving {
                sin,
                cos,
                // The axis moves with the parent as well as with the link: turning about itself does not change it.
                turning_rad_s: parent,
                velocity_m_s: velocity,
                gravity_m_s2,
                momentum,
                spin: link.com_m.cross_plus(momentum, link.inertia_kg_m2 * omega),
            };
        }
        self.come_inwards(arm, qd);
    }

    fn come_inwards(&mut self, arm: &ArmModel, qd: &Joints) {
        // Of everything outwards: momentum, spin about the frame's origin, mass, and mass times place.
        let (mut momentum, mut spin) = (Vec3::ZERO, Vec3::ZERO);
        let (mut mass_kg, mut moment) = (0.0, Vec3::ZERO);
        let outputs = self.momentum.iter_mut().zip(&mut self.rate_bias);
        let links = arm.chain.links.iter().zip(&self.links).zip(qd);
        for (((link, moving), &rate), (out, bias)) in links.zip(outputs).rev() {
            momentum += moving.momentum;
            spin += moving.spin;
            mass_kg += link.mass_kg;
            moment = link.com_m.times_plus(link.mass_kg, moment);
            *out = link.armature_kg_m2.times_plus(rate, spin.z);
            let (parent, at, g) = (moving.turning_rad_s, moving.velocity_m_s, moving.gravity_m_s2);
            let axis_turns = parent.y * spin.x - parent.x * spin.y;
            let axis_moves = at.x * momentum.y - at.y * momentum.x;
            let weight = moment.x * g.y - moment.y * g.x;
            *bias = axis_turns - axis_moves + weight;
            let turn = Turn {
                link,
                sin: moving.sin,
                cos: moving.cos,
            };
            momentum = turn.inwards(momentum);
            spin = link.lever_m.cross_plus(momentum, turn.inwards(spin));
            moment = link.lever_m.times_plus(mass_kg, turn.inwards(moment));
        }
    }
}

impl ArmModel {
    /// Momentum and what changes it besides torques, at `q` (rad) and `qd` (rad/s).
    #[must_use]
    pub fn momentum_terms(&self, q: &Joints, qd: &Joints) -> MomentumTerms {
        let mut terms = MomentumTerms::default();
        terms.find(self, q, qd);
        terms
    }
}
