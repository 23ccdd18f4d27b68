"""One simulated cell in this process: both systems, the plant and the cameras under one virtual clock."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from spinal import _core
from spinal.cell import Cell
from spinal.decide import Proposer, Undecodable
from spinal.observe import Assembler
from spinal.records import Frame, Observation, Plan, Task
from spinal.run import parts
from spinal.run.watching import make_monitor
from spinal.sim.cameras import Cameras
from spinal.sim.cell import Cell as SimulatedCell
from spinal.sim.scene import Scene

Detail = Literal["full", "digest"]
"""How much of the ticks a journal holds: everything, or their hashes."""


class Station:
    """What is made once a process: the compiled model, the cameras' OpenGL context, the parts of System 1."""

    def __init__(self, cell: Cell, *, journal_meta: str = "{}") -> None:
        """Compile the simulated cell; MachineError when this machine cannot draw.

        `journal_meta` is JSON for the journals' headers.
        """
        self.cell = cell
        self.journal_meta = journal_meta
        self.simulation = SimulatedCell(safe_state=cell.config.robot.safe_state)
        self.cameras = Cameras(self.simulation.model)
        self.arm = parts.make_arm()
        self.profile = parts.make_profile(cell)
        self.settings = parts.make_settings(cell)
        self.monitor = make_monitor(cell)
        self.home = parts.make_home(cell, self.arm)

    def begin(
        self, scene: Scene, *, journal: Path | None = None, detail: Detail = "digest", run_id: str = ""
    ) -> Rollout:
        """Load a scene and return its rollout: the arm at home, the clock at its start, nobody with authority."""
        self.simulation.load(scene)
        self.cameras.restart(scene)
        return Rollout(self, scene, journal=journal, detail=detail, run_id=run_id)

    def close(self) -> None:
        """Free the OpenGL contexts."""
        self.cameras.close()


class Rollout:
    """One scene under the virtual clock. Time passes only in `advance`."""

    def __init__(self, station: Station, scene: Scene, *, journal: Path | None, detail: Detail, run_id: str) -> None:
        """Use `Station.begin`."""
        self.station = station
        self.scene = scene
        self._assembler = parts.make_assembler(station.cell, station.arm)
        # Without cameras, so that what rests on touch alone is not as old as the last picture.
        self._touch = Assembler(
            cameras={},
            inputs=station.cell.config.robot.inputs,
            arm=station.arm,
            robot_age_max_ns=parts.milliseconds(station.cell.limits.measured_age_max_ms),
        )
        self._core = _core.Lockstep(
            station.profile,
            station.settings,
            station.arm,
            station.simulation.plant,
            journal=journal,
            detail=detail,
            meta=station.journal_meta,
            monitor=station.monitor,
            run_id=run_id or name_of(scene),
        )
        self._proposers = {
            source: Proposer(source=source, profile_hash=station.cell.limits_hash, valid_ns=parts.PROPOSAL_VALID_NS)
            for source in parts.SOURCE_NAMES
        }
        self._epoch = 0
        self._period_ns = station.profile.period_ns
        self.status = self._core.advance(1)

    @property
    def now_ns(self) -> int:
        """Return the virtual clock."""
        return self._core.now_ns

    def grant(self, source: int) -> None:
        """Let this source, and nobody else, propose."""
        self._epoch += 1
        self._core.grant(source, self._epoch)

    def revoke(self) -> None:
        """Take authority away: System 1 brakes along its verified stop."""
        self._core.revoke()

    def stop(self, mode: Literal["sos", "ss2", "ss1", "sto"]) -> None:
        """Ask System 1 for a stop."""
        self._core.stop(mode)

    def slow_down(self, scale: float, for_ns: int) -> None:
        """Have joints go no faster than this share of their limits, for so long."""
        self._core.tighten(scale, self.now_ns + for_ns, "policy_monitor")

    def note(self, text: str) -> None:
        """Write JSON into the journal."""
        self._core.note(text)

    def observe(self, task: Task) -> Observation:
        """Draw the policy's cameras now and return the observation."""
        for camera in self.station.cell.config.policy.cameras:
            picture = self.station.cameras.picture(self.station.simulation.data, camera)
            self._assembler.add_frame(Frame(camera=camera, at_ns=self.status.now_ns, image=picture))
        return self._through(self._assembler, task)

    def feel(self, task: Task) -> Observation:
        """Return the observation without pictures."""
        return self._through(self._touch, task)

    def _through(self, assembler: Assembler, task: Task) -> Observation:
        assembler.add_status(self.status)
        observation = assembler.observe(self.status.now_ns, task)
        assert observation is not None, "a status was just added"
        return observation

    def propose(self, plan: Plan | Undecodable, observation: Observation, source: int) -> _core.Verdict | None:
        """Have the plan judged now; None when it could not be decoded into a proposal."""
        if isinstance(plan, Undecodable):
            return None
        proposal = self._proposers[source].propose(plan, observation, epoch=self._epoch, made_at_ns=self.now_ns)
        return self._core.offer(proposal)

    def advance(self, duration_ns: int) -> _core.Status:
        """Let time pass; return System 1's status."""
        self.status = self._core.advance(duration_ns // self._period_ns)
        return self.status

    def finish(self) -> str:
        """Close the journal and return its head hash (hex)."""
        return str(self._core.finish()["head"])


def name_of(scene: Scene) -> str:
    """Return what journals call a scene's pick; the first one has the name of its scene."""
    name = f"scene-{scene.seed}-{scene.index}"
    return f"{name}-pick-{scene.pick}" if scene.pick else name
