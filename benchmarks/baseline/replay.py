"""Records the SQL of one recovery and replays it through psycopg for other recoveries.

The replay replaces ids: an id that a statement returned is replaced with the id that the statement returns now, an id
that the worker created with a new id, and the slot's id with the id of the other slot.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg

UUID_IN_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CARRIERS_ID = re.compile(r"SM[0-9a-f]{32}")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RecordedStatement:
    """A statement as SQLAlchemy passed it to psycopg, and the first row of its result."""

    statement: str
    parameters: Any
    many: bool
    first_row: Row | None


COMMIT = RecordedStatement("COMMIT", None, False, None)


@dataclass(slots=True)
class Recording:
    """The recorded statements for the slot `about`, in order."""

    about: UUID
    sent: list[RecordedStatement] = field(default_factory=list)

    @property
    def statements(self) -> int:
        return sum(one is not COMMIT and one.statement != "COMMIT" for one in self.sent)


def record(engine: Any, about: UUID, act: Callable[[], object]) -> Recording:
    """Records the statements that `act` sends through the SQLAlchemy engine."""
    from sqlalchemy import event

    recording = Recording(about)

    def note(_: Any, cursor: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        first = None
        if cursor.description and (first := cursor.fetchone()):
            cursor.scroll(0, mode="absolute")
        recording.sent.append(RecordedStatement(statement, parameters, many, first))

    def committed(_: Any) -> None:
        recording.sent.append(COMMIT)

    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "commit", committed)
    try:
        act()
    finally:
        event.remove(engine, "after_cursor_execute", note)
        event.remove(engine, "commit", committed)
    return recording


def replay(recording: Recording, url: str, slots: list[UUID]) -> float:
    """Replays the recording for each slot over one connection; returns the duration in seconds."""
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        for slot in slots:
            _once(connection, recording, slot)
        return time.perf_counter() - began


def _once(connection: psycopg.Connection[Row], recording: Recording, slot: UUID) -> None:
    ids = {recording.about: slot}
    for sent in recording.sent:
        if sent.statement == "COMMIT":
            connection.commit()
            continue
        cursor = connection.cursor()
        if sent.many:
            cursor.executemany(sent.statement, _renamed(sent.parameters, ids))
            continue
        cursor.execute(sent.statement, _renamed(sent.parameters, ids))
        if cursor.description and (row := cursor.fetchone()) and sent.first_row:
            _learn(ids, sent.first_row, row)


def _learn(ids: dict[UUID, UUID], then: Row, now: Row) -> None:
    for was, is_ in zip(then, now, strict=True):
        if isinstance(was, UUID) and isinstance(is_, UUID):
            ids.setdefault(was, is_)


def _renamed(value: Any, ids: dict[UUID, UUID]) -> Any:
    if isinstance(value, UUID):
        return ids.setdefault(value, uuid4())
    if isinstance(value, str):
        text = CARRIERS_ID.sub(lambda _: f"SM{uuid4().hex}", value)
        return UUID_IN_TEXT.sub(lambda found: str(ids.setdefault(UUID(found.group()), uuid4())), text)
    if isinstance(value, dict):
        return {name: _renamed(inner, ids) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, ids) for inner in value]
    return value
