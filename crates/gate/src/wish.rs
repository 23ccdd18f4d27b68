//! What the tracker would like at a tick.

use crate::DOF_MAX;

/// Where the joints should be at this tick, and how they should be moving there. Joint arrays hold `dof` values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// rad.
    pub position_rad: [f64; DOF_MAX],
    /// rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
    /// rad/s².
    pub acceleration_rad_s2: [f64; DOF_MAX],
    /// The range (rad) that the rest of the path stays in: the motion does not swing out of it, even where the path asks for more than the
    /// limits allow.
    pub low_rad: [f64; DOF_MAX],
    /// Its other end, rad.
    pub high_rad: [f64; DOF_MAX],
    /// 0..1.
    pub gripper: f64,
}

impl Default for Wish {
    /// Everything zero.
    fn default() -> Self {
        let zero = [0.0; DOF_MAX];
        Self {
            position_rad: zero,
            velocity_rad_s: zero,
            acceleration_rad_s2: zero,
            low_rad: zero,
            high_rad: zero,
            gripper: 0.0,
        }
    }
}

impl Wish {
    /// To stand at these positions.
    #[must_use]
    pub fn at(position_rad: [f64; DOF_MAX]) -> Self {
        Self {
            position_rad,
            low_rad: position_rad,
            high_rad: position_rad,
            ..Self::default()
        }
    }

    pub(crate) fn is_finite(&self, dof: usize) -> bool {
        let finite = |values: &[f64; DOF_MAX]| values.iter().take(dof).all(|value| value.is_finite());
        finite(&self.position_rad)
            && finite(&self.velocity_rad_s)
            && finite(&self.acceleration_rad_s2)
            && finite(&self.low_rad)
            && finite(&self.high_rad)
            && (0.0..=1.0).contains(&self.gripper)
    }
}
