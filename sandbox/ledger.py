"""Records every request to the sandbox and every webhook it sends; append only.

An entry is a row in the transaction of its effect, so the two cannot disagree after a kill. `ledger.jsonl` beside
the database is the same entries as text, one a line, caught up at start.
"""

import json
import threading
from pathlib import Path
from typing import Any, TypedDict

from sandbox.provider_time import iso, now
from sandbox.store import Store, StoreReader, Transaction, to_json

ALL = -1


class LedgerEntry(TypedDict):
    """`status`: the HTTP status of the response; 0 without a response. `fault`: the fault applied."""

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
    """`kind`: `request`, or `webhook` for one delivery attempt with the status of the response."""
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
    """Append within a transaction; call `flush` after its commit."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._for_pages, self._for_copying = store.reader(), store.reader()
        self._lock = threading.Lock()
        self._path = folder / "ledger.jsonl"
        self._copied = _last_copied(self._path)
        self._file = self._path.open("ab", buffering=0)
        self.flush()

    def append(self, tx: Transaction, line: LedgerEntry) -> None:
        """Appends an entry in the caller's transaction."""
        tx.execute("INSERT INTO ledger (entry) VALUES (?)", (to_json(line),))

    def flush(self) -> None:
        """Copies committed entries to the text file."""
        with self._lock:
            rows = _read(self._for_copying, self._copied)
            if rows:
                self._file.write(b"".join(to_json(row).encode() + b"\n" for row in rows))
                self._copied = rows[-1]["seq"]

    def entries(self, *, after: int = 0, newest: int | None = None) -> list[dict[str, Any]]:
        """Entries after `after` in order of `seq`; with `newest` only the latest of them."""
        return _read(self._for_pages, after, newest)

    def close(self) -> None:
        """Closes the text file."""
        self._file.close()


def _read(reader: StoreReader, after: int, newest: int | None = None) -> list[dict[str, Any]]:
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
