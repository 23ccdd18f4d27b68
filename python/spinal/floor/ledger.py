"""Reading and writing the rows of the task store: the only place that knows both the records and the columns."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from spinal.floor.clock import Clock
from spinal.floor.orders import (
    ALLOWED,
    IN_HAND,
    Attempt,
    Event,
    Intent,
    Lease,
    LeaseLostError,
    Order,
    OrderRequest,
    OrderState,
    UnknownOrderError,
    WrongStateError,
)

ID_PREFIX: Final = "T"


def order_id(number: int) -> str:
    """Return the id that people and the WMS see, for example `T000042`."""
    return f"{ID_PREFIX}{number:06d}"


def order_number(identifier: str) -> int:
    """Return the row number behind an id; an UnknownOrderError if it is none."""
    digits = identifier.removeprefix(ID_PREFIX)
    if not (identifier.startswith(ID_PREFIX) and digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise unknown_order(identifier)
    return int(digits)


def unknown_order(identifier: str) -> UnknownOrderError:
    """Return the error for an id that no order has."""
    return UnknownOrderError(
        "no order has this id",
        value=identifier,
        allowed=f"{ID_PREFIX} and a number, as POST /tasks returned it",
        next_step="list the orders with GET /tasks",
    )


def canonical(request: OrderRequest) -> str:
    """Return the request as JSON that is equal when, and only when, the requests are equal."""
    fields = {
        "destination": request.destination,
        "priority": request.priority,
        "quantity": request.quantity,
        "sku": request.sku,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def to_json(value: object) -> str:
    """Return the value as JSON; NaN and infinity, which JSON cannot say, become null."""
    return json.dumps(_finite(value), sort_keys=True, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def find_order(connection: sqlite3.Connection, identifier: str) -> sqlite3.Row:
    """Return the row of an order; an UnknownOrderError if there is none."""
    row = connection.execute("SELECT * FROM orders WHERE number = ?", (order_number(identifier),)).fetchone()
    if row is None:
        raise unknown_order(identifier)
    return row  # type: ignore[no-any-return]


def find_leased(connection: sqlite3.Connection, lease: Lease) -> sqlite3.Row:
    """Return the row that a lease is for; a LeaseLostError unless token and attempt are still the order's."""
    row = find_order(connection, lease.order)
    if row["lease_token"] != lease.token or row["attempt"] != lease.attempt or row["state"] not in IN_HAND:
        raise LeaseLostError(
            f"the lease on order {lease.order} is not valid any more",
            value=f"attempt {lease.attempt}; the order is {row['state']} at attempt {row['attempt']}",
            next_step="stop the robot's work on it: the order has moved on",
        )
    return row


def to_order(row: sqlite3.Row) -> Order:
    """Return the record of an order's row."""
    return Order(
        id=order_id(row["number"]),
        key=row["key"],
        sku=row["sku"],
        quantity=row["quantity"],
        destination=row["destination"],
        priority=row["priority"],
        state=OrderState(row["state"]),
        placed=row["placed"],
        attempt=row["attempt"],
        returns=row["returns"],
        cancel_requested=bool(row["cancel_requested"]),
        reason=row["reason"],
        created_at_ns=row["created_at_ns"],
        changed_at_ns=row["changed_at_ns"],
        change=row["change"],
    )


def to_attempt(row: sqlite3.Row) -> Attempt:
    """Return the record of an attempt's row."""
    return Attempt(
        attempt=row["attempt"],
        unit=row["unit"],
        started_at_ns=row["started_at_ns"],
        ended_at_ns=row["ended_at_ns"],
        intent=to_intent(row),
        outcome=row["outcome"],
        reasons=tuple(json.loads(row["reasons"])),
        evidence=json.loads(row["evidence"]),
    )


def to_intent(row: sqlite3.Row) -> Intent | None:
    """Return the intent of an attempt's row, or None if the attempt never came that far."""
    if row["scale_id"] is None:
        return None
    return Intent(
        scale_id=row["scale_id"],
        scale_kg=row["scale_kg"],
        expected_kg=row["expected_kg"],
        tolerance_kg=row["tolerance_kg"],
    )


def to_event(row: sqlite3.Row) -> Event:
    """Return the record of an event's row."""
    return Event(
        sequence=row["sequence"],
        order=order_id(row["number"]),
        wall_ns=row["wall_ns"],
        monotonic_ns=row["monotonic_ns"],
        boot=row["boot"],
        before=None if row["before"] is None else OrderState(row["before"]),
        after=OrderState(row["after"]),
        attempt=row["attempt"],
        reason=row["reason"],
        detail=json.loads(row["detail"]),
    )


def insert_order(connection: sqlite3.Connection, clock: Clock, key: str, request: OrderRequest) -> int:
    """Store a new order in state queued, with its first event, and return its number."""
    now_ns = clock.wall_ns()
    cursor = connection.execute(
        "INSERT INTO orders (key, body, sku, quantity, destination, priority, state, created_at_ns, changed_at_ns,"
        " change) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, 0)",
        (
            key,
            canonical(request),
            request.sku,
            request.quantity,
            request.destination,
            request.priority,
            now_ns,
            now_ns,
        ),
    )
    number = int(cursor.lastrowid or 0)
    change = _append_event(connection, clock, number, None, OrderState.QUEUED, 0, "submitted", {"key": key})
    connection.execute("UPDATE orders SET change = ? WHERE number = ?", (change, number))
    return number


def move_order(
    connection: sqlite3.Connection,
    clock: Clock,
    row: sqlite3.Row,
    after: OrderState,
    reason: str,
    *,
    columns: Mapping[str, object] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Change an order's state, set `columns` with it, and write the event; a WrongStateError if it is not allowed."""
    before = OrderState(row["state"])
    if after not in ALLOWED[before]:
        raise WrongStateError(
            f"order {order_id(row['number'])} cannot go from {before} to {after}",
            value=before,
            allowed=sorted(ALLOWED[before]) or "nothing: this state is final",
        )
    values = dict(columns or {})
    attempt = values.get("attempt", row["attempt"])
    if after not in IN_HAND:
        values |= {"lease_token": None, "lease_holder": None, "lease_expires_ns": None, "lease_boot": None}
    change = _append_event(connection, clock, row["number"], before, after, int(str(attempt)), reason, detail or {})
    values |= {"state": str(after), "reason": reason, "changed_at_ns": clock.wall_ns(), "change": change}
    # The column names are this module's callers' own words, never input.
    assignments = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE orders SET {assignments} WHERE number = ?", (*values.values(), row["number"]))


def note_event(
    connection: sqlite3.Connection, clock: Clock, row: sqlite3.Row, reason: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Write an event that does not change the state, and give the order a new change number."""
    state = OrderState(row["state"])
    change = _append_event(connection, clock, row["number"], state, state, row["attempt"], reason, detail or {})
    connection.execute(
        "UPDATE orders SET change = ?, changed_at_ns = ? WHERE number = ?", (change, clock.wall_ns(), row["number"])
    )


def open_attempt(connection: sqlite3.Connection, clock: Clock, number: int, attempt: int, unit: int) -> None:
    """Write that an attempt begins."""
    connection.execute(
        "INSERT INTO attempts (number, attempt, unit, started_at_ns) VALUES (?, ?, ?, ?)",
        (number, attempt, unit, clock.wall_ns()),
    )


def close_attempt(
    connection: sqlite3.Connection,
    clock: Clock,
    row: sqlite3.Row,
    outcome: str,
    reasons: Sequence[str],
    evidence: Mapping[str, Any],
) -> None:
    """Write how the order's present attempt ended."""
    connection.execute(
        "UPDATE attempts SET ended_at_ns = ?, outcome = ?, reasons = ?, evidence = ? WHERE number = ? AND attempt = ?",
        (
            clock.wall_ns(),
            outcome,
            to_json(list(reasons)),
            to_json(evidence),
            row["number"],
            row["attempt"],
        ),
    )


def read_intent(connection: sqlite3.Connection, row: sqlite3.Row) -> Intent | None:
    """Return the intent of the order's present attempt."""
    attempt = connection.execute(
        "SELECT * FROM attempts WHERE number = ? AND attempt = ?", (row["number"], row["attempt"])
    ).fetchone()
    return None if attempt is None else to_intent(attempt)


def _append_event(
    connection: sqlite3.Connection,
    clock: Clock,
    number: int,
    before: OrderState | None,
    after: OrderState,
    attempt: int,
    reason: str,
    detail: Mapping[str, Any],
) -> int:
    cursor = connection.execute(
        "INSERT INTO events (number, wall_ns, monotonic_ns, boot, before, after, attempt, reason, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            clock.wall_ns(),
            clock.monotonic_ns(),
            clock.boot,
            before,
            after,
            attempt,
            reason,
            to_json(detail),
        ),
    )
    return int(cursor.lastrowid or 0)
