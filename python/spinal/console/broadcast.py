"""One loop that reads the feed and fills every client's mailbox, while there are clients."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from spinal.console import wire
from spinal.console.feed import Feed
from spinal.console.mailbox import Beat, Mailbox

BEAT_S: Final = 0.1
CLIENTS_MAX: Final = 8

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """The part of a WebSocket that is needed here."""

    async def send_text(self, data: str) -> None:
        """Send a text message; waits while the connection is congested."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message; waits while the connection is congested."""


class Client:
    """One page that looks."""

    def __init__(self, feed: Feed) -> None:
        """Begin with an empty mailbox."""
        self.mailbox = Mailbox()
        self._feed = feed
        self._wake = asyncio.Event()

    def post(self, beat: Beat) -> None:
        """Put in what is new."""
        self.mailbox.post(beat)
        self._wake.set()

    def acknowledge(self, sequence: int) -> None:
        """Note what the page has drawn."""
        self.mailbox.acknowledge(sequence, self._feed.now_ns())
        self._wake.set()

    async def send_to(self, channel: Channel) -> None:
        """Send whatever waits, as fast as the page draws it, until cancelled or the channel breaks."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (delivery := self.mailbox.take(self._feed.now_ns())) is not None:
                for picture in delivery.pictures:
                    await channel.send_bytes(picture)
                await channel.send_text(delivery.text)


class Pace:
    """Waits until the next beat is due. A late beat moves those after it, so that they never come in a bunch."""

    def __init__(self, period_s: float) -> None:
        """Make the first wait end at once."""
        self._period_s = period_s
        self._due_s = -math.inf

    async def wait(self) -> None:
        """Return when the next beat is due."""
        now_s = asyncio.get_running_loop().time()
        self._due_s = max(self._due_s + self._period_s, now_s)
        await asyncio.sleep(self._due_s - now_s)


class Broadcast:
    """Encodes each snapshot and each new picture once, for all clients. Nothing runs while nobody looks."""

    def __init__(self, feed: Feed, *, wait: Callable[[], Awaitable[None]]) -> None:
        """Read from this feed, each time that `wait` returns."""
        self._feed = feed
        self._wait = wait
        self._clients: set[Client] = set()
        self._pictures: dict[str, tuple[int, bytes]] = {}  # camera: (at_ns, message)
        self._loop: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Return whether no further client is taken."""
        return len(self._clients) >= CLIENTS_MAX

    @property
    def is_running(self) -> bool:
        """Return whether the loop runs."""
        return self._loop is not None and not self._loop.done()

    @contextmanager
    def joined(self) -> Iterator[Client]:
        """Give a client that is served until the block ends; its first message holds all pictures."""
        client = Client(self._feed)
        self._clients.add(client)
        if not self.is_running:
            self._loop = asyncio.get_running_loop().create_task(self._run())
        elif self._pictures:
            self._post_to_newcomer(client)
        try:
            yield client
        finally:
            self._clients.discard(client)
            if not self._clients and self._loop is not None:
                self._loop.cancel()
                self._loop = None
                self._pictures.clear()

    async def _beat(self) -> None:
        """Read the feed once and post what is new to every client."""
        fresh: dict[str, bytes] = {}
        for camera in self._feed.cameras:
            frame = self._feed.frame(camera)
            if frame is None or self._pictures.get(camera, (None,))[0] == frame.at_ns:
                continue
            # Encoding takes a millisecond or two and releases the interpreter: the host's loop goes on meanwhile.
            fresh[camera] = await asyncio.to_thread(wire.encode_picture, frame)
            self._pictures[camera] = (frame.at_ns, fresh[camera])
        beat = Beat(snapshot_json=wire.encode_snapshot(self._feed.snapshot()), pictures=fresh)
        for client in self._clients:
            client.post(beat)

    def _post_to_newcomer(self, client: Client) -> None:
        pictures = {camera: message for camera, (_, message) in self._pictures.items()}
        client.post(Beat(snapshot_json=wire.encode_snapshot(self._feed.snapshot()), pictures=pictures))

    async def _run(self) -> None:
        """Beat until cancelled. A feed that raises ends the loop: the page locks itself, the cell works on."""
        with suppress(asyncio.CancelledError):
            try:
                while True:
                    await self._wait()
                    await self._beat()
            except Exception:
                _log.exception("the console has no data: its feed failed; the cell works on")
