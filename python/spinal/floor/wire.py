"""The JSON that crosses the REST border, with the descriptions that the OpenAPI document shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from spinal.floor.orders import PRIORITY_MAX, QUANTITY_MAX, Attempt, Order, OrderRequest, OrderState

NANOSECONDS = 1_000_000_000


class Wire(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskRequest(Wire):
    """An order for one SKU."""

    sku: Annotated[str, Field(description="What to pick; must be in the cell's catalogue.", examples=["red_box"])]
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX, strict=True, description="How many units to place.")] = 1
    destination: Annotated[str, Field(description="Where to place them.")] = "destination"
    priority: Annotated[
        int, Field(ge=0, le=PRIORITY_MAX, strict=True, description="Higher goes first; equal ones go by age.")
    ] = 5

    def to_request(self) -> OrderRequest:
        """Return it as the record that the store takes."""
        return OrderRequest(sku=self.sku, quantity=self.quantity, destination=self.destination, priority=self.priority)


class Task(Wire):
    """An order as it stands."""

    id: Annotated[str, Field(description="The order's id.", examples=["T000042"])]
    idempotency_key: Annotated[str, Field(description="The key that it was sent with.")]
    sku: str
    quantity: Annotated[int, Field(description="Units ordered.")]
    placed: Annotated[int, Field(description="Units that are in the destination; the partial quantity after a cancel.")]
    destination: str
    priority: int
    state: Annotated[
        OrderState,
        Field(
            description="`queued`, `leased` (in work), `placing` (past the point of no return), `done`, `failed`,"
            " `cancelled`, or `needs_review` (a person has to look at the destination)."
        ),
    ]
    outcome: Annotated[
        Literal["completed", "aborted", "cancelled"] | None,
        Field(description="How it ended; null while it is open."),
    ]
    reason: Annotated[str | None, Field(description="Why it is in this state, in words and numbers.")]
    attempt: Annotated[int, Field(description="Number of the last attempt, over all units.")]
    cancel_requested: Annotated[bool, Field(description="A cancel arrived while it was in work.")]
    created_at: Annotated[datetime, Field(description="When it arrived, UTC.")]
    changed_at: Annotated[datetime, Field(description="When it last changed, UTC.")]
    change: Annotated[int, Field(description="Number of its last change; the cursor of `GET /tasks` counts these.")]


class TaskAttempt(Wire):
    """One attempt on an order, with what the sensors said."""

    attempt: int
    unit: Annotated[int, Field(description="Which unit of the order it was for, from 1.")]
    started_at: datetime
    ended_at: datetime | None
    outcome: Annotated[str | None, Field(description="What the outcome check found; null while it runs.")]
    reasons: Annotated[list[str], Field(description="Why, in words and numbers.")]
    evidence: Annotated[dict[str, Any], Field(description="Sensor readings behind the outcome: vacuum, scale.")]


class TaskDetail(Task):
    """An order with its attempts."""

    attempts: list[TaskAttempt]


class TaskPage(Wire):
    """Orders that changed after the cursor that was sent, oldest change first."""

    tasks: list[Task]
    cursor: Annotated[int, Field(description="Send it as `cursor` in the next poll.")]
    has_more: Annotated[bool, Field(description="More changes are waiting; poll again at once.")]


class Resolution(Wire):
    """What a person found in the destination."""

    is_placed: Annotated[bool, Field(description="The unit in question is in the destination.")]
    by: Annotated[str, Field(min_length=1, max_length=100, description="Who looked; kept in the event log.")]
    note: Annotated[str, Field(max_length=1000)] = ""


class HealthReport(Wire):
    """Whether the cell takes orders, and how many are in each state."""

    status: Literal["ok"]
    version: str
    orders: dict[OrderState, int]
    cell: Annotated[dict[str, Any], Field(description="What the running cell adds, for example its mode.")]


class Problem(BaseModel):
    """A problem after RFC 9457, with what was sent, what is allowed and what to do next."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    value: Any = None
    allowed: Any = None
    next_step: str | None = None


def to_task(order: Order) -> Task:
    """Return the order as the wire shows it."""
    return Task(**_task_fields(order))


def to_detail(order: Order, attempts: tuple[Attempt, ...]) -> TaskDetail:
    """Return the order with its attempts as the wire shows it."""
    return TaskDetail(**_task_fields(order), attempts=[_to_attempt(attempt) for attempt in attempts])


def _task_fields(order: Order) -> dict[str, Any]:
    outcomes = {OrderState.DONE: "completed", OrderState.FAILED: "aborted", OrderState.CANCELLED: "cancelled"}
    return {
        "id": order.id,
        "idempotency_key": order.key,
        "sku": order.sku,
        "quantity": order.quantity,
        "placed": order.placed,
        "destination": order.destination,
        "priority": order.priority,
        "state": order.state,
        "outcome": outcomes.get(order.state),
        "reason": order.reason,
        "attempt": order.attempt,
        "cancel_requested": order.cancel_requested,
        "created_at": _instant(order.created_at_ns),
        "changed_at": _instant(order.changed_at_ns),
        "change": order.change,
    }


def _to_attempt(attempt: Attempt) -> TaskAttempt:
    return TaskAttempt(
        attempt=attempt.attempt,
        unit=attempt.unit,
        started_at=_instant(attempt.started_at_ns),
        ended_at=None if attempt.ended_at_ns is None else _instant(attempt.ended_at_ns),
        outcome=attempt.outcome,
        reasons=list(attempt.reasons),
        evidence=dict(attempt.evidence),
    )


def _instant(wall_ns: int) -> datetime:
    return datetime.fromtimestamp(wall_ns / NANOSECONDS, tz=UTC)
