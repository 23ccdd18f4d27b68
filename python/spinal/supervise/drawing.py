"""The supervisor drawn from its own code, as Mermaid: phases by `turns`, a ladder by asking its rules."""

from __future__ import annotations

from collections.abc import Iterator

from spinal.supervise.actions import Job
from spinal.supervise.outcome import NOTHING_ARRIVED, Outcome, Result
from spinal.supervise.rungs import after_order, back_to_the_top, level_of, next_try, skip
from spinal.supervise.settings import Settings
from spinal.supervise.state import State
from spinal.supervise.turns import Phase, Turn

Edges = dict[tuple[str, str], list[str]]


def draw_phases() -> str:
    """Return every way from one phase to another, and when it is taken."""
    edges: Edges = {}
    for turn in Turn:
        edges.setdefault((turn.before, turn.after), []).append(turn.when)
    return _mermaid(edges, first=Phase.IDLE)


def draw_ladder(settings: Settings) -> str:
    """Return every step between the rungs of the ladder, and below it to asking and stopping, and when it is taken.

    The rules are asked about every rung with every outcome, number of tries, of orders placed and of orders skipped.
    """
    edges: Edges = {}
    for before, after, when in (*_steps_of_orders(settings), *_steps_of_people(settings)):
        told = edges.setdefault((level_of(settings, before), level_of(settings, after)), [])
        if when not in told:
            told.append(when)
    return _mermaid({ends: told for ends, told in edges.items() if ends[0] != ends[1]}, first=settings.rungs[0].name)


def _steps_of_orders(settings: Settings) -> Iterator[tuple[State, State, str]]:
    for outcome in Outcome:
        may_go_on = outcome in NOTHING_ARRIVED and outcome is not Outcome.CANCELLED
        result = Result(outcome=outcome, reasons=(), evidence={})
        for before in _ends_of_attempts(settings):
            again = next_try(settings, before, result) if may_go_on else None
            if again is not None:
                yield before, again, outcome.replace("_", " ")
            elif may_go_on:
                after = after_order(settings, skip(settings, before, result)[0], is_placed=False)
                yield before, after, "too many orders skipped in a row" if after.ask else "order skipped"
            else:
                is_placed = outcome is Outcome.PLACED
                yield (
                    before,
                    after_order(settings, before, is_placed=is_placed),
                    "order placed, cancelled or given to a person",
                )


def _ends_of_attempts(settings: Settings) -> Iterator[State]:
    """Yield the cell at the end of an attempt, in all ways that make a difference to the rules."""
    ladder = settings.ladder
    for number, rung in enumerate(settings.rungs):
        begins = [0, *(n for n in range(1, number + 1) if settings.rungs[n].clears_after)]
        for began in begins:
            for tries in range(rung.attempts):
                for placed in range(max(rung.clears_after, 1)):
                    for skips in {0, 0 if ladder is None else ladder.skips_max}:
                        yield State(
                            phase=Phase.CHECKING,
                            job=Job(order="", sku="", attempt=1),
                            rung=number,
                            began_rung=began,
                            tries=tries,
                            placed=placed,
                            skips=skips,
                        )


def _steps_of_people(settings: Settings) -> Iterator[tuple[State, State, str]]:
    lowest = len(settings.rungs) - 1
    asking = State(phase=Phase.ASKING, rung=lowest, ask="why")
    stopped = asking.take(Turn.NO_ANSWER, 0, halt="why")
    yield asking, back_to_the_top(asking.take(Turn.ANSWERED, 0)), Turn.ANSWERED.when
    yield asking, stopped, Turn.NO_ANSWER.when
    yield stopped, back_to_the_top(stopped.take(Turn.RESUMED, 0, halt="")), Turn.RESUMED.when


def _mermaid(edges: Edges, first: str) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {before} --> {after}: {' / '.join(told)}" for (before, after), told in edges.items()]
    return "\n".join(lines)
