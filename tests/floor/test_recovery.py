"""After a death, the scale decides about the order in hand, and a person when the scale cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import CATALOGUE, SECOND, FakeTime, intent

from spinal.floor import Ending, Evidence, Finding, LeaseLostError, OrderRequest, OrderState, TaskStore, judge

RED = OrderRequest(sku="red_box")


def evidence(scale_kg: float, scale_id: str = "s") -> Evidence:
    return Evidence(scale_id=scale_id, scale_kg=scale_kg)


@pytest.mark.parametrize(
    ("now_kg", "finding"),
    [
        (1.0, Finding.NOT_PLACED),
        (1.029, Finding.NOT_PLACED),
        (1.031, Finding.UNCLEAR),
        (1.069, Finding.UNCLEAR),
        (1.071, Finding.PLACED),
        (1.1, Finding.PLACED),
        (1.129, Finding.PLACED),
        (1.131, Finding.UNCLEAR),
        (1.2, Finding.UNCLEAR),
        (0.969, Finding.UNCLEAR),
        (0.971, Finding.NOT_PLACED),
        (float("nan"), Finding.UNCLEAR),
        (float("inf"), Finding.UNCLEAR),
    ],
)
def test_the_gain_decides_up_to_the_tolerance(now_kg: float, finding: Finding) -> None:
    assert judge(intent(scale_kg=1.0), evidence(now_kg)).finding is finding


def test_a_scale_that_cannot_tell_one_from_none_leaves_it_unclear() -> None:
    judgement = judge(intent(expected_kg=0.05, tolerance_kg=0.03), evidence(0.025))
    assert judgement.finding is Finding.UNCLEAR


def test_no_reading_no_intent_or_another_scale_leaves_it_unclear() -> None:
    assert judge(intent(), None).finding is Finding.UNCLEAR
    assert judge(None, evidence(0.1)).finding is Finding.UNCLEAR
    other = judge(intent(), evidence(0.1, scale_id="other"))
    assert other.finding is Finding.UNCLEAR
    assert "zeroed" in other.reason


@pytest.mark.hazard("H-27")
@given(before=st.floats(0, 5), gain=st.floats(-1, 1), expected=st.floats(0.01, 1), tolerance=st.floats(0.001, 0.5))
def test_placed_and_not_placed_are_never_both_possible(
    before: float, gain: float, expected: float, tolerance: float
) -> None:
    found = judge(intent(before, expected, tolerance), evidence(before + gain))
    measured = found.evidence["gain_kg"]
    if found.finding is Finding.PLACED:
        assert abs(measured) > tolerance
    if found.finding is Finding.NOT_PLACED:
        assert abs(measured - expected) > tolerance


def die_in(store: TaskStore, path: Path, *, is_placing: bool) -> TaskStore:
    """Take an order in hand, vanish, and return the store as the next process opens it."""
    store.submit("k", RED)
    lease = store.lease("cell", 10 * SECOND)
    assert lease is not None
    if is_placing:
        store.begin_placing(lease, intent(scale_kg=1.0))
    store.close()
    return TaskStore.open(path, catalogue=CATALOGUE, clock=FakeTime().clock())


def test_a_leased_order_returns_to_the_queue_without_asking_the_scale(store: TaskStore, store_path: Path) -> None:
    def must_not_read() -> Evidence:
        raise AssertionError("the scale was read")

    with die_in(store, store_path, is_placing=False) as again:
        recovery = again.recover(must_not_read)
        assert recovery.returned == ("T000001",)
        assert again.order("T000001").state is OrderState.QUEUED
        assert again.attempts("T000001")[0].outcome == "interrupted"


@pytest.mark.parametrize(
    ("now_kg", "state", "placed"),
    [(1.1, OrderState.DONE, 1), (1.0, OrderState.QUEUED, 0), (1.05, OrderState.NEEDS_REVIEW, 0)],
)
@pytest.mark.hazard("H-27", "H-29")
def test_an_order_that_was_being_placed_is_judged(
    store: TaskStore, store_path: Path, now_kg: float, state: OrderState, placed: int
) -> None:
    with die_in(store, store_path, is_placing=True) as again:
        assert again.recover(lambda: evidence(now_kg)).count == 1
        order = again.order("T000001")
        assert (order.state, order.placed) == (state, placed)
        assert "the scale gained" in str(order.reason)
        assert again.recover(lambda: evidence(now_kg)).count == 0


@pytest.mark.hazard("H-29")
def test_without_a_scale_an_order_that_was_being_placed_waits_for_a_person(store: TaskStore, store_path: Path) -> None:
    with die_in(store, store_path, is_placing=True) as again:
        recovery = again.recover(lambda: None)
        ((identifier, reason),) = recovery.review
        assert again.order(identifier).state is OrderState.NEEDS_REVIEW
        assert "no reading" in reason


@pytest.mark.hazard("H-27")
def test_a_death_during_recovery_leaves_everything_to_the_next_one(store: TaskStore, store_path: Path) -> None:
    def dies() -> Evidence:
        raise KeyboardInterrupt

    with die_in(store, store_path, is_placing=True) as again:
        with pytest.raises(KeyboardInterrupt):
            again.recover(dies)
        assert again.order("T000001").state is OrderState.PLACING
        assert again.recover(lambda: evidence(1.1)).placed == ("T000001",)


def test_a_lease_expires_at_its_instant_and_not_before(store: TaskStore, fake_time: FakeTime) -> None:
    store.submit("k", RED)
    lease = store.lease("cell", 10 * SECOND)
    assert lease is not None
    fake_time.now_ns += 10 * SECOND - 1
    assert store.recover_expired(lambda: None).count == 0
    fake_time.now_ns += 1
    assert store.recover_expired(lambda: None).returned == (lease.order,)
    with pytest.raises(LeaseLostError):
        store.begin_placing(lease, intent())


def test_a_renewed_lease_lives_on(store: TaskStore, fake_time: FakeTime) -> None:
    store.submit("k", RED)
    lease = store.lease("cell", 10 * SECOND)
    assert lease is not None
    fake_time.now_ns += 9 * SECOND
    lease = store.renew(lease, 10 * SECOND)
    fake_time.now_ns += 9 * SECOND
    assert store.recover_expired(lambda: None).count == 0
    store.end_attempt(lease, Ending.FAIL, outcome="missed")


def test_a_lease_of_an_earlier_boot_has_expired(store: TaskStore, store_path: Path) -> None:
    store.submit("k", RED)
    assert store.lease("cell", 10**6 * SECOND) is not None
    store.close()
    rebooted = FakeTime(now_ns=SECOND, boot="boot-2")
    with TaskStore.open(store_path, catalogue=CATALOGUE, clock=rebooted.clock()) as again:
        assert again.recover_expired(lambda: None).returned == ("T000001",)


def test_a_cancelled_order_that_was_in_hand_does_not_wait_again(store: TaskStore, store_path: Path) -> None:
    store.submit("k", RED)
    lease = store.lease("cell", SECOND)
    assert lease is not None
    store.cancel(lease.order)
    store.close()
    with TaskStore.open(store_path, catalogue=CATALOGUE) as again:
        again.recover(lambda: None)
        assert again.order(lease.order).state is OrderState.CANCELLED
