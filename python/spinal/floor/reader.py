"""Reading the orders, their attempts and the event log; safe beside the process that works on them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from spinal.errors import OrderError
from spinal.floor import ledger
from spinal.floor.database import Database
from spinal.floor.orders import OPEN, Attempt, Event, Order, OrderState

PAGE_MAX: Final = 500


class OrderReader:
    """The orders of one cell, to look at."""

    def __init__(self, database: Database) -> None:
        """Use an open database; `OrderReader.open_to_read` is the usual way here."""
        self._database = database

    @classmethod
    def open_to_read(cls, path: Path) -> OrderReader:
        """Return a reader of the store at `path`; an OrderError if there is none."""
        if not path.is_file():
            raise OrderError("there is no task store here", value=path, next_step="name the folder of a run")
        return OrderReader(Database(path, is_exclusive=False))

    def __enter__(self) -> Self:
        """Return the store; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._database.close()

    def order(self, identifier: str) -> Order:
        """Return one order; an UnknownOrderError if there is none."""
        with self._database.snapshot() as connection:
            return ledger.to_order(ledger.find_order(connection, identifier))

    def orders(
        self, *, after: int = 0, states: Iterable[OrderState] | None = None, limit: int = PAGE_MAX
    ) -> tuple[Order, ...]:
        """Return at most `limit` orders whose last change is later than change number `after`, oldest change first."""
        wanted = [str(state) for state in (OrderState if states is None else states)]
        marks = ", ".join("?" for _ in wanted)
        with self._database.snapshot() as connection:
            rows = connection.execute(
                f"SELECT * FROM orders WHERE change > ? AND state IN ({marks}) ORDER BY change LIMIT ?",
                (after, *wanted, min(limit, PAGE_MAX)),
            ).fetchall()
        return tuple(ledger.to_order(row) for row in rows)

    def waiting(self, limit: int = PAGE_MAX) -> tuple[Order, ...]:
        """Return the orders that have not ended, in the order in which they are worked on, those in hand first."""
        marks = ", ".join(f"'{state}'" for state in sorted(OPEN))
        with self._database.snapshot() as connection:
            rows = connection.execute(
                f"SELECT * FROM orders WHERE state IN ({marks})"
                " ORDER BY state NOT IN ('leased', 'placing'), priority DESC, number LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(ledger.to_order(row) for row in rows)

    def counts(self) -> dict[OrderState, int]:
        """Return how many orders are in each state."""
        with self._database.snapshot() as connection:
            found = dict(connection.execute("SELECT state, COUNT(*) FROM orders GROUP BY state").fetchall())
        return {state: found.get(str(state), 0) for state in OrderState}

    def attempts(self, identifier: str) -> tuple[Attempt, ...]:
        """Return the attempts on an order, first to last, with outcome and evidence."""
        with self._database.snapshot() as connection:
            number = ledger.find_order(connection, identifier)["number"]
            rows = connection.execute("SELECT * FROM attempts WHERE number = ? ORDER BY attempt", (number,)).fetchall()
        return tuple(ledger.to_attempt(row) for row in rows)

    def events(self, *, after: int = 0, limit: int = PAGE_MAX) -> tuple[Event, ...]:
        """Return at most `limit` transitions of all orders with a sequence number above `after`."""
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
            ).fetchall()
        return tuple(ledger.to_event(row) for row in rows)
