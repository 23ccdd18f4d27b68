"""Film strips: pictures of a few attempts, evenly spaced in time, from the recording."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spinal.report import words
from spinal.report.recording import Picture, Recording, read_pictures
from spinal.report.sources import Pick

PICTURES_A_STRIP: Final = 8
FAILURES_SHOWN: Final = 2
CAMERAS_SHOWN: Final = 2
PREFERRED: Final = ("overview", "top", "wrist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One picture as a data URI, with its time in the attempt."""

    caption: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One attempt: for each camera its pictures in time."""

    title: str
    is_success: bool
    cameras: dict[str, tuple[Still, ...]]


def make_strips(path: Path | None, recording: Recording | None, picks: Sequence[Pick], zero_ns: int) -> list[Strip]:
    """Return strips of the first success and the first failures; none without pictures."""
    if path is None or recording is None or recording.problem or not recording.cameras:
        return []
    cameras = sorted(recording.cameras, key=_preference)[:CAMERAS_SHOWN]
    strips = []
    for pick in _choose(picks):
        wanted = [(camera, at_s) for camera in cameras for at_s in _instants(pick)]
        pictures = read_pictures(path, zero_ns=zero_ns, wanted=wanted)
        rows = {camera: _stills([one for one in pictures if one.camera == camera], pick) for camera in cameras}
        shown = {camera: stills for camera, stills in rows.items() if stills}
        if shown:
            title = f"{pick.order}, {pick.sku}, attempt {pick.attempt}: {words.plain_outcome(pick.outcome)}"
            strips.append(Strip(title=title, is_success=pick.is_success, cameras=shown))
    return strips


def choose_cover(strips: Sequence[Strip]) -> Still | None:
    """Return the overview camera's picture from the middle of the first success, if there is one."""
    for strip in strips:
        stills = strip.cameras.get(PREFERRED[0], ())
        if strip.is_success and stills:
            return stills[len(stills) // 2]
    return None


def _choose(picks: Sequence[Pick]) -> list[Pick]:
    """Return the first success, then the first failure of each kind."""
    timed = [pick for pick in picks if pick.started_s is not None and pick.duration_s is not None]
    chosen = [pick for pick in timed if pick.is_success][:1]
    seen: set[str] = set()
    for pick in timed:
        if not pick.is_success and pick.outcome not in seen and len(seen) < FAILURES_SHOWN:
            seen.add(pick.outcome)
            chosen.append(pick)
    return chosen


def _instants(pick: Pick) -> list[float]:
    start_s, duration_s = pick.started_s or 0.0, pick.duration_s or 0.0
    return [start_s + duration_s * (step + 0.5) / PICTURES_A_STRIP for step in range(PICTURES_A_STRIP)]


def _stills(pictures: Sequence[Picture], pick: Pick) -> tuple[Still, ...]:
    stills: dict[float, Still] = {}
    for picture in pictures:
        uri = "data:image/jpeg;base64," + base64.b64encode(picture.jpeg).decode("ascii")
        since_s = picture.at_s - (pick.started_s or 0.0)
        stills.setdefault(picture.at_s, Still(caption=f"{since_s:.1f} s", uri=uri))
    return tuple(stills[at_s] for at_s in sorted(stills))


def _preference(camera: str) -> tuple[int, str]:
    return (PREFERRED.index(camera) if camera in PREFERRED else len(PREFERRED), camera)
