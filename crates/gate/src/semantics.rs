//! What the numbers of an action chunk mean.

/// The axes that a motion of the tool is given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Frame {
    /// Axes of the base, which stand still.
    Base = 1,
    /// Axes of the tool: where it was commanded to be at the observation (delta), or at the beginning of the step (twist).
    Tool = 2,
}

/// What the numbers of an action chunk mean. Step k (from 0) is to be reached (k + 1) periods after the observation. "At the observation" is the
/// state that was *commanded* at the proposal's `observed_played_ns`, never a measured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// (joints,) absolute joint positions in rad, in the profile's joint order.
    JointPosition,
    /// (joints,) distance from the joint positions at the observation, rad. Not from the step before.
    JointDelta,
    /// (joints,) joint velocities in rad/s: the joints turn at those of step k from k to k + 1 periods after the observation.
    JointVelocity,
    /// (7,) position x, y, z in m, then the rotation as a quaternion w, x, y, z of length 1: the tool frame in the base frame. q and −q are the same.
    ToolPose,
    /// (6,) displacement x, y, z in m, then a rotation vector (axis times angle) in rad: from the tool pose at the observation, not from
    /// the step before.
    ToolDelta(Frame),
    /// (6,) velocity of the tool's origin in m/s, then its angular velocity in rad/s, from k to k + 1 periods after the observation.
    ToolTwist(Frame),
}

impl Semantics {
    /// Each one that there is.
    pub const ALL: [Self; 8] = [
        Self::JointPosition,
        Self::JointDelta,
        Self::JointVelocity,
        Self::ToolPose,
        Self::ToolDelta(Frame::Base),
        Self::ToolDelta(Frame::Tool),
        Self::ToolTwist(Frame::Base),
        Self::ToolTwist(Frame::Tool),
    ];

    /// Its number in an encoded proposal.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::JointPosition => 1,
            Self::JointDelta => 2,
            Self::JointVelocity => 3,
            Self::ToolPose => 4,
            Self::ToolDelta(_) => 5,
            Self::ToolTwist(_) => 6,
        }
    }

    /// The highest number that [`Semantics::code`] gives.
    pub const CODE_MAX: u8 = 6;

    /// The axes that the numbers are given in; none for joints.
    #[must_use]
    pub const fn frame(self) -> Option<Frame> {
        match self {
            Self::JointPosition | Self::JointDelta | Self::JointVelocity => None,
            Self::ToolPose => Some(Frame::Base),
            Self::ToolDelta(frame) | Self::ToolTwist(frame) => Some(frame),
        }
    }

    /// Its name, as Python and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JointPosition => "joint_position",
            Self::JointDelta => "joint_delta",
            Self::JointVelocity => "joint_velocity",
            Self::ToolPose => "tool_pose",
            Self::ToolDelta(_) => "tool_delta",
            Self::ToolTwist(_) => "tool_twist",
        }
    }

    /// How many numbers a step has, for an arm with this many joints.
    #[must_use]
    pub const fn width(self, joints: usize) -> usize {
        match self {
            Self::JointPosition | Self::JointDelta | Self::JointVelocity => joints,
            Self::ToolPose => 7,
            Self::ToolDelta(_) | Self::ToolTwist(_) => 6,
        }
    }

    /// Whether the numbers are of the tool, so that inverse kinematics must find the joints.
    #[must_use]
    pub const fn is_of_tool(self) -> bool {
        self.frame().is_some()
    }
}

impl Frame {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Tool => "tool",
        }
    }
}
