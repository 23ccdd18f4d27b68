"""How much to practise and how to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

SEED_BASE = 1_000_000
"""Practice uses scene seeds from here on; seeds below are left for evaluation, so that the two never meet."""
SEEDS_A_COURSE = 100
"""Courses with other seeds practise in other scenes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How pictures are changed while training: each change is made to this `share` of them, independently.

    `level` and `warmth` of the light as scene files say them; `noise`: largest standard deviation, in grey levels;
    `shift_squares`: a picture is moved by up to so many squares of 4 pixels either way.
    """

    share: float = 0.35
    level: tuple[float, float] = (0.22, 1.3)
    warmth: tuple[float, float] = (-0.30, 0.55)
    noise: float = 24.0
    shift_squares: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """When the expert takes over from the policy, and what such moments are worth. Chosen by hand.

    The policy strays where its chunk is further than `apart_m` (mean over its steps) from the expert's or closes the
    gripper at other times; after `strayed_decisions` in a row the expert acts, until they agree `agreed_decisions` in a
    row. Moments in which they differ or the expert acts are trained on `weight` times as often. Rounds that continue a
    course are `share` of what is trained on, however much practice there was before.
    """

    apart_m: float = 0.03
    strayed_decisions: int = 3
    agreed_decisions: int = 3
    weight: float = 3.0
    share: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnSettings:
    """All choices of a course. Chosen by experiment on the bin-picking cell unless said otherwise.

    `demonstrations`: picks of the scripted expert; its motion is disturbed (shares and sizes below) so that it shows
    how to recover. `rounds` of `corrections`: picks of the policy itself, whose every moment the expert labels (DAgger,
    Ross et al. 2011). `validation`: picks of the last policy that are only measured with. `augmentation`: None leaves
    pictures as they were taken. `seeds_used`: scene seeds of this course that the one it continues has used already.
    """

    seed: int = 0
    demonstrations: int = 1200
    rounds: int = 4
    corrections: int = 300
    validation: int = 200
    disturbed_share: float = 0.25
    disturbed_xy_m: float = 0.03
    disturbed_z_m: float = 0.015
    picks_per_shard: int = 25
    workers: int = 2
    steps_first: int = 1000
    steps_round: int = 600
    steps_last: int = 1800
    batch: int = 128
    learning_rate: float = 4e-3
    weight_decay: float = 1e-4
    average_decay: float = 0.998
    threads: int = 2
    displacement_scale_m: float = 0.08
    loss_beta: float = 0.02
    gripper_weight: float = 0.1
    target_weight: float = 0.05
    product_weight: float = 0.2
    background_weight: float = 0.3
    channels: tuple[int, int] = (24, 48)
    keypoints: int = 16
    hidden: int = 256
    augmentation: Augmentation | None = None
    correction: Correction = Correction()
    seeds_used: int = 0

    @property
    def scene_seeds(self) -> tuple[int, int]:
        """First and last scene seed of the course: demonstrations (in a course of its own), each round, validation."""
        first = SEED_BASE + SEEDS_A_COURSE * self.seed + self.seeds_used
        return first, first + self.rounds + (0 if self.seeds_used else 1)

    @staticmethod
    def standard(seed: int = 0) -> LearnSettings:
        """Return the settings that the shipped policy is made with."""
        return LearnSettings(seed=seed)

    @staticmethod
    def broad(seed: int = 0) -> LearnSettings:
        """Return the settings for a distribution with many shifts: more of everything, and pictures changed as well."""
        return LearnSettings(
            seed=seed, demonstrations=1500, corrections=350,
            steps_round=500, steps_last=2500, channels=(32, 64), augmentation=Augmentation(),
        )  # fmt: skip

    @staticmethod
    def read(table: Mapping[str, Any]) -> LearnSettings:
        """Return the settings that a lineage tells; what older ones do not know keeps its default."""
        plain = dict(table)
        plain["channels"] = tuple(plain["channels"])
        if plain.get("augmentation") is not None:
            change = dict(plain["augmentation"])
            pairs = {"level": tuple(change["level"]), "warmth": tuple(change["warmth"])}
            plain["augmentation"] = Augmentation(**{**change, **pairs})
        plain["correction"] = Correction(**plain.get("correction", {}))
        return LearnSettings(**plain)

    def continued(self, seeds_used: int, rounds: int, *, is_small: bool = False) -> LearnSettings:
        """Return the settings of further rounds: the same network, a lower learning rate, fewer steps."""
        if is_small:
            return replace(
                self, seeds_used=seeds_used, rounds=rounds, corrections=4, validation=2, steps_round=20, steps_last=30
            )
        return replace(self, seeds_used=seeds_used, rounds=rounds, learning_rate=2e-3, steps_round=400, steps_last=1200)

    @staticmethod
    def small(seed: int = 0) -> LearnSettings:
        """Return a course of about a minute that goes through every stage; its policy is not meant to be good."""
        return LearnSettings(
            seed=seed, demonstrations=6, rounds=1, corrections=4, validation=2, picks_per_shard=2,
            steps_first=30, steps_round=20, steps_last=30, batch=32, threads=1,
        )  # fmt: skip
