"""Writes down everything that was asked of the sandbox and everything it sent; nothing is ever changed or removed.

An entry is a row in the transaction of its effect, so the two cannot disagree after a kill. `ledger.jsonl` beside
the database is the same entries as text, one a line, caught up at start.
"""

import json
import threading
from pathlib import Path
from typing import Any, TypedDict

from sandbox.provider_time import iso, now
from sandbox.store import Reader, Store, Transaction, to_json

ALL = -1


class LedgerEntry(TypedDict):
    """`status` is the HTTP status answered; 0 when there was no answer. `fault` names the fault that shaped it."""

    at: str
    kind: str
    provider: str
    method: str
    path: str
    params: Any
    status: int
    response_id: str | None
    idempotency_key: str | None
    fault: str | None


def entry(
    kind: str,
    provider: str,
    method: str,
    path: str,
    *,
    params: Any,
    status: int,
    response_id: str | None = None,
    idempotency_key: str | None = None,
    fault: str | None = None,
) -> LedgerEntry:
    """`kind` is `request` (asked of us) or `webhook` (one attempt of ours, its status the one answered to us)."""
    return LedgerEntry(
        at=iso(now()),
        kind=kind,
        provider=provider,
        method=method,
        path=path,
        params=params,
        status=status,
        response_id=response_id,
        idempotency_key=idempotency_key,
        fault=fault,
    )


class Ledger:
    """Append in a transaction, `flush` after its commit."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._for_pages, self._for_copying = store.reader(), store.reader()
        self._lock = threading.Lock()
        self._path = folder / "ledger.jsonl"
        self._copied = _last_copied(self._path)
        self._file = self._path.open("ab", buffering=0)
        self.flush()

    def append(self, tx: Transaction, line: LedgerEntry) -> None:
        """Part of the caller's transaction."""
        tx.execute("INSERT INTO ledger (entry) VALUES (?)", (to_json(line),))

    def flush(self) -> None:
        """Copy what is committed and not yet in the text file."""
        with self._lock:
            rows = _read(self._for_copying, self._copied)
            if rows:
                self._file.write(b"".join(to_json(row).encode() + b"\n" for row in rows))
                self._copied = rows[-1]["seq"]

    def entries(self, *, after: int = 0, newest: int | None = None) -> list[dict[str, Any]]:
        """In order of `seq`, only those above `after`; with `newest` at most that many, the latest."""
        return _read(self._for_pages, after, newest)

    def close(self) -> None:
        """Close the text file."""
        self._file.close()


def _read(reader: Reader, after: int, newest: int | None = None) -> list[dict[str, Any]]:
    newest_first = reader.rows(
        "SELECT seq, entry FROM ledger WHERE seq > ? ORDER BY seq DESC LIMIT ?",
        (after, ALL if newest is None else newest),
    )
    return [{"seq": row["seq"], **json.loads(row["entry"])} for row in reversed(newest_first)]


def _last_copied(path: Path) -> int:
    """The last `seq` in the text file; a line that a kill cut short is cut off, and copied again."""
    if not path.exists():
        return 0
    whole, newline, torn = path.read_bytes().rpartition(b"\n")
    if torn:
        with path.open("r+b") as file:
            file.truncate(len(whole) + len(newline))
    last = whole.rpartition(b"\n")[2]
    return int(json.loads(last)["seq"]) if last else 0
