"""The console's routes: the page, its live stream, and the three buttons.

The listener is loopback, but every web page that is open on the machine can reach loopback too. So a request that a
browser says another site made is refused, for the buttons and for the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from spinal.console import wire
from spinal.console.broadcast import BEAT_S, Broadcast, Client, Pace
from spinal.console.feed import Feed

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # After an update of Spinal, yesterday's script must not meet today's stream.
    "Cache-Control": "no-cache",
}
MEDIA_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

# An operator may only restart motion after looking at the cell as it is now. Chosen by hand: ten beats.
RESUME_AGE_MAX_MS: Final = 1_000
SLOW_MAX_S: Final = 3_600
"""As long as System 1 takes a tightening."""
NS_PER_MS: Final = 1_000_000


class ResumeRequest(BaseModel):
    """What the operator had on the screen when pressing Resume."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seen_at_ns: Annotated[int, Field(strict=True, description="`at_ns` of the snapshot that the page showed.")]


class SlowRequest(BaseModel):
    """How slow, as a share of the joints' speed limits, and for how long. Nothing takes it back before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    for_s: Annotated[float, Field(gt=0, le=SLOW_MAX_S, allow_inf_nan=False)]


def console_router(
    feed: Feed,
    *,
    on_stop: Callable[[], None],
    on_resume: Callable[[], None],
    on_slow: Callable[[float, float], None],
) -> APIRouter:
    """Return the console's routes: the page at `/`, its files under `/console/`, the stream at `/live`.

    `on_stop` asks for SS2, `on_resume` for going on, `on_slow` for a share of the joints' speeds for so many seconds.
    All three are called on the event loop and must return at once.
    A resume reaches `on_resume` only if the feed says that it can be taken and the operator's picture is fresh.
    Mount it behind a check of the Host header (`floor.create_app` has one), or another name for this address gets by.
    """
    router = APIRouter(include_in_schema=False)
    _add_page(router)
    _add_stream(router, feed)
    _add_buttons(router, feed, on_stop, on_resume)
    _add_slow(router, on_slow)
    return router


def is_foreign(connection: HTTPConnection) -> bool:
    """Return whether a browser says that another site's page made this request; without `Origin` it is no browser."""
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != connection.headers.get("host")


def _add_page(router: APIRouter) -> None:
    for file in files("spinal.console").joinpath("page").iterdir():
        media_type = MEDIA_TYPES.get(file.name.rpartition(".")[2])
        if media_type is not None:
            path = "/" if file.name == "index.html" else f"/console/{file.name}"
            router.add_api_route(path, _serve(file.read_bytes(), media_type), methods=["GET"])


def _serve(content: bytes, media_type: str) -> Callable[[], Response]:
    def serve() -> Response:
        return Response(content, media_type=media_type, headers=HEADERS)

    return serve


def _add_stream(router: APIRouter, feed: Feed) -> None:
    broadcast = Broadcast(feed, wait=Pace(BEAT_S).wait)

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if is_foreign(socket):
            await socket.close(code=1008, reason="only the cell's own page may look")
            return
        await socket.accept()
        if broadcast.is_full:
            await socket.close(code=1013, reason="too many consoles are open")
            return
        with broadcast.joined() as client:
            sender = asyncio.create_task(client.send_to(socket))
            try:
                await _listen(socket, client)
            finally:
                sender.cancel()
                # A send to a page that has just gone fails; that it has gone is handled here already.
                with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                    await sender


async def _listen(socket: WebSocket, client: Client) -> None:
    """Take acknowledgements until the page goes away or says something else."""
    with suppress(WebSocketDisconnect):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            sequence = wire.acknowledged(message.get("text") or "")
            if sequence is None:
                await socket.close(code=1003, reason='send {"drawn": <sequence>}')
                return
            client.acknowledge(sequence)


def _add_buttons(router: APIRouter, feed: Feed, on_stop: Callable[[], None], on_resume: Callable[[], None]) -> None:
    @router.post("/console/stop", status_code=HTTPStatus.ACCEPTED, dependencies=[Depends(refuse_foreign)])
    async def stop() -> dict[str, str]:
        """Ask for SS2. Never refused for age, state or content."""
        on_stop()
        return {"requested": "ss2"}

    @router.post("/console/resume", status_code=HTTPStatus.ACCEPTED, dependencies=[Depends(refuse_foreign)])
    async def resume(request: ResumeRequest) -> dict[str, str]:
        """Ask to go on."""
        age_ms = (feed.now_ns() - request.seen_at_ns) / NS_PER_MS
        if not 0 <= age_ms <= RESUME_AGE_MAX_MS:
            raise HTTPException(
                HTTPStatus.CONFLICT,
                f"not resumed: the page showed the cell as it was {age_ms:.0f} ms ago, at most {RESUME_AGE_MAX_MS} ms"
                " are allowed; look again and press again",
            )
        snapshot = feed.snapshot()
        if not snapshot.can_resume:
            raise HTTPException(
                HTTPStatus.CONFLICT, f"not resumed: {snapshot.notice or 'there is nothing to resume from'}"
            )
        on_resume()
        return {"requested": "resume"}


def _add_slow(router: APIRouter, on_slow: Callable[[float, float], None]) -> None:
    @router.post("/console/slow", status_code=HTTPStatus.ACCEPTED, dependencies=[Depends(refuse_foreign)])
    async def slow(request: SlowRequest) -> dict[str, str]:
        """Ask for less speed. Needs no fresh picture: it never makes the robot faster."""
        on_slow(request.scale, request.for_s)
        return {"requested": "slow"}


def refuse_foreign(request: Request) -> None:
    """Refuse a request that a browser makes for another site's page."""
    if is_foreign(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this request comes from another site's page")
