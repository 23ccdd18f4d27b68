"""Orders come in once, are worked on one unit at a time, and end in exactly one way."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from shop import CATALOGUE, SECOND, FakeTime, intent

from spinal.errors import OrderError
from spinal.floor import (
    Ending,
    KeyReusedError,
    Lease,
    LeaseLostError,
    NotInCatalogueError,
    OrderReader,
    OrderRequest,
    OrderState,
    OutOfRangeError,
    StoreFailedError,
    StoreInUseError,
    TaskStore,
    UnknownOrderError,
    WrongStateError,
)

RED = OrderRequest(sku="red_box")


def take(store: TaskStore) -> Lease:
    """Return a lease that must be there."""
    lease = store.lease("cell", 10 * SECOND)
    assert lease is not None
    return lease


def place(store: TaskStore) -> Lease:
    """Lease, write the intent down and complete one unit."""
    lease = take(store)
    store.begin_placing(lease, intent())
    store.end_attempt(lease, Ending.COMPLETE, outcome="placed", evidence={"gain_kg": 0.1})
    return lease


def submit_many(store: TaskStore, count: int) -> None:
    for number in range(count):
        store.submit(f"many-{number}", RED)


@pytest.mark.hazard("H-27")
def test_the_same_key_and_request_is_one_order(store: TaskStore) -> None:
    first, is_new = store.submit("k", RED)
    again, is_new_again = store.submit("k", RED)
    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert store.counts()[OrderState.QUEUED] == 1


@pytest.mark.hazard("H-27")
def test_the_same_key_with_another_request_is_refused(store: TaskStore) -> None:
    store.submit("k", RED)
    with pytest.raises(KeyReusedError) as caught:
        store.submit("k", OrderRequest(sku="red_box", quantity=2))
    assert '"quantity":1' in str(caught.value.allowed)


@pytest.mark.parametrize(
    ("key", "request_", "error"),
    [
        ("k", OrderRequest(sku="green_bag"), NotInCatalogueError),
        ("k", OrderRequest(sku="red_box", destination="moon"), NotInCatalogueError),
        ("k", OrderRequest(sku="red_box", quantity=0), OutOfRangeError),
        ("k", OrderRequest(sku="red_box", quantity=101), OutOfRangeError),
        ("k", OrderRequest(sku="red_box", priority=10), OutOfRangeError),
        ("k", OrderRequest(sku="red_box", priority=-1), OutOfRangeError),
        ("", RED, OutOfRangeError),
        ("x" * 129, RED, OutOfRangeError),
        ("line\nbreak", RED, OutOfRangeError),
    ],
)
def test_a_request_outside_the_catalogue_or_range_is_refused_and_not_stored(
    store: TaskStore, key: str, request_: OrderRequest, error: type[OrderError]
) -> None:
    with pytest.raises(error) as caught:
        store.submit(key, request_)
    assert caught.value.allowed
    assert caught.value.next_step
    assert sum(store.counts().values()) == 0


def test_an_unknown_sku_names_the_known_ones(store: TaskStore) -> None:
    with pytest.raises(NotInCatalogueError) as caught:
        store.submit("k", OrderRequest(sku="green_bag"))
    assert caught.value.value == "green_bag"
    assert caught.value.allowed == ["blue_can", "red_box"]


def test_higher_priority_goes_first_then_age(store: TaskStore) -> None:
    for key, priority in (("a", 5), ("b", 9), ("c", 5)):
        store.submit(key, OrderRequest(sku="red_box", priority=priority))
    keys = [store.order(place(store).order).key for _ in range(3)]
    assert keys == ["b", "a", "c"]
    assert store.lease("cell", SECOND) is None


@pytest.mark.hazard("H-27")
def test_completing_before_the_intent_is_written_down_is_refused(store: TaskStore) -> None:
    store.submit("k", RED)
    lease = take(store)
    with pytest.raises(WrongStateError, match="begin_placing"):
        store.end_attempt(lease, Ending.COMPLETE, outcome="placed")
    assert store.order(lease.order).state is OrderState.LEASED


@pytest.mark.hazard("H-27")
def test_completing_twice_is_refused_and_counts_once(store: TaskStore) -> None:
    store.submit("k", RED)
    lease = place(store)
    with pytest.raises(LeaseLostError):
        store.end_attempt(lease, Ending.COMPLETE, outcome="placed")
    assert store.order(lease.order).placed == 1


def test_each_unit_of_an_order_is_leased_by_itself(store: TaskStore) -> None:
    order, _ = store.submit("k", OrderRequest(sku="red_box", quantity=3))
    leases = [place(store) for _ in range(3)]
    assert [lease.unit for lease in leases] == [1, 2, 3]
    assert store.order(order.id).state is OrderState.DONE
    assert [attempt.outcome for attempt in store.attempts(order.id)] == ["placed"] * 3


@pytest.mark.hazard("H-27")
def test_a_retry_keeps_the_lease_and_fences_the_attempt_before(store: TaskStore) -> None:
    store.submit("k", RED)
    first = take(store)
    second = store.end_attempt(first, Ending.RETRY, outcome="missed", reasons=["no vacuum"])
    assert second is not None
    assert (second.attempt, second.unit) == (2, 1)
    with pytest.raises(LeaseLostError):
        store.begin_placing(first, intent())
    store.begin_placing(second, intent())


def test_a_returned_order_waits_again_and_ends_when_it_comes_back_too_often(store: TaskStore) -> None:
    order, _ = store.submit("k", RED)
    for _ in range(5):
        store.end_attempt(take(store), Ending.RETURN, outcome="interrupted")
        assert store.order(order.id).state is OrderState.QUEUED
    store.end_attempt(take(store), Ending.RETURN, outcome="interrupted")
    assert store.order(order.id).state is OrderState.FAILED
    assert "5 times" in str(store.order(order.id).reason)


def test_only_one_order_at_a_time_is_past_the_point_of_no_return_at_a_scale(store: TaskStore) -> None:
    for key, destination in (("a", "destination"), ("b", "destination"), ("c", "reject")):
        store.submit(key, OrderRequest(sku="red_box", destination=destination))
    first, second, elsewhere = (take(store) for _ in range(3))
    store.begin_placing(first, intent())
    with pytest.raises(WrongStateError, match="one order at a time"):
        store.begin_placing(second, intent())
    store.begin_placing(elsewhere, intent())


def test_the_first_intent_of_an_attempt_stands(store: TaskStore) -> None:
    store.submit("k", RED)
    lease = take(store)
    store.begin_placing(lease, intent(scale_kg=0.5))
    store.begin_placing(lease, intent(scale_kg=0.9))
    (attempt,) = store.attempts(lease.order)
    assert attempt.intent == intent(scale_kg=0.5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_an_intent_without_a_finite_scale_reading_is_refused(store: TaskStore, bad: float) -> None:
    store.submit("k", RED)
    lease = take(store)
    with pytest.raises(OutOfRangeError, match="do not release"):
        store.begin_placing(lease, intent(scale_kg=bad))
    assert store.order(lease.order).state is OrderState.LEASED


def test_nan_in_evidence_is_stored_as_null(store: TaskStore) -> None:
    store.submit("k", RED)
    lease = take(store)
    store.end_attempt(lease, Ending.FAIL, outcome="unclear", evidence={"scale_kg": [float("nan"), 0.5]})
    assert store.attempts(lease.order)[0].evidence == {"scale_kg": [None, 0.5]}


def test_a_waiting_order_is_cancelled_at_once(store: TaskStore) -> None:
    order, _ = store.submit("k", RED)
    assert store.cancel(order.id).state is OrderState.CANCELLED
    assert store.cancel(order.id).state is OrderState.CANCELLED
    assert store.lease("cell", SECOND) is None


def test_a_cancel_in_mid_work_lets_the_unit_finish_and_reports_the_partial_quantity(store: TaskStore) -> None:
    order, _ = store.submit("k", OrderRequest(sku="red_box", quantity=3))
    place(store)
    lease = take(store)
    assert store.cancel(order.id).cancel_requested
    assert store.is_cancel_requested(lease)
    store.begin_placing(lease, intent())
    store.end_attempt(lease, Ending.COMPLETE, outcome="placed")
    ended = store.order(order.id)
    assert (ended.state, ended.placed) == (OrderState.CANCELLED, 2)


def test_a_cancel_that_comes_too_late_for_the_last_unit_leaves_the_order_done(store: TaskStore) -> None:
    order, _ = store.submit("k", RED)
    lease = take(store)
    store.begin_placing(lease, intent())
    store.cancel(order.id)
    store.end_attempt(lease, Ending.COMPLETE, outcome="placed")
    assert store.order(order.id).state is OrderState.DONE
    with pytest.raises(WrongStateError, match="has ended"):
        store.cancel(order.id)


@pytest.mark.hazard("H-26")
def test_a_person_resolves_what_the_scale_could_not(store: TaskStore) -> None:
    order, _ = store.submit("k", OrderRequest(sku="red_box", quantity=2))
    store.end_attempt(take(store), Ending.REVIEW, outcome="unclear")
    assert store.lease("cell", SECOND) is None
    resolved = store.resolve(order.id, is_placed=True, by="Ada", note="lies in the corner")
    assert (resolved.state, resolved.placed) == (OrderState.QUEUED, 1)
    assert store.events()[-1].detail["by"] == "Ada"
    with pytest.raises(WrongStateError):
        store.resolve(order.id, is_placed=True, by="Ada")


def test_cancelling_an_order_under_review_waits_for_the_count(store: TaskStore) -> None:
    order, _ = store.submit("k", OrderRequest(sku="red_box", quantity=2))
    store.end_attempt(take(store), Ending.REVIEW, outcome="unclear")
    assert store.cancel(order.id).state is OrderState.NEEDS_REVIEW
    resolved = store.resolve(order.id, is_placed=True, by="Ada")
    assert (resolved.state, resolved.placed) == (OrderState.CANCELLED, 1)


@pytest.mark.parametrize("identifier", ["T000001", "T", "1", "Tx", "T-1", "T٣", "T" + "9" * 30])
def test_an_unknown_id_is_an_error(store: TaskStore, identifier: str) -> None:
    with pytest.raises(UnknownOrderError):
        store.order(identifier)


def test_a_poller_who_remembers_the_cursor_misses_no_change(store: TaskStore) -> None:
    for key in "abc":
        store.submit(key, RED)
    seen = store.orders()
    assert [order.key for order in seen] == ["a", "b", "c"]
    store.cancel(seen[0].id)
    changed = store.orders(after=seen[-1].change)
    assert [(order.key, order.state) for order in changed] == [("a", OrderState.CANCELLED)]
    assert store.orders(after=changed[-1].change) == ()


def test_every_transition_is_in_the_event_log_with_both_clocks(store: TaskStore, fake_time: FakeTime) -> None:
    store.submit("k", RED)
    fake_time.now_ns += SECOND
    place(store)
    log = [(event.before, event.after) for event in store.events()]
    assert log == [
        (None, OrderState.QUEUED),
        (OrderState.QUEUED, OrderState.LEASED),
        (OrderState.LEASED, OrderState.PLACING),
        (OrderState.PLACING, OrderState.DONE),
    ]
    first, second = store.events()[:2]
    assert second.monotonic_ns - first.monotonic_ns == second.wall_ns - first.wall_ns == SECOND
    assert first.boot == "boot-1"


@pytest.mark.hazard("H-28")
@pytest.mark.parametrize("statement", ["UPDATE events SET reason = 'x'", "DELETE FROM events"])
def test_the_event_log_cannot_be_rewritten(store: TaskStore, store_path: Path, statement: str) -> None:
    store.submit("k", RED)
    with sqlite3.connect(store_path) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
    other.close()


@pytest.mark.hazard("H-24", "H-27")
def test_a_second_cell_cannot_work_from_the_same_store(store: TaskStore, store_path: Path) -> None:
    with pytest.raises(StoreInUseError) as caught:
        TaskStore.open(store_path, catalogue=CATALOGUE)
    assert caught.value.next_step
    store.submit("k", RED)
    with OrderReader.open_to_read(store_path) as reader:
        assert reader.counts()[OrderState.QUEUED] == 1


def test_the_store_is_free_again_after_closing(store: TaskStore, store_path: Path) -> None:
    store.submit("k", RED)
    store.close()
    with TaskStore.open(store_path, catalogue=CATALOGUE) as again:
        assert again.order("T000001").key == "k"


def test_a_store_of_another_version_is_refused(store: TaskStore, store_path: Path) -> None:
    store.close()
    other = sqlite3.connect(store_path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(OrderError, match="another version"):
        TaskStore.open(store_path, catalogue=CATALOGUE)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(OrderError, match="cannot be opened"):
        TaskStore.open(path, catalogue=CATALOGUE)
    assert path.read_bytes().startswith(b"this is not")
    with pytest.raises(OrderError, match="no task store"):
        OrderReader.open_to_read(tmp_path / "nothing.sqlite")


@pytest.mark.hazard("H-27")
def test_a_commit_waits_for_the_disk(store_path: Path, store: TaskStore) -> None:
    store.submit("k", RED)
    connection = store._database._connection
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


@pytest.mark.hazard("H-27")
def test_a_full_disk_stores_nothing_and_says_so(store: TaskStore) -> None:
    store.submit("k", RED)
    connection = store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFailedError, match="nothing of this step was stored"):
        submit_many(store, 1000)
    connection.execute("PRAGMA max_page_count = 100000")
    known = {order.key for order in store.orders(limit=500)}
    assert len(store.events(limit=10_000)) == len(known)
    store.submit("again", RED)


@pytest.mark.hazard("H-27")
def test_one_key_from_many_threads_at_once_is_one_order(store: TaskStore) -> None:
    start = threading.Barrier(8)
    made: list[bool] = []

    def submit() -> None:
        start.wait()
        made.append(store.submit("k", RED)[1])

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 7 + [True]
    assert store.counts()[OrderState.QUEUED] == 1
