"""What the host does with the policy's monitor: alarms for the supervisor, scores for the record, the promise's end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spinal.cell import Cell
from spinal.run.calibrated import calibration_of
from spinal.watch import Drift, DriftFile, Watched

UNWATCHED = "unwatched"


def message_of(order: str, attempt: int, decision: int, watched: Watched) -> dict[str, Any]:
    """Return what the worker tells the host of a decision. `worst`: as `spinal.watch.drift` counts it."""
    alarm = watched.alarm
    return {
        "order": order,
        "attempt": attempt,
        "decision": decision,
        "scores": watched.scores,
        "p_value": watched.p_value,
        "worst": watched.surprise if alarm is None else alarm.surprise,
        "alarm": "" if alarm is None else alarm.reason,
    }


class Vigil:
    """Follows the worker's monitor over a run. Without a calibration it does nothing but say so."""

    def __init__(self, cell: Cell, runs: Path) -> None:
        """Read the cell's calibration, and the attempts since it that are kept in `runs`.

        PolicyError: the calibration is not this cell's; EvidenceError: the kept attempts are damaged or in use.
        """
        self._calibration = calibration_of(cell)
        self._drift: DriftFile | None = None
        if self._calibration is not None:
            runs.mkdir(parents=True, exist_ok=True)
            path = runs / f"{cell.config.name}.drift.jsonl"
            self._drift = DriftFile(path, self._calibration.sha256, self._calibration.monitor.drift)
        self._told: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """Return the SHA-256 of the calibration, or that there is none."""
        return UNWATCHED if self._calibration is None else self._calibration.sha256

    @property
    def void(self) -> str | None:
        """Return that the promise no longer holds; None when it does, or there is none."""
        if self._drift is None or not self._drift.state.is_void:
            return None
        return "the monitor's promise is void: attempts have changed since its calibration; run `spinal calibrate`"

    @property
    def warning(self) -> str | None:
        """Return what people have to know about the monitor when the run begins; None when its promise holds."""
        if self._calibration is None:
            return "unwatched: this policy has no calibrated monitor (`spinal calibrate`)"
        return self.void

    def take(self, health: dict[str, Any] | None) -> dict[str, Any] | None:
        """Take in the worker's heartbeat; return what it tells of a decision that was not told before."""
        told = None if health is None else health.get("watched")
        if told is None or told == self._told:
            return None
        self._told = told
        return dict(told)

    def alarm(self, order: str, attempt: int) -> str:
        """Return why the monitor expects this attempt to fail; empty when it does not."""
        return str(self._told["alarm"]) if self._is_of(order, attempt) else ""

    def end_attempt(self, order: str, sku: str, attempt: int) -> Drift | None:
        """Count an attempt that ended; return what is known now when it made the promise void."""
        # Later attempts begin in a tote that the first one stirred: they are not like those of the calibration.
        if self._calibration is None or self._drift is None or attempt != 1 or not self._is_of(order, attempt):
            return None
        was_void = self._drift.state.is_void
        state = self._drift.feed(self._calibration.monitor.slice_of(sku), float(self._told["worst"]), order)
        return state if state.is_void and not was_void else None

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._drift is not None:
            self._drift.close()

    def _is_of(self, order: str, attempt: int) -> bool:
        return bool(self._told) and (self._told["order"], self._told["attempt"]) == (order, attempt)
