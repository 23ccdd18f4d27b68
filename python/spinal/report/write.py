"""report.html: one file with everything inside, made from a run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spinal.report import figures, words
from spinal.report.film import choose_cover, make_strips
from spinal.report.journal import check_journal
from spinal.report.recording import Recording, read_recording
from spinal.report.sources import Distribution, Run, Sources, Timing, read_picks, read_run, read_timing
from spinal.report.story import Facts, Story, tell

PACKAGE = "spinal.report"
POLICY_SOURCE = 1  # the number that the composition root gives the policy
FIGURES = ("cycle", "latency", "punctuality", "timeline")  # those that the page asks for; one without data is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the report says in short, for the terminal."""

    path: Path
    headline: str
    sentences: tuple[str, ...]


def write_report(sources: Sources, out: Path) -> Summary:
    """Write the report to `out` and return its summary; a JournalError says which part of the run cannot be read.

    Parts that the run does not have are left out. The file is self-contained: it loads nothing, from nowhere.
    """
    run = read_run(sources.run_json)
    zero_ns = _start_of(run)
    recording = read_recording(sources.recording, zero_ns=zero_ns)
    facts = Facts(
        run=run,
        picks=read_picks(sources.picks),
        orders=tuple(sources.orders),
        recording=recording,
        timing=read_timing(sources.timing),
        journal=check_journal(sources.journal),
    )
    story = tell(facts)
    strips = make_strips(sources.recording, recording, facts.picks, zero_ns)
    page = _environment().get_template("report.html.j2")
    text = page.render(
        story=story,
        facts=facts,
        run=run,
        style=Markup(files(PACKAGE).joinpath("page/report.css").read_text(encoding="utf-8")),
        strips=strips,
        cover=choose_cover(strips),
        figures=dict.fromkeys(FIGURES) | {name: Markup(svg) for name, svg in _draw(story).items()},
        punctuality=_punctuality(facts.timing),
        latencies=_policy_latencies(recording),
        duration_s=_duration(run, recording),
    )
    fresh = out.with_name(out.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(out)
    return Summary(path=out, headline=story.headline, sentences=story.summary)


def _start_of(run: Run) -> int:
    """Return the wall-clock ns from which the run's seconds count."""
    if run.clock_started_ns:
        return run.clock_started_ns + run.clock_offset_ns
    return round(run.started_at.timestamp() * 1e9)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(PACKAGE, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    return environment


def _draw(story: Story) -> dict[str, str]:
    """Return the diagrams that the run has data for."""
    drawn = {}
    facts = story.facts
    if len(story.cycles_s) >= 2:
        drawn["cycle"] = figures.cycle_times(story.cycles_s)
    values = _policy_latencies(facts.recording)
    if len(values) >= 2:
        drawn["latency"] = figures.latency(values)
    parts = _punctuality(facts.timing)
    if parts:
        drawn["punctuality"] = figures.punctuality(parts)
    if facts.recording is not None and facts.recording.modes and not story.is_lockstep:
        drawn["timeline"] = figures.timeline(facts.recording.modes, facts.picks, facts.recording.duration_s)
    return drawn


def _punctuality(timing: Timing | None) -> dict[str, Distribution]:
    if timing is None:
        return {}
    named = {"Wake-up: how late a tick began": timing.wake, "Execution: how long a tick took": timing.execution}
    return {name: part for name, part in named.items() if part is not None}


def _policy_latencies(recording: Recording | None) -> list[float]:
    return [] if recording is None else recording.latencies_ms.get(POLICY_SOURCE, [])


def _duration(run: Run, recording: Recording | None) -> float | None:
    if run.ended_at is not None:
        return (run.ended_at - run.started_at).total_seconds()
    return None if recording is None else recording.duration_s
