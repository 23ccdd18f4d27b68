"""What an order is, the states it goes through, and the changes of state that are allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from spinal.errors import OrderError

QUANTITY_MAX: Final = 100
PRIORITY_MAX: Final = 9
KEY_LENGTH_MAX: Final = 128


class OrderState(StrEnum):
    """Where an order stands.

        queued ⇄ leased → placing → done
           │        │         ├──→ queued    (one unit of several is placed, or the evidence shows that nothing was)
           │        ├─────────┼──→ failed
           └────────┴─────────┼──→ cancelled
                    └─────────┴──→ needs_review → queued | done | cancelled   (a person decides)

    `placing` begins before the item can be released over the destination. From then on a crash leaves it open whether
    the item was placed, and only evidence may answer that.
    """

    QUEUED = "queued"
    LEASED = "leased"
    PLACING = "placing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEEDS_REVIEW = "needs_review"


IN_HAND: Final = frozenset({OrderState.LEASED, OrderState.PLACING})
FINAL: Final = frozenset({OrderState.DONE, OrderState.FAILED, OrderState.CANCELLED})
OPEN: Final = frozenset(OrderState) - FINAL
ENDS_IN_HAND: Final = frozenset(
    {OrderState.QUEUED, OrderState.LEASED, OrderState.FAILED, OrderState.CANCELLED, OrderState.NEEDS_REVIEW}
)
ALLOWED: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    OrderState.QUEUED: frozenset({OrderState.LEASED, OrderState.CANCELLED, OrderState.NEEDS_REVIEW}),
    OrderState.LEASED: ENDS_IN_HAND | {OrderState.PLACING},
    OrderState.PLACING: ENDS_IN_HAND | {OrderState.DONE},
    OrderState.NEEDS_REVIEW: frozenset({OrderState.QUEUED, OrderState.DONE, OrderState.CANCELLED}),
    OrderState.DONE: frozenset(),
    OrderState.FAILED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


class Ending(StrEnum):
    """How an attempt ends, as the supervisor sees it. The store turns it into the order's next state."""

    COMPLETE = "complete"  # the unit is in the destination
    RETRY = "retry"  # nothing was placed; the same lease tries again
    RETURN = "return"  # nothing was placed; back to the queue
    FAIL = "fail"  # nothing was placed and no try is left
    REVIEW = "review"  # what happened is unclear or wrong: a person looks
    CANCEL = "cancel"  # nothing was placed and the order was cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What this cell can be asked for."""

    skus: frozenset[str]
    destinations: frozenset[str] = frozenset({"destination"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What the shop floor asks for: `quantity` units of one SKU. Higher priority goes first."""

    sku: str
    quantity: int = 1
    destination: str = "destination"
    priority: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as stored. `placed` of `quantity` units are in the destination; instants are wall-clock ns.

    `change` numbers the order's last transition; a reader who remembers the largest one seen misses nothing.
    """

    id: str
    key: str
    sku: str
    quantity: int
    destination: str
    priority: int
    state: OrderState
    placed: int
    attempt: int
    returns: int
    cancel_requested: bool
    reason: str | None
    created_at_ns: int
    changed_at_ns: int
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one unit of an order until `expires_ns` (monotonic); `token` and `attempt` fence it."""

    order: str
    sku: str
    destination: str
    attempt: int
    unit: int
    token: str
    expires_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What was written down before the point of no return: the scale then, and what it should gain (kg)."""

    scale_id: str
    scale_kg: float
    expected_kg: float
    tolerance_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt on an order; `outcome` is None while it is open. Instants are wall-clock ns."""

    attempt: int
    unit: int
    started_at_ns: int
    ended_at_ns: int | None
    intent: Intent | None
    outcome: str | None
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One transition, with wall-clock time for people and monotonic time (of that `boot`) for durations."""

    sequence: int
    order: str
    wall_ns: int
    monotonic_ns: int
    boot: str
    before: OrderState | None
    after: OrderState
    attempt: int
    reason: str
    detail: Mapping[str, Any]


class UnknownOrderError(OrderError):
    """No order has this id."""


class NotInCatalogueError(OrderError):
    """The cell does not have this SKU or destination."""


class OutOfRangeError(OrderError):
    """A number or text of the request is outside its range."""


class KeyReusedError(OrderError):
    """This idempotency key was used for a different request."""


class QueueFullError(OrderError):
    """Too many orders are open."""


class WrongStateError(OrderError):
    """The order is not in a state that allows this."""


class LeaseLostError(OrderError):
    """The lease is not valid any more: it expired, or the order moved on."""


class StoreInUseError(OrderError):
    """Another process works from this store."""


class StoreFailedError(OrderError):
    """The disk did not take a write."""


def check_request(key: str, request: OrderRequest, catalogue: Catalogue) -> None:
    """Raise an OrderError unless the request is one that this cell can take."""
    _check_text("Idempotency-Key", key)
    _check_member("SKU", request.sku, catalogue.skus)
    _check_member("destination", request.destination, catalogue.destinations)
    _check_range("quantity", request.quantity, 1, QUANTITY_MAX)
    _check_range("priority", request.priority, 0, PRIORITY_MAX)


def _check_text(name: str, value: str) -> None:
    if not (1 <= len(value) <= KEY_LENGTH_MAX and value.isprintable()):
        raise OutOfRangeError(
            f"{name} must be printable text",
            value=repr(value[:KEY_LENGTH_MAX]),
            allowed=f"1 to {KEY_LENGTH_MAX} characters",
            next_step="send a UUID, or your own order number",
        )


def _check_member(name: str, value: str, allowed: frozenset[str]) -> None:
    if value not in allowed:
        raise NotInCatalogueError(
            f"this cell has no such {name}",
            value=value,
            allowed=sorted(allowed),
            next_step=f"order one of these, or add the {name} to the cell's configuration",
        )


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise OutOfRangeError(
            f"{name} is out of range", value=value, allowed=f"{low} to {high}", next_step=f"correct {name}"
        )


def join_reasons(reasons: Sequence[str]) -> str:
    """Return the reasons as one line for people."""
    return "; ".join(reasons)
