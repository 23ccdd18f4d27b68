"""Who looks at the destination after a pick, for the outcome check: the same object in lockstep and in real time."""

from __future__ import annotations

from pathlib import Path

from spinal import _core
from spinal.cell import Cell
from spinal.decide import OnnxPolicy, SightSettings, ToolPose, look, may_look
from spinal.errors import PolicyError
from spinal.records import Observation, Proprioception, Seen, Task
from spinal.run import parts
from spinal.run.chain import Chain, rungs_of
from spinal.run.ladder import second_folder
from spinal.run.perceiving import Perceive, make_sight_settings, perceive_with
from spinal.run.station import Rollout

VACUUM = "vacuum"
LOOK_NS = 100 * parts.MILLISECOND_NS
"""How long after one look at the destination the next one may be: the cameras' period."""


class Looker:
    """The looks at the destination: whenever the empty hand is above it, ten times a second. Lockstep and real time."""

    def __init__(self, settings: SightSettings, arm: _core.Arm, perceive: Perceive) -> None:
        """Judge by what `perceive` says."""
        self._settings = settings
        self._arm = arm
        self._perceive = perceive
        self._next_ns = 0

    @classmethod
    def of_bundle(cls, folder: Path, cell: Cell, arm: _core.Arm) -> Looker:
        """Return the looker on what this bundle's network perceives; PolicyError or CellError for what is missing."""
        policy = OnnxPolicy(folder, parts.cell_inputs(cell))
        if not policy.shows_insight:
            raise PolicyError(
                f"the look at the destination needs what policy '{policy.manifest.name}' sees, and it does not show it",
                allowed="a network with the outputs embedding, products and target",
                next_step="make the bundle again with `spinal learn`, or leave the verifier out",
            )
        camera = next(iter(policy.manifest.cameras))
        return cls(make_sight_settings(cell, camera, policy.manifest.skus), arm, perceive_with(policy))

    def restart(self) -> None:
        """Forget the scene before."""
        self._next_ns = 0

    def is_due(self, robot: Proprioception, now_ns: int) -> bool:
        """Return whether now is the time to look."""
        return now_ns >= self._next_ns and may_look(self._settings, robot, robot.inputs[VACUUM])

    def look(self, observation: Observation, now_ns: int) -> Seen | None:
        """Return what lies in the destination by this observation; None when its picture is not fresh."""
        self._next_ns = now_ns + LOOK_NS
        insight = self._perceive(observation)
        if insight is None:
            return None
        position, rotation = self._arm.tool_pose(observation.proprioception.joints_measured_rad)
        tool = ToolPose(position_m=position, rotation=rotation)
        return look(self._settings, insight.products, tool, observation.oldest_ns)


def make_looker(cell: Cell, arm: _core.Arm, chain: Chain) -> Looker | None:
    """Return who looks at the destination in this chain, on what its second network perceives if it has one."""
    if not chain.verifier:
        return None
    return Looker.of_bundle(second_folder(cell, rungs_of(cell, chain)) or cell.policy_folder, cell, arm)


def look_in(rollout: Rollout, looker: Looker, task: Task) -> Seen | None:
    """Return the look that is due in a rollout, if any."""
    if not looker.is_due(rollout.feel(task).proprioception, rollout.now_ns):
        return None
    return looker.look(rollout.observe(task), rollout.now_ns)
