"""The diagrams of a qualification report as SVG text, drawn without a window or global state."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spinal.qualify.clusters import scene_bound, scenes_of
from spinal.qualify.results import SceneResult
from spinal.qualify.sequential import Evidence
from spinal.qualify.series import Series
from spinal.qualify.slices import SliceResult
from spinal.qualify.verdict import Verdict

INK, FAINT, GRID = "#1c2733", "#66717d", "#e3e7eb"
BLUE, TEAL, AMBER, RED, GREY = "#2f6fde", "#12876f", "#d98a00", "#c8372d", "#b3bcc6"
WIDTH = 9.2  # inches; the page scales it to its own width
POINTS = 200
"""Of a curve over scenes."""
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "spinal",
    "font.family": "sans-serif",
    "font.size": 10.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "text.color": INK,
}


def history(scenes: Sequence[SceneResult], verdict: Verdict) -> str:
    """Return rate, bounds and limit over the scenes so far, per 1 000 picks on a logarithmic axis."""
    failures = np.cumsum([sum(pick.needs_person for pick in scene.picks) for scene in scenes])
    picks = np.cumsum([len(scene.picks) for scene in scenes])
    at = np.unique(np.linspace(1, len(scenes), min(POINTS, len(scenes))).astype(int))
    by_scene, naive = [], []
    for count in at:
        part = [sum(pick.needs_person for pick in scene.picks) for scene in scenes[:count]]
        bound = scene_bound(scenes_of(part, [len(scene.picks) for scene in scenes[:count]]), verdict.bound.icc_declared)
        by_scene.append(1000 * bound.upper)
        naive.append(1000 * bound.naive_upper)
    with mpl.rc_context(STYLE):
        figure, axes = sheet(3.2)
        rate = 1000 * failures[at - 1] / picks[at - 1]
        axes.plot(picks[at - 1], by_scene, color=BLUE, linewidth=2, label="95 % upper bound, by scene")
        axes.plot(picks[at - 1], naive, color=GREY, linewidth=1.2, label="if picks were independent")
        axes.plot(picks[at - 1], np.where(rate > 0, rate, np.nan), color=INK, linewidth=1.2, label="interventions seen")
        axes.axhline(1000 * verdict.limit, color=RED, linewidth=1.2, linestyle=(0, (4, 2)), label="limit")
        axes.set_yscale("log")
        axes.set_xlabel("picks")
        axes.set_ylabel("per 1,000 picks")
        figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=8.5)
        return svg(figure, "history")


def evidence(scenes: Sequence[SceneResult], verdict: Verdict) -> str:
    """Return the e-value over the scenes; 20 certifies."""
    process = Evidence(verdict.limit)
    values = [process.add(sum(pick.needs_person for pick in scene.picks), len(scene.picks)) for scene in scenes]
    with mpl.rc_context(STYLE):
        figure, axes = sheet(2.4)
        axes.plot(np.arange(1, len(values) + 1), np.maximum(values, 1e-12), color=BLUE, linewidth=1.6)
        axes.axhline(20.0, color=TEAL, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.annotate("certifies", (1.0, 20.0), xytext=(2, 3), textcoords="offset points", color=TEAL, fontsize=8.5)
        axes.set_yscale("log")
        axes.set_xlabel("scenes")
        axes.set_ylabel("e-value")
        return svg(figure, "evidence")


def clustering(scenes: Sequence[SceneResult]) -> str:
    """Return how many scenes had so many failures, beside what independent picks with the same rate would give."""
    size = max(len(scene.picks) for scene in scenes)
    counts = Counter(sum(pick.needs_person for pick in scene.picks) for scene in scenes)
    rate = sum(k * n for k, n in counts.items()) / sum(len(scene.picks) for scene in scenes)
    places = range(size + 1)
    expected = [len(scenes) * math.comb(size, k) * rate**k * (1.0 - rate) ** (size - k) for k in places]
    with mpl.rc_context(STYLE):
        figure, axes = sheet(2.6)
        axes.bar(places, [counts[k] for k in places], color=BLUE, width=0.7, label="seen")
        axes.plot(places, expected, "o-", color=AMBER, markersize=4, linewidth=1.0, label="if picks were independent")
        axes.set_xlabel(f"interventions in a scene of {size} picks")
        axes.set_ylabel("scenes")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False, fontsize=8.5)
        return svg(figure, "clustering")


def slices(results: Sequence[SliceResult], limit: float) -> str:
    """Return each slice's rate with its simultaneous bounds, the worst on top."""
    with mpl.rc_context(STYLE):
        figure, axes = sheet(0.8 + 0.32 * len(results))
        for place, one in enumerate(reversed(results)):
            colour = RED if one.lower > limit else TEAL if one.upper < limit else BLUE
            axes.plot([1000 * one.lower, 1000 * one.upper], [place, place], color=colour, linewidth=4, alpha=0.35)
            if one.picks:
                axes.plot([1000 * one.rate], [place], "o", color=colour, markersize=5)
        axes.axvline(1000 * limit, color=RED, linewidth=1.2, linestyle=(0, (4, 2)))
        names = [f"{one.name}  ({one.failures} of {one.picks})" for one in reversed(results)]
        axes.set_yticks(range(len(results)), names)
        axes.set_xscale("symlog", linthresh=1.0)
        axes.set_xlim(left=0.0)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x", color=GRID, linewidth=0.8)
        axes.set_xlabel("interventions per 1,000 picks, with bounds that hold for all slices at once")
        return svg(figure, "slices")


def growth(series: Series) -> str:
    """Return interventions counted over all picks of the series, the law through them, and where a stage begins."""
    with mpl.rc_context(STYLE):
        figure, axes = sheet(3.2)
        for stage in series.stages:
            at = [stage.picks_before, *stage.at, stage.picks_before + stage.picks]
            before = sum(len(other.at) for other in series.stages if other.picks_before < stage.picks_before)
            count = [before, *range(before + 1, before + len(stage.at) + 1), before + len(stage.at)]
            is_first = stage.picks_before == 0
            axes.step(at, count, where="post", color=INK, linewidth=1.6, label="seen" if is_first else None)
            if not is_first:
                axes.axvline(stage.picks_before, color=GREY, linewidth=1.0)
            axes.annotate(
                stage.name,
                ((stage.picks_before + stage.picks / 2), 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                color=FAINT,
                fontsize=8.5,
            )
        if series.fit is not None:
            fit, picks = series.fit, np.linspace(0.0, series.fit.exposure, POINTS)
            law = fit.events * (picks / fit.exposure) ** fit.shape
            axes.plot(picks, law, color=BLUE, linewidth=1.6, label="power law (Crow-AMSAA)")
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("picks of all campaigns, in their order")
        axes.set_ylabel("interventions so far")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8.5)
        return svg(figure, "growth")


def sheet(height: float) -> tuple[Figure, Axes]:
    """Return an empty diagram of this height, in inches."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.tick_params(length=0)
    return figure, axes


def svg(figure: Figure, name: str) -> str:
    """Return the figure as an SVG element that can stand inside a page; ids are made unique by `name`."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    return svg.replace('id="', f'id="{name}-').replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
