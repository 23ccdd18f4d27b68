"""One simulator of a campaign: runs whole scenes, in this process or wherever a worker was put."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import simplejpeg

from spinal import watch
from spinal.cell import Cell
from spinal.errors import EvidenceError
from spinal.qualify import PickOutcome, SceneResult
from spinal.record import hash_file
from spinal.run import permission
from spinal.run.chain import BARE, Chain, rungs_of, with_bundle
from spinal.run.evaluate import Who, make_crew, scene_for
from spinal.run.fit import load_fitting_cell
from spinal.run.keeping import kept, lineage_of
from spinal.run.ladder import second_folder
from spinal.run.pick import Crew, PickResult, run_pick
from spinal.run.practice import core_hash
from spinal.run.sources import code_sha256
from spinal.run.station import Station
from spinal.sim.distribution import Distribution, load_distribution
from spinal.sim.scene import sample
from spinal.sim.severity import with_severities

SCENE_SHARE = "scene"
"""The share that says which scene of the stream is drawn, out of SCENES."""
SCENES = 2**31
CODE = "code"
"""Name of the hash of the Python code that decides how a scene goes."""
PICTURE_SIZE = (480, 360)
JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What every worker needs to run a scene. `distribution` is a file; a worker with other `hashes` refuses to run.

    `chain` says which parts of the chain stand around the policy. With a ladder its rungs say how often is tried.
    `episodes`: folder in which attempts are kept for learning; it does not change how a scene goes.
    """

    cell: Path
    distribution: Path
    who: Who
    seed: int
    picks_per_scene: int
    attempts_max: int
    profile_hash: bytes
    hashes: tuple[tuple[str, str], ...]
    chain: Chain = BARE
    episodes: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRun:
    """A scene's result with the pictures that were drawn in it, JPEG by name."""

    result: SceneResult
    pictures: tuple[tuple[str, bytes], ...]


def hashes_of(cell: Cell, who: Who, distribution: Distribution, chain: Chain = BARE) -> tuple[tuple[str, str], ...]:
    """Return what decides how a scene goes, as (name, SHA-256): cell, policies, monitor, distribution, core, code."""
    found = {"cell.toml": cell.file_hashes["cell.toml"], "distribution": distribution.sha256}
    found |= {"core": core_hash(), CODE: code_sha256()}
    if who == "policy":
        found |= {name: hash_file(cell.policy_folder / name) for name in ("model.onnx", "policy.json")}
        monitor = [cell.policy_folder / name for name in (watch.JSON, watch.ARRAYS)]
        if chain.watch == "calibrated" and all(file.is_file() for file in monitor):
            found |= {file.name: hash_file(file) for file in monitor}
    second = second_folder(cell, rungs_of(cell, chain))
    if second is not None:
        found |= {f"second {name}": hash_file(second / name) for name in ("model.onnx", "policy.json")}
    return tuple(sorted(found.items()))


class Simulator:
    """A station with its decider: runs scenes, one after the other."""

    def __init__(self, what: Campaign) -> None:
        """Compile the cell and load the policy; refuses a safety profile that is not the campaign's."""
        self._what = what
        self._cell: Cell = with_bundle(load_fitting_cell(what.cell), what.chain)
        permission.check_same(self._cell, what.profile_hash)
        self._distribution: Distribution = load_distribution(what.distribution)
        self._check_same()
        self._lineage = lineage_of(self._cell, self._distribution.sha256)
        self._station, self._crew = make_simulation(what, self._cell)

    def run(self, index: int) -> SceneRun:
        """Run all picks of scene `index`; the first failure of a scene leaves a picture."""
        axes: tuple[str, ...] = ()
        picks: list[PickOutcome] = []
        pictures: list[tuple[str, bytes]] = []
        what = self._what
        with kept(what.episodes, f"{index:06d}", self._lineage, what.seed) as keeper:
            for number in range(what.picks_per_scene):
                scene = scene_for(self._cell, self._distribution, what.seed, index, pick=number)
                result = run_pick(self._station, self._crew, scene, attempts_max=what.attempts_max, keeper=keeper)
                axes = result.axes
                outcome = pick_outcome(result, number)
                if outcome.is_failure and not any(pick.is_failure for pick in picks):
                    pictures.append((f"scene-{index:06d}-pick-{number:03d}.jpg", self._picture()))
                    outcome = pick_outcome(result, number, pictures[-1][0])
                picks.append(outcome)
        return SceneRun(result=SceneResult(index=index, axes=axes, picks=tuple(picks)), pictures=tuple(pictures))

    def run_at(self, severities: Mapping[str, float], journal: Path | None = None) -> tuple[PickOutcome, ...]:
        """Run the picks of scene 0 with these shifts, and no other; `journal`: folder of full journals."""
        distribution = with_severities(self._distribution, severities)
        picks = []
        for number in range(self._what.picks_per_scene):
            scene = scene_for(self._cell, distribution, self._what.seed, 0, pick=number)
            result = run_pick(
                self._station,
                self._crew,
                scene,
                attempts_max=self._what.attempts_max,
                journal=None if journal is None else journal / f"{number:06d}.journal",
                detail="digest" if journal is None else "full",
            )
            picks.append(pick_outcome(result, number))
        return tuple(picks)

    def run_drawn(self, shares: Mapping[str, float], journal: Path | None = None) -> tuple[PickOutcome, ...]:
        """Run the first pick of the scene that these shares draw (`scene`: which one of the stream); see `sample`."""
        index = min(int(shares[SCENE_SHARE] * SCENES), SCENES - 1)
        drawn = {name: value for name, value in shares.items() if name != SCENE_SHARE}
        result = run_pick(
            self._station,
            self._crew,
            sample(self._distribution, self._what.seed, index, shares=drawn),
            attempts_max=self._what.attempts_max,
            journal=None if journal is None else journal / "000000.journal",
            detail="digest" if journal is None else "full",
        )
        return (pick_outcome(result, 0),)

    def close(self) -> None:
        """Free the OpenGL contexts."""
        self._station.close()

    def _picture(self) -> bytes:
        """Draw how the pick ended, for people, as JPEG."""
        image = self._station.cameras.overview(self._station.simulation.data, *PICTURE_SIZE, shadows=False)
        return simplejpeg.encode_jpeg(image, quality=JPEG_QUALITY)

    def _check_same(self) -> None:
        expected = dict(self._what.hashes)
        for name, found in hashes_of(self._cell, self._what.who, self._distribution, self._what.chain):
            if expected.get(name) != found:
                raise EvidenceError(
                    f"a worker of the campaign has another {name} than the campaign",
                    value=found,
                    allowed=expected.get(name),
                    next_step="leave the files alone while it runs; on other machines, bring them up to date",
                )


def make_simulation(what: Campaign, cell: Cell) -> tuple[Station, Crew]:
    """Return the simulated cell and who decides in it; `cell` has the chain's bundle."""
    station = Station(cell)
    return station, make_crew(what.who, cell, station, what.chain)


def pick_outcome(result: PickResult, number: int, picture: str | None = None) -> PickOutcome:
    """Return a pick as evidence keeps it."""
    return PickOutcome(
        pick=number,
        sku=result.sku,
        attempts=result.attempts,
        outcome=result.outcome,
        ending=result.ending,
        trigger=result.trigger,
        succeeded=result.succeeded,
        needs_person=result.needs_person,
        reasons=result.reasons,
        cycle_s=result.cycle_s,
        simulated_s=result.simulated_s,
        wall_s=result.wall_s,
        journal_head=result.journal_head,
        picture=picture,
        rungs=result.rungs,
        alarms=result.alarms,
        recoveries=result.recoveries,
    )
