"""What one client has yet to be sent: the newest of each kind, so a slow client loses pictures, never the host."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spinal.console import wire

# Two, so that the wire is busy while the client draws; more would only make what it sees older.
IN_FLIGHT_MAX: Final = 2

NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What is new since the beat before: a snapshot as JSON and picture messages by camera."""

    snapshot_json: str
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What goes to the client now: pictures first, then the text whose `sequence` the client acknowledges."""

    pictures: tuple[bytes, ...]
    text: str
    sequence: int


class Mailbox:
    """Holds at most one snapshot and one picture a camera; hands out while at most `IN_FLIGHT_MAX` are unacknowledged.

    The acknowledgement comes from the page after it has drawn. So the bound covers the operating system's socket
    buffers too: what a slow client sees may come seldom, but is never old.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._snapshot: str | None = None
        self._pictures: dict[str, bytes] = {}
        self._in_flight: deque[tuple[int, int]] = deque(maxlen=IN_FLIGHT_MAX)  # (sequence, sent at)
        self._sequence = 0
        self._dropped = 0
        self._round_trip_ms: float | None = None

    @property
    def dropped(self) -> int:
        """Return how many snapshots and pictures a newer one has replaced before they could be sent."""
        return self._dropped

    @property
    def round_trip_ms(self) -> float | None:
        """Return the time from sending the last acknowledged snapshot to its acknowledgement."""
        return self._round_trip_ms

    @property
    def held_bytes(self) -> int:
        """Return the size of what waits."""
        return len(self._snapshot or "") + sum(map(len, self._pictures.values()))

    def post(self, beat: Beat) -> None:
        """Put in what is new; what it replaces is counted as dropped."""
        self._dropped += self._snapshot is not None
        self._dropped += len(self._pictures.keys() & beat.pictures.keys())
        self._snapshot = beat.snapshot_json
        self._pictures |= beat.pictures

    def take(self, now_ns: int) -> Delivery | None:
        """Take out everything that waits; None while nothing does, or while the client has not caught up."""
        if self._snapshot is None or len(self._in_flight) == IN_FLIGHT_MAX:
            return None
        self._sequence += 1
        self._in_flight.append((self._sequence, now_ns))
        text = wire.envelope(
            self._snapshot, sequence=self._sequence, dropped=self._dropped, round_trip_ms=self._round_trip_ms
        )
        delivery = Delivery(pictures=tuple(self._pictures.values()), text=text, sequence=self._sequence)
        self._snapshot = None
        self._pictures = {}
        return delivery

    def acknowledge(self, sequence: int, now_ns: int) -> None:
        """Note that the client has drawn everything up to `sequence`; numbers that were never sent change nothing."""
        while self._in_flight and self._in_flight[0][0] <= sequence <= self._sequence:
            _, sent_at_ns = self._in_flight.popleft()
            self._round_trip_ms = (now_ns - sent_at_ns) / NS_PER_MS
