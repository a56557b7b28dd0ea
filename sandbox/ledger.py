"""Records every request to the sandbox and every webhook that it sends. Entries are only appended.

Each entry is written in the transaction that stores the request's effect, so the ledger is complete even after a
kill. `ledger.jsonl`, next to the database, contains the same entries as text, one per line. Missing lines are
appended when the sandbox starts.
"""

import json
import threading
from pathlib import Path
from typing import Any, TypedDict

from sandbox.provider_time import iso, now
from sandbox.store import Store, StoreReader, Transaction, to_json

ALL = -1


class LedgerEntry(TypedDict):
    """`status`: the response's HTTP status, or 0 if there was no response. `fault`: the name of the applied fault."""

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
    """`kind`: `request`, or `webhook` for one delivery attempt. `status`: the HTTP status of the response."""
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
    """Call `append` within a transaction, and `flush` after its commit."""

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
        """Returns the entries after `after` in order of `seq`, or only the last `newest` of them."""
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
    """Returns the last `seq` in the text file. A line that a kill has truncated is removed and copied again."""
    if not path.exists():
        return 0
    whole, newline, torn = path.read_bytes().rpartition(b"\n")
    if torn:
        with path.open("r+b") as file:
            file.truncate(len(whole) + len(newline))
    last = whole.rpartition(b"\n")[2]
    return int(json.loads(last)["seq"]) if last else 0
