"""The REST interface for a warehouse system. Every answer about an order comes from the store, never from memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header, Path, Query, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from spinal.floor.orders import KEY_LENGTH_MAX, OrderState
from spinal.floor.problems import add_problem_handlers, problem_responses
from spinal.floor.reader import PAGE_MAX
from spinal.floor.store import TaskStore
from spinal.floor.wire import HealthReport, Resolution, Task, TaskDetail, TaskPage, TaskRequest, to_detail, to_task

# The server listens on loopback; refusing other names keeps a web page from reaching it by re-binding a DNS name.
LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost")

DESCRIPTION: Final = """
Orders for a robot work cell.

1. `POST /tasks` with an `Idempotency-Key`. Sending it again, after a time-out for example, never orders twice.
2. Poll `GET /tasks?cursor=…`: it returns the orders that changed since the cursor, and the next cursor.
3. `GET /tasks/{id}` shows every attempt with its outcome and the sensor readings behind it.

Refusals are `application/problem+json` (RFC 9457) with `detail`, `value`, `allowed` and `next_step`.
The interface is for this machine only (loopback); put your own gateway in front of it for a network.
"""

TaskId = Annotated[str, Path(description="The order's id, as `POST /tasks` returned it.", examples=["T000042"])]


def create_app(
    store: TaskStore,
    *,
    version: str,
    routers: Sequence[APIRouter] = (),
    cell_health: Callable[[], Mapping[str, Any]] | None = None,
) -> FastAPI:
    """Return the web application: the tasks of `store`, `/healthz`, and further routers such as the console's.

    `version` is Spinal's, for the OpenAPI document; `cell_health` adds what the running cell knows (mode, readiness) to
    `/healthz`.
    """
    app = FastAPI(
        title="Spinal cell",
        version=version,
        description=DESCRIPTION,
        # The interactive pages would load scripts from outside; the OpenAPI document itself stays.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_HOSTS))
    add_problem_handlers(app)
    app.include_router(task_router(store))
    app.include_router(_health_router(store, version, cell_health))
    for router in routers:
        app.include_router(router)
    return app


def task_router(store: TaskStore) -> APIRouter:
    """Return the routes under `/tasks`."""
    router = APIRouter(prefix="/tasks", tags=["tasks"])

    # These are plain functions, so that the framework runs them in its thread pool: a commit waits for the disk.
    @router.post(
        "",
        status_code=HTTPStatus.CREATED,
        summary="Order something",
        response_description="The order is stored; it will survive a power cut.",
        responses={
            200: {"model": Task, "description": "This key was used for the same order before; here it is."},
            **problem_responses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
        },
    )
    def submit(
        request: TaskRequest,
        response: Response,
        idempotency_key: Annotated[
            str,
            Header(
                alias="Idempotency-Key",
                description="Unique for this order. The same key with the same body returns the first order; with a"
                " different body it is refused.",
                max_length=KEY_LENGTH_MAX,
            ),
        ],
    ) -> Task:
        """Store an order durably and return it (201), or return the one that this key made before (200)."""
        order, is_new = store.submit(idempotency_key, request.to_request())
        response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        response.headers["Location"] = f"/tasks/{order.id}"
        return to_task(order)

    @router.get("", summary="Poll for changes", responses=problem_responses(HTTPStatus.UNPROCESSABLE_ENTITY))
    def poll(
        cursor: Annotated[int, Query(ge=0, description="Cursor of the last answer; 0 begins at the start.")] = 0,
        state: Annotated[list[OrderState] | None, Query(description="Only these states; may be repeated.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="The most orders in one answer.")] = 100,
    ) -> TaskPage:
        """Return the orders that changed after `cursor`, each as it stands now, oldest change first."""
        found = store.orders(after=cursor, states=state, limit=limit + 1 if limit < PAGE_MAX else limit)
        page = found[:limit]
        return TaskPage(
            tasks=[to_task(order) for order in page],
            cursor=page[-1].change if page else cursor,
            has_more=len(found) > limit or len(found) == PAGE_MAX,
        )

    @router.get("/{task_id}", summary="Look at one order", responses=problem_responses(HTTPStatus.NOT_FOUND))
    def look(task_id: TaskId) -> TaskDetail:
        """Return one order with its attempts, outcomes and evidence."""
        return to_detail(store.order(task_id), store.attempts(task_id))

    @router.post(
        "/{task_id}/cancel",
        summary="Cancel an order",
        responses=problem_responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    )
    def cancel(task_id: TaskId) -> Task:
        """Cancel a waiting order at once; mark one that is in work, which may still place the unit in hand.

        `placed` then says how many units are in the destination.
        """
        return to_task(store.cancel(task_id))

    @router.post(
        "/{task_id}/resolve",
        summary="Say what a person found",
        responses=problem_responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
    def resolve(task_id: TaskId, resolution: Resolution) -> Task:
        """Close the question of an order in `needs_review`: the unit is in the destination, or it is not."""
        return to_task(store.resolve(task_id, is_placed=resolution.is_placed, by=resolution.by, note=resolution.note))

    return router


def _health_router(store: TaskStore, version: str, cell_health: Callable[[], Mapping[str, Any]] | None) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the cell there?")
    def health() -> HealthReport:
        """Return `ok` when the task store answers, with the number of orders in each state."""
        return HealthReport(
            status="ok",
            version=version,
            orders=store.counts(),
            cell=dict(cell_health()) if cell_health is not None else {},
        )

    return router
