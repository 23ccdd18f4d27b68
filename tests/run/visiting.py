"""Somebody visits the cell: how near the drawn person comes to the drawn arm, and how fast the arm then goes.

Distances and speeds are MuJoCo's, of the shapes and joints of the simulation; nothing here is the gate's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np

from spinal import _core
from spinal.records import Float
from spinal.run.deciders import Decider
from spinal.run.pick import Crew, LockstepPick
from spinal.run.station import Rollout, Station
from spinal.sim.scene import Scene

LOOK_NS = 10_000_000
"""How often it is looked."""
FAR_M = 3.5
"""A person further from the arm's base is not near."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one instant: m, m/s; the speeds are of the arm's fastest point, as it goes and as commanded."""

    distance_m: float
    speed_m_s: float
    commanded_m_s: float
    is_at_rest: bool


@dataclass
class Watch:
    """What was seen of a rollout."""

    looks: list[Look] = field(default_factory=list)
    waits: int = 0
    waited_s: float = 0.0
    is_waiting: bool = False

    def nearest_moving_m(self) -> float:
        """Return how near the person came to the moving arm."""
        return min(look.distance_m for look in self.looks if not look.is_at_rest)

    def within(self, distance_m: float) -> list[Look]:
        """Return the looks while the person was so near."""
        return [look for look in self.looks if look.distance_m <= distance_m]


class Shapes:
    """The drawn shapes of arm and person in the simulation."""

    def __init__(self, station: Station) -> None:
        """Find them in the model."""
        model = station.simulation.model
        self._model, self._data = model, station.simulation.data
        self._commanded = mujoco.MjData(model)
        arm, person = model.body("shoulder_pan").id, model.body("person").id
        self._arm = [geom for geom in range(model.ngeom) if self._is_under(int(model.geom_bodyid[geom]), arm)]
        self._person = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom] == person]
        self._points = {geom: _outermost(model, geom) for geom in self._arm}

    def distance_m(self) -> float:
        """Return the distance between arm and person as they are drawn now; far away it is not worked out."""
        if np.hypot(*self._data.mocap_pos[0, :2]) > FAR_M:
            return np.inf
        ends = np.zeros(6)
        return min(
            mujoco.mj_geomDistance(self._model, self._data, one, other, 5.0, ends)
            for one in self._arm
            for other in self._person
        )

    def speed_m_s(self) -> float:
        """Return the speed of the arm's fastest point."""
        return self._fastest_m_s(self._data)

    def commanded_m_s(self, status: _core.Status) -> float:
        """Return the speed of the fastest point of an arm that follows its command exactly."""
        data, dof = self._commanded, status.dof
        data.qpos[:dof], data.qvel[:dof] = status.position_command_rad, status.velocity_command_rad_s
        mujoco.mj_fwdPosition(self._model, data)
        mujoco.mj_fwdVelocity(self._model, data)
        return self._fastest_m_s(data)

    def _fastest_m_s(self, data: mujoco.MjData) -> float:
        fastest, twist = 0.0, np.zeros(6)
        for geom, points in self._points.items():
            mujoco.mj_objectVelocity(self._model, data, mujoco.mjtObj.mjOBJ_GEOM, geom, twist, 0)
            from_middle = points @ data.geom_xmat[geom].reshape(3, 3).T
            speeds = np.linalg.norm(twist[3:] + np.cross(twist[:3], from_middle), axis=1)
            fastest = max(fastest, float(speeds.max()))
        return fastest

    def _is_under(self, body: int, root: int) -> bool:
        while body and body != root:
            body = int(self._model.body_parentid[body])
        return body == root


def pick(station: Station, decider: Decider, scene: Scene, journal: Path) -> tuple[str, Watch]:
    """Run the scene's order and return what became of it and what was seen."""
    watch = Watch()
    decider.restart()
    rollout = _watched(station.begin(scene, journal=journal, detail="full"), Shapes(station), watch)
    ended = LockstepPick(station, Crew(decider=decider), scene, rollout, 1).run()
    rollout.finish()
    return ("unfinished" if ended is None else str(ended.result.outcome)), watch


def _watched(rollout: Rollout, shapes: Shapes, watch: Watch) -> Rollout:
    """Return the rollout, with a look at the shapes each time that time has passed."""
    advance = rollout.advance

    def advance_and_look(duration_ns: int) -> _core.Status:
        status = rollout.status
        for _ in range(duration_ns // LOOK_NS):
            status = advance(LOOK_NS)
            seen = shapes.distance_m(), shapes.speed_m_s(), shapes.commanded_m_s(status)
            watch.looks.append(Look(*seen, is_at_rest=status.is_at_rest))
            is_waiting = status.trigger == "person_near"
            watch.waits += is_waiting and not watch.is_waiting
            watch.waited_s += is_waiting * LOOK_NS * 1e-9
            watch.is_waiting = is_waiting
        return status

    rollout.advance = advance_and_look  # type: ignore[method-assign]
    return rollout


def _outermost(model: mujoco.MjModel, geom: int) -> Float:
    """Return points (n, 3) of a geom in its own frame: one of them is nearly the fastest, however it turns."""
    kind, size = model.geom_type[geom], model.geom_size[geom]
    kinds = mujoco.mjtGeom
    angle = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(24)], axis=1)
    if kind == kinds.mjGEOM_BOX:
        signs = np.array(np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0])).reshape(3, 8).T
        return np.asarray(signs * size)
    rims = [size[0] * ring + [0.0, 0.0, end * size[1]] for end in (-1.0, 1.0)]
    if kind == kinds.mjGEOM_CYLINDER:
        return np.concatenate(rims)
    if kind == kinds.mjGEOM_CAPSULE:
        return np.concatenate([*rims, [[0.0, 0.0, end * (size[0] + size[1])] for end in (-1.0, 1.0)]])
    if kind == kinds.mjGEOM_SPHERE:
        turned = [np.roll(size[0] * ring, axis, axis=1) for axis in range(3)]
        return np.concatenate(turned)
    raise AssertionError(f"geom {geom} is of kind {kind}")
