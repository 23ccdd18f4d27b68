"""The host's eyes: events, pictures and states out of shared memory, into the recording and onto the live page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from spinal import _core, floor
from spinal.cell import Cell
from spinal.record import Recorder
from spinal.records import Frame
from spinal.run import parts
from spinal.run.crew import Crew
from spinal.run.feed import LiveFeed

EVENTS_A_LOOK_MAX = 200
STATUS_RECORD_NS = 20 * parts.MILLISECOND_NS
ORDERS_REFRESH_NS = 300 * parts.MILLISECOND_NS


class Witness:
    """Reads what the other processes publish. Call `look` as often as the host's loop turns."""

    def __init__(
        self, cell: Cell, link: Path, store: floor.TaskStore, recorder: Recorder, feed: LiveFeed, crew: Crew
    ) -> None:
        """Take the host's reading ends."""
        self._recorder = recorder
        self._store = store
        # What earlier runs did with their orders is theirs to tell.
        self._seen_event = _last_event(store)
        self._feed = feed
        self._crew = crew
        self._status = _core.Latest.reader(link / "status")
        self._events = _core.Ring.reader(link / "events")
        cameras = ("overview", *cell.config.cameras)
        self._frames = {name: _core.Latest.reader(link / f"frame-{name}") for name in cameras}
        self._seen = dict.fromkeys(cameras, 0)
        self._recorded_ns = self._refreshed_ns = 0
        self.verdicts: dict[str, int] = {"admitted": 0, "trimmed": 0, "refused": 0}

    def status(self) -> _core.Status | None:
        """Return System 1's newest status; None while none can be had."""
        try:
            read = self._status.read()
        except BlockingIOError:
            return None
        return None if read is None else _core.Status.from_bytes(read[1])

    def look(self, status: _core.Status) -> None:
        """Record and show what is new."""
        now_ns = time.monotonic_ns()
        self._feed.add_status(status)
        if now_ns - self._recorded_ns >= STATUS_RECORD_NS:
            self._recorded_ns = now_ns
            self._recorder.status(status)
        self._drain_events()
        self._take_frames()
        health = self._crew.health()
        if health is not None:
            self._feed.add_health(health)
        if now_ns - self._refreshed_ns >= ORDERS_REFRESH_NS:
            self._refreshed_ns = now_ns
            self._feed.refresh_orders()
            self._record_orders()

    def _record_orders(self) -> None:
        for event in self._store.events(after=self._seen_event):
            self._seen_event = event.sequence
            self._recorder.order(
                event.monotonic_ns,
                order=event.order,
                before=None if event.before is None else str(event.before),
                after=str(event.after),
                attempt=event.attempt,
                reason=event.reason,
            )

    def _drain_events(self) -> None:
        for _ in range(EVENTS_A_LOOK_MAX):
            data = self._events.pop()
            if data is None:
                return
            self._event(_core.decode_event(data))

    def _event(self, entry: dict[str, Any]) -> None:
        match entry["kind"]:
            case "verdict":
                verdict: _core.Verdict = entry["verdict"]
                self.verdicts[verdict.outcome] += 1
                self._recorder.verdict(verdict)
                source = parts.SOURCE_NAMES.get(verdict.source, "unknown")
                reasons = tuple(
                    f"{finding['check']} {finding['value']:.3g} (limit {finding['limit']:.3g})"
                    for finding in verdict.findings
                    if finding["margin"] < 0
                )
                self._feed.add_verdict(verdict.at_ns, source, verdict.sequence, verdict.outcome, reasons)
            case "proposal" if "proposal" in entry:
                self._recorder.proposal(entry["proposal"])
            case "event":
                self._recorder.mode(
                    entry["at_ns"],
                    before=entry["mode_before"],
                    mode=entry["mode"],
                    trigger=entry["trigger"],
                    source=entry["source"],
                    epoch=entry["epoch"],
                )
            case _:
                pass  # other kinds are for the journal alone

    def _take_frames(self) -> None:
        for camera, channel in self._frames.items():
            if channel.generation == self._seen[camera]:
                continue
            try:
                read = channel.read()
            except BlockingIOError:
                continue
            if read is not None:
                self._seen[camera] = read[0]
                frame = Frame.from_bytes(camera, read[1])
                self._recorder.frame(frame)
                self._feed.add_frame(frame)


def _last_event(store: floor.TaskStore) -> int:
    last = 0
    while events := store.events(after=last):
        last = events[-1].sequence
    return last
