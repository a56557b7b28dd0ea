"""Stores the state in one SQLite file, from which a killed sandbox resumes."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS ledger_is_append_only_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_is_append_only_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;

CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, created REAL NOT NULL,
    sent_after REAL NOT NULL, settled_after REAL NOT NULL, fate TEXT NOT NULL, error_code INTEGER,
    details TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, n);
CREATE TABLE IF NOT EXISTS opt_outs (
    shop TEXT NOT NULL, customer TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (shop, customer));
CREATE TABLE IF NOT EXISTS phones (
    number TEXT PRIMARY KEY, shop TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', added REAL NOT NULL);

CREATE TABLE IF NOT EXISTS objects (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    parent TEXT, created INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, n);
CREATE INDEX IF NOT EXISTS objects_by_parent ON objects (parent, kind, n);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER, answer TEXT, response_id TEXT);

CREATE TABLE IF NOT EXISTS webhooks (
    n INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL,
    url TEXT NOT NULL, payload TEXT NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting', fault TEXT, waits_for_next INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due) WHERE state = 'waiting';

CREATE TABLE IF NOT EXISTS faults (
    n INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, operation TEXT NOT NULL, fault TEXT NOT NULL,
    times INTEGER, delay_ms INTEGER, code TEXT, match TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS emails (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created REAL NOT NULL, data TEXT NOT NULL,
    key TEXT UNIQUE, digest TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS received_webhooks (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, timestamp TEXT NOT NULL, signature TEXT NOT NULL,
    body TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS webhook_receiver (
    name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, value));

CREATE TABLE IF NOT EXISTS calendar_bookings (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, status TEXT NOT NULL,
    starts REAL NOT NULL, ends REAL NOT NULL, data TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, updated REAL NOT NULL, follows TEXT, followed_by TEXT);
CREATE INDEX IF NOT EXISTS calendar_bookings_by_start ON calendar_bookings (kind, starts);
CREATE INDEX IF NOT EXISTS calendar_bookings_by_update ON calendar_bookings (kind, updated);
CREATE TABLE IF NOT EXISTS calendar_holds (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, starts REAL NOT NULL, ends REAL NOT NULL, until REAL NOT NULL,
    data TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS calendar_targets (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, data TEXT NOT NULL DEFAULT '{}',
    UNIQUE (kind, url));

CREATE TABLE IF NOT EXISTS oauth_grants (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, scope TEXT NOT NULL, refresh_token TEXT NOT NULL UNIQUE, expires REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS oauth_tokens (
    token TEXT PRIMARY KEY, code TEXT NOT NULL, expires REAL NOT NULL);
"""

Row = sqlite3.Row
Transaction = sqlite3.Connection


def to_json(value: Any) -> str:
    """Returns compact JSON. Lone surrogates are escaped."""
    return json.dumps(value, separators=(",", ":"))


class StoreReader:
    """Reads committed data on a separate connection, without waiting for writers or other readers."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._connection = _connect(folder)

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Returns all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Waits for a running query, then closes the connection."""
        with self._lock:
            self._connection.close()


class Store:
    """Writes through one connection with a lock.

    A transaction takes microseconds and never includes a network call.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.RLock()
        self._connection = _connect(folder)
        # WAL with synchronous=NORMAL survives kill -9, but not a power failure, and does not wait for the disk.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        self._readers: list[StoreReader] = []
        self.rows = self.reader().rows

    def reader(self) -> StoreReader:
        """Returns another reader, for callers that must not wait for large reads."""
        self._readers.append(StoreReader(self._folder))
        return self._readers[-1]

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Opens an IMMEDIATE transaction, so that a second, orphaned process cannot interleave its writes."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file, so that another instance can open it."""
        for reader in self._readers:
            reader.close()
        with self._lock:
            self._connection.close()


def _connect(folder: Path) -> sqlite3.Connection:
    path = folder / "sandbox.sqlite3"
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    return connection
