"""What System 1 answered to this worker's proposals: counted, and told once for each new kind of refusal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spinal._core import Latest, Verdict

if TYPE_CHECKING:
    from spinal._core import Finding

FINDINGS_TOLD = 3
"""Most findings of one verdict that are told; all of them are in the journal."""


class Answers:
    """Reads the `verdict` channel, where the newest wins. Verdicts on other sources' proposals are left out."""

    def __init__(self, channel: Latest, sources: frozenset[int]) -> None:
        """`sources` are the numbers that this worker proposes under."""
        self._channel = channel
        self._sources = sources
        self._seen = 0
        self._told: tuple[str, ...] = ()
        self.outcomes: Counter[str] = Counter()
        self.last: str | None = None

    def look(self) -> str | None:
        """Take in the newest verdict; return a line for the log when it is a new kind of refusal."""
        if self._channel.generation == self._seen:
            return None
        try:
            read = self._channel.read()
        except BlockingIOError:
            return None  # overtaken by the writer: the next look finds a whole verdict
        if read is None:
            return None
        self._seen = read[0]
        return self.take(Verdict.from_bytes(read[1]))

    def take(self, verdict: Verdict) -> str | None:
        """Count a verdict; return what is new about it."""
        if verdict.source not in self._sources:
            return None
        self.outcomes[verdict.outcome] += 1
        checks = () if verdict.is_admitted else tuple(sorted({finding["check"] for finding in verdict.findings}))
        is_new, self._told = checks != self._told, checks
        self.last = describe(verdict)
        return self.last if checks and is_new else None


def describe(verdict: Verdict) -> str:
    """Return a verdict in one line: what was found, its value and limit, and what to look at."""
    findings = [finding for finding in verdict.findings if finding["margin"] < 0]
    told = [_finding(finding) for finding in findings[:FINDINGS_TOLD]]
    more = len(findings) - len(told) + verdict.dropped
    if more > 0:
        told.append(f"{more} more")
    return f"proposal {verdict.sequence} {verdict.outcome}" + (": " if told else "") + "; ".join(told)


def _finding(finding: Finding) -> str:
    step = "" if finding["step"] is None else f" step {finding['step']}"
    joint = "" if finding["joint"] is None else f" joint {finding['joint']}"
    numbers = f"{finding['value']:.6g}, limit {finding['limit']:.6g}"
    return f"{finding['check']}{step}{joint}: {numbers} ({finding['hint']})"
