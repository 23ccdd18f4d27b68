"""The page of an experiment over arms: the headline, the table, a diagram, which link of the chain holds it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spinal.qualify import words
from spinal.qualify.figures import AMBER, BLUE, GREY, RED, STYLE, TEAL, sheet, svg
from spinal.qualify.gap import Links, Row

PACKAGE = "spinal.qualify"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapStory:
    """All that the page tells. `first` and `last`: names of the arms between which the gap is told.

    `is_certified` is the verdict of the last arm's own campaign, which knows how often its scenes were looked at.
    `limit` is interventions per 1 000 that must be undercut; `facts`: what was run, in words; `folders`: the campaign
    of each arm; `notes`: what is to be known about this run, as sentences.
    """

    rows: Sequence[Row]
    links: Links | None
    first: str
    last: str
    is_certified: bool
    limit: float
    distribution: str
    facts: Mapping[str, str]
    folders: Mapping[str, str]
    notes: Sequence[str]

    @property
    def factor(self) -> float | None:
        """Return by how much interventions fell from the first arm to the last; None when none is left."""
        last = self.row(self.last).interventions_per_1000
        return self.row(self.first).interventions_per_1000 / last if last else None

    def row(self, name: str) -> Row:
        """Return an arm's row."""
        return next(row for row in self.rows if row.arm.name == name)


def write_gap_report(story: GapStory, out: Path) -> None:
    """Write the page to `out`. It loads nothing, from nowhere."""
    environment = Environment(
        loader=PackageLoader(PACKAGE, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    text = environment.get_template("gap.html.j2").render(
        story=story,
        first=story.row(story.first),
        last=story.row(story.last),
        style=Markup(files(PACKAGE).joinpath("page/report.css").read_text(encoding="utf-8")),
        figure=Markup(arms_figure(story)),
    )
    fresh = out.with_name(out.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(out)


def arms_figure(story: GapStory) -> str:
    """Return interventions per 1 000 picks of each arm with the upper bound, on a logarithmic axis."""
    rows = list(story.rows)
    with mpl.rc_context(STYLE):
        figure, axes = sheet(0.8 + 0.36 * len(rows))
        for place, row in enumerate(reversed(rows)):
            is_main = row.arm.name in (story.first, story.last)
            colour = TEAL if row.intervention_upper95 < story.limit else BLUE if is_main else GREY
            value = max(row.interventions_per_1000, 0.1)
            axes.barh(place, value, color=colour, height=0.62, left=0.0)
            axes.plot([value, max(row.intervention_upper95, 0.1)], [place, place], color=AMBER, linewidth=2.5)
        axes.axvline(story.limit, color=RED, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set_yticks(range(len(rows)), [f"{row.arm.name}  {row.arm.title}" for row in reversed(rows)])
        axes.set_xscale("log")
        axes.set_xlim(0.1, 1000.0)
        axes.set_xlabel("interventions per 1,000 picks; the thin line goes to the 95 % upper bound, by scene")
        return svg(figure, "arms")
