"""Camera frames and robot states → one observation, with the age and health of every part."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from spinal._core import Arm
from spinal.records import Float, Frame, Health, Observation, Proprioception, Task

STATUSES_MAX = 256
"""How many robot states are remembered to pair pictures with; older ones are forgotten."""
ROBOT = "robot"
"""The name under which the robot's own state has its age and health."""


class RobotStatus(Protocol):
    """What is read of System 1's status."""

    @property
    def now_ns(self) -> int:
        """Instant of the tick."""
        ...

    @property
    def measured_at_ns(self) -> int:
        """Instant of the robot reading behind it."""
        ...

    @property
    def played_ns(self) -> int:
        """Action time consumed since start."""
        ...

    @property
    def mode(self) -> str:
        """Name of the mode."""
        ...

    @property
    def position_command_rad(self) -> Float:
        """(dof,)."""
        ...

    @property
    def position_measured_rad(self) -> Float:
        """(dof,)."""
        ...

    @property
    def velocity_command_rad_s(self) -> Float:
        """(dof,)."""
        ...

    @property
    def gripper(self) -> float:
        """Commanded, 0..1."""
        ...

    @property
    def inputs(self) -> Float:
        """The robot port's plain inputs, in the cell file's order."""
        ...


class Assembler:
    """Keeps the newest picture of each camera and the last robot states, and makes observations of them.

    A picture and the robot's state belong together only when they are of the same instant: the observation takes the
    state that is nearest to its oldest picture, so that displacements that a policy sees in the picture start from
    where the tool was then.
    """

    def __init__(self, *, cameras: dict[str, int], inputs: tuple[str, ...], arm: Arm, robot_age_max_ns: int) -> None:
        """Take the oldest age (ns) that each camera's picture and the robot's state may have, and the inputs' names."""
        self._cameras = dict(cameras)
        self._inputs = inputs
        self._arm = arm
        self._robot_age_max_ns = robot_age_max_ns
        self._frames: dict[str, Frame] = {}
        self._statuses: deque[RobotStatus] = deque(maxlen=STATUSES_MAX)

    def add_frame(self, frame: Frame) -> None:
        """Take a picture; one that is older than what is known, or of a camera that was not asked for, is ignored."""
        known = self._frames.get(frame.camera)
        if frame.camera in self._cameras and (known is None or frame.at_ns >= known.at_ns):
            self._frames[frame.camera] = frame

    def add_status(self, status: RobotStatus) -> None:
        """Take a robot state; one that is older than the newest is ignored."""
        if not self._statuses or status.now_ns >= self._statuses[-1].now_ns:
            self._statuses.append(status)

    def observe(self, now_ns: int, task: Task) -> Observation | None:
        """Return what is known at `now_ns`; None as long as the robot has not reported at all."""
        if not self._statuses:
            return None
        fresh = [frame.at_ns for name, frame in self._frames.items() if self._age(name, now_ns) <= self._cameras[name]]
        status = self._status_at(min(fresh)) if fresh else self._statuses[-1]
        ages = {name: self._age(name, now_ns) for name in self._frames}
        ages[ROBOT] = now_ns - self._statuses[-1].measured_at_ns
        return Observation(
            at_ns=now_ns,
            frames=dict(self._frames),
            health=self._health(ages),
            ages_ns=ages,
            proprioception=self._proprioception(status),
            task=task,
        )

    def _age(self, camera: str, now_ns: int) -> int:
        return now_ns - self._frames[camera].at_ns

    def _status_at(self, at_ns: int) -> RobotStatus:
        return min(self._statuses, key=lambda status: abs(status.now_ns - at_ns))

    def _health(self, ages_ns: dict[str, int]) -> dict[str, Health]:
        limits = {**self._cameras, ROBOT: self._robot_age_max_ns}
        health = {}
        for name, limit in limits.items():
            age = ages_ns.get(name)
            # A picture from the future is as useless as an old one: the clocks do not agree.
            health[name] = Health.MISSING if age is None else Health.OK if 0 <= age <= limit else Health.STALE
        return health

    def _proprioception(self, status: RobotStatus) -> Proprioception:
        commanded = np.array(status.position_command_rad, dtype=np.float64)
        measured = np.array(status.position_measured_rad, dtype=np.float64)
        return Proprioception(
            at_ns=status.now_ns,
            joints_commanded_rad=commanded,
            joints_measured_rad=measured,
            tool_commanded_m=self._arm.tool_pose(commanded)[0],
            tool_measured_m=self._arm.tool_pose(measured)[0],
            tool_velocity_commanded_m_s=(self._arm.jacobian(commanded) @ status.velocity_command_rad_s)[:3],
            gripper=float(status.gripper),
            inputs=dict(zip(self._inputs, (float(value) for value in status.inputs), strict=False)),
            played_ns=status.played_ns,
            mode=str(status.mode),
        )
