"""The emergency stop over HTTP: pressed by anybody, released on purpose, and never behind anything else."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Depends

from spinal.console.router import refuse_foreign


def estop_router(*, press: Callable[[], None], release: Callable[[], None]) -> APIRouter:
    """Return `POST /estop` and `POST /estop/release`. Both calls are made on the event loop and must return at once.

    A press is never refused, whoever sends it and whatever the state: it can only make the cell safer. A release moves
    nothing; a person's Resume is needed after it.
    """
    router = APIRouter(tags=["emergency stop"])

    @router.post("/estop", status_code=HTTPStatus.ACCEPTED, summary="Press the emergency stop")
    async def press_estop() -> dict[str, str]:
        """Brake and take the power (SS1), at System 1's next tick. Latched: needs a release, then Resume.

        It is a software stop beside the robot's own emergency stop, never instead of it.
        """
        press()
        return {"requested": "emergency_stop"}

    @router.post(
        "/estop/release",
        status_code=HTTPStatus.ACCEPTED,
        summary="Release the emergency stop",
        dependencies=[Depends(refuse_foreign)],
    )
    async def release_estop() -> dict[str, str]:
        """Let a Resume through again. Nothing moves by it."""
        release()
        return {"requested": "release"}

    return router
