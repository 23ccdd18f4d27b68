"""A slow page loses pictures; the host loses nothing and keeps nothing."""

from __future__ import annotations

import json

import pytest
from cell import MS, SECOND
from hypothesis import given
from hypothesis import strategies as st

from spinal.console.mailbox import IN_FLIGHT_MAX, Beat, Mailbox

PICTURE = b"\xff" * 50_000


def beat(number: int, *cameras: str) -> Beat:
    return Beat(snapshot_json=json.dumps({"number": number}), pictures=dict.fromkeys(cameras, PICTURE))


def shown(mailbox: Mailbox, now_ns: int = SECOND) -> dict[str, int] | None:
    delivery = mailbox.take(now_ns)
    return None if delivery is None else json.loads(delivery.text)["snapshot"]


def test_a_client_that_never_answers_does_not_grow_memory() -> None:
    mailbox = Mailbox()
    taken = 0
    for number in range(10_000):
        mailbox.post(beat(number, "wrist", "top"))
        taken += mailbox.take(number * MS) is not None
        assert mailbox.held_bytes <= 2 * len(PICTURE) + 100
    assert taken == IN_FLIGHT_MAX
    assert mailbox.dropped == 3 * (10_000 - IN_FLIGHT_MAX - 1)


@pytest.mark.hazard("H-30")
def test_a_client_that_comes_back_gets_the_newest_and_not_the_backlog() -> None:
    mailbox = Mailbox()
    for number in range(100):
        mailbox.post(beat(number, "wrist"))
        mailbox.take(SECOND)
    mailbox.acknowledge(1, SECOND)
    assert shown(mailbox) == {"number": 99}
    assert shown(mailbox) is None


def test_a_picture_waits_until_a_newer_one_of_the_same_camera_replaces_it() -> None:
    mailbox = Mailbox()
    mailbox.post(Beat(snapshot_json="{}", pictures={"wrist": b"w1", "top": b"t1"}))
    mailbox.post(Beat(snapshot_json="{}", pictures={"wrist": b"w2"}))
    delivery = mailbox.take(SECOND)
    assert delivery is not None
    assert set(delivery.pictures) == {b"w2", b"t1"}
    assert mailbox.held_bytes == 0


def test_the_round_trip_is_that_of_the_acknowledged_message() -> None:
    mailbox = Mailbox()
    for sent_at_ns in (SECOND, SECOND + 100 * MS):
        mailbox.post(beat(0))
        mailbox.take(sent_at_ns)
    told = [mailbox.round_trip_ms]
    for sequence, drawn_at_ns in ((1, SECOND + 30 * MS), (2, SECOND + 112 * MS)):
        mailbox.acknowledge(sequence, drawn_at_ns)
        told.append(mailbox.round_trip_ms)
    assert told == [None, 30, 12]


def test_an_acknowledgement_of_what_was_never_sent_buys_nothing() -> None:
    mailbox = Mailbox()
    for number in range(IN_FLIGHT_MAX):
        mailbox.post(beat(number))
        assert shown(mailbox) == {"number": number}
    for forged in (0, -1, IN_FLIGHT_MAX + 1, 10**18):
        mailbox.acknowledge(forged, SECOND)
        mailbox.post(beat(99))
        assert shown(mailbox) is None


@given(st.lists(st.one_of(st.just("post"), st.just("take"), st.integers(-2, 30))))
def test_whatever_happens_two_are_in_flight_at_most_and_nothing_goes_backwards(steps: list[str | int]) -> None:
    mailbox = Mailbox()
    posted = last = sent = acknowledged = 0
    for step in steps:
        if step == "post":
            posted += 1
            mailbox.post(beat(posted, "wrist"))
        elif step == "take":
            snapshot = shown(mailbox)
            if snapshot is not None:
                sent += 1
                assert last < snapshot["number"] <= posted
                last = snapshot["number"]
        elif isinstance(step, int):
            mailbox.acknowledge(step, SECOND)
            acknowledged = max(acknowledged, step) if step <= sent else acknowledged
        assert sent - acknowledged <= IN_FLIGHT_MAX
        assert mailbox.held_bytes <= len(PICTURE) + 100
