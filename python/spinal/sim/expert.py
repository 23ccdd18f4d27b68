"""A scripted expert: it sees the simulator's state and answers, for any state of the arm, how to go on with the pick.

Privileged and for simulation only: it makes demonstrations and labels, and a yardstick for policies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spinal.records import Float
from spinal.sim import layout
from spinal.sim.cell import Cell
from spinal.sim.grasp import Grasp, best_grasp
from spinal.sim.truth import Truth

STEPS = 8
PERIOD_S = 0.1
_SUBSTEP_S = 0.02
_START_S = 0.06
"""The start of a chunk has passed before it can be played: an arm at rest stays at rest until then."""
_AT_REST_M_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the expert moves. All chosen by hand for picks of three to four seconds inside the cell's joint limits."""

    speed_across_m_s: float = 0.62
    speed_up_m_s: float = 0.45
    speed_down_m_s: float = 0.40
    acceleration_m_s2: float = 2.6
    braking_m_s2: float = 5.0
    carry_z_m: float = 0.225
    release_z_m: float = 0.095
    press_m: float = 0.004
    touch_speed_m_s: float = 0.10
    sealed_level: float = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where the tool should go now, how fast at most (across, up or down), and the gripper."""

    goal_m: Float
    across_m_s: float
    vertical_m_s: float
    gripper: float


@dataclass(slots=True)
class Expert:
    """Answers with action chunks. Its only memory: places where a suck has just failed, until something is held."""

    cell: Cell
    style: Style = field(default_factory=Style)
    _pressed: int = 0
    _failed: list[Float] = field(default_factory=list)

    def restart(self) -> None:
        """Forget the scene before."""
        self._pressed = 0
        self._failed.clear()

    def chunk(self, truth: Truth, tool_m: Float, velocity_m_s: Float, vacuum: float) -> npt.NDArray[np.float32]:
        """Return (8, 4): displacement of the tool from `tool_m` (m, world) each 0.1 s, and the gripper, 0 or 1.

        `tool_m` (3,) and `velocity_m_s` (3,) are the commanded tool's; `vacuum` is the sensor's level.
        """
        grasp = None if self._holds_ordered(truth, vacuum) else self._grasp(truth, tool_m, vacuum)
        position, velocity = tool_m.copy(), velocity_m_s.copy()
        wait_s = _START_S if float(np.linalg.norm(velocity)) < _AT_REST_M_S else 0.0
        out = np.zeros((STEPS, 4), np.float32)
        for step in range(STEPS):
            for substep in range(round(PERIOD_S / _SUBSTEP_S)):
                if step * PERIOD_S + substep * _SUBSTEP_S < wait_s:
                    continue
                wish = self._wish(truth, grasp, position, vacuum)
                position, velocity = self._move(position, velocity, wish)
            out[step, :3] = position - tool_m
            out[step, 3] = self._wish(truth, grasp, position, vacuum).gripper
        return out

    def target_m(self, truth: Truth, tool_m: Float) -> Float | None:
        """Return the point (3,), world, to press the cup on, or the middle of what is held; None when there is none."""
        held = next((thing for thing in truth.ordered if thing.body == truth.held), None)
        if held is not None:
            return held.position_m
        grasp = best_grasp(self.cell, truth, tool_m, tuple(self._failed))
        return None if grasp is None else grasp.point_m

    def _holds_ordered(self, truth: Truth, vacuum: float) -> bool:
        return vacuum > self.style.sealed_level and any(thing.body == truth.held for thing in truth.ordered)

    def _grasp(self, truth: Truth, tool_m: Float, vacuum: float) -> Grasp | None:
        grasp = best_grasp(self.cell, truth, tool_m, tuple(self._failed))
        pressed = grasp is not None and self._is_on(grasp, tool_m) and vacuum < self.style.sealed_level
        self._pressed = self._pressed + 1 if pressed else 0
        if grasp is not None and self._pressed > 2:
            self._failed = [*self._failed[-3:], grasp.point_m]
            self._pressed = 0
            return best_grasp(self.cell, truth, tool_m, tuple(self._failed))
        return grasp

    def _is_on(self, grasp: Grasp, tool_m: Float) -> bool:
        across = math.hypot(*(tool_m[:2] - grasp.point_m[:2]))
        return across < 0.01 and tool_m[2] < grasp.point_m[2] + 0.002

    def _wish(self, truth: Truth, grasp: Grasp | None, position: Float, vacuum: float) -> Wish:
        if self._holds_ordered(truth, vacuum):
            self._failed.clear()
            return self._deliver(position)
        if truth.sealed and not any(thing.body == truth.held for thing in truth.ordered):
            return self._up(position)
        if any(thing in truth.placed for thing in truth.ordered) or grasp is None:
            return self._up(position)
        return self._approach(grasp, position)

    def _up(self, position: Float) -> Wish:
        goal = np.array([position[0], position[1], max(position[2], self.style.carry_z_m)])
        return Wish(goal_m=goal, across_m_s=0.0, vertical_m_s=self.style.speed_up_m_s, gripper=0.0)

    def _approach(self, grasp: Grasp, position: Float) -> Wish:
        """Down a funnel above the point: the nearer across, the lower."""
        style, point = self.style, grasp.point_m
        away = math.hypot(*(point[:2] - position[:2]))
        above = position[2] - point[2]
        floor_z = min(self.style.carry_z_m, point[2] + 0.012 + 1.6 * max(0.0, away - 0.006))
        is_above = away < 0.008
        goal_z = point[2] - style.press_m - 0.012 * min(grasp.slope, 0.5) if is_above else floor_z
        below_funnel = max(0.0, floor_z - position[2])
        across = style.speed_across_m_s * max(0.0, 1.0 - below_funnel / 0.03) if not is_above else 0.08
        down = min(style.speed_down_m_s, style.touch_speed_m_s + 3.0 * max(0.0, above - 0.004))
        vertical = style.speed_up_m_s if goal_z > position[2] else down
        near = away < 0.012 and above < 0.025
        goal = np.array([point[0], point[1], goal_z])
        return Wish(goal_m=goal, across_m_s=across, vertical_m_s=vertical, gripper=float(near))

    def _deliver(self, position: Float) -> Wish:
        """Up, across, down another funnel, and let go."""
        style = self.style
        drop = np.array(layout.DESTINATION_M)
        away = math.hypot(*(drop - position[:2]))
        floor_z = min(style.carry_z_m, style.release_z_m + 2.2 * max(0.0, away - 0.03))
        below = max(0.0, floor_z - position[2])
        across = style.speed_across_m_s * max(0.0, 1.0 - below / 0.06)
        release = away < 0.035 and position[2] < style.release_z_m + 0.012
        goal = np.array([drop[0], drop[1], floor_z])
        vertical = style.speed_up_m_s if floor_z > position[2] else style.speed_down_m_s
        return Wish(goal_m=goal, across_m_s=across, vertical_m_s=vertical, gripper=0.0 if release else 1.0)

    def _move(self, position: Float, velocity: Float, wish: Wish) -> tuple[Float, Float]:
        """One substep of a point with bounded acceleration that never runs past its goal, however fast it came."""
        error = wish.goal_m - position
        comfortable, hardest = 0.7 * self.style.acceleration_m_s2, self.style.braking_m_s2
        distance, height = math.hypot(error[0], error[1]), abs(float(error[2]))
        across = error[:2] / max(distance, 1e-9)
        wanted = np.zeros(3)
        wanted[:2] = across * min(wish.across_m_s, _speed_to_stop(distance, comfortable))
        wanted[2] = math.copysign(min(wish.vertical_m_s, _speed_to_stop(height, comfortable)), error[2])
        change = wanted - velocity
        size = float(np.linalg.norm(change))
        limit = (hardest if float(change @ velocity) < 0.0 else self.style.acceleration_m_s2) * _SUBSTEP_S
        velocity = velocity + (change if size <= limit else change * (limit / size))
        towards = float(velocity[:2] @ across)
        excess = towards - _speed_to_stop(distance, hardest)
        if excess > 0.0:
            velocity[:2] -= across * excess
        highest = _speed_to_stop(height, hardest)
        if velocity[2] * error[2] > 0.0:
            velocity[2] = min(highest, max(-highest, velocity[2]))
        return position + velocity * _SUBSTEP_S, velocity


def _speed_to_stop(distance_m: float, braking_m_s2: float) -> float:
    """The highest speed from which a point still stops within a distance, also in whole substeps."""
    return min(math.sqrt(2.0 * braking_m_s2 * distance_m), distance_m / _SUBSTEP_S)
