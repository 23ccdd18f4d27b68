//! The robot's capsules as people meet them: where they are, and how fast their fastest point goes.

use spinal_arm::{ArmModel, Joints, Posture, Vec3};

use crate::geometry::Geometry;
use crate::shape::Capsule;

/// All capsules that move, for one arm. Nothing allocates after it was made.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    /// Which joint moves it (from 0), and itself in that link's frame; inner links first.
    members: Box<[(usize, Capsule)]>,
    placed: Box<[Capsule]>,
    /// No point is further from any joint's axis than this, m.
    reach_m: f64,
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
            reach_m: along_m + outwards.fold(0.0, f64::max),
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

    /// How fast the fastest point of any capsule goes at a posture, at most, m/s. `bulge_rad_s`: how much faster each joint may go between
    /// this posture and the one before.
    pub fn fastest_m_s(&self, posture: &Posture, velocity_rad_s: &Joints, bulge_rad_s: &Joints) -> f64 {
        // All links turn about one axis and slide along it: `turning` is the turn, `sliding` the speed of what is at the base's origin.
        let (mut turning, mut sliding) = (Vec3::ZERO, Vec3::ZERO);
        let mut fastest = 0.0f64;
        let mut members = self.members.iter().peekable();
        for (joint, speed) in velocity_rad_s.iter().enumerate() {
            if members.peek().is_none() {
                break;
            }
            let Some(link) = posture.link(joint) else { break };
            let turn = link.rotation.z * *speed;
            turning += turn;
            sliding = sliding - turn.cross(link.translation_m);
            while let Some((_, own)) = members.next_if(|(of, _)| *of == joint) {
                let capsule = own.placed(&link);
                let ends = [capsule.a_m, capsule.b_m].map(|end| (sliding + turning.cross(end)).norm());
                for end in ends {
                    fastest = higher(fastest, end + turning.norm() * capsule.radius_m);
                }
            }
        }
        let bulge: f64 = bulge_rad_s.iter().map(|bulge| bulge.abs()).sum();
        fastest + bulge * self.reach_m
    }
}

/// The higher one; NaN when one of them is.
pub(crate) fn higher(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
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
    use crate::{DOF_MAX, LinkShape, Part};
    use proptest::prelude::*;
    use spinal_arm::{DhRow, Mat3, Pose, Tool};

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
            let said = body.fastest_m_s(&arm.posture(&at), &speed, &[0.0; DOF_MAX]);
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
