"""Hazards, tests and results joined to one argument: what is held, by what, and what is not.

A result counts only for the code that it was made on. Red is a hazard with a measure that no passing test holds;
amber is what passes on code that is not committed, so that nobody else can find it. What is unknown is never green.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from spinal.errors import SafetyCaseError
from spinal.safety.hazards import Hazard, Measure
from spinal.safety.origin import Origin
from spinal.safety.results import Outcome, Result, Results
from spinal.safety.traces import Trace


class Colour(StrEnum):
    """How well something is held."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class State(StrEnum):
    """What a test's last result is worth for the code as it stands."""

    PASSED = "passed"
    UNCOMMITTED = "passed, on code that is not committed"
    FAILED = "failed"
    NOT_RUN = "not run"
    OLDER = "result older than the code"

    @property
    def colour(self) -> Colour:
        """Return how it is shown."""
        if self is State.PASSED:
            return Colour.GREEN
        return Colour.AMBER if self is State.UNCOMMITTED else Colour.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One test of a hazard with its last result."""

    trace: Trace
    result: Result
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMeasure:
    """One measure with the tests of its layer, and the parts of the profile that it needs and the cell lacks."""

    measure: Measure
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...] = ()

    @property
    def colour(self) -> Colour | None:
        """Return how well it is held; None for what no test can hold."""
        if not self.measure.is_testable:
            return None
        return worst([Colour.RED] if self.missing else [item.state.colour for item in self.evidence])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One hazard, its measures and all its tests."""

    hazard: Hazard
    measures: tuple[HeldMeasure, ...]
    evidence: tuple[Evidence, ...]

    @property
    def colour(self) -> Colour:
        """Return how well the hazard is held."""
        if not self.evidence:
            return Colour.RED
        held = [measure.colour for measure in self.measures if measure.colour is not None]
        return worst([*held, *(item.state.colour for item in self.evidence)])

    @property
    def reason(self) -> str:
        """Return in words why it has its colour."""
        if not self.evidence:
            return "no test names it"
        counts = {state: sum(found.state is state for found in self.evidence) for state in State}
        bad = [f"{counts[state]} {state}" for state in State if counts[state] and state is not State.PASSED]
        bare = [held.measure.layer for held in self.measures if held.measure.is_testable and not held.evidence]
        if bare:
            bad.append(f"no test holds: {', '.join(bare)}")
        missing = {part for held in self.measures for part in held.missing}
        if missing:
            bad.append("the profile has no " + ", ".join(f"[{part}]" for part in sorted(missing)))
        return "; ".join(bad) or f"all {len(self.evidence)} tests passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The safety profile that the case is about. `parts` are the tables that it has."""

    name: str
    sha256: str
    signer: str | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The whole safety case."""

    cell: str
    claims: tuple[Claim, ...]
    now: Origin
    origins: dict[str, Origin]
    profile: Profile

    def count(self, colour: Colour) -> int:
        """Return how many hazards have this colour."""
        return sum(claim.colour == colour for claim in self.claims)

    @property
    def colour(self) -> Colour:
        """Return the worst colour of a hazard."""
        return worst(claim.colour for claim in self.claims)

    @property
    def tests(self) -> dict[Trace, Evidence]:
        """Return every test once, in order of place."""
        found = {item.trace: item for claim in self.claims for item in claim.evidence}
        return dict(sorted(found.items(), key=lambda pair: (pair[0].path, pair[0].line)))

    @property
    def is_held(self) -> bool:
        """Say whether no hazard is red."""
        return self.colour is not Colour.RED


def build_case(
    hazards: tuple[Hazard, ...],
    traces: tuple[Trace, ...],
    results: Results,
    now: Origin,
    *,
    cell: str,
    profile: Profile,
) -> Case:
    """Return the safety case; a test that names a hazard which is not there is a SafetyCaseError."""
    known = {hazard.identifier for hazard in hazards}
    for trace in traces:
        for identifier in trace.hazards:
            if identifier not in known:
                raise SafetyCaseError(
                    f"{trace.place}: {trace.name} names a hazard that hazards.md does not have",
                    value=identifier,
                    allowed=f"{min(known)} .. {max(known)}",
                    next_step="correct the id, or add the hazard to hazards.md",
                )
    found = [_evidence(trace, results, now) for trace in traces]
    claims = []
    for hazard in hazards:
        own = tuple(item for item in found if hazard.identifier in item.trace.hazards)
        held = tuple(
            HeldMeasure(
                measure=measure,
                evidence=tuple(item for item in own if item.trace.layer == measure.layer),
                missing=tuple(part for part in measure.needs if part not in profile.parts),
            )
            for measure in hazard.measures
        )
        claims.append(Claim(hazard=hazard, measures=held, evidence=own))
    return Case(cell=cell, claims=tuple(claims), now=now, origins=results.origins, profile=profile)


def _evidence(trace: Trace, results: Results, now: Origin) -> Evidence:
    result = results.of(trace)
    return Evidence(trace=trace, result=result, state=_state(result, now))


def _state(result: Result, now: Origin) -> State:
    if result.outcome is Outcome.NOT_RUN or result.origin is None:
        return State.NOT_RUN
    if result.origin.code_sha256 != now.code_sha256:
        return State.OLDER
    if result.outcome is Outcome.FAILED:
        return State.FAILED
    return State.PASSED if result.origin.is_committed and now.is_committed else State.UNCOMMITTED


def worst(colours: Iterable[Colour]) -> Colour:
    """Return the worst of the colours; of none it is red."""
    found = set(colours)
    return next((colour for colour in (Colour.RED, Colour.AMBER, Colour.GREEN) if colour in found), Colour.RED)
