"""An observation → exactly the numbers that a policy network sees. Training and running share it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinal.decide.manifest import COMMANDED_TOOL, COMMANDED_VELOCITY, GRIPPER
from spinal.errors import PolicyError
from spinal.records import Image, Observation, Proprioception, check_array

PICTURE_MAX = (1080, 1920, 3)
"""Largest height and width of a picture, and its colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInputs:
    """What the network sees: pictures (height, width, 3) uint8, proprioception (P,) float32 in SI units, SKU number."""

    images: dict[str, Image]
    proprioception: npt.NDArray[np.float32]
    sku: int


def encode(
    observation: Observation, *, cameras: tuple[str, ...], proprioception: tuple[str, ...], skus: tuple[str, ...]
) -> PolicyInputs:
    """Return the network's inputs; the observation must hold them (see `check_fits` and `is_usable`).

    PolicyError: a picture that is not (height, width, 3) uint8.
    """
    return PolicyInputs(
        images={camera: _picture(camera, observation.frames[camera].image) for camera in cameras},
        proprioception=np.array(
            [_value(name, observation.proprioception) for name in proprioception], dtype=np.float32
        ),
        sku=skus.index(observation.task.sku),
    )


def _picture(camera: str, image: Image) -> Image:
    shape = check_array(f"the picture of camera '{camera}'", image, np.uint8, PICTURE_MAX)
    if shape[2] != PICTURE_MAX[2]:
        raise PolicyError(f"the picture of camera '{camera}' is not RGB", value=shape, allowed="(height, width, 3)")
    return image


def _value(name: str, robot: Proprioception) -> float:
    if name in COMMANDED_TOOL:
        return float(robot.tool_commanded_m[COMMANDED_TOOL.index(name)])
    if name in COMMANDED_VELOCITY:
        return float(robot.tool_velocity_commanded_m_s[COMMANDED_VELOCITY.index(name)])
    if name == GRIPPER:
        return robot.gripper
    return robot.inputs[name]
