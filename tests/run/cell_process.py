"""A whole real-time cell as a child process of a test: started, asked over REST, killed, ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from spinal import _core

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
PATIENCE_S = 60.0
START_PATIENCE_S = 150.0
"""A cell starts four interpreters with their libraries: 4 s on an idle machine, minutes where others take it all."""


class CellProcess:
    """`spinal run` on a free port. Every process that it starts is found through its own health page."""

    def __init__(self, runs: Path, *arguments: str) -> None:
        """Start it and wait until REST answers."""
        self.runs = runs
        self._log = runs.parent / f"cell-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", "from spinal.cli import main; main()"),
                    *("run", str(CELL), "--runs", str(runs), "--port", "0", *arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.web = httpx.Client(timeout=PATIENCE_S)
        try:
            self.web.base_url = self.wait(self._address, "the address of the page", START_PATIENCE_S)
            self.wait(self._answers, "REST", START_PATIENCE_S)
        except BaseException:
            self.close()
            raise

    @property
    def log(self) -> str:
        """What it told people so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait(self, look: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
        """Return what `look` finds, as soon as it is true; an AssertionError with the log when it takes too long."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            assert self.process.poll() is None, f"the cell ended while the test waited for {what}:\n{self.log}"
            time.sleep(0.01)
        raise AssertionError(f"{what} did not come within {patience_s} s:\n{self.log}")

    def health(self) -> dict[str, Any]:
        """Return what /healthz says of the cell."""
        answer: dict[str, Any] = self.web.get("/healthz").json()
        cell: dict[str, Any] = answer["cell"]
        return cell

    def order(self, sku: str, key: str) -> str:
        """Order one unit; return the task's id."""
        answer = self.web.post("/tasks", json={"sku": sku}, headers={"Idempotency-Key": key})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def state(self, identifier: str) -> str:
        """Return the state of a task."""
        return str(self.web.get(f"/tasks/{identifier}").json()["state"])

    def status(self) -> _core.Status:
        """Return System 1's newest status, from shared memory."""
        reader = _core.Latest.reader(self.link / "status")
        read = None
        while read is None:
            with contextlib.suppress(BlockingIOError):
                read = reader.read()
        return _core.Status.from_bytes(read[1])

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return (self.runs / "latest").resolve()

    @property
    def link(self) -> Path:
        """The run's shared memory."""
        return Path("/dev/shm") / f"spinal-{self.folder.name}"

    def kill_everything(self) -> None:
        """SIGKILL to the host and to every process that it started, in one go."""
        for pid in [self.process.pid, *self.health()["processes"].values()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> dict[str, Any]:
        """End the run as a person would; return its summary from run.json."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        assert self.process.returncode == 0, self.log
        summary: dict[str, Any] = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["summary"]
        return summary

    def close(self) -> None:
        """Leave nothing of it running, whatever it was doing."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.web.close()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _address(self) -> str | None:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.log)
        return None if found is None else found.group()

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self.web.get("/healthz").status_code == 200
        return False


@contextlib.contextmanager
def running_cell(runs: Path, *arguments: str) -> Iterator[CellProcess]:
    """Run a cell; whatever happens in the body, nothing of it is left running."""
    cell = CellProcess(runs, *arguments)
    try:
        yield cell
    finally:
        cell.close()
