"""What became of an attempt, judged on sensors only: the scale says what arrived, the vacuum how, the camera what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spinal.supervise.settings import Settings
from spinal.supervise.sight import Look, Sight, compare, evidence
from spinal.supervise.trace import Grip, Point, Trace


class Outcome(StrEnum):
    """What the outcome check found."""

    PLACED = "placed"  # one unit of the ordered weight arrived, and the vacuum tells the same story
    MISSED = "missed"  # nothing was ever held
    DROPPED = "dropped"  # something was held, and nothing arrived
    TIMED_OUT = "timed_out"  # it was still on the cup when the time was up
    ALARMED = "alarmed"  # a monitor expected it to fail, and it was stopped before anything arrived
    INTERRUPTED = "interrupted"  # a stop or a dead worker ended it before anything arrived
    CANCELLED = "cancelled"  # the shop floor took the order back before anything arrived
    WRONG_ITEM = "wrong_item"  # what arrived weighs like another SKU
    DOUBLE_PICK = "double_pick"  # what arrived weighs like more than one item
    UNCLEAR = "unclear"  # the sensors do not tell, or contradict each other


NOTHING_ARRIVED = frozenset(
    {
        Outcome.MISSED,
        Outcome.DROPPED,
        Outcome.TIMED_OUT,
        Outcome.ALARMED,
        Outcome.INTERRUPTED,
        Outcome.CANCELLED,
    }
)


class Cause(StrEnum):
    """Why the policy's turn ended."""

    RELEASED = "released over the destination"
    LOST = "the item was lost"
    TIMEOUT = "the time for one attempt was up"
    ALARM = "a monitor raised an alarm"
    INTERRUPTED = "interrupted"
    CANCELLED = "the order was cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An outcome, the reasons for people, and the readings behind it (plain JSON values; kg, s, m)."""

    outcome: Outcome
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known when an attempt is judged. `after_kg` is None when the scale never came to rest.

    `look` is None in a cell whose camera does not look at the destination: then scale and vacuum judge alone.
    """

    sku: str
    started_ns: int
    ended_ns: int
    cause: Cause
    detail: str
    before_kg: float
    after_kg: float | None
    trace: Trace
    is_intent_stored: bool
    is_put_back: bool
    look: Look | None = None


def judge(settings: Settings, facts: Facts) -> Result:
    """Return what became of the attempt. Contradictions are UNCLEAR, never resolved in favour of success."""
    outcome, reasons = _judge(settings, facts)
    if facts.look is not None:
        outcome, reasons = _hear_the_camera(settings, facts, facts.look, outcome, reasons)
    if facts.detail:
        reasons = (*reasons, facts.detail)
    return Result(outcome=outcome, reasons=reasons, evidence=_evidence(settings, facts))


def explain(settings: Settings, sku: str, gain_kg: float) -> dict[str, int]:
    """Return what the gain could be, as text → number of items: nothing, one or two units, another SKU, or a pair."""
    ordered = settings.weights[sku]
    found: dict[str, int] = {}
    if abs(gain_kg) <= ordered.tolerance_kg:
        found["nothing"] = 0
    for name, weight in settings.weights.items():
        if abs(gain_kg - weight.mass_kg) <= weight.tolerance_kg:
            found[f"1 {name}"] = 1
        pair_kg, slack_kg = ordered.mass_kg + weight.mass_kg, ordered.tolerance_kg + weight.tolerance_kg
        if abs(gain_kg - pair_kg) <= slack_kg:
            found[f"2 {sku}" if name == sku else f"1 {sku} and 1 {name}"] = 2
    return found


def _judge(settings: Settings, facts: Facts) -> tuple[Outcome, tuple[str, ...]]:
    if facts.after_kg is None:
        return Outcome.UNCLEAR, ("the destination scale did not come to rest",)
    gain_kg = facts.after_kg - facts.before_kg
    weight = settings.weights[facts.sku]
    numbers = (
        f"the scale gained {gain_kg:+.3f} kg (one {facts.sku}: {weight.mass_kg:.3f} ± {weight.tolerance_kg:.3f} kg)"
    )
    fits = explain(settings, facts.sku, gain_kg)
    if f"1 {facts.sku}" in fits:
        return _judge_arrival(settings, facts, numbers, fits)
    if "nothing" in fits:
        return _judge_absence(settings, facts, numbers)
    counts = set(fits.values())
    if counts == {1}:
        return Outcome.WRONG_ITEM, (numbers, "it weighs like " + " or ".join(fits))
    if counts == {2}:
        return Outcome.DOUBLE_PICK, (numbers, "it weighs like " + " or ".join(fits))
    if counts:
        return Outcome.UNCLEAR, (numbers, "it weighs like " + " or ".join(fits))
    return Outcome.UNCLEAR, (numbers, "no SKU of this cell explains that weight")


def _judge_arrival(
    settings: Settings, facts: Facts, numbers: str, fits: Mapping[str, int]
) -> tuple[Outcome, tuple[str, ...]]:
    """Judge a gain of one unit: it counts only if the vacuum explains how it got there."""
    is_explained, story = _story(settings, facts)
    if not is_explained:
        return Outcome.UNCLEAR, (numbers, story)
    others = [name for name in fits if name != f"1 {facts.sku}"]
    doubt = (f"by weight alone it could also be {' or '.join(others)}",) if others else ()
    return Outcome.PLACED, (numbers, story, *doubt)


def _story(settings: Settings, facts: Facts) -> tuple[bool, str]:
    """Return whether the vacuum explains that one item arrived, and how it did or why not."""
    trace = facts.trace
    if trace.has_item:
        return False, "but the cup still holds something"
    if not trace.was_held:
        return False, "but the vacuum never held anything"
    if not facts.is_intent_stored:
        return False, "but the intent to place it was not stored before"
    match trace.grip:
        case Grip.RELEASED if is_over(settings, trace.release_tool_m):
            return True, "held, carried and released over the destination"
        case Grip.LOST if is_over(settings, trace.lost_tool_m):
            return True, "it fell in: the vacuum was lost over the destination"
        case _:
            return False, "but it left the cup away from the destination"


def _hear_the_camera(
    settings: Settings, facts: Facts, look: Look, outcome: Outcome, reasons: tuple[str, ...]
) -> tuple[Outcome, tuple[str, ...]]:
    """Let the camera speak: agree, explain a weight that the master data does not, or contradict."""
    if look.after is None and outcome in NOTHING_ARRIVED:
        return outcome, reasons  # it was lost elsewhere, and nobody looked
    sight, told = compare(look, facts.sku)
    if outcome is Outcome.PLACED and sight is Sight.UNSURE and _is_anybodys_guess(settings, facts, look):
        return Outcome.UNCLEAR, (*reasons, f"and {told}")
    if sight is Sight.UNSURE or (outcome is Outcome.PLACED and sight is Sight.ONE):
        return outcome, (*reasons, told)
    if outcome is Outcome.UNCLEAR and sight is Sight.ONE and _is_weight_the_only_doubt(settings, facts):
        gain_kg = (facts.after_kg or 0.0) - facts.before_kg
        finding = f"master data: one {facts.sku} seems to weigh {gain_kg:.3f} kg, not {_expected(settings, facts)}"
        return Outcome.PLACED, (*reasons, _story(settings, facts)[1], told, finding)
    agrees = outcome in NOTHING_ARRIVED and sight is Sight.NONE
    is_worse_already = outcome in (Outcome.UNCLEAR, Outcome.WRONG_ITEM, Outcome.DOUBLE_PICK) and sight is not Sight.ONE
    if agrees or is_worse_already or outcome is Outcome.UNCLEAR:
        return outcome, (*reasons, told)
    return Outcome.UNCLEAR, (*reasons, f"but {told}")


def _is_anybodys_guess(settings: Settings, facts: Facts, look: Look) -> bool:
    """Return whether the weight is another SKU's as well, and the camera looked, had no doubt and did not see it."""
    gain_kg = (facts.after_kg or 0.0) - facts.before_kg
    is_ambiguous = set(explain(settings, facts.sku, gain_kg)) != {f"1 {facts.sku}"}
    return is_ambiguous and all(seen is not None and not seen.doubts for seen in (look.before, look.after))


def _is_weight_the_only_doubt(settings: Settings, facts: Facts) -> bool:
    """Return whether something arrived, as the vacuum tells, whose weight is no unit's and no known mistake's."""
    if facts.after_kg is None:
        return False
    gain_kg = facts.after_kg - facts.before_kg
    is_strange = gain_kg > settings.weights[facts.sku].tolerance_kg and not explain(settings, facts.sku, gain_kg)
    return is_strange and _story(settings, facts)[0]


def _expected(settings: Settings, facts: Facts) -> str:
    weight = settings.weights[facts.sku]
    return f"{weight.mass_kg:.3f} ± {weight.tolerance_kg:.3f} kg"


def _judge_absence(settings: Settings, facts: Facts, numbers: str) -> tuple[Outcome, tuple[str, ...]]:
    """Judge a gain of nothing: say how the attempt ended without an arrival."""
    trace = facts.trace
    if facts.cause is Cause.CANCELLED:
        return Outcome.CANCELLED, (numbers,)
    if facts.cause is Cause.INTERRUPTED:
        return Outcome.INTERRUPTED, (numbers,)
    if facts.cause is Cause.ALARM:
        return Outcome.ALARMED, (numbers, *(("the item was carried back to the source",) if facts.is_put_back else ()))
    if trace.has_item:
        return Outcome.TIMED_OUT, (numbers, "the item is still on the cup")
    if facts.is_put_back:
        return Outcome.TIMED_OUT, (numbers, "the item was carried back to the source")
    if not trace.was_held:
        peak = f"the vacuum never closed (peak level {trace.vacuum_peak:.2f}, needed {settings.held_level:.2f})"
        return Outcome.MISSED, (numbers, peak)
    if trace.grip is Grip.LOST:
        return Outcome.DROPPED, (numbers, f"the vacuum was lost at {_place(trace.lost_tool_m)}")
    return Outcome.DROPPED, (numbers, f"it was released at {_place(trace.release_tool_m)} and did not arrive")


def is_over(settings: Settings, point_m: Point | None) -> bool:
    """Return whether the tool was above the destination there."""
    return point_m is not None and settings.destination.contains(point_m[0], point_m[1])


def _place(point_m: Point | None) -> str:
    return "an unknown place" if point_m is None else "x {:.2f}, y {:.2f}, z {:.2f} m".format(*point_m)


def _evidence(settings: Settings, facts: Facts) -> dict[str, Any]:
    trace = facts.trace
    weight = settings.weights[facts.sku]
    gain_kg = None if facts.after_kg is None else facts.after_kg - facts.before_kg

    def seconds(instant_ns: int | None) -> float | None:
        return None if instant_ns is None else (instant_ns - facts.started_ns) / 1e9

    return {
        "ended_because": str(facts.cause),
        "duration_s": seconds(facts.ended_ns),
        "scale": {
            "before_kg": facts.before_kg,
            "after_kg": facts.after_kg,
            "gain_kg": gain_kg,
            "expected_kg": weight.mass_kg,
            "tolerance_kg": weight.tolerance_kg,
            "fits": [] if gain_kg is None else sorted(explain(settings, facts.sku, gain_kg)),
        },
        "vacuum": {
            "grip": str(trace.grip),
            "peak": trace.vacuum_peak,
            "holds": trace.holds,
            "first_held_s": seconds(trace.first_held_at_ns),
            "lost_s": seconds(trace.lost_at_ns),
            "release_s": seconds(trace.release_at_ns),
            "is_missing": trace.is_vacuum_missing,
        },
        "camera": evidence(facts.look, facts.sku),
        "release_tool_m": trace.release_tool_m,
        "lost_tool_m": trace.lost_tool_m,
        "grasp_tool_m": trace.grasp_tool_m,
        "is_intent_stored": facts.is_intent_stored,
        "is_put_back": facts.is_put_back,
    }
