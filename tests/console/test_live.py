"""What the page gets over its WebSocket."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import simplejpeg
from cell import MS, SECOND, Baton, FakeCell, browsing, make_order, make_snapshot, make_verdict

from spinal.console import Snapshot, wire
from spinal.console.broadcast import CLIENTS_MAX, Broadcast, Client


def open_picture(message: bytes) -> tuple[int, str, Any]:
    at_ns, length = struct.unpack_from("<qB", message)
    return at_ns, message[9 : 9 + length].decode(), simplejpeg.decode_jpeg(message[9 + length :])


def test_a_page_that_opens_gets_every_picture_and_then_the_snapshot() -> None:
    async def scenario() -> None:
        cell = FakeCell()
        cell.take_picture("overview", grey=40)
        cell.take_picture("wrist", grey=200)
        async with browsing(cell.app()) as browser:
            assert (await browser.next_message())["type"] == "websocket.accept"
            messages, envelope = await browser.next_snapshot()
        pictures = [open_picture(message) for message in messages]
        assert [(at_ns, name) for at_ns, name, _ in pictures] == [(SECOND, "overview"), (SECOND, "wrist")]
        assert [image.shape for _, _, image in pictures] == [(12, 16, 3)] * 2
        assert [round(float(np.mean(image))) for _, _, image in pictures] == pytest.approx([40, 200], abs=2)
        assert envelope.keys() == {"sequence", "dropped", "round_trip_ms", "snapshot"}
        assert envelope["sequence"] == 1
        assert envelope["snapshot"]["system_one"]["joints"][0]["name"] == "elbow"

    asyncio.run(scenario())


def test_the_next_snapshot_tells_the_page_its_round_trip() -> None:
    async def scenario() -> None:
        cell, baton = FakeCell(), Baton()
        with Broadcast(cell, wait=baton.wait).joined() as client:
            await baton.beat()
            client.mailbox.take(cell.time_ns)
            cell.time_ns += 25 * MS
            client.acknowledge(1)
            await baton.beat()
            delivery = client.mailbox.take(cell.time_ns)
            assert delivery is not None
            assert json.loads(delivery.text)["round_trip_ms"] == 25

    asyncio.run(scenario())


@pytest.mark.hazard("H-24")
def test_a_page_of_another_site_may_not_look() -> None:
    async def scenario() -> None:
        for origin in ("http://evil.example", "null", "http://127.0.0.1:9999"):
            async with browsing(FakeCell().app(), origin=origin) as browser:
                message = await browser.next_message()
                assert (message["type"], message["code"]) == ("websocket.close", 1008)

    asyncio.run(scenario())


def test_a_program_without_an_origin_may_look() -> None:
    async def scenario() -> None:
        async with browsing(FakeCell().app(), origin=None) as browser:
            assert (await browser.next_message())["type"] == "websocket.accept"

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"drawn": "1"}', '{"drawn": true}', '{"drawn": 1.5}', "[" * 9999])
def test_a_page_that_talks_nonsense_is_closed(text: str) -> None:
    async def scenario() -> None:
        async with browsing(FakeCell().app()) as browser:
            browser.say(text)
            while (message := await browser.next_message())["type"] != "websocket.close":
                pass
            assert message["code"] == 1003

    asyncio.run(scenario())


def test_the_ninth_page_is_sent_away_and_the_others_stay() -> None:
    async def scenario() -> None:
        app = FakeCell().app()

        async def open_pages(count: int) -> None:
            async with browsing(app) as browser:
                assert (await browser.next_message())["type"] == "websocket.accept"
                if count > 1:
                    await open_pages(count - 1)
                    return
                async with browsing(app) as ninth:
                    await ninth.next_message()
                    message = await ninth.next_message()
                    assert (message["type"], message["code"]) == ("websocket.close", 1013)
                assert (await browser.next_snapshot())[1]["sequence"] == 1

        await open_pages(CLIENTS_MAX)

    asyncio.run(scenario())


def cameras_of(client: Client, now_ns: int) -> list[str]:
    delivery = client.mailbox.take(now_ns)
    assert delivery is not None
    client.acknowledge(delivery.sequence)
    return [open_picture(picture)[1] for picture in delivery.pictures]


def test_a_picture_is_sent_once() -> None:
    async def scenario() -> None:
        cell, baton = FakeCell(), Baton()
        cell.take_picture("wrist")
        sent = []
        with Broadcast(cell, wait=baton.wait).joined() as client:
            for _ in range(3):
                await baton.beat()
                sent.append(cameras_of(client, cell.time_ns))
            cell.time_ns += 100 * MS
            cell.take_picture("wrist")
            await baton.beat()
            sent.append(cameras_of(client, cell.time_ns))
        assert sent == [["wrist"], [], [], ["wrist"]]

    asyncio.run(scenario())


def test_a_page_that_joins_later_also_gets_the_pictures_of_before() -> None:
    async def scenario() -> None:
        cell, baton = FakeCell(), Baton()
        cell.take_picture("wrist")
        broadcast = Broadcast(cell, wait=baton.wait)
        with broadcast.joined():
            await baton.beat()
            with broadcast.joined() as late:
                assert cameras_of(late, cell.time_ns) == ["wrist"]

    asyncio.run(scenario())


def test_nothing_runs_while_nobody_looks() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        broadcast = Broadcast(FakeCell(), wait=Baton().wait)
        running = [broadcast.is_running]
        with broadcast.joined():
            with broadcast.joined():
                running.append(broadcast.is_running)
            running.append(broadcast.is_running)
        running.append(broadcast.is_running)
        assert running == [False, True, True, False]
        await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)

    asyncio.run(scenario())


def test_a_feed_that_fails_is_logged_and_the_next_page_starts_it_again(caplog: pytest.LogCaptureFixture) -> None:
    class BrokenCell(FakeCell):
        is_broken = True

        def snapshot(self) -> Snapshot:
            if self.is_broken:
                raise RuntimeError("no status")
            return super().snapshot()

    async def scenario() -> None:
        cell = BrokenCell()
        broadcast = Broadcast(cell, wait=partial(asyncio.sleep, 0))
        with broadcast.joined() as first:
            while broadcast.is_running:
                await asyncio.sleep(0)
            assert "no status" in caplog.text
            assert first.mailbox.take(cell.time_ns) is None
            cell.is_broken = False
            with broadcast.joined() as second:
                while second.mailbox.take(cell.time_ns) is None:
                    await asyncio.sleep(0)
                assert first.mailbox.take(cell.time_ns) is not None

    asyncio.run(scenario())


def test_a_connection_that_does_not_drain_never_makes_the_broadcast_wait() -> None:
    class Stuck:
        sent = 0

        async def send_text(self, data: str) -> None:
            self.sent += 1
            await asyncio.Event().wait()

        async def send_bytes(self, data: bytes) -> None:
            await self.send_text("")

    async def scenario() -> None:
        cell, baton, stuck = FakeCell(), Baton(), Stuck()
        broadcast = Broadcast(cell, wait=baton.wait)
        with broadcast.joined() as slow, broadcast.joined() as quick:
            sender = asyncio.create_task(slow.send_to(stuck))
            for _ in range(200):
                cell.time_ns += 100 * MS
                cell.take_picture("wrist")
                await baton.beat()
                assert cameras_of(quick, cell.time_ns) == ["wrist"]
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            assert stuck.sent == 1
            assert slow.mailbox.held_bytes < 10_000
            assert slow.mailbox.dropped == 2 * 198

    asyncio.run(scenario())


@pytest.mark.hazard("H-30")
def test_numbers_that_are_none_reach_the_page_as_null() -> None:
    snapshot = make_snapshot()
    assert snapshot.system_one is not None
    joint = replace(snapshot.system_one.joints[0], measured_rad=math.nan, commanded_rad=math.inf)
    broken = replace(snapshot, system_one=replace(snapshot.system_one, joints=(joint,), tracking_error_rad=-math.inf))

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    shown = json.loads(wire.encode_snapshot(broken), parse_constant=refuse)["system_one"]
    assert shown["joints"][0]["measured_rad"] is None
    assert shown["joints"][0]["commanded_rad"] is None
    assert shown["tracking_error_rad"] is None


def test_long_lists_are_cut_before_they_travel() -> None:
    many = replace(
        make_snapshot(),
        orders=tuple(make_order(number) for number in range(1000)),
        verdicts=tuple(make_verdict(number) for number in range(1000)),
    )
    shown = json.loads(wire.encode_snapshot(many))
    assert len(shown["orders"]) == wire.ORDERS_SHOWN_MAX
    assert len(shown["verdicts"]) == wire.VERDICTS_SHOWN_MAX
    assert shown["orders"][0]["id"] == "T000000"
