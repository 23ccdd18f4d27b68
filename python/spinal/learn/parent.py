"""The course that another one continues: its bundle, its practice (held against its hash), its weights."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinal.errors import PolicyError
from spinal.learn.collect import RoundSummary
from spinal.learn.settings import SEED_BASE, SEEDS_A_COURSE, LearnSettings
from spinal.learn.shards import Practice, practice_hash, read_shard

WEIGHTS = "parent.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A finished course. `bundle` is what it made, `work` the folder that keeps its practice and weights."""

    bundle: Path
    work: Path
    lineage: dict[str, Any]

    @property
    def settings(self) -> LearnSettings:
        """What it was made with."""
        return LearnSettings.read(self.lineage["settings"])

    @property
    def rounds(self) -> list[RoundSummary]:
        """How its rounds went, those of its own parent included."""
        names = RoundSummary.__dataclass_fields__
        return [RoundSummary(**{key: row[key] for key in names if key in row}) for row in self.lineage["rounds"]]

    @property
    def seeds_used(self) -> int:
        """How many scene seeds of its course are used up: its rounds, those before, its validation."""
        return int(self.lineage["data"]["scene_seeds"][1]) + 2 - SEED_BASE - SEEDS_A_COURSE * self.settings.seed

    @property
    def reference(self) -> dict[str, Any]:
        """What a child's lineage tells of it: hashes of its model and manifest, and of its practice."""
        return {
            "model_sha256": _sha256(self.bundle / "model.onnx"),
            "policy_json_sha256": _sha256(self.bundle / "policy.json"),
            "data_sha256": self.lineage["data"]["sha256"],
        }

    def practice(self) -> list[Practice]:
        """Return its practice, round by round; PolicyError when it is not the one that its lineage tells."""
        missing = [row.name for row in self.rounds if not self._shards(row.name)]
        if missing:
            raise PolicyError(
                "the practice of the course to continue is not there",
                value=f"{self.work}: {', '.join(missing)}",
                next_step="name the --work folder of the course that made the bundle",
            )
        rounds = [[read_shard(path) for path in self._shards(row.name)] for row in self.rounds]
        parts = [Practice.joined(shards) for shards in rounds]
        found, expected = practice_hash(parts), self.lineage["data"]["sha256"]
        if found != expected:
            raise PolicyError(
                "the practice in this folder is not what the bundle was made from: its hash does not match",
                value=f"{self.work}: {found}",
                allowed=expected,
                next_step="name the --work folder of the course that made the bundle, or --parent the bundle it made",
            )
        return parts

    def hand_over(self, work: Path) -> None:
        """Give its practice and weights to a child's folder, as links where the file system can; twice is once."""
        for path in [shard for row in self.rounds for shard in self._shards(row.name)]:
            _give(path, work / "practice" / path.name)
        _give(self.work / "weights" / "last.pt", work / "weights" / WEIGHTS)

    def _shards(self, name: str) -> list[Path]:
        return sorted((self.work / "practice").glob(f"{name}-*.npz"))


def open_parent(bundle: Path, work: Path) -> Parent:
    """Return the finished course; PolicyError when it was not made by `spinal learn` or lacks what is continued."""
    try:
        lineage = json.loads((bundle / "policy.json").read_text(encoding="utf-8"))["lineage"]
    except (OSError, ValueError, KeyError) as error:
        raise PolicyError("the bundle to continue cannot be read", value=f"{bundle}: {error}") from None
    if not isinstance(lineage, dict) or not {"settings", "rounds", "data"} <= lineage.keys():
        raise PolicyError(
            "the lineage of the bundle to continue does not say how it was made",
            value=bundle,
            allowed="a bundle that `spinal learn` wrote to its --out",
            next_step="name it with --parent",
        )
    if not (work / "weights" / "last.pt").is_file():
        raise PolicyError(
            "there is no finished course in this folder",
            value=work,
            allowed="the --work folder of a course that has written its bundle",
            next_step="let that course finish, or name another folder with --from",
        )
    return Parent(bundle=bundle, work=work, lineage=lineage)


def _give(source: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:
        shutil.copyfile(source, partial)
    partial.replace(target)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
