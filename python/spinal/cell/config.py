"""The shape of `cell.toml`. Unknown keys are errors."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spinal.cell.ladder import RecoveryConfig, RungConfig, check_ladder

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_\-]*$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Vector = tuple[Finite, Finite, Finite]


class Strict(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MountConfig(Strict):
    """How a camera was calibrated: where it sits on the tool and what it sees.

    `position_m` is its pinhole and `right` and `forward` are the picture's right and the viewing direction, all in the
    tool frame; `fov_deg` is the whole angle from the picture's upper to its lower edge.
    """

    on: Literal["tool"]
    position_m: Vector
    right: Vector
    forward: Vector
    fov_deg: Annotated[float, Field(gt=5, lt=150)]

    @model_validator(mode="after")
    def _directions_are_square(self) -> MountConfig:
        lengths = [math.hypot(*self.right), math.hypot(*self.forward)]
        across = sum(a * b for a, b in zip(self.right, self.forward, strict=True))
        if not (all(abs(length - 1.0) < 1e-3 for length in lengths) and abs(across) < 1e-3):
            raise ValueError("right and forward must be unit vectors at a right angle")
        return self


class CameraConfig(Strict):
    """One camera: picture size in pixels, how often it delivers, how old a picture may be; its mount if calibrated."""

    width: Annotated[int, Field(ge=16, le=1920)]
    height: Annotated[int, Field(ge=16, le=1080)]
    rate_hz: Positive
    age_max_ms: Positive
    mount: MountConfig | None = None


class RobotConfig(Strict):
    """The robot: its port, what is safe for it, its joints in the profile's order, and where home is."""

    port: Literal["mujoco"]
    safe_state: Literal["power_off_with_brakes", "hold_powered"]
    joints: tuple[Name, ...]
    home_rad: tuple[Finite, ...]
    inputs: tuple[Name, ...] = Field(max_length=8)

    @model_validator(mode="after")
    def _sizes_agree(self) -> RobotConfig:
        if len(self.home_rad) != len(self.joints):
            raise ValueError(f"home_rad has {len(self.home_rad)} values, but there are {len(self.joints)} joints")
        if len(set(self.joints)) != len(self.joints):
            raise ValueError("joint names must differ")
        return self


class PolicyConfig(Strict):
    """Where the policy bundle is and how often it decides."""

    bundle: str
    rate_hz: Annotated[float, Field(ge=1, le=200)]
    lockstep_latency_ms: Annotated[float, Field(ge=0, le=1000)]
    cameras: tuple[Name, ...]


class TaskConfig(Strict):
    """Times and tries of one order, and the destination as x_min, x_max, y_min, y_max in the base frame, m."""

    attempt_timeout_s: Positive
    home_timeout_s: Positive
    attempts_max: Annotated[int, Field(ge=1, le=20)]
    destination_zone_m: tuple[Finite, Finite, Finite, Finite]


class SkillConfig(Strict):
    """Where the scripted pick works: the source tote as x_min, x_max, y_min, y_max, the totes' floor and rim, all m."""

    source_zone_m: tuple[Finite, Finite, Finite, Finite]
    floor_z_m: Finite
    rim_z_m: Finite


class SkuConfig(Strict):
    """Master data of one SKU: what the scale should say when one arrives, and its size as it lies in a tote.

    `size_m` is length, width and height; without it the scripted pick cannot take it and the camera cannot count it.
    """

    mass_kg: Positive
    mass_tolerance_kg: Positive
    size_m: tuple[Positive, Positive, Positive] | None = None


class HostConfig(Strict):
    """Where REST and the live page listen; loopback only."""

    address: Literal["127.0.0.1"]
    port: Annotated[int, Field(ge=0, le=65535)]


class SignerConfig(Strict):
    """Somebody whose signature under the safety profile this site believes."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    public_key: Annotated[str, Field(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$")]


class SafetyConfig(Strict):
    """Who may sign the safety profile."""

    signers: tuple[SignerConfig, ...]

    @model_validator(mode="after")
    def _keys_differ(self) -> SafetyConfig:
        keys = [signer.public_key for signer in self.signers]
        if len(set(keys)) != len(keys):
            raise ValueError("two signers have the same public_key")
        return self


class SimulationConfig(Strict):
    """The simulated cell: its declared scene distributions by name."""

    distributions: dict[Name, str]


class CellConfig(Strict):
    """All of `cell.toml`."""

    name: Name
    description: str
    robot: RobotConfig
    cameras: dict[Name, CameraConfig]
    policy: PolicyConfig
    task: TaskConfig
    skill: SkillConfig | None = None
    skus: dict[Name, SkuConfig]
    ladder: tuple[RungConfig, ...] = ()
    recovery: RecoveryConfig | None = None
    host: HostConfig
    safety: SafetyConfig
    simulation: SimulationConfig

    @model_validator(mode="after")
    def _names_exist(self) -> CellConfig:
        for camera in self.policy.cameras:
            if camera not in self.cameras:
                raise ValueError(f"policy.cameras names '{camera}', but the cell has {', '.join(sorted(self.cameras))}")
        if not self.skus:
            raise ValueError("skus is empty: name at least one SKU")
        check_ladder(self.ladder, self.recovery)
        return self
