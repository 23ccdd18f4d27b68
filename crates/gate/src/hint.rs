//! What a finding says to the source of the proposal: where to look.

use crate::Check;

impl Check {
    /// What the source of a refused proposal should look at.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Shape => {
                "the numbers in a step, the steps or the period are not what the semantics and the robot need"
            }
            Self::Finite => "a number is NaN or infinite: look at the policy's output and its scaling",
            Self::Age => {
                "an instant is too old, in the future or out of order: instants are ns of the monotonic clock of this machine"
            }
            Self::Order => {
                "the sequence number was used before: numbers only rise within an epoch; a restarted source needs a new epoch"
            }
            Self::Authority => "this source and epoch have no authority: wait for the next grant",
            Self::ProfileHash => "made for another safety profile: load the limits again",
            Self::Position => "a joint would leave its limits",
            Self::Velocity => "a joint would have to turn faster than it may",
            Self::Splice => {
                "the chunk does not begin where the robot is: look at the joints' order and signs, zero position, delta for absolute"
            }
            Self::Gripper => "the gripper is from 0 (open) to 1 (closed)",
            Self::Consumed => "the chunk came after all its steps were due",
            Self::Decode => "the bytes are no whole proposal of this version",
            Self::Acceleration => {
                "a joint would have to change its speed faster than it may; the motion generator smooths it"
            }
            Self::Played => {
                "the action time seen is not one that the robot can have shown, or too long ago to be remembered"
            }
            Self::Torque => "a motor could not hold the arm there, or not with this acceleration",
            Self::TorqueRate => "a motor's torque would have to change faster than it may",
            Self::ToolSpeed => "the tool would be faster than it may",
            Self::ElbowSpeed => "a joint's origin would be faster than it may",
            Self::Momentum => "the arm would have more momentum than it may",
            Self::Power => "the motion would take more power than it may",
            Self::KineticEnergy => "the arm would have more kinetic energy than it may",
            Self::StoppingTime => "the arm could not stop in the time that it has",
            Self::StoppingDistance => "the tool would go too far before it stops",
            Self::Clearance => "the arm would come too near to itself or to the cell",
            Self::KeepIn => "the arm would leave a zone that it must stay in",
            Self::KeepOut => "the arm would enter a zone that it must stay out of",
            Self::Separation => "a person is too near for this motion",
            Self::Contact => "a person could be touched harder than allowed",
            Self::Viability => "from there the joint could not stop inside its limits",
            Self::Units => {
                "the numbers are far from anything that the robot can do: degrees for radians, mm for m, or s for ns?"
            }
            Self::Rotation => "no rotation: a quaternion is w, x, y, z and of length 1",
            Self::Reach => {
                "no joint positions inside the limits reach this tool pose: look at its frame and at the order of the quaternion"
            }
            Self::Branch => {
                "a joint would have to jump: the tool goes too fast, through a singularity, or to another branch"
            }
            Self::Effort => {
                "finding the joints would take longer than a tick allows: fewer steps, poses closer together, or joint positions"
            }
            Self::Semantics => "unknown meaning of the numbers, or one of the tool for a robot whose arm is not known",
            Self::Frame => "the frame does not go with the semantics",
        }
    }
}
