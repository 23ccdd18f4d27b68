"""Monitors to compare the calibrated one with: chance, the clock, and one that sees what no monitor can see."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from spinal.cell import Cell
from spinal.run.calibrated import make_watcher
from spinal.run.chain import Chain
from spinal.sim import layout
from spinal.sim.truth import Truth
from spinal.watch import Alarm, Moment, Watch, Watched

SECOND_NS = 1_000_000_000
RANDOM_WITHIN_S = 3.0
"""A random alarm comes within this time of the attempt's first decision; most attempts are longer."""
ORACLE_PATIENCE_S = 4.5
"""The oracle gives up an attempt that holds nothing after this time. Chosen by hand: a good one has placed by then."""


def make_watch(chain: Chain, cell: Cell, truth: Callable[[], Truth]) -> Watch | None:
    """Return who looks at the policy's decisions; None for nobody. `truth` is privileged, and for the oracle alone."""
    match chain.watch:
        case "random":
            return RandomWatch(rate=chain.watch_rate)
        case "elapsed":
            return ElapsedWatch(after_s=chain.watch_after_s)
        case "oracle":
            return OracleWatch(truth=truth)
        case "calibrated" | "off":
            return make_watcher(cell)  # "off": it is written down what it says, and nothing is done about it


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """An attempt that is looked at: which one, since when, and its alarm."""

    key: tuple[str, int] | None = None
    began_ns: int = 0
    alarm: Alarm | None = None

    def age_s(self, moment: Moment) -> tuple[float, bool]:
        """Return how old the attempt is, and whether this is its first decision."""
        task = moment.observation.task
        is_new = self.key != (task.order, task.attempt)
        if is_new:
            self.key, self.began_ns, self.alarm = (task.order, task.attempt), moment.observation.at_ns, None
        return (moment.observation.at_ns - self.began_ns) / SECOND_NS, is_new

    def answer(self, name: str, value: float, threshold: float, moment: Moment) -> Watched:
        """Return the answer for a score, with the attempt's alarm once the score has reached its threshold."""
        if self.alarm is None and value >= threshold:
            self.alarm = Alarm(
                score=name,
                value=value,
                surprise=value,
                threshold=threshold,
                p_value=1.0,
                at_ns=moment.observation.at_ns,
            )
        return Watched(scores={name: value}, surprise=value, p_value=1.0, alarm=self.alarm)


@dataclass(slots=True, kw_only=True)
class RandomWatch:
    """A control: alarms in this share of attempts, by the draw of a number. The same attempt draws the same one."""

    rate: float
    _attempt: _Attempt = field(default_factory=_Attempt)
    _at_s: float = np.inf

    def restart(self) -> None:
        """Forget the attempt before."""
        self._attempt = _Attempt()

    def look(self, moment: Moment) -> Watched:
        """Return an alarm when the drawn time has come."""
        age_s, is_new = self._attempt.age_s(moment)
        if is_new:
            draw = np.random.default_rng(_seed(moment))
            self._at_s = draw.uniform(0.0, RANDOM_WITHIN_S) if draw.random() < self.rate else np.inf
        return self._attempt.answer("random (control)", float(age_s >= self._at_s), 1.0, moment)


@dataclass(slots=True, kw_only=True)
class ElapsedWatch:
    """A control: alarms when the attempt is as old as this, whatever it does."""

    after_s: float
    _attempt: _Attempt = field(default_factory=_Attempt)

    def restart(self) -> None:
        """Forget the attempt before."""
        self._attempt = _Attempt()

    def look(self, moment: Moment) -> Watched:
        """Return an alarm when it is time."""
        age_s, _ = self._attempt.age_s(moment)
        return self._attempt.answer("elapsed time (control)", age_s, self.after_s, moment)


@dataclass(slots=True, kw_only=True)
class OracleWatch:
    """A control that is privileged: it sees in the simulator's state that the wrong item is held, or that one fell."""

    truth: Callable[[], Truth]
    _attempt: _Attempt = field(default_factory=_Attempt)
    _was_held: bool = False

    def restart(self) -> None:
        """Forget the attempt before."""
        self._attempt, self._was_held = _Attempt(), False

    def look(self, moment: Moment) -> Watched:
        """Return an alarm as soon as the attempt is lost."""
        age_s, is_new = self._attempt.age_s(moment)
        self._was_held = self._was_held and not is_new
        return self._attempt.answer("lost (oracle)", float(self._is_lost(self.truth(), age_s)), 1.0, moment)

    def _is_lost(self, truth: Truth, age_s: float) -> bool:
        names = {thing.body for thing in truth.ordered}
        if truth.held in names:
            self._was_held = True
            return False
        if truth.sealed:
            return True  # another item, or a tote
        if any(thing.body in names for thing in truth.placed):
            return False
        is_falling_in = any(not thing.is_at_rest and thing.body in names for thing in truth.things) and any(
            abs(thing.position_m[1] - layout.DESTINATION_M[1]) < layout.TOTE_HALF_M[1] for thing in truth.ordered
        )
        return not is_falling_in and (self._was_held or age_s > ORACLE_PATIENCE_S)


def _seed(moment: Moment) -> int:
    """Return a number that belongs to this attempt in this scene: its first pictures hold the scene's own noise."""
    task = moment.observation.task
    digest = hashlib.sha256(f"{task.order} {task.attempt}".encode())
    for name in sorted(moment.observation.frames):
        digest.update(moment.observation.frames[name].image.tobytes())
    return int.from_bytes(digest.digest()[:8], "little")
