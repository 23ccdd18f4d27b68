"""A cell in memory for the console to show, and a browser that is only messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI

from spinal.console import Counts, Joint, OrderRow, Snapshot, SystemOne, SystemTwo, VerdictRow, Worker, console_router
from spinal.records import Frame

HOST = "127.0.0.1:8321"
MS = 1_000_000
SECOND = 1_000 * MS


def make_snapshot() -> Snapshot:
    joint = Joint(name="elbow", commanded_rad=0.5, measured_rad=0.49, position_min_rad=-3.1, position_max_rad=3.1)
    return Snapshot(
        at_ns=SECOND,
        cell="bin-picking",
        run="r1",
        is_simulated=True,
        started_at_ns=0,
        phase="picking",
        task="T000001 soap, attempt 1",
        can_resume=False,
        notice=None,
        system_one=SystemOne(
            at_ns=SECOND,
            mode="track",
            trigger="none",
            clears="nothing",
            is_powered=True,
            is_at_rest=False,
            is_estop_pressed=False,
            monitor="alive",
            monitor_stop="none",
            monitor_check="none",
            joints=(joint,),
            tracking_error_rad=0.01,
            tracking_error_max_rad=0.15,
            gripper=1.0,
            vacuum=0.8,
            scale_kg=1.2,
            admitted=10,
            trimmed=2,
            refused=1,
            gated=0,
            limited_by=None,
            ticks=1000,
            tick_hz=1000.0,
            tick_target_hz=1000.0,
            deadline_misses=0,
            speed_scale=1.0,
            tighten_reason=None,
        ),
        system_two=SystemTwo(
            policy="picker",
            worker=Worker.READY,
            restarts=0,
            decision_hz=5.0,
            decision_target_hz=5.0,
            latency_ms=8.0,
            latency_p99_ms=12.0,
        ),
        orders=(make_order(1),),
        counts=Counts(
            orders_done=9,
            orders_failed=0,
            orders_open=1,
            retries=1,
            attempts=10,
            successes=9,
            success_rate=0.9,
            success_lower95=0.55,
            success_upper95=0.99,
            interval="Clopper-Pearson",
            cycle_time_p50_s=6.5,
        ),
        verdicts=(make_verdict(1),),
    )


def make_order(number: int) -> OrderRow:
    return OrderRow(
        id=f"T{number:06d}", sku="soap", quantity=1, placed=0, state="leased", attempts=1, reason="leased by the cell"
    )


def make_verdict(sequence: int) -> VerdictRow:
    return VerdictRow(at_ns=sequence * MS, source="policy", sequence=sequence, outcome="admitted", reasons=())


class FakeCell:
    """Implements `Feed`; the test moves its time and changes what it shows."""

    def __init__(self) -> None:
        self.cameras = ("overview", "wrist")
        self.time_ns = SECOND
        self.shown = make_snapshot()
        self.frames: dict[str, Frame] = {}
        self.stops = 0
        self.resumes = 0
        self.slowed: list[tuple[float, float]] = []

    def now_ns(self) -> int:
        return self.time_ns

    def snapshot(self) -> Snapshot:
        return replace(self.shown, at_ns=self.time_ns)

    def frame(self, camera: str) -> Frame | None:
        return self.frames.get(camera)

    def take_picture(self, camera: str, grey: int = 90) -> Frame:
        image = np.full((12, 16, 3), grey, dtype=np.uint8)
        self.frames[camera] = Frame(camera=camera, at_ns=self.time_ns, image=image)
        return self.frames[camera]

    def on_stop(self) -> None:
        self.stops += 1

    def on_resume(self) -> None:
        self.resumes += 1

    def on_slow(self, scale: float, for_s: float) -> None:
        self.slowed.append((scale, for_s))

    def app(self) -> FastAPI:
        app = FastAPI()
        router = console_router(self, on_stop=self.on_stop, on_resume=self.on_resume, on_slow=self.on_slow)
        app.include_router(router)
        return app


def request(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request to the app, without a socket."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


class Baton:
    """Lets a broadcast beat when the test says so, and tells when it has."""

    def __init__(self) -> None:
        self._go = asyncio.Semaphore(0)
        self._is_waiting = asyncio.Event()

    async def wait(self) -> None:
        self._is_waiting.set()
        await self._go.acquire()

    async def beat(self) -> None:
        await self._is_waiting.wait()
        self._is_waiting.clear()
        self._go.release()
        await self._is_waiting.wait()


class Browser:
    """The far end of one WebSocket: two queues of ASGI messages."""

    def __init__(self) -> None:
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def next_message(self) -> dict[str, Any]:
        return await self._from_app.get()

    async def next_snapshot(self) -> tuple[list[bytes], dict[str, Any]]:
        """Return the pictures up to the next text message, and that message."""
        pictures: list[bytes] = []
        while "text" not in (message := await self.next_message()):
            pictures.append(message["bytes"])
        return pictures, json.loads(message["text"])

    def say(self, text: str) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1001})


@asynccontextmanager
async def browsing(app: FastAPI, *, origin: str | None = f"http://{HOST}") -> AsyncIterator[Browser]:
    """Open `/live` as a page of `origin` does; the end of the block closes it and waits until the app has noticed."""
    browser = Browser()
    headers = [(b"host", HOST.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "scheme": "ws",
        "path": "/live",
        "raw_path": b"/live",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8321),
        "subprotocols": [],
        "state": {},
    }
    browser._to_app.put_nowait({"type": "websocket.connect"})
    served = asyncio.create_task(app(scope, browser._to_app.get, browser._from_app.put))  # type: ignore[arg-type]
    try:
        yield browser
    finally:
        browser.leave()
        await served
