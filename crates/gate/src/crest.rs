//! What a path reaches between its samples, where it is more than at them.

use spinal_arm::{ArmModel, Four, Motion, Real};

use crate::sample::{Samples, last, shifted};

/// Knows how much faster the arm may go between two samples than at both, and what that adds to momentum and energy.
///
/// The acceleration of a joint is straight between two samples, so that its speed leaves the straight line by a bulge of at most |Δa|·h/8. Along the
/// straight line itself speeds, momentum and the root of the energy, which are norms of the joints' speeds, are greatest at an end; a norm of
/// the sum is at most the sum of the norms. Left out is that the arm changes its shape meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Crest {
    joints: Vec<Lever>,
    before: Reached<f64>,
}

/// What the speed of one joint is worth, at most, whatever the arm's shape.
#[derive(Clone, Copy, Debug)]
struct Lever {
    /// In the speed of the tool or of any joint, m.
    speed: f64,
    /// In momentum, kg·m.
    momentum: f64,
    /// In the root of twice the energy, √(kg·m²).
    root: f64,
}

/// The most that was reached since the sample before; or what is reached at a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reached<T = Four> {
    pub tool_m_s: T,
    pub joint_m_s: T,
    pub momentum_kg_m_s: T,
    /// √J.
    root: T,
    pub power_w: T,
}

/// What torque and speed do to power between samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Power {
    at_samples_w: Four,
    between_w: Four,
}

impl Power {
    /// Adds a joint with this torque, and this change of it since the sample before. Torque and speed taken as straight, their product leaves the
    /// straight line by |Δτ·Δv|/4; the bulge of the speed is worth the torque.
    #[inline]
    pub fn add(&mut self, torque_nm: Four, change_nm: Four, joint: usize, samples: &Samples) {
        let of = |fours: &[Four]| fours.get(joint).copied().unwrap_or(Four::splat(f64::NAN));
        let slowed = of(&samples.pushed) * samples.since_s;
        let change = change_nm.magnitude();
        let most = torque_nm.magnitude() + change;
        self.at_samples_w += (torque_nm * of(&samples.velocity)).magnitude();
        self.between_w += change * slowed * Four::splat(0.25) + most * of(&samples.bulge);
    }
}

impl Crest {
    pub fn new(arm: &ArmModel) -> Self {
        let (inertias, moments) = arm.inertias_max();
        let joints = arm.levers_m().into_iter().zip(inertias).zip(moments).take(arm.dof());
        Self {
            joints: joints
                .map(|((speed, inertia), momentum)| Lever {
                    speed,
                    momentum,
                    root: inertia.sqrt(),
                })
                .collect(),
            before: Reached::default(),
        }
    }

    /// Begins a path.
    pub fn start(&mut self) {
        self.before = Reached::default();
    }

    /// On to these samples.
    pub fn go(&mut self, motion: &Motion<Four>, samples: &Samples, power: &Power) -> Reached {
        let zero = Four::splat(0.0);
        let (mut speed, mut momentum, mut root) = (zero, zero, zero);
        for (lever, bulge) in self.joints.iter().zip(&samples.bulge) {
            speed = bulge.times_plus(Four::splat(lever.speed), speed);
            momentum = bulge.times_plus(Four::splat(lever.momentum), momentum);
            root = bulge.times_plus(Four::splat(lever.root), root);
        }
        let before = &mut self.before;
        Reached {
            tool_m_s: over(motion.tool_speed_m_s, &mut before.tool_m_s) + speed,
            joint_m_s: over(motion.joint_speed_m_s, &mut before.joint_m_s) + speed,
            momentum_kg_m_s: over(motion.momentum_kg_m_s, &mut before.momentum_kg_m_s) + momentum,
            root: over(
                (motion.kinetic_energy_j + motion.kinetic_energy_j).sqrt(),
                &mut before.root,
            ) + root,
            power_w: over(power.at_samples_w, &mut before.power_w) + power.between_w,
        }
    }
}

impl Reached {
    /// J.
    pub fn kinetic_energy_j(&self) -> Four {
        Four::splat(0.5) * self.root * self.root
    }
}

/// The higher one of each sample and the one before it.
fn over(at_samples: Four, before: &mut f64) -> Four {
    let higher = at_samples.higher(shifted(at_samples, *before));
    *before = last(at_samples);
    higher
}

#[cfg(test)]
mod tests;
