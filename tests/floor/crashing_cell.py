"""A cell that works through its orders in a real child process, and the world outside it, which no crash undoes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from shop import CATALOGUE, SECOND

from spinal.floor import Clock, Ending, Evidence, Intent, Lease, TaskStore

MASS_KG = {"red_box": 0.1, "blue_can": 0.25}
TOLERANCE_KG = 0.03
ATTEMPTS_MAX = 3
SQLITE_STEPS_A_POINT = 7  # virtual-machine instructions between two points inside SQLite


@dataclass(frozen=True)
class World:
    """The destination tote: one line in a file for each item that fell into it. Its scale is a little noisy."""

    path: Path

    def put(self, lease: Lease) -> None:
        """Let one item fall in; nothing takes it out again."""
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{lease.order} {lease.sku}\n".encode())
        os.close(handle)

    def items(self) -> list[tuple[str, str]]:
        """Return (order, SKU) of each item in the tote."""
        if not self.path.exists():
            return []
        return [(line.split()[0], line.split()[1]) for line in self.path.read_text().splitlines()]

    def placed(self) -> Counter[str]:
        """Return the number of items in the tote for each order."""
        return Counter(order for order, _ in self.items())

    def weigh(self, random_: random.Random) -> float:
        """Return what the scale shows, kg."""
        noise_kg = random_.uniform(-0.3, 0.3) * TOLERANCE_KG
        return sum(MASS_KG[sku] for _, sku in self.items()) + noise_kg


def run_child(work: Callable[[Callable[[], None]], None], point: Callable[[], None]) -> int:
    """Run `work(point)` in a forked process and return its wait status; `point` may kill it."""
    child = os.fork()
    if child == 0:
        _work_and_exit(work, point)
    return os.waitpid(child, 0)[1]


def _work_and_exit(work: Callable[[Callable[[], None]], None], point: Callable[[], None]) -> NoReturn:
    try:
        work(point)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def dies_at(count: int) -> Callable[[], None]:
    """Return a point that kills its own process with SIGKILL when it is passed for the `count`-th time."""
    left = [count]

    def point() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return point


def work_through(path: Path, world: World, seed: int, *, has_scale: bool, point: Callable[[], None]) -> None:
    """Recover, then work until no order waits. `point` is passed before, inside and after every step."""
    random_ = random.Random(seed)
    _instrument_sqlite(point)
    with TaskStore.open(path, catalogue=CATALOGUE, clock=_instrumented_clock(point)) as store:
        store.recover(lambda: _read(world, random_) if has_scale else None)
        while (lease := store.lease("cell", 10 * SECOND)) is not None:
            current: Lease | None = lease
            while current is not None:
                current = _attempt(store, current, world, random_, point)


def _attempt(
    store: TaskStore, lease: Lease, world: World, random_: random.Random, point: Callable[[], None]
) -> Lease | None:
    scale_kg = world.weigh(random_)
    is_grasped = random_.random() < 0.8
    if is_grasped:
        intent = Intent(scale_id="s", scale_kg=scale_kg, expected_kg=MASS_KG[lease.sku], tolerance_kg=TOLERANCE_KG)
        store.begin_placing(lease, intent)
        point()
        if random_.random() < 0.9:
            world.put(lease)
        point()
    gain_kg = world.weigh(random_) - scale_kg
    if abs(gain_kg - MASS_KG[lease.sku]) <= TOLERANCE_KG:
        return store.end_attempt(lease, Ending.COMPLETE, outcome="placed", evidence={"gain_kg": gain_kg})
    ending = Ending.RETRY if lease.attempt < ATTEMPTS_MAX else Ending.FAIL
    return store.end_attempt(lease, ending, outcome="missed", evidence={"gain_kg": gain_kg})


def _read(world: World, random_: random.Random) -> Evidence:
    return Evidence(scale_id="s", scale_kg=world.weigh(random_))


def _instrumented_clock(point: Callable[[], None]) -> Clock:
    ticks = [0]

    def read() -> int:
        point()
        ticks[0] += 1
        return ticks[0]

    return Clock(wall_ns=read, monotonic_ns=read, boot="boot-1")


def _instrument_sqlite(point: Callable[[], None]) -> None:
    """Pass a point every few instructions inside SQLite, also while the file is being made. Only in a forked child."""
    connect = sqlite3.connect

    def connect_with_points(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(lambda: point() or 0, SQLITE_STEPS_A_POINT)
        return connection

    sqlite3.connect = connect_with_points  # type: ignore[assignment]
