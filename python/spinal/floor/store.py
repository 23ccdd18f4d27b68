"""The task store: orders come in, are leased, placed exactly once and finished, on SQLite, over kill −9.

Everything that the caller was told has happened is on the disk before the call returns. A process that dies between two
calls leaves a state from which `recover` knows what to do.
"""

from __future__ import annotations

import math
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from spinal.floor import ledger
from spinal.floor.clock import Clock
from spinal.floor.database import Database
from spinal.floor.orders import (
    IN_HAND,
    OPEN,
    Catalogue,
    Ending,
    Intent,
    KeyReusedError,
    Lease,
    Order,
    OrderRequest,
    OrderState,
    OutOfRangeError,
    QueueFullError,
    WrongStateError,
    check_request,
    join_reasons,
)
from spinal.floor.reader import OrderReader
from spinal.floor.recovery import Evidence, Finding, Recovery, judge

OPEN_MAX: Final = 10_000
RETURNS_MAX: Final = 5


class TaskStore(OrderReader):
    """The orders of one cell, for the one process that works on them. Other processes read with `OrderReader`."""

    def __init__(self, database: Database, *, catalogue: Catalogue, clock: Clock) -> None:
        """Use a database that was opened exclusively; `TaskStore.open` is the usual way here."""
        super().__init__(database)
        self._catalogue = catalogue
        self._clock = clock

    @classmethod
    def open(cls, path: Path, *, catalogue: Catalogue, clock: Clock | None = None) -> TaskStore:
        """Return the store at `path`, made if missing. A StoreInUseError says that another process works from it."""
        return cls(Database(path, is_exclusive=True), catalogue=catalogue, clock=clock or Clock.system())

    @property
    def catalogue(self) -> Catalogue:
        """Return what this cell can be asked for."""
        return self._catalogue

    # Intake: what the shop floor does.

    def submit(self, key: str, request: OrderRequest) -> tuple[Order, bool]:
        """Return the order for this idempotency key, and whether it is new.

        The same key with the same request returns the first order; with another request it is a KeyReusedError.
        """
        check_request(key, request, self._catalogue)
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM orders WHERE key = ?", (key,)).fetchone()
            if row is None:
                self._check_room(connection)
                number = ledger.insert_order(connection, self._clock, key, request)
                return ledger.to_order(ledger.find_order(connection, ledger.order_id(number))), True
            if row["body"] != ledger.canonical(request):
                raise KeyReusedError(
                    "this Idempotency-Key was used for a different order",
                    value=key,
                    allowed=f"the same request as before: {row['body']}",
                    next_step="use a new key for a new order",
                )
            return ledger.to_order(row), False

    def cancel(self, identifier: str) -> Order:
        """Return the order after asking for its cancellation.

        A waiting order is cancelled at once. An order in hand is marked: the unit in hand may still be placed, then no
        more. An order that a person must look at is marked too, so that the count of placed units comes out right.
        A cancelled order stays as it is; one that ended otherwise is a WrongStateError.
        """
        with self._database.transaction() as connection:
            row = ledger.find_order(connection, identifier)
            state = OrderState(row["state"])
            if state is OrderState.QUEUED:
                ledger.move_order(connection, self._clock, row, OrderState.CANCELLED, "cancelled by the shop floor")
            elif state in IN_HAND | {OrderState.NEEDS_REVIEW} and not row["cancel_requested"]:
                connection.execute("UPDATE orders SET cancel_requested = 1 WHERE number = ?", (row["number"],))
                ledger.note_event(connection, self._clock, row, "cancellation asked for")
            elif state in (OrderState.DONE, OrderState.FAILED):
                raise WrongStateError(
                    f"order {identifier} has ended and cannot be cancelled",
                    value=state,
                    allowed="orders that have not ended",
                    next_step="nothing: look at its result with GET /tasks/" + identifier,
                )
            return ledger.to_order(ledger.find_order(connection, identifier))

    # Work: what the cell does.

    def lease(self, holder: str, ttl_ns: int) -> Lease | None:
        """Return the right to work on the next unit for `ttl_ns`, or None when nothing waits.

        Highest priority first, then oldest first. Units of one order are leased one at a time.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM orders WHERE state = 'queued' ORDER BY priority DESC, number LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            token = secrets.token_hex(8)
            columns = self._lease_columns(token, holder, ttl_ns) | {"attempt": row["attempt"] + 1}
            ledger.move_order(connection, self._clock, row, OrderState.LEASED, "leased", columns=columns)
            ledger.open_attempt(connection, self._clock, row["number"], row["attempt"] + 1, row["placed"] + 1)
            return self._lease_of(ledger.find_order(connection, ledger.order_id(row["number"])))

    def renew(self, lease: Lease, ttl_ns: int) -> Lease:
        """Return the lease with a new expiry; a LeaseLostError if it is not ours any more."""
        expires_ns = self._clock.monotonic_ns() + ttl_ns
        with self._database.transaction() as connection:
            row = ledger.find_leased(connection, lease)
            connection.execute("UPDATE orders SET lease_expires_ns = ? WHERE number = ?", (expires_ns, row["number"]))
        return replace(lease, expires_ns=expires_ns)

    def is_cancel_requested(self, lease: Lease) -> bool:
        """Return whether the shop floor asked to cancel the order that the lease is for."""
        return self.order(lease.order).cancel_requested

    def begin_placing(self, lease: Lease, intent: Intent) -> None:
        """Write down, durably, that the item may be released over the destination from now on.

        Call it, and see it return, before the tool may reach the destination. A second call for the same attempt
        changes nothing. A LeaseLostError means: do not release.
        """
        values = (intent.scale_kg, intent.expected_kg, intent.tolerance_kg)
        if not all(math.isfinite(value) for value in values):
            raise OutOfRangeError(
                "the scale reading before placing must be a finite number",
                value=values,
                next_step="do not release the item; check the scale",
            )
        with self._database.transaction() as connection:
            row = ledger.find_leased(connection, lease)
            if row["state"] == OrderState.PLACING:
                return
            other = connection.execute(
                "SELECT number FROM orders WHERE state = 'placing' AND destination = ?", (row["destination"],)
            ).fetchone()
            if other is not None:
                raise WrongStateError(
                    f"order {lease.order} cannot be placed yet",
                    value=f"order {ledger.order_id(other['number'])} is being placed at {row['destination']}",
                    allowed="one order at a time at a destination: it has one scale",
                )
            connection.execute(
                "UPDATE attempts SET scale_id = ?, scale_kg = ?, expected_kg = ?, tolerance_kg = ?"
                " WHERE number = ? AND attempt = ?",
                (intent.scale_id, *values, row["number"], row["attempt"]),
            )
            detail = {"scale_kg": intent.scale_kg, "expected_kg": intent.expected_kg}
            ledger.move_order(connection, self._clock, row, OrderState.PLACING, "about to place", detail=detail)

    def end_attempt(
        self,
        lease: Lease,
        ending: Ending,
        *,
        outcome: str,
        reasons: Sequence[str] = (),
        evidence: Mapping[str, Any] | None = None,
    ) -> Lease | None:
        """Write how the attempt ended and move the order on; return the lease of the next try after RETRY, else None.

        COMPLETE counts a unit, and needs `begin_placing` before it. RETURN more than RETURNS_MAX times is a FAIL.
        """
        with self._database.transaction() as connection:
            row = ledger.find_leased(connection, lease)
            ledger.close_attempt(connection, self._clock, row, outcome, reasons, evidence or {})
            self._end(connection, row, ending, outcome, reasons)
            if ending is not Ending.RETRY:
                return None
            return self._lease_of(ledger.find_order(connection, lease.order))

    # Recovery: what a restart and a person do.

    def recover(self, read_evidence: Callable[[], Evidence | None]) -> Recovery:
        """Return what became of the orders that a process which is gone had in hand. Call it once after `open`.

        Orders that were only leased go back to the queue. An order that was being placed is judged by `read_evidence`
        (called at most once, with the robot at rest): placed, not placed, or unclear, which needs a person.
        """
        return self._recover(read_evidence, "the process that worked on it is gone", only_expired=False)

    def recover_expired(self, read_evidence: Callable[[], Evidence | None]) -> Recovery:
        """Do the same for orders whose lease has expired while this process runs."""
        return self._recover(read_evidence, "its lease expired", only_expired=True)

    def resolve(self, identifier: str, *, is_placed: bool, by: str, note: str = "") -> Order:
        """Return the order after a person looked: the unit in question is in the destination, or it is not.

        Only for orders in needs_review, else a WrongStateError. `by` says who decided; the event log keeps it.
        """
        with self._database.transaction() as connection:
            row = ledger.find_order(connection, identifier)
            if row["state"] != OrderState.NEEDS_REVIEW:
                raise WrongStateError(
                    f"order {identifier} does not wait for a person",
                    value=row["state"],
                    allowed=OrderState.NEEDS_REVIEW,
                    next_step="nothing to resolve",
                )
            detail = {"by": by, "note": note, "is_placed": is_placed}
            reason = f"{by} found the unit {'in the destination' if is_placed else 'not in the destination'}"
            self._advance(connection, row, reason, units=1 if is_placed else 0, detail=detail)
            return ledger.to_order(ledger.find_order(connection, identifier))

    # The steps behind these.

    def _check_room(self, connection: sqlite3.Connection) -> None:
        marks = ", ".join(f"'{state}'" for state in sorted(OPEN))
        count = connection.execute(f"SELECT COUNT(*) FROM orders WHERE state IN ({marks})").fetchone()[0]
        if count >= OPEN_MAX:
            raise QueueFullError(
                "too many orders are open",
                value=count,
                allowed=OPEN_MAX,
                next_step="send it again when some have ended",
            )

    def _lease_columns(self, token: str, holder: str, ttl_ns: int) -> dict[str, object]:
        return {
            "lease_token": token,
            "lease_holder": holder,
            "lease_expires_ns": self._clock.monotonic_ns() + ttl_ns,
            "lease_boot": self._clock.boot,
        }

    def _lease_of(self, row: sqlite3.Row) -> Lease:
        return Lease(
            order=ledger.order_id(row["number"]),
            sku=row["sku"],
            destination=row["destination"],
            attempt=row["attempt"],
            unit=row["placed"] + 1,
            token=row["lease_token"],
            expires_ns=row["lease_expires_ns"],
        )

    def _end(
        self, connection: sqlite3.Connection, row: sqlite3.Row, ending: Ending, outcome: str, reasons: Sequence[str]
    ) -> None:
        reason = join_reasons([outcome, *reasons])
        match ending:
            case Ending.COMPLETE:
                if row["state"] != OrderState.PLACING:
                    raise WrongStateError(
                        f"order {ledger.order_id(row['number'])} cannot be completed",
                        value=row["state"],
                        allowed=OrderState.PLACING,
                        next_step="call begin_placing before the release",
                    )
                self._advance(connection, row, reason, units=1)
            case Ending.RETRY:
                attempt = row["attempt"] + 1
                ledger.move_order(connection, self._clock, row, OrderState.LEASED, reason, columns={"attempt": attempt})
                ledger.open_attempt(connection, self._clock, row["number"], attempt, row["placed"] + 1)
            case Ending.RETURN:
                self._return(connection, row, reason)
            case Ending.FAIL:
                ledger.move_order(connection, self._clock, row, OrderState.FAILED, reason)
            case Ending.REVIEW:
                ledger.move_order(connection, self._clock, row, OrderState.NEEDS_REVIEW, reason)
            case Ending.CANCEL:
                ledger.move_order(connection, self._clock, row, OrderState.CANCELLED, reason)

    def _advance(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        reason: str,
        *,
        units: int,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Count `units` as placed and move the order to where that leaves it."""
        placed = row["placed"] + units
        if placed == row["quantity"]:
            after = OrderState.DONE
        elif row["cancel_requested"]:
            after = OrderState.CANCELLED
        else:
            after = OrderState.QUEUED
        full_detail = {"placed": placed, "quantity": row["quantity"], **(detail or {})}
        columns = {"placed": placed}
        ledger.move_order(connection, self._clock, row, after, reason, columns=columns, detail=full_detail)

    def _return(self, connection: sqlite3.Connection, row: sqlite3.Row, reason: str) -> None:
        """Put an order back into the queue, or end it when it was cancelled or has come back too often."""
        if row["cancel_requested"]:
            ledger.move_order(connection, self._clock, row, OrderState.CANCELLED, reason)
        elif row["returns"] >= RETURNS_MAX:
            why = f"{reason}; it has come back to the queue {row['returns']} times, the most allowed"
            ledger.move_order(connection, self._clock, row, OrderState.FAILED, why)
        else:
            columns = {"returns": row["returns"] + 1}
            ledger.move_order(connection, self._clock, row, OrderState.QUEUED, reason, columns=columns)

    def _recover(self, read_evidence: Callable[[], Evidence | None], why: str, *, only_expired: bool) -> Recovery:
        """Recover in one transaction, so that dying in the middle leaves everything to the next call."""
        returned, placed, not_placed, review = [], [], [], []
        evidence: Evidence | None = None
        is_read = False
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT * FROM orders WHERE state IN ('leased', 'placing')").fetchall()
            for row in rows:
                is_expired = (
                    row["lease_boot"] != self._clock.boot or row["lease_expires_ns"] <= self._clock.monotonic_ns()
                )
                if only_expired and not is_expired:
                    continue
                identifier = ledger.order_id(row["number"])
                if row["state"] == OrderState.LEASED:
                    ledger.close_attempt(connection, self._clock, row, "interrupted", [why], {})
                    self._return(connection, row, why)
                    returned.append(identifier)
                    continue
                if not is_read:
                    evidence, is_read = read_evidence(), True
                judgement = judge(ledger.read_intent(connection, row), evidence)
                reason = f"{why} while placing: {judgement.reason}"
                outcome = f"interrupted: {judgement.finding}"
                ledger.close_attempt(connection, self._clock, row, outcome, [reason], judgement.evidence)
                match judgement.finding:
                    case Finding.PLACED:
                        self._advance(connection, row, reason, units=1, detail=judgement.evidence)
                        placed.append(identifier)
                    case Finding.NOT_PLACED:
                        self._return(connection, row, reason)
                        not_placed.append(identifier)
                    case Finding.UNCLEAR:
                        ledger.move_order(
                            connection,
                            self._clock,
                            row,
                            OrderState.NEEDS_REVIEW,
                            reason,
                            detail=judgement.evidence,
                        )
                        review.append((identifier, reason))
        return Recovery(
            returned=tuple(returned), placed=tuple(placed), not_placed=tuple(not_placed), review=tuple(review)
        )
