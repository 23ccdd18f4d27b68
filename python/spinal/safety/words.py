"""How the safety case's page says things."""

from __future__ import annotations

from datetime import datetime

from spinal.safety.case import Case, Claim, Colour, HeldMeasure
from spinal.safety.origin import Origin
from spinal.safety.results import Result

SIGNS = {Colour.GREEN: "✓", Colour.AMBER: "▲", Colour.RED: "✗"}
HELD = {Colour.GREEN: "held", Colour.AMBER: "uncommitted", Colour.RED: "not held"}
MEANINGS = {
    Colour.GREEN: "all tests passed on this code",
    Colour.AMBER: "passed, on code that is not committed",
    Colour.RED: "a measure without a test, or a test that failed, did not run or is old",
}


def sign(colour: str) -> str:
    """Return the sign that stands beside a colour, for who does not see it."""
    return SIGNS[Colour(colour)]


def held(colour: str) -> str:
    """Return what a colour means, in two words."""
    return HELD[Colour(colour)]


def meaning(colour: str) -> str:
    """Return what a colour means."""
    return MEANINGS[Colour(colour)]


def verdict(case: Case) -> str:
    """Return the case in one sentence."""
    red, amber = case.count(Colour.RED), case.count(Colour.AMBER)
    whole = count(len(case.claims), "hazard")
    if red:
        return f"{sign(Colour.RED)} {red} of {whole} not held by passing tests of this code."
    if amber:
        return f"{sign(Colour.AMBER)} No hazard is open; {amber} of {whole} held, on code that is not committed."
    return f"{sign(Colour.GREEN)} All {whole} are held by tests that passed on exactly this code."


def passed(case: Case) -> int:
    """Return how many tests passed on this code."""
    return sum(item.state.colour is not Colour.RED for item in case.tests.values())


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def took(result: Result) -> str:
    """Return how long a test took."""
    if result.duration_s is None:
        return "–"
    return f"file {result.duration_s:.1f} s" if result.is_of_file else f"{result.duration_s:.2f} s"


def when(origin: Origin | None) -> str:
    """Return the day and minute of a suite."""
    return "–" if origin is None else datetime.fromisoformat(origin.at).strftime("%d %b %H:%M")


def moment(at: str) -> str:
    """Return an instant as people read it."""
    return datetime.fromisoformat(at).strftime("%d %B %Y, %H:%M UTC")


def of_layer(claim: Claim, layer: str) -> HeldMeasure | None:
    """Return a hazard's measure of a layer."""
    return next((found for found in claim.measures if found.measure.layer == layer), None)
