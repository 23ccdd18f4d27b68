"""What the report says: every figure and sentence, worked out before any page is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spinal.report import words
from spinal.report.journal import JournalCheck
from spinal.report.recording import Recording
from spinal.report.sources import OrderLine, Pick, Run, Timing
from spinal.report.statistics import Rate, quantile, rate

FAILURES_SHOWN = 100
FEW = 60  # below this many attempts the report says in words what the sample size cannot show


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One key figure. `tone` is good, warn, bad or plain."""

    label: str
    value: str
    note: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """What a figure does and does not say."""

    term: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The success rate of a part of the attempts."""

    name: str
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """How often the sensors said this, and how often the item truly was in the destination (None: not known)."""

    outcome: str
    count: int
    truly: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was read."""

    run: Run
    picks: tuple[Pick, ...]
    orders: tuple[OrderLine, ...]
    recording: Recording | None
    timing: Timing | None
    journal: JournalCheck | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is told, in the order in which it is told."""

    facts: Facts
    headline: str
    summary: tuple[str, ...]
    tiles: tuple[Tile, ...]
    caveats: tuple[Caveat, ...]
    success: Rate
    retries: int
    by_sku: tuple[Slice, ...]
    by_axis: tuple[Slice, ...]
    outcomes: tuple[OutcomeRow, ...]
    failures: tuple[Pick, ...]
    failures_left_out: int
    verdicts: dict[str, int]
    findings: dict[str, int]
    stops: dict[str, int]
    cycles_s: tuple[float, ...] = field(default=())

    @property
    def is_lockstep(self) -> bool:
        """Return whether every pick was a scene of its own under a virtual clock."""
        return self.facts.run.mode == "lockstep"


def tell(facts: Facts) -> Story:
    """Return the story of a run."""
    counted = [pick for pick in facts.picks if pick.outcome != "cancelled"]
    success = rate(sum(pick.is_success for pick in counted), len(counted))
    failures = [pick for pick in counted if not pick.is_success]
    cycles_s = tuple(pick.cycle_s for pick in facts.picks if pick.cycle_s is not None and pick.ending == "complete")
    first_tries = len({pick.order for pick in facts.picks})
    return Story(
        facts=facts,
        headline=_headline(facts, success),
        summary=tuple(_summary(facts, success, cycles_s)),
        tiles=tuple(_tiles(facts, success, cycles_s, len(facts.picks) - first_tries)),
        caveats=tuple(_caveats(facts, success)),
        success=success,
        retries=len(facts.picks) - first_tries,
        by_sku=_slices(counted, lambda pick: (pick.sku,)),
        by_axis=_slices(counted, lambda pick: pick.axes),
        outcomes=_outcomes(facts.picks),
        failures=tuple(failures[:FAILURES_SHOWN]),
        failures_left_out=max(0, len(failures) - FAILURES_SHOWN),
        verdicts=_verdicts(facts),
        findings=dict(facts.recording.findings.most_common()) if facts.recording else {},
        stops=_stops(facts.recording),
        cycles_s=cycles_s,
    )


def _headline(facts: Facts, success: Rate) -> str:
    if facts.run.status == "running":
        return "This run did not live to write its end"
    if facts.run.status == "failed":
        return "This run failed"
    if facts.orders:
        done = sum(order.state == "done" for order in facts.orders)
        return f"{done} of {words.count(len(facts.orders), 'order')} done"
    if success.n:
        return f"{words.grouped(success.successes)} of {words.count(success.n, 'pick')} succeeded"
    return "Nothing was picked in this run"


def _summary(facts: Facts, success: Rate, cycles_s: Sequence[float]) -> list[str]:
    sentences = []
    if facts.run.problem:
        sentences.append(f"The run ended with a problem: {facts.run.problem}")
    elif facts.run.status == "running":
        sentences.append(
            "The process was killed or the machine stopped before the end of the run was written; what follows is what "
            "was on the disk by then."
        )
    if facts.orders:
        sentences.append(_orders_sentence(facts.orders))
    if success.n:
        is_lockstep = facts.run.mode == "lockstep"
        tried = words.count(success.n, "pick" if is_lockstep else "attempt")
        each = ", each in a scene of its own" if is_lockstep else ""
        knows = "truly put" if any(pick.truth is not None for pick in facts.picks) else "put, as the sensors say,"
        sentences.append(
            f"Of {tried}{each}, {words.grouped(success.successes)} {knows} the ordered item, and nothing else, into "
            f"the destination: {words.percent(success.value)} (95 % interval {words.interval(success)})."
        )
    if cycles_s:
        median, slowest = quantile(cycles_s, 0.5), max(cycles_s)
        sentences.append(
            f"A unit took {words.seconds(median)} in the median, from the first motion to the checked result; "
            f"the slowest took {words.seconds(slowest)}."
        )
    if facts.timing is not None and facts.timing.ticks:
        on_time = 1.0 - facts.timing.missed / facts.timing.ticks
        sentences.append(
            f"System 1, the trusted loop, was on time in {words.percent(on_time)} "
            f"of {words.grouped(facts.timing.ticks)} ticks."
        )
    if facts.journal is not None:
        sentences.append(_journal_sentence(facts.journal))
    return sentences


def _orders_sentence(orders: Sequence[OrderLine]) -> str:
    states = Counter(order.state for order in orders)
    total = words.count(len(orders), "order")
    if states["done"] == len(orders):
        return f"All {total} were finished."
    names = {
        "failed": "failed",
        "cancelled": "cancelled",
        "needs_review": "waiting for a person to look",
        "queued": "still waiting",
        "leased": "in work at the end",
        "placing": "in work at the end",
    }
    rest = Counter(dict.fromkeys(names.values(), 0))
    for state, number in states.items():
        if state in names:
            rest[names[state]] += number
    others = words.listing([f"{number} {name}" for name, number in rest.items() if number])
    return f"{states['done']} of {total} were finished; {others}."


def _journal_sentence(journal: JournalCheck) -> str:
    if not journal.is_good:
        return f"The journal does NOT verify: {journal.problem}"
    end = "" if journal.is_closed else " It was never closed; it verifies up to its last whole entry."
    return f"The journal's {words.grouped(journal.entries)} entries verify: none was changed, added or taken out.{end}"


def _tiles(facts: Facts, success: Rate, cycles_s: Sequence[float], retries: int) -> list[Tile]:
    tiles = []
    if facts.orders:
        done = sum(order.state == "done" for order in facts.orders)
        tone = "good" if done == len(facts.orders) else "warn"
        units = sum(order.placed for order in facts.orders)
        note = f"{words.count(units, 'unit')} placed"
        tiles.append(Tile(label="Orders done", value=f"{done} / {len(facts.orders)}", note=note, tone=tone))
    note = f"{words.interval(success)}, n = {words.grouped(success.n)}" if success.n else "nothing was picked"
    what = "Success of a pick" if facts.run.mode == "lockstep" else "Success of an attempt"
    tiles.append(Tile(label=what, value=words.percent(success.value), note=note))
    if facts.run.mode != "lockstep":
        tiles.append(Tile(label="Retries", value=words.grouped(retries), note=words.count(len(facts.picks), "attempt")))
    if cycles_s:
        p90 = quantile(cycles_s, 0.9)
        note = f"90 % within {words.seconds(p90)}"
        tiles.append(Tile(label="Cycle time, median", value=words.seconds(quantile(cycles_s, 0.5)), note=note))
    realtime_factor = facts.run.summary.get("realtime_factor")
    if isinstance(realtime_factor, float | int) and facts.run.mode == "lockstep":
        tiles.append(Tile(label="Speed", value=f"{realtime_factor:.1f} ×", note="simulated by wall time, one worker"))
    if facts.timing is not None and facts.timing.ticks:
        missed = facts.timing.missed
        share = words.percent(1.0 - missed / facts.timing.ticks)
        note = f"{words.grouped(missed)} of {words.count(facts.timing.ticks, 'tick')} missed"
        tiles.append(Tile(label="System 1 on time", value=share, note=note, tone="good" if not missed else "plain"))
    if facts.journal is not None:
        value, tone = ("verified", "good") if facts.journal.is_good else ("damaged", "bad")
        tiles.append(
            Tile(label="Journal", value=value, note=words.count(facts.journal.entries, "entry", "entries"), tone=tone)
        )
    return tiles


def _caveats(facts: Facts, success: Rate) -> list[Caveat]:
    caveats = [
        Caveat(
            term="Simulation",
            text="The robot, the items and the cameras are simulated. No figure here is a claim for hardware, and "
            "nothing here is certified: Spinal works beside certified safety functions, never instead of them.",
        )
    ]
    if facts.run.settings.get("who") == "expert":
        text = (
            "Not the learned policy picked here but the scripted expert, which sees the simulator's state. It is a "
            "yardstick and a teacher; nothing like it exists in a real cell."
        )
        caveats.append(Caveat(term="Expert", text=text))
    if success.n:
        independent = (
            "Each pick is a scene of its own, drawn from the declared distribution, so the picks are independent."
            if facts.run.mode == "lockstep"
            else "It treats attempts as independent; attempts in the same tote are not quite, so it may be too narrow."
        )
        text = "The exact 95 % interval of Clopper and Pearson: rates outside it would rarely give this result. "
        caveats.append(Caveat(term="Interval", text=text + independent))
    if 0 < success.n < FEW:
        best = rate(success.n, success.n).low
        text = (
            f"With n = {success.n}, even a run without a single failure would only show that the rate is above "
            f"{words.percent(best)}. For a figure to rely on, evaluate a thousand picks in lockstep."
        )
        caveats.append(Caveat(term="Small sample", text=text))
    if any(pick.truth is not None for pick in facts.picks):
        text = (
            "What the simulator knows to be true, which a real cell does not have; it is used for evaluation only. "
            "What the cell itself believed, from its scale and vacuum, stands beside it."
        )
        caveats.append(Caveat(term="Success", text=text))
    elif facts.picks:
        caveats.append(Caveat(term="Success", text="What the cell's own sensors said (scale and vacuum)."))
    names = sorted({pick.distribution for pick in facts.picks if pick.distribution})
    if names:
        text = f"Drawn from the declared distribution {words.listing(names)}; the figures hold for no other."
        caveats.append(Caveat(term="Scenes", text=text))
    return caveats


def _slices(picks: Sequence[Pick], names_of: Callable[[Pick], tuple[str, ...]]) -> tuple[Slice, ...]:
    groups: dict[str, list[bool]] = {}
    for pick in picks:
        for name in names_of(pick):
            groups.setdefault(name, []).append(pick.is_success)
    return tuple(Slice(name=name, rate=rate(sum(group), len(group))) for name, group in sorted(groups.items()))


def _outcomes(picks: Sequence[Pick]) -> tuple[OutcomeRow, ...]:
    rows = []
    for outcome, number in Counter(pick.outcome for pick in picks).most_common():
        truths = [pick.truth for pick in picks if pick.outcome == outcome and pick.truth is not None]
        rows.append(OutcomeRow(outcome=outcome, count=number, truly=sum(truths) if truths else None))
    return tuple(rows)


def _verdicts(facts: Facts) -> dict[str, int]:
    """Return the counts that the run itself kept, else those of the recording."""
    kept = facts.run.summary.get("verdicts")
    if isinstance(kept, dict):
        return {name: int(kept.get(name, 0)) for name in ("admitted", "trimmed", "refused")}
    if facts.recording is not None and facts.recording.outcomes:
        return {name: facts.recording.outcomes[name] for name in ("admitted", "trimmed", "refused")}
    return {}


def _stops(recording: Recording | None) -> dict[str, int]:
    if recording is None:
        return {}
    stops = Counter(
        f"{change.mode.upper()}: {change.trigger.replace('_', ' ')}"
        for change in recording.modes
        if change.mode in ("ss2", "ss1", "sto")
    )
    return dict(stops.most_common())
