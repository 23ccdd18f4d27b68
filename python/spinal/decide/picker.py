"""The scripted pick as something that answers observations: keeps the skill's state between decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spinal._core import Arm
from spinal.decide.decode import Insight, Undecodable, decode, tool_rotation_at
from spinal.decide.skill import Place, SkillInput, SkillSettings, SkillState, Stage, step
from spinal.decide.view import ToolPose
from spinal.records import Observation, Plan

VACUUM = "vacuum"


class PickSkill:
    """Answers each observation of an attempt with the next plan of the scripted pick."""

    def __init__(self, settings: SkillSettings, arm: Arm) -> None:
        """Make the skill for this arm; `restart` begins an attempt."""
        self._settings = settings
        self._arm = arm
        self._state = SkillState()

    @property
    def stage(self) -> Stage:
        """Return what it is doing."""
        return self._state.stage

    @property
    def tried(self) -> tuple[Place, ...]:
        """Return the places, base frame, m, where the vacuum did not close or did not hold."""
        return self._state.avoid

    def restart(self, avoid: tuple[Place, ...] = ()) -> None:
        """Begin an attempt; `avoid` are places (x, y), base frame, m, where a grasp has failed before."""
        self._state = SkillState(avoid=avoid[-self._settings.style.avoid_most :])

    def plan(self, observation: Observation, insight: Insight | None) -> Plan | Undecodable:
        """Return the joint targets of the next chunk, or why there are none.

        `insight` is what a network says of this observation's picture, None when there is no fresh one: the skill then
        goes on with what it knows, and waits where it has to see. `NothingFound`: no view shows the ordered SKU.
        """
        robot = observation.proprioception
        position, rotation = self._arm.tool_pose(robot.joints_measured_rad)
        seen = SkillInput(
            sku=observation.task.sku,
            tool=ToolPose(position_m=position, rotation=rotation),
            robot=robot,
            vacuum=robot.inputs.get(VACUUM, np.nan),
            products=None if insight is None else insight.products,
        )
        self._state, answer = step(self._settings, self._state, seen)
        if isinstance(answer, Undecodable):
            return answer
        chunk = replace(answer, insight=insight)
        return decode(chunk, robot, self._arm, tool_rotation_at(self._arm, robot.joints_commanded_rad))
