"""Parses the structured logs, and finds the lines about one recovery."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ID_FIELDS = ("slot_opening_id", "task_id", "celery_id", "webhook_event_id", "appointment_id", "message_id")
"""The fields that contain ids. The arguments of a task, in `args`, are also ids."""

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(pi|re|evt|ch|SM|MM)_?[0-9A-Za-z]{8,}")


@dataclass(frozen=True)
class LogLine:
    """A parsed log line and the ids in it."""

    fields: dict[str, Any]
    ids: frozenset[str]

    @property
    def slot(self) -> str | None:
        return self.fields.get("slot_opening_id")

    @property
    def at(self) -> str:
        """The UTC time in ISO 8601 format, which sorts chronologically as text."""
        return str(self.fields["timestamp"])


def read_lines(texts: Iterable[str]) -> Iterator[LogLine]:
    """Yields the structured lines. Skips other lines, and the prefixes that container runtimes add."""
    for text in texts:
        _, brace, rest = text.partition("{")
        try:
            fields = json.loads(brace + rest)
        except ValueError:
            continue
        if isinstance(fields, dict) and "timestamp" in fields:
            yield LogLine(fields, frozenset(_ids(fields)))


def _ids(fields: dict[str, Any]) -> Iterator[str]:
    arguments = fields.get("args")
    values = [fields.get(name) for name in ID_FIELDS] + (arguments if isinstance(arguments, list) else [])
    return (value for value in values if isinstance(value, str) and ID.fullmatch(value))


def about(lines: Sequence[LogLine], id: str) -> list[LogLine]:
    """Returns the lines about the recovery to which `id` belongs, in chronological order.

    Follows the ids that lines share. Skips lines that name another slot, because one tick handles many slots. The
    result is empty if no line contains `id`.
    """
    known, slots = {id}, _slots(line for line in lines if id in line.ids)
    while True:
        found = [line for line in lines if line.ids & known and (not slots or line.slot in {None, *slots})]
        more, slots = {other for line in found for other in line.ids}, slots or _slots(found)
        if more <= known:
            return sorted(found, key=lambda line: line.at)
        known |= more


def _slots(lines: Iterable[LogLine]) -> set[str]:
    return {line.slot for line in lines if line.slot}
