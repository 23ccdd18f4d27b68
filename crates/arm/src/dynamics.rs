//! The mass matrix of the arm, all in base coordinates.

use crate::model::ArmModel;
use crate::posture::Posture;
use crate::spatial::Vec3;
use crate::symmetric::Sym3;
use crate::{JOINTS_MAX, Joints};

/// The joint-space mass matrix, kg·m², symmetric; entries past `dof` are zero.
pub type MassMatrix = [[f64; JOINTS_MAX]; JOINTS_MAX];

#[derive(Clone, Copy)]
struct Wrench {
    force: Vec3,
    moment: Vec3, // about the base origin
}

impl Wrench {
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
}

fn set(matrix: &mut MassMatrix, row: usize, column: usize, value: f64) {
    if let Some(entry) = matrix.get_mut(row).and_then(|row| row.get_mut(column)) {
        *entry = value;
    }
}
