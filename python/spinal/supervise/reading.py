"""One look at the robot, reduced to what the supervisor decides on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from spinal.records import Proprioception
from spinal.supervise.settings import Settings


class Mode(IntEnum):
    """What System 1 is doing; a higher one is worse."""

    TRACK = 0
    SOS = 1
    SS2 = 2
    SS1 = 3
    STO = 4

    @classmethod
    def parse(cls, text: str) -> Mode:
        """Return the mode with this name, in any case; a name that is not known counts as the worst."""
        return cls.__members__.get(text.upper(), cls.STO)

    @property
    def is_latched(self) -> bool:
        """Return whether only a person's reset ends it."""
        return self in (Mode.SS1, Mode.STO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Sensors and System 1's state at `at_ns`; `scale_kg` and `vacuum` are NaN when the robot does not report them."""

    at_ns: int
    mode: Mode
    vacuum: float
    scale_kg: float
    is_gripper_on: bool
    tool_m: tuple[float, float, float]
    home_error_rad: float


def read(settings: Settings, proprioception: Proprioception) -> Reading:
    """Return the reading in `proprioception`; joints that do not match home's number are infinitely far from home."""
    joints = [float(value) for value in proprioception.joints_measured_rad]
    errors = [abs(joint - home) for joint, home in zip(joints, settings.home_rad, strict=False)]
    is_whole = len(joints) == len(settings.home_rad) and all(math.isfinite(error) for error in errors)
    x_m, y_m, z_m = (float(value) for value in proprioception.tool_measured_m)
    return Reading(
        at_ns=proprioception.at_ns,
        mode=Mode.parse(proprioception.mode),
        vacuum=proprioception.inputs.get(settings.vacuum_input, math.nan),
        scale_kg=proprioception.inputs.get(settings.scale_input, math.nan),
        is_gripper_on=proprioception.gripper >= 0.5,
        tool_m=(x_m, y_m, z_m),
        home_error_rad=max(errors, default=0.0) if is_whole else math.inf,
    )
