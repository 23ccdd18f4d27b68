"""The page of a calibration: one file with everything inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spinal.watch import figures
from spinal.watch.evaluation import Evaluation, Share
from spinal.watch.monitor import Monitor

EVERYTHING = "all failures"
"""The group of an evaluation that holds all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page tells. `good` and `bad`: worst surprise of held-out attempts; `facts`: what was run."""

    monitor: Monitor
    realised: Share
    good: Sequence[float]
    bad: Sequence[float]
    facts: Mapping[str, str]
    evaluation: Evaluation | None


def write_page(page: Page, out: Path) -> None:
    """Write the page to `out`. It loads nothing, from nowhere."""
    environment = Environment(
        loader=PackageLoader("spinal.watch", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    limits = {name: one.value for name, one in page.monitor.thresholds.items()}
    drawn = {"spread": figures.spread(page.good, page.bad, limits)}
    if page.evaluation is not None:
        rows = page.evaluation.rows
        drawn["false_alarms"] = figures.false_alarms(rows, page.monitor.promise.alpha)
        drawn["found"] = figures.found(rows, EVERYTHING)
        drawn["found_early"] = figures.found(page.evaluation.rows_at_horizon, EVERYTHING)
    text = environment.get_template("calibration.html.j2").render(
        page=page,
        monitor=page.monitor,
        figures={name: Markup(svg) for name, svg in drawn.items()},
        percent=lambda value: "–" if value != value else f"{100 * value:.1f} %",
        seconds=lambda value: "–" if value != value else f"{value:.1f} s",
    )
    fresh = out.with_name(out.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(out)
