//! Mass matrix and momentum of the arm, all in base coordinates.

use crate::model::ArmModel;
use crate::posture::Posture;
use crate::spatial::Vec3;
use crate::symmetric::Sym3;
use crate::{JOINTS_MAX, Joints};

/// The joint-space mass matrix, kg·m², symmetric; entries past `dof` are zero.
pub type MassMatrix = [[f64; JOINTS_MAX]; JOINTS_MAX];

/// What a momentum observer needs: `d/dt momentum = torque + rate_bias + external torque`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentumTerms {
    /// Generalised momentum M(q)·q̇, N·m·s.
    pub momentum: Joints,
    /// C(q, q̇)ᵀ·q̇ − g(q), N·m.
    pub rate_bias: Joints,
}

#[derive(Clone, Copy)]
struct Wrench {
    force: Vec3,
    moment: Vec3, // about the base origin
}

impl Wrench {
    const ZERO: Self = Self {
        force: Vec3::ZERO,
        moment: Vec3::ZERO,
    };

    fn add(self, other: Self) -> Self {
        Self {
            force: self.force + other.force,
            moment: self.moment + other.moment,
        }
    }

    /// Its power on a unit velocity of a joint with this axis and origin.
    fn about(&self, axis: Vec3, origin: Vec3) -> f64 {
        axis.dot(self.moment - origin.cross(self.force))
    }
}

/// Mass, first moment and inertia about the base origin of some links together.
#[derive(Clone, Copy)]
struct Composite {
    mass: f64,
    moment: Vec3,
    inertia: Sym3,
}

impl ArmModel {
    /// The mass matrix at joint positions `q` (rad).
    /// Source: composite rigid bodies, Featherstone, Rigid Body Dynamics Algorithms, §6.2.
    #[must_use]
    pub fn mass_matrix(&self, q: &Joints) -> MassMatrix {
        let mut matrix = [[0.0; JOINTS_MAX]; JOINTS_MAX];
        self.mass_matrix_at(&self.posture(q), &mut matrix);
        matrix
    }

    /// As [`ArmModel::mass_matrix`], at links that are already placed, into the caller's memory (dof × dof entries are set).
    pub fn mass_matrix_at(&self, posture: &Posture, matrix: &mut MassMatrix) {
        let mut composite = Composite {
            mass: 0.0,
            moment: Vec3::ZERO,
            inertia: Sym3::ZERO,
        };
        let links = posture.placed.iter().zip(&self.bodies).enumerate().take(self.dof());
        for (j, (placed, body)) in links.rev() {
            let first_moment = placed.com_m * body.mass_kg;
            composite.mass += body.mass_kg;
            composite.moment += first_moment;
            composite.inertia =
                composite.inertia + placed.inertia_kg_m2(body) + Sym3::point_mass(body.mass_kg, placed.com_m);
            // Momentum of everything outward of joint j when only joint j turns, at 1 rad/s.
            let velocity_at_base = placed.origin_m.cross(placed.axis);
            let momentum = Wrench {
                force: velocity_at_base * composite.mass + placed.axis.cross(composite.moment),
                moment: composite.inertia * placed.axis + composite.moment.cross(velocity_at_base),
            };
            for (i, inner) in posture.placed.iter().enumerate().take(j + 1) {
                let entry = momentum.about(inner.axis, inner.origin_m);
                set(matrix, i, j, entry);
                set(matrix, j, i, entry);
            }
            let diagonal = momentum.about(placed.axis, placed.origin_m) + body.armature_kg_m2;
            set(matrix, j, j, diagonal);
        }
    }

    /// Momentum and what changes it besides torques, at `q` (rad) and `qd` (rad/s).
    /// Source: De Luca et al. 2006, "Collision detection and safe reaction with the DLR-III lightweight arm", eq. 9; here
    /// (Cᵀq̇)ᵢ is Ṡᵢ·hᵢ, with Sᵢ the joint's motion and hᵢ the spatial momentum of everything outward of it.
    #[must_use]
    pub fn momentum_terms(&self, q: &Joints, qd: &Joints) -> MomentumTerms {
        self.momentum_terms_at(&self.posture(q), qd)
    }

    /// As [`ArmModel::momentum_terms`], at links that are already placed.
    #[must_use]
    pub fn momentum_terms_at(&self, posture: &Posture, qd: &Joints) -> MomentumTerms {
        let mut momenta = [Wrench::ZERO; JOINTS_MAX];
        let mut rates = [(Vec3::ZERO, Vec3::ZERO); JOINTS_MAX]; // angular velocity, velocity of the joint's origin
        let (mut omega, mut velocity, mut previous) = (Vec3::ZERO, Vec3::ZERO, Vec3::ZERO);
        let links = posture.placed.iter().zip(&self.bodies);
        for (((placed, body), (momentum, joint)), &rate) in links.zip(momenta.iter_mut().zip(&mut rates)).zip(qd) {
            velocity += omega.cross(placed.origin_m - previous);
            // The axis moves with the parent as well as with the link: turning about itself does not change it.
            *joint = (omega, velocity);
            omega += placed.axis * rate;
            let force = (velocity + omega.cross(placed.com_m - placed.origin_m)) * body.mass_kg;
            *momentum = Wrench {
                force,
                moment: placed.rotation * (body.inertia_kg_m2 * (placed.rotation.transpose() * omega))
                    + placed.com_m.cross(force),
            };
            previous = placed.origin_m;
        }
        let mut terms = MomentumTerms {
            momentum: [0.0; JOINTS_MAX],
            rate_bias: [0.0; JOINTS_MAX],
        };
        let (mut total, mut weight) = (Wrench::ZERO, Wrench::ZERO);
        let outputs = terms.momentum.iter_mut().zip(&mut terms.rate_bias);
        let inputs = momenta
            .iter()
            .zip(&rates)
            .zip(&posture.placed)
            .zip(self.bodies.iter().zip(qd));
        for ((out, bias), (((momentum, &(parent_omega, velocity)), placed), (body, &rate))) in
            outputs.zip(inputs).take(self.dof()).rev()
        {
            total = total.add(*momentum);
            let force = self.gravity_m_s2 * body.mass_kg;
            weight = weight.add(Wrench {
                force,
                moment: placed.com_m.cross(force),
            });
            *out = total.about(placed.axis, placed.origin_m) + body.armature_kg_m2 * rate;
            let axis_rate = parent_omega.cross(placed.axis);
            let turning = total.about(axis_rate, placed.origin_m) - placed.axis.dot(velocity.cross(total.force));
            *bias = turning + weight.about(placed.axis, placed.origin_m);
        }
        terms
    }
}

fn set(matrix: &mut MassMatrix, row: usize, column: usize, value: f64) {
    if let Some(entry) = matrix.get_mut(row).and_then(|row| row.get_mut(column)) {
        *entry = value;
    }
}
