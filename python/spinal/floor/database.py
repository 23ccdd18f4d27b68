"""The SQLite file behind the task store: schema, durable transactions, and the lock that keeps a second cell out."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from spinal.errors import OrderError
from spinal.floor.orders import StoreFailedError, StoreInUseError

SCHEMA_VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE orders (
  number           INTEGER PRIMARY KEY AUTOINCREMENT,
  key              TEXT    NOT NULL UNIQUE,
  body             TEXT    NOT NULL,
  sku              TEXT    NOT NULL,
  quantity         INTEGER NOT NULL CHECK (quantity >= 1),
  destination      TEXT    NOT NULL,
  priority         INTEGER NOT NULL,
  state            TEXT    NOT NULL CHECK (state IN
                   ('queued', 'leased', 'placing', 'done', 'failed', 'cancelled', 'needs_review')),
  placed           INTEGER NOT NULL DEFAULT 0 CHECK (placed BETWEEN 0 AND quantity),
  attempt          INTEGER NOT NULL DEFAULT 0,
  returns          INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  reason           TEXT,
  lease_token      TEXT,
  lease_holder     TEXT,
  lease_expires_ns INTEGER,
  lease_boot       TEXT,
  created_at_ns    INTEGER NOT NULL,
  changed_at_ns    INTEGER NOT NULL,
  change           INTEGER NOT NULL,
  CHECK ((state IN ('leased', 'placing')) = (lease_token IS NOT NULL)),
  CHECK (state <> 'done' OR placed = quantity)
) STRICT;
CREATE INDEX orders_waiting ON orders (priority DESC, number) WHERE state = 'queued';
CREATE INDEX orders_changed ON orders (change);
-- A destination has one scale, so only one order at a time may be past its point of no return there.
CREATE UNIQUE INDEX one_placing ON orders (destination) WHERE state = 'placing';

CREATE TABLE attempts (
  number        INTEGER NOT NULL REFERENCES orders (number),
  attempt       INTEGER NOT NULL,
  unit          INTEGER NOT NULL,
  started_at_ns INTEGER NOT NULL,
  ended_at_ns   INTEGER,
  scale_id      TEXT,
  scale_kg      REAL,
  expected_kg   REAL,
  tolerance_kg  REAL,
  outcome       TEXT,
  reasons       TEXT NOT NULL DEFAULT '[]',
  evidence      TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (number, attempt)
) STRICT;

CREATE TABLE events (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  number       INTEGER NOT NULL REFERENCES orders (number),
  wall_ns      INTEGER NOT NULL,
  monotonic_ns INTEGER NOT NULL,
  boot         TEXT    NOT NULL,
  before       TEXT,
  after        TEXT    NOT NULL,
  attempt      INTEGER NOT NULL,
  reason       TEXT    NOT NULL,
  detail       TEXT    NOT NULL
) STRICT;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
"""


class Database:
    """One SQLite connection (WAL, synchronous=FULL) that several threads of one process may use.

    A commit has reached the disk when `transaction` is left: with synchronous=FULL, SQLite syncs the WAL at each commit
    (Source: sqlite.org/pragma.html#pragma_synchronous).
    """

    def __init__(self, path: Path, *, is_exclusive: bool) -> None:
        """Open or create `path`. `is_exclusive` takes the lock file beside it, which the kernel drops if we die."""
        self._lock_file = _take_lock(path) if is_exclusive else None
        self._thread_lock = threading.RLock()
        mode = "rwc" if is_exclusive else "ro"
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=10.0,
            )
            self._connection.row_factory = sqlite3.Row
            if is_exclusive:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._prepare(path, is_exclusive=is_exclusive)
        except sqlite3.Error as error:
            self._drop_lock()
            raise OrderError(
                f"{path} cannot be opened as a task store",
                value=error,
                next_step="check the path, or move the file away",
            ) from None

    def _prepare(self, path: Path, *, is_exclusive: bool) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and is_exclusive:
            # One transaction: a process that dies in here leaves version 0, and the next start begins again.
            self._connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version != SCHEMA_VERSION:
            self.close()
            raise OrderError(
                f"{path} was written by another version of Spinal",
                value=f"schema version {version}",
                allowed=SCHEMA_VERSION,
                next_step="use the version that wrote it, or move the file away",
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a write transaction: all of the block happens, durably, or none of it."""
        with self._thread_lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreFailedError(
                    "the task store could not write; nothing of this step was stored",
                    value=error,
                    next_step="check that the disk has room and is writable, then try again",
                ) from error
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for several reads that see the same state."""
        with self._thread_lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._thread_lock:
            self._connection.close()
            self._drop_lock()

    def _drop_lock(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None


def _take_lock(path: Path) -> IO[bytes]:
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock_file = lock_path.open("ab")
    except OSError as error:
        raise OrderError(
            f"{path} cannot be opened as a task store", value=error, next_step="check the folder and its permissions"
        ) from None
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock_file.close()
        raise StoreInUseError(
            f"another process works from {path}",
            value=lock_path,
            allowed="one cell a store",
            next_step="stop the other `spinal run`, or give this one its own folder",
        ) from None
    return lock_file
