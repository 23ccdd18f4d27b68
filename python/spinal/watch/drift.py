"""Whether attempts are still like those of the calibration: a conformal test martingale over them."""

from __future__ import annotations

import fcntl
import json
import os
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import numpy as np

from spinal.errors import EvidenceError
from spinal.records import Float

LIMIT = 100.0
"""The promise is void when the martingale reaches it: by chance at most once in 100 calibrations, however long it runs.

Source: J. Ville, Étude critique de la notion de collectif (1939). Chosen by hand."""
JUMP = 0.01
BETS: Final = (-1.0, 0.0, 1.0)
ATTEMPTS_MAX = 100_000
"""Attempts remembered a slice; later ones are compared with these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is known after some attempts. `value`: the martingale, 1 at the start; `is_void` once it reached LIMIT."""

    attempts: int
    p_value: float
    value: float
    highest: float
    is_void: bool


class Martingale:
    """Bets against the attempts being exchangeable with those of the calibration.

    Each attempt gives one number: its highest surprise up to its alarm, if there was one (`first_passage`), whatever
    became of it; so nothing has to be known about attempts that an alarm cut short. Its conformal p-value among all
    attempts of its slice before it is uniform as long as nothing has changed, and the simple jumper bets on it. Source:
    V. Vovk, I. Petej, I. Nouretdinov, E. Ahlberg, L. Carlsson, A. Gammerman, "Retrain or not retrain: conformal test
    martingales for change-point detection", COPA 2021, algorithm 1 with J = 0.01.
    """

    def __init__(self, bags: Mapping[str, Float], seed: int = 0) -> None:
        """Take the calibration's numbers by slice; `seed` breaks ties between equal ones."""
        self._bags = {name: sorted(float(value) for value in values) for name, values in bags.items()}
        self._seed = seed
        self._capital = [1.0 / len(BETS)] * len(BETS)
        self.state = Drift(attempts=0, p_value=1.0, value=1.0, highest=1.0, is_void=False)

    def feed(self, name: str, worst: float) -> Drift:
        """Take in an attempt of that slice; return what is known now."""
        bag = self._bags.setdefault(name, [])
        number = self.state.attempts
        above = len(bag) - bisect_right(bag, worst)
        equal = bisect_right(bag, worst) - bisect_left(bag, worst) + 1
        chance = float(np.random.Generator(np.random.Philox(key=[self._seed, number])).random())
        p_value = (above + chance * equal) / (len(bag) + 1)
        if len(bag) < ATTEMPTS_MAX:
            insort(bag, worst)
        total = sum(self._capital)
        self._capital = [
            ((1.0 - JUMP) * capital + JUMP * total / len(BETS)) * (1.0 + bet * (p_value - 0.5))
            for bet, capital in zip(BETS, self._capital, strict=True)
        ]
        value = sum(self._capital)
        highest = max(self.state.highest, value)
        self.state = Drift(attempts=number + 1, p_value=p_value, value=value, highest=highest, is_void=highest >= LIMIT)
        return self.state


class DriftFile:
    """A martingale whose attempts are on the disk: one that `feed` returned from survives a kill. One process each."""

    def __init__(self, path: Path, calibration: str, bags: Mapping[str, Float]) -> None:
        """Open or begin the file for a calibration, named by its hash; that of another one begins anew.

        EvidenceError when it is damaged, or another process writes it.
        """
        self.path = path
        self._martingale = Martingale(bags)
        self._file: BinaryIO = path.open("a+b")
        try:
            self._lock()
            self._replay(calibration)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> DriftFile:
        """Return the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    @property
    def state(self) -> Drift:
        """Return what is known now."""
        return self._martingale.state

    def feed(self, name: str, worst: float, order: str) -> Drift:
        """Take in an attempt durably; return what is known now."""
        self._append({"order": order, "slice": name, "worst": worst})
        return self._martingale.feed(name, worst)

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EvidenceError(
                "the drift of this cell is being written by another process",
                value=self.path,
                next_step="end the other run of this cell, or name another folder with --runs",
            ) from None

    def _replay(self, calibration: str) -> None:
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        self._file.truncate(whole)  # a line that a kill cut off was never told
        try:
            lines = [json.loads(line) for line in data[:whole].splitlines()]
            if lines and lines[0]["calibration"] == calibration:
                for line in lines[1:]:
                    self._martingale.feed(str(line["slice"]), float(line["worst"]))
                return
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(
                f"{self.path} is damaged", value=error, next_step="take it away: the drift then begins anew"
            ) from None
        self._file.truncate(0)
        self._append({"calibration": calibration})

    def _append(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def told(state: Drift) -> dict[str, Any]:
    """Return the state as JSON values."""
    return asdict(state)
