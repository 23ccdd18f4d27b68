"""Every refusal as one RFC 9457 problem: what is wrong, the value, what is allowed and what to do next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from spinal.errors import OrderError
from spinal.floor.orders import (
    KeyReusedError,
    LeaseLostError,
    NotInCatalogueError,
    OutOfRangeError,
    QueueFullError,
    StoreFailedError,
    UnknownOrderError,
    WrongStateError,
)
from spinal.floor.wire import Problem

STATUSES: Final[Mapping[type[OrderError], HTTPStatus]] = {
    UnknownOrderError: HTTPStatus.NOT_FOUND,
    NotInCatalogueError: HTTPStatus.UNPROCESSABLE_ENTITY,
    OutOfRangeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReusedError: HTTPStatus.CONFLICT,
    WrongStateError: HTTPStatus.CONFLICT,
    LeaseLostError: HTTPStatus.CONFLICT,
    QueueFullError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreFailedError: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries for problems with these statuses."""
    return {
        int(status): {"model": Problem, "description": status.phrase, "content": {"application/problem+json": {}}}
        for status in statuses
    }


def add_problem_handlers(app: FastAPI) -> None:
    """Make the app answer every refusal, its own and the framework's, with `application/problem+json`."""
    app.add_exception_handler(OrderError, _on_order_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)


async def _on_order_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrderError)
    status = STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    return _answer(status, error.what, value=error.value, allowed=error.allowed, next_step=error.next_step)


async def _on_validation_error(_: Request, error: Exception) -> JSONResponse:
    """Show pydantic's first finding; a person repairs one thing at a time."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["loc"][0] == "header" and first["type"] == "missing":
        return _answer(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"the header {first['loc'][1]} is missing",
            allowed="a text that is unique for this order, for example a UUID; sending it again never orders twice",
            next_step=f"add the header {first['loc'][1]}",
        )
    known = ", ".join(TASK_FIELDS) if first["type"] == "extra_forbidden" and first["loc"][0] == "body" else None
    return _answer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{where}: {first['msg']}",
        value=first.get("input"),
        allowed=known or first.get("ctx"),
        next_step=f"correct {where}; /openapi.json describes the request",
    )


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(
        HTTPStatus(error.status_code),
        str(error.detail),
        value=f"{request.method} {request.url.path}",
        next_step="/openapi.json lists what is here",
        headers=error.headers,
    )


TASK_FIELDS: Final = ("sku", "quantity", "destination", "priority")


def _answer(
    status: HTTPStatus,
    detail: str,
    *,
    value: object = None,
    allowed: object = None,
    next_step: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        title=status.phrase,
        status=int(status),
        detail=detail,
        value=_plain(value),
        allowed=_plain(allowed),
        next_step=next_step,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=int(status),
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def _plain(value: object) -> Any:
    """Return the value as something JSON can say."""
    return json.loads(json.dumps(value, default=str, skipkeys=True))
