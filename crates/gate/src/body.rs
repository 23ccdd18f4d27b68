//! The robot's capsules as people meet them: where they are, and how fast their fastest point goes.

use spinal_arm::{ArmModel, Four, Posture, Real, Twist, Vec3};

use crate::DOF_MAX;

use crate::geometry::Geometry;
use crate::shape::Capsule;

/// All capsules that move, for one arm. Nothing allocates after it was made.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    /// Which joint moves it (from 0), and itself in that link's frame; inner links first.
    members: Box<[(usize, Capsule)]>,
    /// The ends of each member in the frame that speeds are given in.
    ends_m: Box<[[Vec3; 2]]>,
    placed: Box<[Capsule]>,
    /// No point is further from any joint's axis than this, m.
    reach_m: f64,
    joints: usize,
}

impl Body {
    /// The capsules of a geometry that an arm moves.
    pub fn new(geometry: &Geometry, arm: &ArmModel) -> Self {
        let moved = |shape: &crate::LinkShape| {
            let joint = usize::from(shape.link).checked_sub(1)?;
            Some((joint, shape.capsule))
        };
        let mut members: Vec<_> = geometry.links.iter().filter_map(moved).collect();
        members.sort_by_key(|(joint, _)| *joint);
        let at_zero = arm.posture(&[0.0; crate::DOF_MAX]);
        let origins = (0..arm.dof()).filter_map(|joint| at_zero.joint_origin_m(joint));
        let (_, along_m) = origins.fold((None, 0.0), |(before, sum), here: Vec3| {
            (Some(here), sum + before.map_or(0.0, |last| (here - last).norm()))
        });
        let outwards = members
            .iter()
            .map(|(_, own)| own.a_m.norm().max(own.b_m.norm()) + own.radius_m);
        Self {
            joints: arm.dof(),
            reach_m: along_m + outwards.fold(0.0, f64::max),
            ends_m: members
                .iter()
                .map(|(joint, own)| {
                    [own.a_m, own.b_m].map(|end| arm.in_twist_frame_m(*joint, end).unwrap_or(NOWHERE.a_m))
                })
                .collect(),
            placed: members.iter().map(|(_, own)| *own).collect(),
            members: members.into(),
        }
    }

    /// Places the capsules.
    pub fn move_to(&mut self, posture: &Posture) {
        for (placed, (joint, own)) in self.placed.iter_mut().zip(&self.members) {
            *placed = posture.link(*joint).map_or(NOWHERE, |link| own.placed(&link));
        }
    }

    /// The capsules in the base frame, where they were last placed.
    pub fn capsules(&self) -> &[Capsule] {
        &self.placed
    }

    /// How fast the fastest point of any capsule goes, at most, m/s, when the links move like this. `bulge_rad_s`: how much faster each
    /// joint may go between this sample and the one before.
    pub fn fastest_m_s(&self, links: &[Twist<Four>; DOF_MAX], bulge_rad_s: &[Four; DOF_MAX]) -> Four {
        let mut fastest = Four::splat(0.0);
        let of = |point: Vec3| Vec3::new(Four::splat(point.x), Four::splat(point.y), Four::splat(point.z));
        for ((joint, own), ends_m) in self.members.iter().zip(&self.ends_m) {
            let Some(link) = links.get(*joint) else {
                return Four::splat(f64::NAN);
            };
            let around = link.turning_rad_s.norm() * Four::splat(own.radius_m);
            for end in ends_m {
                let speed = (link.velocity_m_s + link.turning_rad_s.cross(of(*end))).norm();
                fastest = fastest.higher(speed + around);
            }
        }
        let bulge = bulge_rad_s.iter().take(self.joints);
        let bulge = bulge.fold(Four::splat(0.0), |sum, bulge| sum + bulge.magnitude());
        fastest + bulge * Four::splat(self.reach_m)
    }
}

const NOWHERE: Capsule = Capsule {
    a_m: Vec3::new(f64::NAN, f64::NAN, f64::NAN),
    b_m: Vec3::new(f64::NAN, f64::NAN, f64::NAN),
    radius_m: f64::NAN,
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;
    use crate::{LinkShape, Part};
    use proptest::prelude::*;
    use spinal_arm::{DhRow, Mat3, Motion, Pose, Tool};

    fn arm() -> ArmModel {
        let row = |a_m, d_m, alpha_rad| DhRow {
            a_m,
            d_m,
            alpha_rad,
            offset_rad: 0.0,
            mass_kg: 1.0,
            com_m: Vec3::ZERO,
            inertia_kg_m2: Mat3::IDENTITY,
            armature_kg_m2: 0.0,
            position_min_rad: -6.0,
            position_max_rad: 6.0,
        };
        let rows = [
            row(0.0, 0.3, 1.5),
            row(-0.5, 0.0, 0.2),
            row(-0.4, 0.1, 0.0),
            row(0.0, 0.1, -1.5),
        ];
        let tool = Tool {
            T_joint_tool: Pose::IDENTITY,
            mass_kg: 0.1,
            com_m: Vec3::ZERO,
            inertia_kg_m2: Mat3::IDENTITY,
        };
        ArmModel::from_dh(&rows, Pose::IDENTITY, &tool, Vec3::ZERO).unwrap()
    }

    fn geometry() -> Geometry {
        let shape = |link, x| LinkShape {
            name: format!("{link}"),
            link,
            part: Part::Arm,
            capsule: Capsule {
                a_m: Vec3::new(0.0, 0.1, 0.05),
                b_m: Vec3::new(x, 0.0, -0.1),
                radius_m: 0.05,
            },
        };
        Geometry {
            links: vec![shape(4, 0.1), shape(0, 0.1), shape(2, 0.5), shape(3, 0.4)],
            places: Vec::new(),
            unchecked: Vec::new(),
            clearance_min_m: 0.0,
        }
    }

    proptest! {
        #[test]
        fn no_point_of_the_robot_goes_faster_than_is_said(
            q in prop::array::uniform4(-3.0..3.0f64), qd in prop::array::uniform4(-3.0..3.0f64),
        ) {
            let arm = arm();
            let mut body = Body::new(&geometry(), &arm);
            let (mut at, mut after, mut speed) = ([0.0; DOF_MAX], [0.0; DOF_MAX], [0.0; DOF_MAX]);
            let step_s = 1e-7;
            for joint in 0..4 {
                (at[joint], after[joint], speed[joint]) = (q[joint], q[joint] + qd[joint] * step_s, qd[joint]);
            }
            let four = |values: &[f64; DOF_MAX]| values.map(Four::splat);
            let mut motion = Motion::<Four>::default();
            motion.find(&arm, &four(&at), &four(&speed), &four(&[0.0; DOF_MAX]));
            let said = body.fastest_m_s(&motion.links, &four(&[0.0; DOF_MAX])).to_array()[3];
            body.move_to(&arm.posture(&at));
            let before = body.capsules().to_vec();
            prop_assert_eq!(before.len(), 3, "the base does not move");
            body.move_to(&arm.posture(&after));
            let mut fastest = 0.0f64;
            for (a, b) in before.iter().zip(body.capsules()) {
                fastest = fastest.max((b.a_m - a.a_m).norm().max((b.b_m - a.b_m).norm()) / step_s);
            }
            prop_assert!(fastest <= said + 1e-5, "{fastest} {said}");
            prop_assert!(said <= fastest + 0.05 * qd.iter().map(|v| v.abs()).sum::<f64>() + 1e-5, "{said} is far more than {fastest}");
        }
    }
}
