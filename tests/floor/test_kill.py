"""Whenever the cell is killed with SIGKILL, no order is lost and no unit is placed twice."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest
from crashing_cell import World, dies_at, run_child, work_through
from shop import CATALOGUE

from spinal.floor import OrderReader, OrderRequest, OrderState, TaskStore
from spinal.floor.orders import ALLOWED, FINAL

DEATHS_MAX = 60
ORDERS = (("a", "red_box", 1), ("b", "blue_can", 2), ("c", "red_box", 3))


def submit_all(path: Path) -> None:
    with TaskStore.open(path, catalogue=CATALOGUE) as store:
        for key, sku, quantity in ORDERS:
            store.submit(key, OrderRequest(sku=sku, quantity=quantity))


def check_nothing_is_lost_or_doubled(path: Path, world: World) -> None:
    """Hold the invariants that must be true at every instant, whoever died where."""
    placed = world.placed()
    with OrderReader.open_to_read(path) as reader:
        orders = reader.orders()
        events = reader.events(limit=100_000)
    assert [order.key for order in sorted(orders, key=lambda order: order.id)] == ["a", "b", "c"]
    for order in orders:
        is_open = order.state in (OrderState.PLACING, OrderState.NEEDS_REVIEW)
        assert 0 <= placed[order.id] - order.placed <= (1 if is_open else 0), order
        assert placed[order.id] <= order.quantity, order
    for order in orders:
        state = None
        for event in (event for event in events if event.order == order.id):
            assert event.before == state
            assert state is None or event.after in ALLOWED[state]
            state = event.after
        assert state is order.state


def run_to_the_end(path: Path, world: World, random_: random.Random, *, points_max: int, has_scale: bool) -> int:
    """Let cells die one after the other until one gets through; return how many died."""
    for death in range(DEATHS_MAX):
        last_chance = death == DEATHS_MAX - 1
        point = dies_at(-1 if last_chance else random_.randint(1, points_max))
        seed = random_.randrange(2**32)
        status = run_child(
            lambda point: work_through(path, world, seed, has_scale=has_scale, point=point),  # noqa: B023
            point,
        )
        check_nothing_is_lost_or_doubled(path, world)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return death
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("the last cell was not to be killed")


@pytest.mark.hazard("H-27", "H-29")
@pytest.mark.parametrize("seed", range(25))
def test_with_a_scale_every_order_ends_right_after_any_number_of_kills(tmp_path: Path, seed: int) -> None:
    path, world = tmp_path / "orders.sqlite", World(tmp_path / "tote")
    submit_all(path)
    deaths = run_to_the_end(path, world, random.Random(seed), points_max=250, has_scale=True)
    assert deaths > 0
    with OrderReader.open_to_read(path) as reader:
        assert {order.state for order in reader.orders()} <= FINAL, f"seed {seed}"
        for order in reader.orders():
            assert order.placed == world.placed()[order.id], f"seed {seed}"


@pytest.mark.hazard("H-27", "H-29")
@pytest.mark.parametrize("seed", range(10))
def test_without_a_scale_a_person_is_asked_and_nothing_is_doubled(tmp_path: Path, seed: int) -> None:
    path, world = tmp_path / "orders.sqlite", World(tmp_path / "tote")
    submit_all(path)
    run_to_the_end(path, world, random.Random(1000 + seed), points_max=250, has_scale=False)
    with OrderReader.open_to_read(path) as reader:
        assert {order.state for order in reader.orders()} <= FINAL | {OrderState.NEEDS_REVIEW}, f"seed {seed}"


def test_dying_at_each_point_of_making_the_file_leaves_a_store_that_opens(tmp_path: Path) -> None:
    for count in range(1, 400, 3):
        path, world = tmp_path / f"orders-{count}.sqlite", World(tmp_path / "tote")
        status = run_child(
            lambda point: work_through(path, world, 0, has_scale=True, point=point),  # noqa: B023
            dies_at(count),
        )
        with TaskStore.open(path, catalogue=CATALOGUE) as store:
            store.submit("k", OrderRequest(sku="red_box"))
            assert store.counts()[OrderState.QUEUED] == 1
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
    raise AssertionError("no child lived long enough to make the file")


@pytest.mark.hazard("H-27", "H-29")
@pytest.mark.parametrize("seed", range(10))
def test_a_kill_from_outside_at_any_instant_loses_nothing(tmp_path: Path, seed: int) -> None:
    """Here the parent kills while the child goes on, so that the kill also hits writes and syncs in the kernel."""
    path, world = tmp_path / "orders.sqlite", World(tmp_path / "tote")
    submit_all(path)
    random_ = random.Random(2000 + seed)
    for death in range(DEATHS_MAX):
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            cell_seed = seed * 1000 + death
            run = run_child_in_place(path, world, cell_seed, write_end)
            os._exit(run)
        os.close(write_end)
        for _ in range(random_.randint(1, 900)):
            os.read(read_end, 1)
        os.kill(child, signal.SIGKILL)
        os.close(read_end)
        _, status = os.waitpid(child, 0)
        check_nothing_is_lost_or_doubled(path, world)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
    with OrderReader.open_to_read(path) as reader:
        for order in reader.orders():
            assert order.state in FINAL, f"seed {seed}"
            assert order.placed == world.placed()[order.id], f"seed {seed}"


def run_child_in_place(path: Path, world: World, seed: int, write_end: int) -> int:
    """Work through the orders, with one byte into the pipe at each point; return the exit code."""
    try:
        work_through(path, world, seed, has_scale=True, point=lambda: os.write(write_end, b".") and None)
    except BrokenPipeError:
        return 0
    except BaseException:
        return 1
    return 0


def test_the_lock_of_a_killed_cell_is_free(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"

    def hold_and_die(_: object) -> None:
        TaskStore.open(path, catalogue=CATALOGUE)
        os.kill(os.getpid(), signal.SIGKILL)

    status = run_child(hold_and_die, lambda: None)
    assert os.WTERMSIG(status) == signal.SIGKILL
    TaskStore.open(path, catalogue=CATALOGUE).close()
