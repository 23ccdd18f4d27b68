"""A scripted pick on perceived state: what a network says that the wrist picture shows, calibration, vacuum.

    look ─seen─► inspect ─► above ─► descend ─vacuum closes─► deliver ─let go─► leave
     ▲                                │ it did not close        │ lost
     └─ next view ────────────────────┴── another point ────────┘

Nothing privileged: places come from lines of sight of the calibrated camera, heights from the SKU's master data, and
touch from the vacuum's level. Pure: what it remembers is `SkillState`, and a decision is a function of that and of what
was sensed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spinal.decide.decode import ActionChunk, Undecodable
from spinal.decide.glide import Goal, glide
from spinal.decide.regions import Region, find_regions
from spinal.decide.view import CameraView, ToolPose
from spinal.records import Float, Proprioception

STEPS = 8
PERIOD_S = 0.1
Place = tuple[float, float]


class Stage(StrEnum):
    """What the skill is doing."""

    LOOK = "look"  # from a view of the whole tote
    INSPECT = "inspect"  # with the camera straight above the target
    ABOVE = "above"
    DESCEND = "descend"
    DELIVER = "deliver"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingFound(Undecodable):
    """The ordered SKU is not seen from any view: another try must begin differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStyle:
    """How the skill looks and moves. All chosen by hand; slower than the policy, because it is a way out of trouble."""

    sure: tuple[float, ...] = (0.4, 0.7, 0.9, 0.97)  # least probability of a square that counts; the first that ...
    area_most: float = 5.0  # ... leaves no region larger than so many objects: it is seen everywhere
    area_least: float = 0.15  # least area of a region, as a share of the SKU's length times width
    area_merged: float = 1.7  # from here on a region is more than one object
    speed_across_m_s: float = 0.5
    speed_up_m_s: float = 0.35
    speed_down_m_s: float = 0.30
    speed_touch_m_s: float = 0.08
    acceleration_m_s2: float = 2.0
    carry_acceleration_m_s2: float = 0.8  # with something on the cup, which may be heavy or hang on by little
    inspect_above_rim_m: float = 0.05
    hover_m: float = 0.04  # above where the top should be, before the descent begins
    descent_m: float = 0.014  # furthest down in one decision of the descent: then the vacuum is looked at
    press_m: float = 0.010  # furthest below the lowest top that the SKU can have; less than the cup's stroke
    floor_m: float = 0.015  # never nearer to the floor
    carry_above_m: float = 0.06  # the item's bottom above the rim
    release_above_m: float = 0.035  # the item's bottom above the floor
    arrived_m: float = 0.006
    still_m_s: float = 0.03
    deeper_m: float = 0.008  # and further below for each of two points that failed: it may be lower than told
    sealed_level: float = 0.6  # the cup is closed beyond doubt
    held_level: float = 0.3  # twice in a row: it is closed by something that leaks; an open cup draws about 0.1
    lost_level: float = 0.18  # twice in a row: it is gone
    open_level: float = 0.2
    patience: int = 3  # decisions that a stage waits for what it needs
    same_m: float = 0.07  # a region nearer than this to the target is the target
    tried_m: float = 0.011  # a point nearer than this to a failed one is the same point
    avoid_most: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillSettings:
    """The cell as the skill knows it. Lengths in m, base frame.

    `sizes_m`: length, width, height of each SKU as it lies. `views_m`: where the tool looks from, in order. `source` is
    x_min, x_max, y_min, y_max.
    """

    view: CameraView
    skus: tuple[str, ...]
    sizes_m: Mapping[str, tuple[float, float, float]]
    source: tuple[float, float, float, float]
    floor_z_m: float
    rim_z_m: float
    drop_m: Place
    views_m: tuple[tuple[float, float, float], ...]
    style: SkillStyle = SkillStyle()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillState:
    """All that the skill remembers of an attempt; `avoid` may be given to it. Begin with `SkillState()`.

    `failures` counts the points that failed in this attempt. `is_doubtful`: one reading of the vacuum said that
    something changed, and the next one is to confirm it.
    """

    stage: Stage = Stage.LOOK
    view: int = 0
    target_m: Place | None = None
    waited: int = 0
    is_doubtful: bool = False
    avoid: tuple[Place, ...] = ()
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillInput:
    """What is sensed at one decision. `products` (SKUs + 2, rows, columns) is None when there is no fresh picture."""

    sku: str
    tool: ToolPose
    robot: Proprioception
    vacuum: float
    products: npt.NDArray[np.float32] | None


def step(settings: SkillSettings, state: SkillState, seen: SkillInput) -> tuple[SkillState, ActionChunk | Undecodable]:
    """Return the next state and what to do until the next decision; `NothingFound` when no view shows the SKU."""
    if seen.sku not in settings.sizes_m:
        return state, Undecodable(reason=f"the size of {seen.sku} is not in the cell's master data")
    after = _next(settings, state, seen)
    if after.stage is Stage.LOOK and after.view >= len(settings.views_m):
        # It begins anew when it is asked again: the tote may have changed.
        reason = f"no {seen.sku} is seen from any of {len(settings.views_m)} views"
        return replace(after, view=0, waited=0), NothingFound(reason=reason)
    robot, style = seen.robot, settings.style
    waypoints, gripper = glide(
        robot.tool_commanded_m,
        robot.tool_velocity_commanded_m_s,
        lambda position: _goal(settings, after, seen, position),
        steps=STEPS,
        period_s=PERIOD_S,
        acceleration_m_s2=style.carry_acceleration_m_s2 if after.stage is Stage.DELIVER else style.acceleration_m_s2,
    )
    return after, ActionChunk(waypoints_m=waypoints, gripper=gripper, period_ns=round(PERIOD_S * 1e9))


def _next(settings: SkillSettings, state: SkillState, seen: SkillInput) -> SkillState:
    match state.stage:
        case Stage.LOOK:
            return _look(settings, state, seen)
        case Stage.INSPECT:
            return _inspect(settings, state, seen)
        case Stage.ABOVE:
            return _enter(state, Stage.DESCEND) if _has_arrived(settings, state, seen) else state
        case Stage.DESCEND:
            return _descend(settings, state, seen)
        case Stage.DELIVER:
            return _deliver(settings, state, seen)
        case Stage.LEAVE:
            return state


def _look(settings: SkillSettings, state: SkillState, seen: SkillInput) -> SkillState:
    target = _choose(settings, state, seen, near=None)
    if target is not None:
        return replace(_enter(state, Stage.INSPECT), target_m=target)
    if not _has_arrived(settings, state, seen):
        return state
    if state.waited < settings.style.patience - 1:
        return replace(state, waited=state.waited + 1)
    return replace(state, view=state.view + 1, waited=0)


def _inspect(settings: SkillSettings, state: SkillState, seen: SkillInput) -> SkillState:
    """Correct the target from where the camera stands straight above it: there its height does not matter."""
    if not _has_arrived(settings, state, seen):
        return state
    target = _choose(settings, state, seen, near=state.target_m)
    if target is not None:
        moved_m = math.dist(target, state.target_m or target)
        state = replace(state, target_m=target)
        # Far off, the camera first goes above the place where the target really is.
        is_near = moved_m < 3 * settings.style.arrived_m or state.waited >= settings.style.patience
        return _enter(state, Stage.ABOVE) if is_near else replace(state, waited=state.waited + 1)
    if state.waited < settings.style.patience:
        return replace(state, waited=state.waited + 1)
    # What was seen from afar and is not from here is tried where it was seen: networks err at close views, too.
    return _enter(state, Stage.ABOVE)


def _descend(settings: SkillSettings, state: SkillState, seen: SkillInput) -> SkillState:
    style = settings.style
    if seen.vacuum >= style.sealed_level or (state.is_doubtful and seen.vacuum >= style.held_level):
        return _enter(state, Stage.DELIVER)
    state = replace(state, is_doubtful=seen.vacuum >= style.held_level)
    if state.is_doubtful or seen.robot.tool_commanded_m[2] > _lowest_z(settings, state, seen.sku) + 1e-3:
        return state
    if state.waited < style.patience - 1:
        return replace(state, waited=state.waited + 1)
    return _give_up_point(settings, state)


def _deliver(settings: SkillSettings, state: SkillState, seen: SkillInput) -> SkillState:
    robot, style = seen.robot, settings.style
    if robot.gripper < 0.5 and seen.vacuum < style.open_level and _is_over_drop(settings, seen.robot.tool_commanded_m):
        return _enter(state, Stage.LEAVE)
    is_low = robot.gripper >= 0.5 and seen.vacuum < style.lost_level
    if is_low and state.is_doubtful:
        return _give_up_point(settings, state)
    return replace(state, is_doubtful=is_low)


def _enter(state: SkillState, stage: Stage) -> SkillState:
    return replace(state, stage=stage, waited=0, is_doubtful=False)


def _give_up_point(settings: SkillSettings, state: SkillState) -> SkillState:
    """Go back and look again; the point that did not work is tried no more."""
    avoid = state.avoid if state.target_m is None else (*state.avoid, state.target_m)
    state = replace(
        state,
        avoid=avoid[-settings.style.avoid_most :],
        failures=state.failures + 1,
        target_m=None,
        view=0,
    )
    return _enter(state, Stage.LOOK)


def _choose(settings: SkillSettings, state: SkillState, seen: SkillInput, near: Place | None) -> Place | None:
    """Return the point to press the cup on: on the best region, or on the one that is `near`; None: nothing is seen."""
    if seen.products is None:
        return None
    style = settings.style
    length, width, height = settings.sizes_m[seen.sku]
    regions: list[Region] = []
    for least in style.sure:
        # At half its height the silhouette of what stands on the floor is the middle of the body, seen from any side.
        regions = find_regions(
            seen.products[settings.skus.index(seen.sku)],
            settings.view,
            seen.tool,
            z_m=settings.floor_z_m + height / 2.0,
            least=least,
        )
        if not regions or regions[0].area_m2 <= style.area_most * length * width:
            break
    else:
        return None
    x_min, x_max, y_min, y_max = settings.source
    candidates = []
    for region in regions:
        x, y = region.middle_m
        if not (x_min <= x <= x_max and y_min <= y <= y_max) or region.area_m2 < style.area_least * length * width:
            continue
        point = _point(style, region, state.avoid, length * width)
        if point is None or (near is not None and math.dist(point, near) > style.same_m):
            continue
        candidates.append((region.area_m2 if near is None else -math.dist(point, near), point))
    return max(candidates)[1] if candidates else None


def _point(style: SkillStyle, region: Region, avoid: tuple[Place, ...], footprint_m2: float) -> Place | None:
    """Return the region's middle, or the place nearest to it, and furthest inside, that was not tried."""
    middle = region.middle_m
    if region.area_m2 < style.area_merged * footprint_m2 and _is_new(style, middle, avoid):
        return float(middle[0]), float(middle[1])
    turns = np.arange(6) * (math.pi / 3.0)
    around = middle + 1.4 * style.tried_m * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    places = np.concatenate([around, region.places_m])
    nearest = np.linalg.norm(region.places_m[None] - places[:, None], axis=2)  # (places, squares)
    depth = region.depths[nearest.argmin(axis=1)]
    is_inside = nearest.min(axis=1) < 0.75 * region.cell_m
    # One square further inside is worth two squares of way from the middle.
    score = depth * 2.0 * region.cell_m - np.linalg.norm(places - middle, axis=1)
    for k in np.argsort(-score):
        if is_inside[k] and _is_new(style, places[k], avoid):
            return float(places[k][0]), float(places[k][1])
    return None


def _is_new(style: SkillStyle, place_m: Float, avoid: tuple[Place, ...]) -> bool:
    return all(math.dist(place_m, tried) >= style.tried_m for tried in avoid)


def _has_arrived(settings: SkillSettings, state: SkillState, seen: SkillInput) -> bool:
    goal = _goal(settings, state, seen, seen.robot.tool_commanded_m).goal_m
    is_there = float(np.linalg.norm(goal - seen.robot.tool_commanded_m)) < settings.style.arrived_m
    is_still = float(np.linalg.norm(seen.robot.tool_velocity_commanded_m_s)) < settings.style.still_m_s
    return is_there and is_still


def _goal(settings: SkillSettings, state: SkillState, seen: SkillInput, position: Float) -> Goal:
    style = settings.style
    top_z = settings.floor_z_m + settings.sizes_m[seen.sku][2]
    travel_z = settings.rim_z_m + style.inspect_above_rim_m
    if state.stage is Stage.DELIVER:
        return _goal_of_delivery(settings, seen, position)
    if state.stage is Stage.LEAVE:
        goal = np.array([position[0], position[1], _carry_z(settings, seen.sku)])
        return Goal(goal_m=goal, across_m_s=0.0, vertical_m_s=style.speed_up_m_s, gripper=0.0)
    if state.stage is Stage.LOOK or state.target_m is None:
        return _straight(style, np.array(settings.views_m[min(state.view, len(settings.views_m) - 1)]), position)
    target = np.array(state.target_m)
    if state.stage is Stage.INSPECT:
        beside = (seen.tool.rotation @ settings.view.position_m)[:2]
        return _straight(style, np.array([*(target - beside), travel_z]), position)
    if state.stage is Stage.ABOVE:
        away = float(np.hypot(*(target - position[:2])))
        goal_z = travel_z if away > style.arrived_m else top_z + style.hover_m
        return Goal(
            goal_m=np.array([*target, max(goal_z, top_z + style.hover_m)]),
            across_m_s=style.speed_across_m_s,
            vertical_m_s=style.speed_down_m_s,
            gripper=0.0,
        )
    tool_z = float(seen.robot.tool_commanded_m[2])
    down_z = tool_z if state.is_doubtful else max(_lowest_z(settings, state, seen.sku), tool_z - style.descent_m)
    return Goal(
        goal_m=np.array([*target, down_z]),
        across_m_s=style.speed_touch_m_s,
        vertical_m_s=style.speed_touch_m_s,
        gripper=1.0,
    )


def _straight(style: SkillStyle, goal: Float, position: Float) -> Goal:
    """Rise first, then across: never sideways through what lies in the tote."""
    below = max(0.0, float(goal[2]) - float(position[2]))
    return Goal(
        goal_m=goal,
        across_m_s=style.speed_across_m_s * max(0.0, 1.0 - below / 0.03),
        vertical_m_s=style.speed_up_m_s if below > 0.0 else style.speed_down_m_s,
        gripper=0.0,
    )


def _goal_of_delivery(settings: SkillSettings, seen: SkillInput, position: Float) -> Goal:
    """Up, across, down into the destination, and let go."""
    style = settings.style
    carry_z, release_z = _carry_z(settings, seen.sku), _release_z(settings, seen.sku)
    away = math.dist(settings.drop_m, position[:2])
    goal_z = min(carry_z, release_z + 2.0 * max(0.0, away - 0.03))
    below = max(0.0, goal_z - float(position[2]))
    lets_go = away < 0.03 and position[2] < release_z + 0.012
    return Goal(
        goal_m=np.array([*settings.drop_m, goal_z]),
        across_m_s=style.speed_across_m_s * max(0.0, 1.0 - below / 0.06),
        vertical_m_s=style.speed_up_m_s if below > 0.0 else style.speed_down_m_s,
        gripper=0.0 if lets_go else 1.0,
    )


def _is_over_drop(settings: SkillSettings, tool_m: Float) -> bool:
    return math.dist(settings.drop_m, tool_m[:2]) < 0.06


def _carry_z(settings: SkillSettings, sku: str) -> float:
    return settings.rim_z_m + max(settings.sizes_m[sku]) + settings.style.carry_above_m


def _release_z(settings: SkillSettings, sku: str) -> float:
    return settings.floor_z_m + settings.sizes_m[sku][2] + settings.style.release_above_m


def _lowest_z(settings: SkillSettings, state: SkillState, sku: str) -> float:
    """The lowest top that the SKU can have, however it lies, and a bit of the cup's stroke; lower after failures."""
    style = settings.style
    below_m = style.press_m + style.deeper_m * min(state.failures, 2)
    return settings.floor_z_m + max(min(settings.sizes_m[sku]) - below_m, style.floor_m)
