"""An observation says how old each part is, and pairs pictures with the robot of their instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from spinal import _core
from spinal.observe import ROBOT, Assembler
from spinal.records import Float, Frame, Health, Observation, Task
from spinal.sim.robot import arm_description

MS = 1_000_000
ARM = _core.Arm.from_dh(**arm_description())
TASK = Task(order="order-1", sku="soap", attempt=1)


@dataclass(frozen=True)
class Reading:
    """A status of System 1, at `now_ns`, whose first joint is at `joint_rad`."""

    now_ns: int
    joint_rad: float = 0.5
    measured_at_ns: int = 0
    mode: str = "track"
    gripper: float = 1.0

    @property
    def played_ns(self) -> int:
        return self.now_ns // 2

    @property
    def position_command_rad(self) -> Float:
        return np.array([self.joint_rad, -1.5, 1.5, -1.6, -1.6, 0.0])

    @property
    def position_measured_rad(self) -> Float:
        return self.position_command_rad + 0.01

    @property
    def velocity_command_rad_s(self) -> Float:
        return np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])

    @property
    def inputs(self) -> Float:
        return np.array([0.9, 0.2, 0.0, 0.0])


def reading(now_ns: int, joint_rad: float = 0.5) -> Reading:
    return Reading(now_ns=now_ns, joint_rad=joint_rad, measured_at_ns=now_ns)


def frame(at_ns: int, camera: str = "wrist") -> Frame:
    return Frame(camera=camera, at_ns=at_ns, image=np.zeros((4, 4, 3), np.uint8))


@pytest.fixture
def assembler() -> Assembler:
    cameras = {"wrist": 300 * MS, "top": 300 * MS}
    return Assembler(cameras=cameras, inputs=("vacuum", "scale_kg"), arm=ARM, robot_age_max_ns=50 * MS)


def seen(assembler: Assembler, now_ns: int) -> Observation:
    observation = assembler.observe(now_ns, TASK)
    assert observation is not None
    return observation


def test_nothing_is_known_before_the_robot_reports(assembler: Assembler) -> None:
    assembler.add_frame(frame(100 * MS))
    assert assembler.observe(100 * MS, TASK) is None


def test_a_whole_observation_is_usable_and_names_its_inputs(assembler: Assembler) -> None:
    assembler.add_frame(frame(1000 * MS))
    assembler.add_frame(frame(1000 * MS, "top"))
    assembler.add_status(reading(1000 * MS))
    observation = seen(assembler, 1010 * MS)
    assert observation.is_usable
    assert observation.ages_ns == {"wrist": 10 * MS, "top": 10 * MS, ROBOT: 10 * MS}
    assert observation.proprioception.inputs == {"vacuum": 0.9, "scale_kg": 0.2}
    assert observation.task is TASK


@pytest.mark.hazard("H-11")
def test_a_missing_camera_is_said(assembler: Assembler) -> None:
    assembler.add_frame(frame(1000 * MS))
    assembler.add_status(reading(1000 * MS))
    observation = seen(assembler, 1000 * MS)
    assert observation.health == {"wrist": Health.OK, "top": Health.MISSING, ROBOT: Health.OK}
    assert not observation.is_usable


@pytest.mark.parametrize(
    ("age_ms", "health"), [(0, Health.OK), (300, Health.OK), (300.000001, Health.STALE), (-1, Health.STALE)]
)
@pytest.mark.hazard("H-11")
def test_a_picture_is_fresh_up_to_its_limit_and_never_from_the_future(
    assembler: Assembler, age_ms: float, health: Health
) -> None:
    now = 2000 * MS
    assembler.add_frame(frame(now - round(age_ms * MS)))
    assembler.add_status(reading(now))
    assert seen(assembler, now).health["wrist"] is health


@pytest.mark.hazard("H-11")
@pytest.mark.parametrize(("age_ms", "health"), [(50, Health.OK), (51, Health.STALE)])
def test_an_old_robot_state_is_said(assembler: Assembler, age_ms: int, health: Health) -> None:
    assembler.add_status(reading(1000 * MS))
    assert seen(assembler, (1000 + age_ms) * MS).health[ROBOT] is health


def test_the_robot_is_taken_from_the_instant_of_the_oldest_picture(assembler: Assembler) -> None:
    for k in range(10):
        assembler.add_status(reading((1000 + 10 * k) * MS, joint_rad=0.1 * k))
    assembler.add_frame(frame(1032 * MS))
    assembler.add_frame(frame(1060 * MS, "top"))
    robot = seen(assembler, 1090 * MS).proprioception
    assert robot.at_ns == 1030 * MS
    assert robot.played_ns == 515 * MS
    np.testing.assert_allclose(robot.joints_commanded_rad[0], 0.3)
    np.testing.assert_array_equal(robot.tool_commanded_m, ARM.tool_pose(robot.joints_commanded_rad)[0])


def test_a_stale_picture_does_not_drag_the_robot_into_the_past(assembler: Assembler) -> None:
    assembler.add_frame(frame(1000 * MS))
    assembler.add_status(reading(1000 * MS))
    assembler.add_status(reading(2000 * MS))
    assert seen(assembler, 2000 * MS).proprioception.at_ns == 2000 * MS


def test_the_commanded_velocity_is_that_of_the_tool(assembler: Assembler) -> None:
    status = reading(1000 * MS)
    assembler.add_status(status)
    velocity = seen(assembler, 1000 * MS).proprioception.tool_velocity_commanded_m_s
    step = 1e-6
    moved = ARM.tool_pose(status.position_command_rad + step * status.velocity_command_rad_s)[0]
    np.testing.assert_allclose(velocity, (moved - ARM.tool_pose(status.position_command_rad)[0]) / step, atol=1e-5)


def test_what_comes_late_or_unasked_changes_nothing(assembler: Assembler) -> None:
    assembler.add_frame(frame(1000 * MS))
    assembler.add_frame(frame(900 * MS))
    assembler.add_frame(frame(1000 * MS, "ceiling"))
    assembler.add_status(reading(1000 * MS))
    assembler.add_status(reading(900 * MS, joint_rad=0.9))
    observation = seen(assembler, 1000 * MS)
    assert set(observation.frames) == {"wrist"}
    assert observation.frames["wrist"].at_ns == 1000 * MS
    assert observation.proprioception.at_ns == 1000 * MS
