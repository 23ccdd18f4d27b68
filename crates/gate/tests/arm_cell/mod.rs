//! A six-joint arm of the size of a UR5e with its limits, and proposals for it in every semantics.
#![allow(dead_code, non_snake_case, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../checker/mod.rs"]
pub mod checker;
#[path = "../../../arm/tests/ur5e/mod.rs"]
pub mod ur5e;

use spinal_arm::{ArmModel, Mat3, Pose, Vec3};
use spinal_gate::{
    Admission, Check, Commanded, DOF_MAX, Finding, Frame, JointLimits, Outcome, Profile, Proposal, Resolved, STEPS_MAX,
    Semantics, Verdict, admit,
};

pub const NOW_NS: i64 = 5_000_000_000;
pub const PLAYED_NS: i64 = 1_000_000_000;

pub fn profile() -> Profile {
    let joint = |torque_max_nm| JointLimits {
        torque_max_nm,
        ..checker::joint(-6.2, 6.2, 3.1, 12.0, 400.0)
    };
    checker::profile([150.0, 150.0, 150.0, 28.0, 28.0, 28.0].map(joint).to_vec(), 1_000_000)
}

/// Everything that one admission looks at; a test changes what it is about.
pub struct Case {
    pub profile: Profile,
    pub arm: Option<ArmModel>,
    pub proposal: Proposal,
    pub last_sequence: Option<u64>,
    pub now: [f64; DOF_MAX],
    pub observed: Option<Commanded>,
    pub resolved: Resolved,
}

pub fn home() -> [f64; DOF_MAX] {
    ur5e::joints(&ur5e::HOME)
}

impl Case {
    /// At rest at home, with a chunk that moves every joint by up to 0.2 rad, said in these semantics.
    pub fn of(semantics: Semantics) -> Self {
        Self::along(semantics, 8, |k| 0.025 * (k + 1) as f64)
    }

    /// As [`Case::of`], with the way of each joint after step k.
    pub fn along(semantics: Semantics, steps: usize, way_rad: impl Fn(usize) -> f64) -> Self {
        let arm = ur5e::model();
        let mut targets = [[0.0; DOF_MAX]; STEPS_MAX];
        for (k, step) in targets.iter_mut().enumerate().take(steps) {
            *step = home();
            for (joint, target) in step.iter_mut().enumerate().take(6) {
                *target += way_rad(k) * if joint % 2 == 0 { 1.0 } else { -0.7 };
            }
        }
        let period_ns = 100_000_000;
        let proposal = Proposal {
            source: 3,
            epoch: 9,
            sequence: 20,
            made_at_ns: NOW_NS - 10_000_000,
            observed_at_ns: NOW_NS - 60_000_000,
            valid_until_ns: NOW_NS + 500_000_000,
            observed_played_ns: PLAYED_NS,
            profile_hash: [0; 32],
            semantics,
            period_ns,
            dof: semantics.width(6),
            steps,
            targets: said(&arm, semantics, &home(), &targets[..steps], period_ns as f64 * 1e-9),
            gripper: [0.0; STEPS_MAX],
        };
        Self {
            profile: profile(),
            arm: Some(arm),
            proposal,
            last_sequence: None,
            now: home(),
            observed: Some(Commanded::at_rest(home())),
            resolved: Resolved::default(),
        }
    }

    pub fn verdict(&mut self) -> Verdict {
        let context = Admission {
            profile: &self.profile,
            arm: self.arm.as_ref(),
            authority: Some((3, 9)),
            last_sequence: self.last_sequence,
            played_ns: PLAYED_NS,
            position_rad: &self.now,
            observed: self.observed,
        };
        admit(&self.proposal, &context, NOW_NS, &mut self.resolved)
    }

    /// Refused, and the first finding of this check.
    pub fn refused_for(&mut self, check: Check) -> Finding {
        let verdict = self.verdict();
        assert_eq!(verdict.outcome, Outcome::Refused, "{:?}", self.proposal.semantics);
        let found = verdict.findings().find(|finding| finding.check == check);
        *found.unwrap_or_else(|| panic!("no finding of {check:?} in {verdict:?}"))
    }
}

/// Joint positions as numbers of these semantics, relative to the joints at the start.
pub fn said(
    arm: &ArmModel,
    semantics: Semantics,
    from: &[f64; DOF_MAX],
    joints: &[[f64; DOF_MAX]],
    period_s: f64,
) -> [[f64; DOF_MAX]; STEPS_MAX] {
    let mut out = [[0.0; DOF_MAX]; STEPS_MAX];
    let start = arm.forward_kinematics(from);
    let mut before = (*from, start);
    for (out, q) in out.iter_mut().zip(joints) {
        let pose = arm.forward_kinematics(q);
        let values: Vec<f64> = match semantics {
            Semantics::JointPosition => q[..6].to_vec(),
            Semantics::JointDelta => (0..6).map(|j| q[j] - from[j]).collect(),
            Semantics::JointVelocity => (0..6).map(|j| (q[j] - before.0[j]) / period_s).collect(),
            Semantics::ToolPose => {
                let [w, x, y, z] = quaternion(&pose.rotation);
                let at = pose.translation_m;
                vec![at.x, at.y, at.z, w, x, y, z]
            }
            Semantics::ToolDelta(frame) => between(&start, &pose, frame, 1.0),
            Semantics::ToolTwist(frame) => between(&before.1, &pose, frame, 1.0 / period_s),
        };
        out[..values.len()].copy_from_slice(&values);
        before = (*q, pose);
    }
    out
}

fn between(from: &Pose, to: &Pose, frame: Frame, scale: f64) -> Vec<f64> {
    let turn = to.rotation * from.rotation.transpose();
    let (mut way, mut turn) = (to.translation_m - from.translation_m, rotation_vector(&turn));
    if frame == Frame::Tool {
        (way, turn) = (from.rotation.transpose() * way, from.rotation.transpose() * turn);
    }
    [way.x, way.y, way.z, turn.x, turn.y, turn.z]
        .map(|value| value * scale)
        .to_vec()
}

/// w, x, y, z; for turns of less than half a turn.
pub fn quaternion(rotation: &Mat3) -> [f64; 4] {
    let turn = rotation_vector(rotation);
    let (half, angle) = (0.5 * turn.norm(), turn.norm().max(1e-12));
    let axis = turn * (half.sin() / angle);
    [half.cos(), axis.x, axis.y, axis.z]
}

pub fn rotation_vector(r: &Mat3) -> Vec3 {
    let twice_sin = Vec3::new(r.y.z - r.z.y, r.z.x - r.x.z, r.x.y - r.y.x);
    let cos = 0.5 * (r.x.x + r.y.y + r.z.z - 1.0);
    let sin = 0.5 * twice_sin.norm();
    if sin < 1e-9 {
        assert!(cos > 0.0, "half a turn has no one axis");
        return twice_sin * 0.5;
    }
    twice_sin * (0.5 * sin.atan2(cos) / sin)
}
