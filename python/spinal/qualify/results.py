"""What became of every scene of a campaign, kept so that a kill at any instant loses nothing that was reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from spinal.errors import EvidenceError
from spinal.qualify.lines import LinesFile, read_lines

_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0.0)]


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class PickOutcome:
    """One pick of a scene. `succeeded` is the simulator's truth, `outcome` what the cell's own check said.

    `needs_person`: the order did not end as complete, or the robot stands in a stop that only a person's reset ends.
    `picture` is the name of a file beside the results, when one was taken. `rungs`: each attempt's rung of the cell's
    ladder with its outcome; `alarms`: those of a monitor that ended an attempt; `recoveries`: the motions in between.
    """

    pick: Count
    sku: str
    attempts: Count
    outcome: str
    ending: str
    trigger: str
    succeeded: bool
    needs_person: bool
    reasons: tuple[str, ...]
    cycle_s: Seconds
    simulated_s: Seconds
    wall_s: Seconds
    journal_head: str
    picture: str | None = None
    rungs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()

    @property
    def is_silent_failure(self) -> bool:
        """Return whether the cell took it for placed and it was not."""
        return self.outcome == "placed" and not self.succeeded

    @property
    def is_failure(self) -> bool:
        """Return whether a person is needed now, or will be when somebody notices."""
        return self.needs_person or self.is_silent_failure


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResult:
    """All picks of one scene; `axes` are the shifts in it."""

    index: Count
    axes: tuple[str, ...]
    picks: Annotated[tuple[PickOutcome, ...], Field(min_length=1)]


@dataclass(slots=True, kw_only=True)
class Results:
    """What a campaign's file holds: what was run (`identity`), scenes by index, and at how many a verdict was made."""

    identity: dict[str, Any]
    scenes: dict[int, SceneResult] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)

    @property
    def complete(self) -> tuple[SceneResult, ...]:
        """Return scenes 0, 1, ... up to the first that is missing.

        Scenes with failures take longer. Those that happen to be done would be the easier ones; a prefix is not chosen.
        """
        found: list[SceneResult] = []
        while (scene := self.scenes.get(len(found))) is not None:
            found.append(scene)
        return tuple(found)


class ResultsFile:
    """Scenes appended a line each; a line that `add` returned from has reached the disk. One process at a time."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Open or begin the file; EvidenceError when it is another campaign's, damaged, or being written elsewhere."""
        self.results = Results(identity=dict(identity))
        self._lines = LinesFile(path, identity, partial(_take, self.results))

    def __enter__(self) -> ResultsFile:
        """Return the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._lines.__exit__(kind, error, trace)

    def add(self, scene: SceneResult) -> None:
        """Keep a scene durably."""
        self._lines.append({"scene": asdict(scene)})
        self.results.scenes[scene.index] = scene

    def add_look(self, scenes: int) -> None:
        """Keep durably that a verdict was made at so many scenes; the same number again is the same look."""
        if scenes not in self.results.looks:
            self._lines.append({"look": scenes})
            self.results.looks.append(scenes)


def read_results(path: Path) -> Results:
    """Return what a campaign's file holds; EvidenceError when there is none or it is damaged."""
    if not path.is_file():
        raise EvidenceError("no campaign here", value=path, allowed="a folder that `spinal qualify` made")
    results = Results(identity={})
    results.identity, _ = read_lines(path, partial(_take, results))
    return results


_SCENE = TypeAdapter(SceneResult)


def _take(results: Results, line: Mapping[str, Any]) -> None:
    """Take a line in; ValueError for one whose values no campaign can have written."""
    if "look" in line:
        look = line["look"]
        if isinstance(look, bool) or not isinstance(look, int) or look < 0:
            raise ValueError(f"look is {look!r}; allowed is a number of scenes")
        results.looks.append(look)
        return
    # Through text, because only there a list is the tuple that it was before.
    scene = _SCENE.validate_json(json.dumps(line["scene"]))
    if scene.index in results.scenes:
        raise ValueError(f"scene {scene.index} is there twice")
    if [pick.pick for pick in scene.picks] != list(range(len(scene.picks))):
        raise ValueError(f"the picks of scene {scene.index} are not numbered 0, 1, ...")
    results.scenes[scene.index] = scene
