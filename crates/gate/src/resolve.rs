//! From what a proposal says, in joint or tool space, to joint positions step by step: everything after works on those.

use spinal_arm::{ArmModel, IK_TOLERANCE, IkError, Mat3, Pose, SEED_DISTANCE_MAX_RAD, Vec3};

use crate::verdict::{WHOLE, index};
use crate::{Admission, Check, Commanded, DOF_MAX, Frame, Proposal, Semantics, Verdict};

/// How far the length of a quaternion may be from 1. Chosen by hand: float32 rounding is 1e-7, a mixed-up vector is far away.
const QUATERNION_TOLERANCE: f64 = 1e-3;
/// A rotation vector longer than a whole turn is an angle in degrees.
const TURN_MAX_RAD: f64 = std::f64::consts::TAU;
/// Search steps of inverse kinematics that one proposal may take, for each nanosecond of the tick. Chosen by hand: 256 steps at 1 kHz take a part of
/// the tick (docs/proposals.md has the time that was measured), and a chunk of 64 close poses takes about 130.
const SEARCH_STEPS_PER_NS: f64 = 256e-6;

/// The joint positions of a proposal. Memory is taken once.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    chunk: Box<Proposal>,
    search_steps: usize,
}

impl Resolved {
    /// The proposal last resolved, with its targets as joint positions. To be followed only when it was admitted: otherwise it may end early.
    #[must_use]
    pub fn chunk(&self) -> &Proposal {
        &self.chunk
    }

    /// Search steps of inverse kinematics that it took.
    #[must_use]
    pub fn search_steps(&self) -> usize {
        self.search_steps
    }

    /// Takes a proposal and turns its targets into joint positions, until a step cannot be: then that is a finding and the chunk ends there.
    pub(crate) fn fill(&mut self, proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
        (*self.chunk).clone_from(proposal);
        self.chunk.semantics = Semantics::JointPosition;
        self.search_steps = 0;
        let period_s = proposal.period_ns as f64 * 1e-9;
        match proposal.semantics {
            Semantics::JointPosition => {}
            Semantics::JointDelta => match start(proposal, context, verdict) {
                Some(start) => self.add(|_| start.position_rad, 1.0),
                None => self.chunk.steps = 0,
            },
            Semantics::JointVelocity => match start(proposal, context, verdict) {
                Some(start) => self.add(|before| before.copied().unwrap_or(start.position_rad), period_s),
                None => self.chunk.steps = 0,
            },
            Semantics::ToolPose | Semantics::ToolDelta(_) | Semantics::ToolTwist(_) => {
                self.chunk.steps = 0;
                self.chunk.dof = context.profile.dof();
                self.search(proposal, context, verdict);
            }
        }
    }

    /// Each target becomes what `from` says of the one before, plus itself times `scale`.
    fn add(&mut self, from: impl Fn(Option<&[f64; DOF_MAX]>) -> [f64; DOF_MAX], scale: f64) {
        let (steps, dof) = (self.chunk.steps, self.chunk.dof);
        let mut before: Option<[f64; DOF_MAX]> = None;
        for step in self.chunk.targets.iter_mut().take(steps) {
            let base = from(before.as_ref());
            for (target, base) in step.iter_mut().zip(&base).take(dof) {
                *target = base + *target * scale;
            }
            before = Some(*step);
        }
    }

    /// The joints for poses of the tool, each searched for near the ones before. Costs time, so nothing is searched for when the proposal
    /// is refused already.
    fn search(&mut self, proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) {
        if !verdict.is_admitted() {
            return;
        }
        let Some(arm) = context.arm else {
            let found = f64::from(proposal.semantics.code());
            verdict.find(Check::Semantics, found, 3.0, -1.0, (WHOLE, WHOLE));
            return;
        };
        let Some(start) = start(proposal, context, verdict) else {
            return;
        };
        let tool = arm.forward_kinematics(&start.position_rad);
        let path = ToolPath {
            semantics: proposal.semantics,
            start: tool,
            period_s: proposal.period_ns as f64 * 1e-9,
            bounds: Bounds::of(arm, context),
        };
        let budget = (context.profile.period_ns as f64 * SEARCH_STEPS_PER_NS) as usize;
        let mut left = budget;
        let (mut before, mut joints, mut pose) = (None, start.position_rad, tool);
        for (k, values) in proposal.targets.iter().enumerate().take(proposal.steps) {
            let place = (index(k), WHOLE);
            let Some(target) = path.pose(values, &pose, place, verdict) else {
                break;
            };
            let found = near(arm, &target, &joints, before.as_ref(), &mut left);
            let next = match found {
                Ok(next) => next,
                Err(error) => {
                    unreached(error, budget, place, verdict);
                    break;
                }
            };
            if !is_near(&joints, &next, k, proposal, context, verdict) {
                break;
            }
            if let Some(step) = self.chunk.targets.get_mut(k) {
                *step = next;
            }
            self.chunk.steps = k + 1;
            (before, joints, pose) = (Some(joints), next, target);
        }
        self.search_steps = budget - left;
    }
}

/// The commanded state that the proposal's numbers are relative to. Only absolute positions can do without.
fn start(proposal: &Proposal, context: &Admission<'_>, verdict: &mut Verdict) -> Option<Commanded> {
    let known = context.observed;
    match (known, proposal.semantics) {
        (Some(_), _) => known,
        (None, Semantics::JointPosition | Semantics::ToolPose) => Some(Commanded::at_rest(*context.position_rad)),
        (
            None,
            Semantics::JointDelta | Semantics::JointVelocity | Semantics::ToolDelta(_) | Semantics::ToolTwist(_),
        ) => {
            let (seen, now) = (proposal.observed_played_ns as f64, context.played_ns as f64);
            verdict.find(Check::Played, seen, now, seen - now, (WHOLE, WHOLE));
            None
        }
    }
}

/// First from where the joints would be if they went on as before, then from where they were.
fn near(
    arm: &ArmModel,
    target: &Pose,
    joints: &[f64; DOF_MAX],
    before: Option<&[f64; DOF_MAX]>,
    left: &mut usize,
) -> Result<[f64; DOF_MAX], IkError> {
    let Some(before) = before else {
        return arm.inverse_kinematics_within(target, joints, left);
    };
    let mut ahead = *joints;
    for (ahead, before) in ahead.iter_mut().zip(before) {
        *ahead += *ahead - before;
    }
    match arm.inverse_kinematics_within(target, &ahead, left) {
        Err(IkError::Unreachable { .. } | IkError::FarFromSeed { .. } | IkError::Invalid) => {
            arm.inverse_kinematics_within(target, joints, left)
        }
        other @ (Ok(_) | Err(IkError::OutOfSteps)) => other,
    }
}

fn unreached(error: IkError, budget: usize, place: (u16, u16), verdict: &mut Verdict) {
    match error {
        IkError::Unreachable {
            position_error_m,
            rotation_error_rad,
        } => {
            // Metres or radians, whichever is more.
            let left = position_error_m.max(rotation_error_rad);
            verdict.find(Check::Reach, left, IK_TOLERANCE, IK_TOLERANCE - left, place);
        }
        IkError::FarFromSeed { distance_rad } => {
            let most = SEED_DISTANCE_MAX_RAD;
            verdict.find(Check::Branch, distance_rad, most, most - distance_rad, place);
        }
        IkError::Invalid => verdict.find(Check::Rotation, f64::NAN, 1.0, f64::NEG_INFINITY, place),
        IkError::OutOfSteps => verdict.find(Check::Effort, budget as f64 + 1.0, budget as f64, -1.0, place),
    }
}

/// Whether every joint can get from the one to the other in one step. If not, the search has jumped to another branch, or the path leads
/// through a singularity, or the tool goes too fast.
fn is_near(
    from: &[f64; DOF_MAX],
    to: &[f64; DOF_MAX],
    step: usize,
    proposal: &Proposal,
    context: &Admission<'_>,
    verdict: &mut Verdict,
) -> bool {
    let period_s = proposal.period_ns as f64 * 1e-9;
    let jump = if step == 0 {
        context.profile.splice_jump_max_rad
    } else {
        0.0
    };
    let mut near = true;
    for (joint, ((from, to), limits)) in from.iter().zip(to).zip(&context.profile.joints).enumerate() {
        let reachable = limits.velocity_max_rad_s * period_s + jump;
        near &= verdict.hold(
            Check::Branch,
            (to - from).abs(),
            (0.0, reachable),
            (index(step), index(joint)),
        );
    }
    near
}

/// What a tool can be asked for at most; beyond it, numbers are of another unit.
struct Bounds {
    reach_m: f64,
    speed_m_s: f64,
    turn_rad_s: f64,
}

impl Bounds {
    /// The tool turns at most at the sum of all joint speeds, and moves at most at that times the reach.
    fn of(arm: &ArmModel, context: &Admission<'_>) -> Self {
        let turn_rad_s: f64 = context
            .profile
            .joints
            .iter()
            .map(|joint| joint.velocity_max_rad_s)
            .sum();
        let reach_m = arm.reach_m();
        Self {
            reach_m,
            speed_m_s: turn_rad_s * reach_m,
            turn_rad_s,
        }
    }
}

struct ToolPath {
    semantics: Semantics,
    start: Pose,
    period_s: f64,
    bounds: Bounds,
}

impl ToolPath {
    /// Where the tool is to be at a step, `before` being where it was to be at the step before; nothing, and a finding, when the numbers
    /// are no pose that a tool can have.
    fn pose(&self, values: &[f64; DOF_MAX], before: &Pose, place: (u16, u16), verdict: &mut Verdict) -> Option<Pose> {
        let [x, y, z, a, b, c, d, ..] = *values;
        let (linear, angular) = (Vec3::new(x, y, z), Vec3::new(a, b, c));
        let bounds = &self.bounds;
        let mut is_plausible = |value: f64, most: f64| verdict.hold(Check::Units, value, (0.0, most), place);
        let pose = match self.semantics {
            Semantics::ToolPose => Pose {
                rotation: rotation([a, b, c, d], place, verdict)?,
                translation_m: linear,
            },
            Semantics::ToolDelta(frame) => {
                let far = is_plausible(linear.norm(), 2.0 * bounds.reach_m);
                let turned = is_plausible(angular.norm(), TURN_MAX_RAD);
                (far && turned).then(|| moved(&self.start, linear, angular, frame))?
            }
            Semantics::ToolTwist(frame) => {
                let fast = is_plausible(linear.norm(), bounds.speed_m_s);
                let turning = is_plausible(angular.norm(), bounds.turn_rad_s);
                (fast && turning).then(|| moved(before, linear * self.period_s, angular * self.period_s, frame))?
            }
            Semantics::JointPosition | Semantics::JointDelta | Semantics::JointVelocity => return None,
        };
        let distance_m = pose.translation_m.norm();
        let inside = verdict.hold(Check::Units, distance_m, (0.0, bounds.reach_m), place);
        inside.then_some(pose)
    }
}

/// The pose displaced and turned, both along the axes of the frame; the tool's origin is what is displaced.
fn moved(from: &Pose, displacement_m: Vec3, turn_rad: Vec3, frame: Frame) -> Pose {
    let turn = Mat3::from_rotation_vector(turn_rad);
    match frame {
        Frame::Base => Pose {
            rotation: turn * from.rotation,
            translation_m: from.translation_m + displacement_m,
        },
        Frame::Tool => Pose {
            rotation: from.rotation * turn,
            translation_m: from.translation_m + from.rotation * displacement_m,
        },
    }
}

/// The rotation of a quaternion w, x, y, z of length 1.
fn rotation(quaternion: [f64; 4], place: (u16, u16), verdict: &mut Verdict) -> Option<Mat3> {
    let length = quaternion.iter().map(|part| part * part).sum::<f64>().sqrt();
    let allowed = (1.0 - QUATERNION_TOLERANCE, 1.0 + QUATERNION_TOLERANCE);
    let held = verdict.hold(Check::Rotation, length, allowed, place);
    held.then(|| Mat3::from_quaternion(quaternion.map(|part| part / length)))
}
