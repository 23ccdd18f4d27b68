"""Who decides in a rollout: the learned policy, or the scripted expert that sees the simulator's state."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from spinal.cell import Cell
from spinal.decide import ActionChunk, OnnxPolicy, Undecodable, decode, tool_rotation_at
from spinal.records import Observation, Plan
from spinal.run import parts
from spinal.run.calibrated import moment_of
from spinal.run.station import Rollout, Station
from spinal.sim.expert import PERIOD_S, Expert
from spinal.sim.truth import observe_truth
from spinal.watch import Watch, Watched


class Decider(Protocol):
    """Answers an observation with a plan."""

    @property
    def sees_pictures(self) -> bool:
        """Whether the cameras are to be drawn for it."""
        ...

    @property
    def watched(self) -> Watched | None:
        """What the monitor found at the last decision; None when nobody watches."""
        ...

    @property
    def chunk(self) -> ActionChunk | None:
        """What the network answered at the last decision; None where there is none."""
        ...

    def restart(self) -> None:
        """Forget the scene before."""
        ...

    def decide(self, rollout: Rollout, observation: Observation) -> Plan | Undecodable:
        """Return the plan for now."""
        ...


class PolicyDecider:
    """The learned policy of the cell's bundle: it sees only the observation."""

    sees_pictures = True

    def __init__(self, cell: Cell, station: Station, watch: Watch | None = None) -> None:
        """Load the bundle; PolicyError when it does not fit the cell. `watch` looks at each decision."""
        self._watch = watch
        self.watched: Watched | None = None
        self.chunk: ActionChunk | None = None
        self._policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
        self._arm = station.arm
        self._rotation = tool_rotation_at(station.arm, np.array(cell.config.robot.home_rad))

    def restart(self) -> None:
        """Let the monitor forget the scene before; the policy has no memory."""
        self.watched = None
        if self._watch is not None:
            self._watch.restart()

    def decide(self, rollout: Rollout, observation: Observation) -> Plan | Undecodable:
        """Return the network's chunk as joint targets."""
        del rollout
        if not observation.is_usable:
            self.chunk = None
            self._look(observation, None)
            return Undecodable(reason="the observation has stale or missing parts")
        self.chunk = chunk = self._policy.decide(self._policy.encode(observation))
        self._look(observation, chunk)
        return decode(chunk, observation.proprioception, self._arm, self._rotation)

    def _look(self, observation: Observation, chunk: ActionChunk | None) -> None:
        if self._watch is not None:
            self.watched = self._watch.look(moment_of(self._policy.manifest, observation, chunk))


class ExpertDecider:
    """The scripted expert. Privileged: it sees the simulator's state; for demonstrations and as a yardstick."""

    sees_pictures = False
    watched = None
    chunk = None

    def __init__(self, cell: Cell, station: Station) -> None:
        """Make the expert of the station's simulation."""
        self._station = station
        self._expert = Expert(cell=station.simulation)
        self._rotation = tool_rotation_at(station.arm, np.array(cell.config.robot.home_rad))

    def restart(self) -> None:
        """Forget where a suck failed."""
        self._expert.restart()

    def decide(self, rollout: Rollout, observation: Observation) -> Plan | Undecodable:
        """Return the expert's chunk as joint targets."""
        robot = observation.proprioception
        velocity = self._station.arm.jacobian(robot.joints_commanded_rad) @ rollout.status.velocity_command_rad_s
        chunk = self._expert.chunk(
            observe_truth(self._station.simulation), robot.tool_commanded_m, velocity[:3], robot.inputs["vacuum"]
        )
        action = ActionChunk(
            waypoints_m=chunk[:, :3].astype(np.float64),
            gripper=chunk[:, 3].astype(np.float64),
            period_ns=round(PERIOD_S * 1e9),
        )
        return decode(action, robot, self._station.arm, self._rotation)
