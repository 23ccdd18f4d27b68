"""report.html of a campaign: one file with everything inside, the executive page first."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spinal.qualify import figures, words
from spinal.qualify.paired import Comparison
from spinal.qualify.results import SceneResult
from spinal.qualify.series import Series
from spinal.qualify.verdict import Verdict

PACKAGE = "spinal.qualify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that the page tells. `facts`: what was run, in words. `replay`: command that plays scene and pick again."""

    verdict: Verdict
    scenes: Sequence[SceneResult]
    distribution: str
    facts: Mapping[str, str]
    replay: str
    pictures: Path
    against: str | None = None
    comparison: Comparison | None = None
    growth: Series | None = None


def write_report(story: Story, out: Path) -> None:
    """Write the page to `out`. It loads nothing, from nowhere."""
    verdict = story.verdict
    environment = Environment(
        loader=PackageLoader(PACKAGE, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    text = environment.get_template("report.html.j2").render(
        story=story,
        verdict=verdict,
        cost=verdict.cost,
        sentences=list(words.sentences(verdict, story.distribution)),
        style=Markup(files(PACKAGE).joinpath("page/report.css").read_text(encoding="utf-8")),
        figures={name: Markup(svg) for name, svg in _drawn(story).items()},
        pictures=_pictures(story),
    )
    fresh = out.with_name(out.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(out)


def _drawn(story: Story) -> dict[str, str]:
    scenes, verdict = story.scenes, story.verdict
    grown = {} if story.growth is None else {"growth": figures.growth(story.growth)}
    return {
        **grown,
        "history": figures.history(scenes, verdict),
        "slices": figures.slices(verdict.slices, verdict.limit),
        "clustering": figures.clustering(scenes),
        "evidence": figures.evidence(scenes, verdict),
    }


def _pictures(story: Story) -> dict[str, str]:
    """Return the pictures of the failures that are shown, as data URLs; one that is gone is left out."""
    names = [example.picture for mode in story.verdict.modes for example in mode.examples if example.picture]
    there: dict[str, Any] = {name: story.pictures / name for name in names}
    return {
        name: f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"
        for name, path in there.items()
        if path.is_file()
    }
