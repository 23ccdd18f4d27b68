"""Whatever comes in, in any order: the promises that must hold at every step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from small_cell import SETTINGS, STEP_NS, SmallCell, clinging_policy, good_policy, missing_policy

from spinal.records import Proprioception
from spinal.supervise import (
    Action,
    BeginAttempt,
    DropJob,
    EndAttempt,
    Ending,
    Input,
    Job,
    Phase,
    RecordPlacing,
    Source,
    State,
    step,
)


@dataclass
class Promises:
    """Looks at every step and objects."""

    begun: Counter[tuple[str, int]] = field(default_factory=Counter)
    asked: set[tuple[str, int]] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def check(self, state: State, actions: Sequence[Action], *, is_stop_requested: bool) -> None:
        """Hold what must be true after any step."""
        for action in actions:
            self._check_action(state, action)
        reading = state.last_reading
        if state.authority.source is Source.POLICY:
            assert state.phase is Phase.PICKING
            if state.trace.has_item and reading is not None and SETTINGS.destination.contains(*reading.tool_m[:2]):
                assert state.is_intent_stored, "nobody releases before the intent is stored"
        if state.phase in (Phase.HALTED, Phase.IDLE) or is_stop_requested:
            assert state.authority.source is Source.NONE
        if state.phase in (Phase.PICKING, Phase.CHECKING):
            assert state.job is not None

    def _check_action(self, state: State, action: Action) -> None:
        match action:
            case BeginAttempt(order=order, attempt=attempt):
                self.begun[order, attempt] += 1
                assert self.begun[order, attempt] == 1, "an attempt begins once"
                assert order not in self.ended
                assert attempt <= SETTINGS.attempts_max
                assert state.last_reading is not None
                assert state.last_reading.home_error_rad <= SETTINGS.home_tolerance_rad
            case RecordPlacing(order=order, attempt=attempt):
                assert self.begun[order, attempt] == 1
                self.asked.add((order, attempt))
            case EndAttempt(order=order, ending=ending, result=result):
                event(f"ended: {ending}, {result.outcome}")
                assert order not in self.ended, "an order ends once"
                if ending is Ending.COMPLETE:
                    assert any(asked == order for asked, _ in self.asked), "complete only with a stored intent"
                if ending is not Ending.RETRY:
                    self.ended.add(order)
            case DropJob(order=order):
                self.ended.add(order)
            case _:
                pass


FAULTS = st.one_of(
    st.tuples(
        st.sampled_from(["is_policy_ready", "is_home_ready", "reads", "scale_reads", "seals", "stores_intents"]),
        st.booleans(),
    ),
    st.tuples(
        st.sampled_from(["leak", "is_lease_lost", "is_cancel_requested", "is_stop_requested", "is_resume_requested"]),
        st.booleans(),
    ),
    st.tuples(st.just("mode"), st.sampled_from(["SOS", "SS1", "STO", "?"])),
    st.tuples(st.just("item_kg"), st.sampled_from([0.1, 0.2, 0.3, 0.7])),
    st.tuples(st.just("scale_kg"), st.sampled_from([0.5, 0.6, 0.0])),
)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([good_policy, good_policy, missing_policy, clinging_policy]),
    st.lists(st.tuples(st.integers(1, 150), FAULTS), max_size=8),
)
@pytest.mark.hazard("H-26", "H-27")
def test_a_working_cell_keeps_its_promises_whatever_fails_and_when(
    policy: Any, faults: list[tuple[int, tuple[str, Any]]]
) -> None:
    promises = Promises()
    cell = SmallCell(policy=policy, jobs=[Job(order=f"T{n}", sku="red_box", attempt=1) for n in range(20)])

    def advance() -> None:
        before = len(cell.log)
        cell.advance()
        actions = [action for _, action in cell.log[before:]]
        promises.check(cell.state, actions, is_stop_requested=cell.is_stop_requested)

    for wait, (name, value) in faults:
        for _ in range(wait):
            advance()
        setattr(cell, name, value)
    for _ in range(300):
        advance()


NOISE_LEVELS = st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.9, math.nan])
NOISE_MASSES = st.sampled_from([0.5, 0.5, 0.6, 0.7, math.nan])
NOISE_PLACES = st.sampled_from([-0.3, -0.3, 0.0, 0.3, math.nan])
MOSTLY = st.sampled_from([True] * 9 + [False])
RARELY = st.sampled_from([False] * 19 + [True])


@st.composite
def moments(draw: st.DrawFn) -> tuple[int, Input]:
    """Return some input, and for how many steps it stays."""
    y_m = draw(NOISE_PLACES)
    joints, tool = np.array([y_m + 0.3]), np.array([0.4, y_m, 0.3])
    proprioception = Proprioception(
        at_ns=0,
        joints_commanded_rad=joints,
        joints_measured_rad=joints,
        tool_commanded_m=tool,
        tool_measured_m=tool,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=float(draw(st.booleans())),
        inputs={"vacuum": draw(NOISE_LEVELS), "destination_scale_kg": draw(NOISE_MASSES)},
        played_ns=0,
        mode=draw(st.sampled_from(["TRACK"] * 6 + ["SOS", "SS2", "SS1", "STO", "?"])),
    )
    given_ = Input(
        proprioception=proprioception if draw(MOSTLY) else None,
        is_policy_ready=draw(MOSTLY),
        is_home_ready=draw(MOSTLY),
        is_lease_lost=draw(RARELY),
        is_cancel_requested=draw(RARELY),
        is_stop_requested=draw(RARELY),
        is_resume_requested=draw(st.booleans()),
    )
    return draw(st.sampled_from([1, 5, 20, 60])), given_


@pytest.mark.hazard("H-18")
@settings(max_examples=60, deadline=None)
@given(st.lists(moments(), max_size=25), st.booleans())
def test_readings_that_make_no_sense_break_no_promise(story: list[tuple[int, Input]], stores: bool) -> None:
    promises, state, stored, number = Promises(), State(), None, 0
    job: Job | None = None
    now_ns = 10**9
    for count, moment in story:
        for _ in range(count):
            now_ns += STEP_NS
            if job is None:
                number += 1
                job = Job(order=f"T{number}", sku="red_box", attempt=1)
            fresh = moment.proprioception and replace(moment.proprioception, at_ns=now_ns)
            now = replace(moment, proprioception=fresh, job=job, stored_intent=stored)
            state, actions = step(SETTINGS, state, now, now_ns)
            promises.check(state, actions, is_stop_requested=moment.is_stop_requested)
            for action in actions:
                if isinstance(action, RecordPlacing) and stores:
                    stored = (action.order, action.attempt)
                if isinstance(action, DropJob) or (
                    isinstance(action, EndAttempt) and action.ending is not Ending.RETRY
                ):
                    job = None


def test_the_same_story_gives_the_same_states_and_actions() -> None:
    cells = [SmallCell() for _ in range(2)]
    for cell in cells:
        cell.run_to_the_end()
    assert cells[0].log == cells[1].log
    assert cells[0].state == cells[1].state
