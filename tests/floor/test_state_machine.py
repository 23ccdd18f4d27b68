"""Any sequence of calls, crashes and expiries keeps the count of placed units equal to the world's."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from shop import CATALOGUE, SECOND, FakeTime, intent

from spinal.floor import Ending, Evidence, Lease, OrderRequest, OrderState, TaskStore
from spinal.floor.orders import FINAL, IN_HAND

MASS_KG = 0.1
TTL_NS = 10 * SECOND


class Cell(RuleBasedStateMachine):
    """One robot, one scale, and a store whose process may vanish between any two calls."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "orders.sqlite"
        self._time = FakeTime()
        self._world: Counter[str] = Counter()
        self._submitted: dict[str, int] = {}
        self._lease: Lease | None = None
        self._is_placing = False
        self._store = self._open()

    def _open(self) -> TaskStore:
        return TaskStore.open(self._path, catalogue=CATALOGUE, clock=self._time.clock())

    def _weigh(self) -> Evidence:
        return Evidence(scale_id="s", scale_kg=MASS_KG * self._world.total())

    def _drop_lease(self) -> None:
        self._lease, self._is_placing = None, False

    @rule(key=st.sampled_from("abcde"), quantity=st.integers(1, 3), priority=st.integers(0, 9))
    def submit(self, key: str, quantity: int, priority: int) -> None:
        if key in self._submitted:
            return
        order, is_new = self._store.submit(key, OrderRequest(sku="red_box", quantity=quantity, priority=priority))
        assert is_new
        self._submitted[key] = quantity
        assert self._store.submit(key, OrderRequest(sku="red_box", quantity=quantity, priority=priority)) == (
            order,
            False,
        )

    @precondition(lambda self: self._lease is None)
    @rule()
    def lease(self) -> None:
        waiting = self._store.counts()[OrderState.QUEUED]
        self._lease = self._store.lease("cell", TTL_NS)
        assert (self._lease is not None) == (waiting > 0)

    @precondition(lambda self: self._lease is not None and not self._is_placing)
    @rule()
    def begin_placing(self) -> None:
        assert self._lease is not None
        self._store.begin_placing(self._lease, intent(scale_kg=self._weigh().scale_kg, expected_kg=MASS_KG))
        self._is_placing = True

    @precondition(lambda self: self._is_placing)
    @rule(dies=st.booleans())
    def place(self, dies: bool) -> None:
        assert self._lease is not None
        self._world[self._lease.order] += 1
        if dies:
            self.crash()
            return
        assert self._store.end_attempt(self._lease, Ending.COMPLETE, outcome="placed") is None
        self._drop_lease()

    @precondition(lambda self: self._lease is not None)
    @rule(ending=st.sampled_from([Ending.RETRY, Ending.RETURN, Ending.FAIL, Ending.REVIEW, Ending.CANCEL]))
    def miss(self, ending: Ending) -> None:
        assert self._lease is not None
        self._lease = self._store.end_attempt(self._lease, ending, outcome="missed")
        self._is_placing = False

    @rule(key=st.sampled_from("abcde"))
    def cancel(self, key: str) -> None:
        for order in self._store.waiting():
            if order.key == key:
                self._store.cancel(order.id)

    @rule()
    def resolve_all(self) -> None:
        for order in self._store.waiting():
            if order.state is OrderState.NEEDS_REVIEW:
                is_placed = self._world[order.id] > order.placed
                self._store.resolve(order.id, is_placed=is_placed, by="Ada")

    @rule()
    def crash(self) -> None:
        self._store.close()
        self._store = self._open()
        self._drop_lease()
        recovery = self._store.recover(self._weigh)
        assert not recovery.review

    @rule(passed_ns=st.sampled_from([SECOND, TTL_NS]))
    def let_time_pass(self, passed_ns: int) -> None:
        self._time.now_ns += passed_ns
        self._store.recover_expired(self._weigh)
        if self._store.counts()[OrderState.LEASED] + self._store.counts()[OrderState.PLACING] == 0:
            self._drop_lease()

    @invariant()
    def every_order_is_there_and_counted_right(self) -> None:
        orders = {order.key: order for order in self._store.orders()}
        assert orders.keys() == self._submitted.keys()
        for key, order in orders.items():
            assert order.quantity == self._submitted[key]
            assert order.placed == self._world[order.id] <= order.quantity
            if order.state is OrderState.DONE:
                assert order.placed == order.quantity

    @invariant()
    def an_order_is_in_hand_exactly_when_the_robot_holds_its_lease(self) -> None:
        in_hand = [order.id for order in self._store.waiting() if order.state in IN_HAND]
        assert in_hand == ([] if self._lease is None else [self._lease.order])

    @invariant()
    def only_the_last_attempt_of_an_order_can_be_open(self) -> None:
        for order in self._store.orders():
            attempts = self._store.attempts(order.id)
            assert [attempt.attempt for attempt in attempts] == list(range(1, len(attempts) + 1))
            assert all(attempt.outcome is not None for attempt in attempts[:-1])
            if order.state in FINAL and attempts:
                assert attempts[-1].outcome is not None

    def teardown(self) -> None:
        self._store.close()
        self._folder.cleanup()


TestCell = Cell.TestCase
TestCell.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
