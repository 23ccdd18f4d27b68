//! Which joint positions reach a tool pose.

use std::fmt;

use crate::model::ArmModel;
use crate::posture::{Posture, rotation_error};
use crate::spatial::{Pose, Vec3};
use crate::{JOINTS_MAX, Joints};

/// Most Newton steps for one pose. Chosen by hand: from a seed 10 cm away it takes 3 to 5.
const ITERATIONS_MAX: usize = 24;
/// Largest change of one joint in one step, rad. Chosen by hand: keeps the search on the seed's branch.
const STEP_MAX_RAD: f64 = 0.35;
/// A solution further than this from the seed in any joint is not returned, rad. Chosen by hand: less than the distance
/// between two branches (elbow up or down) of common arms.
pub const SEED_DISTANCE_MAX_RAD: f64 = 1.6;
/// Accuracy that is reached: 1 µm and 1 µrad.
pub const IK_TOLERANCE: f64 = 1e-6;
/// Damping (squared) per squared error: gone near the solution, strong far from it. Chosen by hand.
const DAMPING: f64 = 1e-2;

/// Why no joint positions were found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IkError {
    /// The target or the seed is not finite, or the target's rotation is none.
    Invalid,
    /// No solution inside the joint limits near the seed; what was left.
    Unreachable {
        /// Distance from the target, m.
        position_error_m: f64,
        /// Angle from the target, rad.
        rotation_error_rad: f64,
    },
    /// The solution found is another branch.
    FarFromSeed {
        /// Largest joint distance from the seed, rad.
        distance_rad: f64,
    },
    /// The search steps that the caller allowed are used up.
    OutOfSteps,
}

impl fmt::Display for IkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => write!(
                f,
                "the target pose or the seed is not finite, or the rotation is not orthonormal"
            ),
            Self::Unreachable {
                position_error_m,
                rotation_error_rad,
            } => write!(
                f,
                "no joint positions inside the limits reach the pose: {:.1} mm and {rotation_error_rad:.3} rad are left",
                position_error_m * 1e3
            ),
            Self::FarFromSeed { distance_rad } => write!(
                f,
                "the nearest solution is {distance_rad:.2} rad from the seed; allowed are {SEED_DISTANCE_MAX_RAD} rad"
            ),
            Self::OutOfSteps => write!(f, "the search steps that were allowed are used up"),
        }
    }
}

impl std::error::Error for IkError {}

impl ArmModel {
    /// Joint positions (rad) inside the limits, near `seed`, that bring the tool to `T_base_tool`.
    /// Source: damped least squares with error-dependent damping, Sugihara 2011, "Solvability-unconcerned inverse kinematics by the
    /// Levenberg–Marquardt method", eq. 14; joints that reach a limit are held there and the others take over.
    ///
    /// # Errors
    /// [`IkError`] when the pose is invalid, out of reach, or only reached by another branch.
    pub fn inverse_kinematics(&self, T_base_tool: &Pose, seed: &Joints) -> Result<Joints, IkError> {
        let mut steps = ITERATIONS_MAX;
        self.inverse_kinematics_within(T_base_tool, seed, &mut steps)
    }

    /// As [`ArmModel::inverse_kinematics`], for many poses under one bound: every search step taken is taken from `steps`.
    ///
    /// # Errors
    /// As there, and [`IkError::OutOfSteps`] when one more would be needed.
    pub fn inverse_kinematics_within(
        &self,
        T_base_tool: &Pose,
        seed: &Joints,
        steps: &mut usize,
    ) -> Result<Joints, IkError> {
        let seed_finite = seed.iter().take(self.dof()).all(|q| q.is_finite());
        if !(T_base_tool.is_valid() && seed_finite) {
            return Err(IkError::Invalid);
        }
        let mut q = [0.0; JOINTS_MAX];
        for ((q, &seed), body) in q.iter_mut().zip(seed).zip(&self.bodies) {
            *q = seed.clamp(body.position_min_rad, body.position_max_rad);
        }
        let mut posture = Posture::default();
        for _ in 0..ITERATIONS_MAX {
            posture.move_to(self, &q);
            let error = Twist::between(&posture.tool(), T_base_tool);
            if error.is_small() {
                return self.near(q, seed);
            }
            *steps = steps.checked_sub(1).ok_or(IkError::OutOfSteps)?;
            self.improve(&mut q, &posture, &error);
        }
        posture.move_to(self, &q);
        let left = Twist::between(&posture.tool(), T_base_tool);
        if left.is_small() {
            return self.near(q, seed);
        }
        Err(IkError::Unreachable {
            position_error_m: left.linear.norm(),
            rotation_error_rad: left.angular.norm(),
        })
    }

    fn near(&self, q: Joints, seed: &Joints) -> Result<Joints, IkError> {
        let distances = q.iter().zip(seed).take(self.dof()).map(|(q, seed)| (q - seed).abs());
        let distance_rad = distances.fold(0.0, f64::max);
        if distance_rad <= SEED_DISTANCE_MAX_RAD {
            Ok(q)
        } else {
            Err(IkError::FarFromSeed { distance_rad })
        }
    }

    /// One damped step. A joint that the step would push over a limit is held at it, and the step is solved again without it.
    fn improve(&self, q: &mut Joints, posture: &Posture, error: &Twist) {
        let jacobian = posture.jacobian(self);
        let damping = DAMPING * error.squared() + 1e-12;
        let mut held = [false; JOINTS_MAX];
        for _ in 0..self.dof() {
            let columns = jacobian
                .linear
                .iter()
                .zip(&jacobian.angular)
                .zip(&held)
                .take(self.dof());
            let mut normal = Normal::damped(damping);
            for ((linear, angular), _) in columns.clone().filter(|(_, held)| !**held) {
                normal.add_column(*linear, *angular);
            }
            let weights = normal.solve(error);
            let mut steps = [0.0; JOINTS_MAX];
            for (step, ((linear, angular), held)) in steps.iter_mut().zip(columns) {
                *step = if *held {
                    0.0
                } else {
                    linear.dot(weights.linear) + angular.dot(weights.angular)
                };
            }
            let largest = steps.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            let scale = if largest > STEP_MAX_RAD {
                STEP_MAX_RAD / largest
            } else {
                1.0
            };
            let mut newly_held = false;
            for (((q, step), held), body) in q.iter().zip(&steps).zip(&mut held).zip(&self.bodies) {
                let next = q + step * scale;
                let inside = body.position_min_rad <= next && next <= body.position_max_rad;
                if !(inside || *held) {
                    *held = true;
                    newly_held = true;
                }
            }
            if newly_held {
                continue;
            }
            for (q, step) in q.iter_mut().zip(&steps) {
                *q += step * scale;
            }
            return;
        }
    }
}

/// A small displacement and rotation, base frame.
struct Twist {
    linear: Vec3,
    angular: Vec3,
}

impl Twist {
    fn between(from: &Pose, to: &Pose) -> Self {
        Self {
            linear: to.translation_m - from.translation_m,
            angular: rotation_error(&from.rotation, &to.rotation),
        }
    }

    fn is_small(&self) -> bool {
        self.linear.norm() <= IK_TOLERANCE && self.angular.norm() <= IK_TOLERANCE
    }

    fn squared(&self) -> f64 {
        self.linear.dot(self.linear) + self.angular.dot(self.angular)
    }

    fn as_array(&self) -> [f64; 6] {
        [
            self.linear.x,
            self.linear.y,
            self.linear.z,
            self.angular.x,
            self.angular.y,
            self.angular.z,
        ]
    }
}

/// J·Jᵀ + damping·I, by rows.
struct Normal([[f64; 6]; 6]);

impl Normal {
    fn damped(damping: f64) -> Self {
        let mut rows = [[0.0; 6]; 6];
        for (i, row) in rows.iter_mut().enumerate() {
            if let Some(entry) = row.get_mut(i) {
                *entry = damping;
            }
        }
        Self(rows)
    }

    fn add_column(&mut self, linear: Vec3, angular: Vec3) {
        let column = [linear.x, linear.y, linear.z, angular.x, angular.y, angular.z];
        for (row, a) in self.0.iter_mut().zip(&column) {
            for (entry, b) in row.iter_mut().zip(&column) {
                *entry += a * b;
            }
        }
    }

    /// Solves for the error by elimination; the matrix is positive definite, so no pivoting is needed.
    fn solve(&self, error: &Twist) -> Twist {
        let mut rows = self.0;
        let mut right = error.as_array();
        for i in 0..6 {
            let (above, below) = rows.split_at_mut(i + 1);
            let (right_above, right_below) = right.split_at_mut(i + 1);
            let (Some(pivot_row), Some(&pivot_right)) = (above.last(), right_above.last()) else {
                continue;
            };
            let Some(&pivot) = pivot_row.get(i) else { continue };
            for (row, value) in below.iter_mut().zip(right_below) {
                let Some(&leading) = row.get(i) else { continue };
                let factor = leading / pivot;
                for (entry, above) in row.iter_mut().zip(pivot_row).skip(i) {
                    *entry -= factor * above;
                }
                *value -= factor * pivot_right;
            }
        }
        let mut solution = [0.0; 6];
        for i in (0..6).rev() {
            let (Some(row), Some(&value)) = (rows.get(i), right.get(i)) else {
                continue;
            };
            let known: f64 = row.iter().zip(&solution).skip(i + 1).map(|(a, x)| a * x).sum();
            let Some(&pivot) = row.get(i) else { continue };
            if let Some(entry) = solution.get_mut(i) {
                *entry = (value - known) / pivot;
            }
        }
        let [x, y, z, a, b, c] = solution;
        Twist {
            linear: Vec3::new(x, y, z),
            angular: Vec3::new(a, b, c),
        }
    }
}
