//! The arm in motion: what moves it and what moves, for one state or for several at once.

use crate::chain::Turn;
use crate::model::ArmModel;
use crate::real::Real;
use crate::spatial::Vec3;
use crate::symmetric::Sym3;
use crate::{JOINTS_MAX, Joints};

/// An arm in motion. Kept by the caller, so that a tick does not make it anew.
#[derive(Clone, Debug)]
pub struct Motion<T = f64> {
    /// Joint torques that give the motion, gravity included, N·m.
    pub torque_nm: [T; JOINTS_MAX],
    /// How each link moves.
    pub links: [Twist<T>; JOINTS_MAX],
    /// Speed of the tool's origin, m/s.
    pub tool_speed_m_s: T,
    /// Highest speed of any joint's origin, m/s.
    pub joint_speed_m_s: T,
    /// Momentum of all links together, its size, kg·m/s.
    pub momentum_kg_m_s: T,
    /// Kinetic energy of all links and rotors together, J.
    pub kinetic_energy_j: T,
    joints: [Turned<T>; JOINTS_MAX],
}

/// How a link moves, in a frame of its own: that of [`crate::Posture::link`], turned about the joint's axis (see
/// [`ArmModel::in_twist_frame_m`]).
#[derive(Clone, Copy, Debug)]
pub struct Twist<T = f64> {
    /// Angular velocity, rad/s.
    pub turning_rad_s: Vec3<T>,
    /// Velocity of the frame's origin, m/s.
    pub velocity_m_s: Vec3<T>,
}

/// What the way outwards leaves for the way inwards.
#[derive(Clone, Copy, Debug)]
struct Turned<T> {
    sin: T,
    cos: T,
    force: Vec3<T>,
    moment: Vec3<T>, // about the frame's origin
    momentum: Vec3<T>,
}

impl<T: Real> Default for Motion<T> {
    fn default() -> Self {
        let zero = T::splat(0.0);
        let none = Vec3::new(zero, zero, zero);
        let turned = Turned {
            sin: zero,
            cos: zero,
            force: none,
            moment: none,
            momentum: none,
        };
        Self {
            torque_nm: [zero; JOINTS_MAX],
            links: [Twist {
                turning_rad_s: none,
                velocity_m_s: none,
            }; JOINTS_MAX],
            tool_speed_m_s: zero,
            joint_speed_m_s: zero,
            momentum_kg_m_s: zero,
            kinetic_energy_j: zero,
            joints: [turned; JOINTS_MAX],
        }
    }
}

impl<T: Real> Motion<T> {
    /// The motion of `arm` at `q` (rad), `qd` (rad/s) and `qdd` (rad/s²); what lies past its joints stays as it was.
    /// Source: recursive Newton–Euler in link frames, Featherstone, Rigid Body Dynamics Algorithms, §5.3.
    pub fn find(&mut self, arm: &ArmModel, q: &[T; JOINTS_MAX], qd: &[T; JOINTS_MAX], qdd: &[T; JOINTS_MAX]) {
        self.go_outwards(arm, q, qd, qdd);
        self.come_inwards(arm, qdd);
    }

    #[inline]
    fn go_outwards(&mut self, arm: &ArmModel, q: &[T; JOINTS_MAX], qd: &[T; JOINTS_MAX], qdd: &[T; JOINTS_MAX]) {
        let zero = T::splat(0.0);
        let none = Vec3::new(zero, zero, zero);
        let (mut omega, mut alpha, mut velocity) = (none, none, none);
        let mut acceleration = (-arm.chain.gravity_m_s2).splat::<T>(); // a base that accelerates upwards is the same as gravity
        let (mut quickest, mut twice_energy) = (zero, zero);
        let states = q.iter().zip(qd).zip(qdd);
        let out = self.joints.iter_mut().zip(&mut self.links);
        for ((body, ((&angle, &rate), &rate2)), (turned, link)) in arm.chain.links.iter().zip(states).zip(out) {
            let (sin, cos) = (angle + T::splat(body.offset_rad)).sin_cos();
            let turn = Turn { link: body, sin, cos };
            let lever = body.lever_m.splat::<T>();
            let sway = omega.cross(lever);
            acceleration = turn.outwards(omega.cross_plus(sway, alpha.cross_plus(lever, acceleration)));
            velocity = turn.outwards(velocity + sway);
            quickest = quickest.higher(velocity.dot(velocity));
            let parent = turn.outwards(omega);
            let turned_alpha = turn.outwards(alpha);
            alpha = Vec3::new(
                parent.y.times_plus(rate, turned_alpha.x),
                (-parent.x).times_plus(rate, turned_alpha.y),
                turned_alpha.z + rate2,
            );
            omega = Vec3::new(parent.x, parent.y, parent.z + rate);
            *link = Twist {
                turning_rad_s: omega,
                velocity_m_s: velocity,
            };

            let to_com = body.com_m.splat::<T>();
            let mass = T::splat(body.mass_kg);
            let sway = omega.cross(to_com);
            let com_velocity = velocity + sway;
            let com_acceleration = omega.cross_plus(sway, alpha.cross_plus(to_com, acceleration));
            let spin = turned_inertia(&body.inertia_kg_m2, omega);
            let force = com_acceleration * mass;
            let turning = turned_inertia(&body.inertia_kg_m2, alpha);
            let moment = to_com.cross_plus(force, omega.cross_plus(spin, turning));
            let momentum = com_velocity * mass;
            let rotor = T::splat(body.armature_kg_m2) * rate;
            twice_energy += momentum.dot(com_velocity) + rotor.times_plus(rate, omega.dot(spin));
            *turned = Turned {
                sin,
                cos,
                force,
                moment,
                momentum,
            };
        }
        let tool = arm.T_body_tool.translation_m.splat::<T>();
        self.tool_speed_m_s = (velocity + omega.cross(tool)).norm();
        self.joint_speed_m_s = quickest.sqrt();
        self.kinetic_energy_j = T::splat(0.5) * twice_energy;
    }

    #[inline]
    fn come_inwards(&mut self, arm: &ArmModel, qdd: &[T; JOINTS_MAX]) {
        let zero = T::splat(0.0);
        let none = Vec3::new(zero, zero, zero);
        let (mut force, mut moment, mut momentum) = (none, none, none);
        let inputs = self.joints.iter().zip(&mut self.torque_nm).zip(qdd);
        let links: usize = arm.dof();
        for (body, ((turned, torque), &rate2)) in arm.chain.links.iter().zip(inputs.take(links)).rev() {
            force += turned.force;
            moment += turned.moment;
            momentum += turned.momentum;
            *torque = rate2.times_plus(T::splat(body.armature_kg_m2), moment.z);
            let turn = Turn {
                link: body,
                sin: turned.sin,
                cos: turned.cos,
            };
            let lever = body.lever_m.splat::<T>();
            force = turn.inwards(force);
            moment = lever.cross_plus(force, turn.inwards(moment));
            momentum = turn.inwards(momentum);
        }
        self.momentum_kg_m_s = momentum.norm();
    }
}

#[inline]
fn turned_inertia<T: Real>(inertia: &Sym3, v: Vec3<T>) -> Vec3<T> {
    let of = T::splat;
    Vec3::new(
        Vec3::new(of(inertia.xx), of(inertia.xy), of(inertia.xz)).dot(v),
        Vec3::new(of(inertia.xy), of(inertia.yy), of(inertia.yz)).dot(v),
        Vec3::new(of(inertia.xz), of(inertia.yz), of(inertia.zz)).dot(v),
    )
}

impl ArmModel {
    /// Joint torques (N·m) that give accelerations `qdd` (rad/s²) at `q` (rad) and `qd` (rad/s), gravity included.
    #[must_use]
    pub fn inverse_dynamics(&self, q: &Joints, qd: &Joints, qdd: &Joints) -> Joints {
        let mut motion = Motion::default();
        motion.find(self, q, qd, qdd);
        motion.torque_nm
    }
}
