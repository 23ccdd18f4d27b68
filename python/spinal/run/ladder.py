"""Who answers on the rungs of a ladder below the policy: the same object in lockstep and in a real-time worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinal import _core
from spinal.cell import Cell
from spinal.cell.ladder import RungConfig
from spinal.decide import (
    OnnxPolicy,
    PickSkill,
    Undecodable,
    check_fits,
    decode,
    read_manifest,
    tool_rotation_at,
)
from spinal.errors import PolicyError
from spinal.records import Observation, Plan
from spinal.run import parts
from spinal.run.perceiving import make_skill_settings, perceive_with

Point = tuple[float, float, float]


class LadderDeciders:
    """The second policy, the scripted skill and the recovering motions of a cell, as far as its rungs name them."""

    def __init__(self, cell: Cell, arm: _core.Arm, rungs: tuple[RungConfig, ...]) -> None:
        """Load what the rungs need; PolicyError or CellError for what is missing or does not fit."""
        self._arm = arm
        self._rotation = tool_rotation_at(arm, np.array(cell.config.robot.home_rad))
        folder = second_folder(cell, rungs)
        self._second = None if folder is None else OnnxPolicy(folder, parts.cell_inputs(cell))
        self._recover = parts.make_recovery(cell, arm)
        self._skill: PickSkill | None = None
        if any(rung.rung == "skill" for rung in rungs):
            # What another network perceives errs elsewhere than the policy that has just failed.
            seeing = _showing(self._second or OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell)))
            home_m = arm.tool_pose(np.array(cell.config.robot.home_rad))[0]
            camera = next(iter(seeing.manifest.cameras))
            self._skill = PickSkill(make_skill_settings(cell, home_m, camera, seeing.manifest.skus), arm)
            self._perceive = perceive_with(seeing)

    def begin_attempt(self, avoid_m: tuple[Point, ...]) -> None:
        """Begin an attempt; `avoid_m`: where the tool was when earlier grasps failed, base frame."""
        if self._skill is not None:
            self._skill.restart(tuple((x_m, y_m) for x_m, y_m, _ in avoid_m))

    def begin_recovery(self, recovery: str, number: int, avoid_m: tuple[Point, ...]) -> None:
        """Begin a motion between two tries."""
        if self._recover is not None:
            self._recover.begin(recovery, number, avoid_m)

    @property
    def is_recovered(self) -> bool:
        """Return whether the motion that was begun last is done."""
        return self._recover is None or self._recover.is_done

    def decide(self, source: int, observation: Observation) -> Plan | Undecodable:
        """Return the plan of the source with this number: SECOND_SOURCE, SKILL_SOURCE or RECOVER_SOURCE."""
        if source == parts.RECOVER_SOURCE and self._recover is not None:
            return self._recover.plan(observation.proprioception)
        if source == parts.SKILL_SOURCE and self._skill is not None:
            return self._skill.plan(observation, self._perceive(observation))
        if not observation.is_usable:
            bad = ", ".join(f"{part} {health}" for part, health in observation.health.items() if health != "ok")
            return Undecodable(reason=f"not usable: {bad}")
        if source == parts.SECOND_SOURCE and self._second is not None:
            chunk = self._second.decide(self._second.encode(observation))
            return decode(chunk, observation.proprioception, self._arm, self._rotation)
        return Undecodable(reason=f"no rung of the cell's ladder has source {source}")


def second_folder(cell: Cell, rungs: tuple[RungConfig, ...]) -> Path | None:
    """Return the folder of the second policy's bundle; None without such a rung."""
    return next((cell.folder / rung.bundle for rung in rungs if rung.bundle is not None), None)


def check_ladder(cell: Cell, rungs: tuple[RungConfig, ...]) -> None:
    """Raise a PolicyError or CellError for the first thing that a rung needs and the cell's files do not have."""
    folder = second_folder(cell, rungs)
    if folder is not None:
        check_fits(read_manifest(folder), parts.cell_inputs(cell))
    if any(rung.rung == "skill" for rung in rungs):
        manifest = read_manifest(folder or cell.policy_folder)
        make_skill_settings(cell, np.zeros(3), next(iter(manifest.cameras)), manifest.skus)


def _showing(policy: OnnxPolicy) -> OnnxPolicy:
    """Return the policy; PolicyError when it does not show what it sees."""
    if policy.shows_insight:
        return policy
    raise PolicyError(
        f"the scripted skill acts on what policy '{policy.manifest.name}' sees, and it does not show it",
        allowed="a network with the outputs embedding, products and target",
        next_step="make the bundle again with `spinal learn`, or take the skill out of the ladder",
    )
