"""The diagrams of a calibration's page as SVG text, drawn without a window or global state."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from spinal.watch.evaluation import Row, Share

INK, FAINT, GRID = "#1c2733", "#66717d", "#e3e7eb"
BLUE, AMBER, RED, GREY = "#2f6fde", "#d98a00", "#c8372d", "#b3bcc6"
WIDTH = 9.2  # inches; the page scales it to its own width
SURPRISE_MAX = 40.0
"""Larger surprises are drawn here."""
STYLE: Final[Any] = {
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


def spread(good: Sequence[float], bad: Sequence[float], thresholds: Mapping[str, float]) -> str:
    """Return how the worst surprise of held-out attempts is spread, and where the thresholds are."""
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(2.8)
        bins = np.linspace(0.0, SURPRISE_MAX, 61).tolist()
        for values, colour, label in ((good, BLUE, "went well"), (bad, AMBER, "did not")):
            axes.hist(
                np.minimum(values, SURPRISE_MAX), bins=bins, color=colour, alpha=0.75, label=f"{label} ({len(values)})"
            )
        for value in thresholds.values():
            axes.axvline(value, color=RED, linewidth=1.1, linestyle=(0, (4, 2)))
        axes.set_xlabel(f"worst surprise of an attempt (above {SURPRISE_MAX:g}: drawn there)")
        axes.set_ylabel("attempts")
        axes.legend(frameon=False, fontsize=8.5)
        return _svg(figure, "spread")


def false_alarms(rows: Sequence[Row], alpha: float) -> str:
    """Return the monitor's false-alarm rate in each group, with its interval and what was promised."""
    shown = [row for row in rows if row.method == "monitor"]
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(0.9 + 0.3 * len(shown))
        _bars(axes, [row.group for row in shown], [row.false_alarms for row in shown], BLUE)
        axes.axvline(100 * alpha, color=RED, linewidth=1.1, linestyle=(0, (4, 2)))
        axes.set_xlabel("false alarms, % of attempts that went well (95 % interval); dashed: promised in distribution")
        return _svg(figure, "false-alarms")


def found(rows: Sequence[Row], group: str) -> str:
    """Return the share of failures that each method found in a group, and its false alarms there."""
    shown = [row for row in rows if row.group == group]
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(0.9 + 0.3 * len(shown))
        _bars(axes, [row.method for row in shown], [row.found for row in shown], BLUE)
        for place, row in enumerate(shown):
            axes.plot(100 * row.false_alarms.rate, place, "x", color=RED)
        axes.set_xlabel("failures found, % (95 % interval); cross: false alarms, % of attempts that went well")
        return _svg(figure, "found")


def _bars(axes: Axes, names: Sequence[str], shares: Sequence[Share], colour: str) -> None:
    for place, one in enumerate(shares):
        axes.plot([100 * one.lower, 100 * one.upper], [place, place], color=GREY, linewidth=5, solid_capstyle="butt")
        axes.plot(100 * one.rate, place, "o", color=colour)
    axes.set_yticks(
        range(len(names)), [f"{name}  ({one.hits}/{one.total})" for name, one in zip(names, shares, strict=True)]
    )
    axes.set_xlim(-2, 102)
    axes.invert_yaxis()


def _sheet(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": name})
    text = out.getvalue()
    return text[text.index("<svg") :]
