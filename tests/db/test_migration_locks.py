"""Finds statements in migrations that would lock a large table for a long time.

Migrations before 0011 belong to version 0.1.0 and are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

FOLDER = ROOT / "db" / "migrations"
FIRST = 11
# Tables that grow with use.
LARGE = (
    *("appointments", "audit_logs", "customers", "messages", "notifications", "payments", "pending_tasks"),
    *("slot_offers", "slot_openings", "webhook_events", "events", "webhook_deliveries", "calendar_bookings"),
)
TABLE = rf"(?:ONLY\s+)?(?:public\.)?({'|'.join(LARGE)})\b"
RULES = {
    "an index is built under a lock: CREATE INDEX CONCURRENTLY, in a separate migration": re.compile(
        rf"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)[\w\s]*?\bON\s+{TABLE}", re.IGNORECASE
    ),
    "a constraint is checked under a lock: NOT VALID here, VALIDATE in the next migration": re.compile(
        rf"\bALTER\s+TABLE\s+{TABLE}(?:(?!;|NOT\s+VALID).)*\bADD\s+(?:CONSTRAINT\s+\w+\s+)?(?:CHECK|FOREIGN\s+KEY)\b"
        r"(?:(?!NOT\s+VALID)[^;])*;",
        re.IGNORECASE | re.DOTALL,
    ),
    "the table is rewritten under a lock: a new column, filled in batches": re.compile(
        rf"\bALTER\s+TABLE\s+{TABLE}[^;]*\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b", re.IGNORECASE
    ),
    "the table is scanned under a lock: a CHECK (... IS NOT NULL) NOT VALID first": re.compile(
        rf"\bALTER\s+TABLE\s+{TABLE}[^;]*\bSET\s+NOT\s+NULL\b", re.IGNORECASE
    ),
    "old code still reads it: drop it in a later version": re.compile(
        rf"\bALTER\s+TABLE\s+{TABLE}[^;]*\b(?:DROP\s+COLUMN|RENAME)\b", re.IGNORECASE
    ),
    "every row gets its own value: the table is rewritten under a lock": re.compile(
        rf"\bALTER\s+TABLE\s+{TABLE}[^;]*\bADD\s+COLUMN\b[^;,]*\bDEFAULT\s+"
        r"(?:clock_timestamp|clock_now|now|gen_random_uuid|random_token|random)\b",
        re.IGNORECASE,
    ),
}
REVIEWED = re.compile(r"--\s*lock-safe:\s*\S+")
"""This comment before a statement gives the reason why the statement is safe."""


def statements(text: str) -> Iterator[tuple[str, bool]]:
    """Yields each SQL statement without comments, and whether it was reviewed."""
    for part in text.split(";"):
        yield re.sub(r"--[^\n]*", "", part) + ";", REVIEWED.search(part) is not None


NEW = re.compile(r"\bCREATE\s+TABLE\s+(\w+)", re.IGNORECASE)
"""A table created by the same migration is empty."""


def problems(text: str) -> list[str]:
    new = set(NEW.findall(text))
    return [
        f"{rule}\n    {' '.join(statement.split())[:160]}"
        for statement, reviewed in statements(text)
        if not reviewed
        for rule, pattern in RULES.items()
        if (found := pattern.search(statement)) and found[1] not in new
    ]


@pytest.mark.parametrize(
    "file",
    [path for path in sorted((FOLDER / "sql").glob("*.sql")) if int(path.name[:4]) >= FIRST],
    ids=lambda path: path.stem,
)
def test_a_migration_takes_no_strong_lock_for_long(file: Path) -> None:
    assert problems(file.read_text("utf-8")) == []


UNSAFE = [
    "CREATE INDEX x ON messages (status);",
    "CREATE UNIQUE INDEX x ON public.messages (status);",
    "ALTER TABLE messages ADD CONSTRAINT x CHECK (a > 0);",
    "ALTER TABLE messages ADD COLUMN a int, ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES shops (id);",
    "ALTER TABLE messages ALTER COLUMN a TYPE bigint;",
    "ALTER TABLE messages ALTER a SET NOT NULL;",
    "ALTER TABLE messages DROP COLUMN a;",
    "ALTER TABLE messages RENAME COLUMN a TO b;",
    "ALTER TABLE messages ADD COLUMN a uuid DEFAULT gen_random_uuid();",
]
SAFE = [
    "CREATE INDEX CONCURRENTLY x ON messages (status);",
    "CREATE INDEX x ON staff (shop_id);",
    "CREATE TABLE events (id uuid); CREATE INDEX x ON events (id);",
    "ALTER TABLE messages ADD CONSTRAINT x CHECK (a > 0) NOT VALID;",
    "ALTER TABLE messages VALIDATE CONSTRAINT x;",
    "ALTER TABLE messages ADD COLUMN a int NOT NULL DEFAULT 0;",
    "-- lock-safe: the index holds no row yet\nCREATE INDEX x ON messages (a) WHERE a IS NOT NULL;",
]


@pytest.mark.parametrize("statement", UNSAFE)
def test_an_unsafe_statement_is_found(statement: str) -> None:
    assert len(problems(statement)) == 1


@pytest.mark.parametrize("statement", SAFE)
def test_a_safe_statement_is_not(statement: str) -> None:
    assert problems(statement) == []
