"""The diagrams of the report as SVG text, drawn with matplotlib without a window or global state."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spinal.report import words
from spinal.report.recording import ModeChange
from spinal.report.sources import Distribution, Pick
from spinal.report.statistics import quantile

INK, FAINT, GRID = "#1c2733", "#66717d", "#e3e7eb"
BLUE, TEAL, AMBER, RED, GREY = "#2f6fde", "#12876f", "#d98a00", "#c8372d", "#b3bcc6"
MODE_COLOURS = {"track": TEAL, "sos": GREY, "ss2": AMBER, "ss1": "#d4621c", "sto": RED}
MODE_NAMES = {
    "track": "Track: following proposals",
    "sos": "SOS: at rest, position held",
    "ss2": "SS2: stopping, then hold",
    "ss1": "SS1: stopping, then power off",
    "sto": "STO: power off at once",
}
WIDTH = 9.2  # inches; the page scales it to its own width
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


def cycle_times(cycles_s: Sequence[float]) -> str:
    """Return a histogram of cycle times with its median and 90 % mark."""
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(height=2.6)
        bins = np.histogram_bin_edges(np.asarray(cycles_s), bins=min(30, max(8, len(cycles_s) // 3)))
        axes.hist(cycles_s, bins=bins.tolist(), color=BLUE, edgecolor="white", linewidth=0.8)
        _mark(axes, quantile(cycles_s, 0.5), "median", words.seconds)
        _mark(axes, quantile(cycles_s, 0.9), "90 %", words.seconds)
        axes.set_xlabel("seconds from first motion to checked result")
        axes.set_ylabel("units")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure, "cycle")


def latency(values_ms: Sequence[float]) -> str:
    """Return a histogram of System 2's latencies, ms."""
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(height=2.6)
        axes.hist(values_ms, bins=min(40, max(10, len(values_ms) // 10)), color=BLUE, edgecolor="white", linewidth=0.6)
        for share, name in ((0.5, "median"), (0.99, "99 %")):
            _mark(axes, quantile(values_ms, share), name, lambda value: words.nanoseconds(value * 1e6))
        axes.set_xlabel("milliseconds from the oldest sensor reading to the finished proposal")
        axes.set_ylabel("proposals")
        return _svg(figure, "latency")


def punctuality(parts: dict[str, Distribution]) -> str:
    """Return System 1's durations on a logarithmic axis, a row each: histograms if they were kept, else quantiles."""
    has_counts = all(part.counts for part in parts.values())
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, (1.7 if has_counts else 1.0) * len(parts) + 0.5), layout="constrained")
        FigureCanvasSVG(figure)
        rows = figure.subplots(len(parts), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (name, part) in zip(rows, parts.items(), strict=True):
            _tidy(axes)
            axes.set_xscale("log")
            axes.set_title(name, loc="left", fontsize=10, color=INK)
            if part.counts:
                axes.stairs(part.counts, np.maximum(np.asarray(part.edges_ns), 1.0), fill=True, color=BLUE)
                axes.set_yscale("symlog", linthresh=1)
                axes.set_ylim(0, 30 * max(part.counts))  # room for the names above the bars
                axes.set_ylabel("ticks")
            else:
                axes.set_yticks([])
                axes.set_ylim(-1.0, 1.4)
                axes.plot([part.p50_ns, part.max_ns], [0, 0], color=GRID, linewidth=5, solid_capstyle="round")
                axes.plot(list(_quantiles(part).values()), [0] * 5, "o", color=BLUE, markersize=6)
            _name_quantiles(axes, part, height=1.0 if part.counts else 0.62)
        rows[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.nanoseconds(value)))
        rows[-1].set_xlim(right=2.2 * max(part.max_ns for part in parts.values()))
        return _svg(figure, "punctuality")


def _quantiles(part: Distribution) -> dict[str, float]:
    return {
        "50 %": part.p50_ns,
        "99 %": part.p99_ns,
        "99.9 %": part.p999_ns,
        "99.99 %": part.p9999_ns,
        "longest": part.max_ns,
    }


def _name_quantiles(axes: Axes, part: Distribution, height: float) -> None:
    """Name the middle, the 99 % mark and the longest at their places; the table beside the figure has all."""
    for name in ("50 %", "99 %", "longest"):
        value = _quantiles(part)[name]
        if (name == "99 %" and value < 2.4 * part.p50_ns) or (name != "longest" and part.max_ns < 2.4 * value):
            continue
        if part.counts:
            axes.axvline(value, color=INK, linewidth=0.9, linestyle=(0, (3, 2)))
        axes.annotate(
            f"{name}: {words.nanoseconds(value)}",
            (value, height),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            va="top" if part.counts else "bottom",
            fontsize=8.5,
        )


def timeline(modes: Sequence[ModeChange], picks: Sequence[Pick], end_s: float) -> str:
    """Return System 1's modes and the attempts over time."""
    with mpl.rc_context(STYLE):
        figure, axes = _sheet(height=2.1)
        for change, after in zip(modes, [*modes[1:], None], strict=True):
            until_s = end_s if after is None else after.at_s
            colour = MODE_COLOURS.get(change.mode, RED)
            axes.broken_barh([(change.at_s, max(until_s - change.at_s, 0.0))], (0.6, 0.8), facecolors=colour)
        timed = [pick for pick in picks if pick.started_s is not None and pick.duration_s is not None]
        for pick in timed:
            colour = TEAL if pick.is_success else RED
            span = (pick.started_s or 0.0, pick.duration_s or 0.0)
            axes.broken_barh([span], (-0.6, 0.8), facecolors=colour, edgecolors="white", linewidth=0.8)
        axes.set_yticks([-0.2, 1.0], ["attempts", "System 1"])
        axes.set_ylim(-0.8, 1.6)
        axes.set_xlim(0.0, max(end_s, 1.0))
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("seconds since the start of the run")
        seen = [mode for mode in MODE_COLOURS if any(change.mode == mode for change in modes)]
        handles = [Patch(color=MODE_COLOURS[mode], label=MODE_NAMES[mode]) for mode in seen]
        if any(pick.is_success for pick in timed):
            handles.append(Patch(color=TEAL, label="attempt: success"))
        if any(not pick.is_success for pick in timed):
            handles.append(Patch(color=RED, label="attempt: no success"))
        figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=8.5)
        return _svg(figure, "timeline")


def _sheet(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    _tidy(axes)
    return figure, axes


def _tidy(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.tick_params(length=0)


def _mark(axes: Axes, value: float | None, name: str, say: Callable[[float], str]) -> None:
    if value is None:
        return
    axes.axvline(value, color=INK, linewidth=1.0, linestyle=(0, (3, 2)))
    axes.annotate(
        f"{name} {say(value)}",
        (value, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        fontsize=9,
    )


def _svg(figure: Figure, name: str) -> str:
    """Return the figure as an SVG element that can stand inside a page; ids are made unique by `name`."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    return svg.replace('id="', f'id="{name}-').replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
