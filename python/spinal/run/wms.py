"""The warehouse's side of a demo: posts orders over REST, as any WMS would, and knows when they have ended."""

from __future__ import annotations

import random
import threading
from types import TracebackType
from typing import Protocol

import httpx

from spinal import floor

BATCH = 4
BATCH_PAUSE_S = 6.0
"""Orders come a few at a time, so that the queue on the page is seen filling and emptying."""
ENDED = {
    floor.OrderState.DONE,
    floor.OrderState.FAILED,
    floor.OrderState.CANCELLED,
    floor.OrderState.NEEDS_REVIEW,
}


class _Asked(Protocol):
    @property
    def orders(self) -> int | None: ...
    @property
    def seed(self) -> int: ...


class OrderPoster:
    """Posts the orders that were asked for, from a thread, through the cell's own REST interface."""

    def __init__(self, url: str, run: str, skus: list[str], asked: _Asked) -> None:
        """Take where to post, and how many; None posts nothing and is never done."""
        self._url = url
        self._run = run
        self._count = asked.orders
        chooser = random.Random(asked.seed)
        self._skus = [chooser.choice(skus) for _ in range(asked.orders or 0)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._post, name="wms", daemon=True)
        self.order_ids: list[str] = []
        self.problem: str | None = None

    def __enter__(self) -> OrderPoster:
        """Begin to post."""
        if self._count:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop posting."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def is_done(self, store: floor.TaskStore) -> bool:
        """Return whether all orders were posted and have ended, or posting failed."""
        if self._count is None:
            return False
        if self.problem is not None:
            return True
        ids = list(self.order_ids)
        return len(ids) == self._count and all(store.order(identifier).state in ENDED for identifier in ids)

    def _post(self) -> None:
        with httpx.Client(base_url=self._url, timeout=10.0) as client:
            for number, sku in enumerate(self._skus):
                if number and number % BATCH == 0 and self._stop.wait(BATCH_PAUSE_S):
                    return
                try:
                    answer = client.post(
                        "/tasks", json={"sku": sku}, headers={"Idempotency-Key": f"{self._run}-{number:04d}"}
                    )
                    answer.raise_for_status()
                except httpx.HTTPError as error:
                    self.problem = f"order {number} was not taken: {error}"
                    return
                self.order_ids.append(answer.json()["id"])
