"""Lines of the structured logs, and which of them tell of one recovery."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

NAMED = ("slot_opening_id", "task_id", "bell", "webhook_event_id", "appointment_id", "message_id")
"""Where a line says what it is about; `args`, the arguments of a task, are ids too."""

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(pi|re|evt|ch|SM|MM)_?[0-9A-Za-z]{8,}")


@dataclass(frozen=True)
class Line:
    """One line of a log as it was written, and the ids in it."""

    said: dict[str, Any]
    ids: frozenset[str]

    @property
    def slot(self) -> str | None:
        return self.said.get("slot_opening_id")

    @property
    def at(self) -> str:
        """ISO, UTC: sorts as text."""
        return str(self.said["timestamp"])


def read_lines(texts: Iterable[str]) -> Iterator[Line]:
    """Those that are ours; whatever else is in a log is passed over, also what a container's log puts before."""
    for text in texts:
        _, brace, rest = text.partition("{")
        try:
            said = json.loads(brace + rest)
        except ValueError:
            continue
        if isinstance(said, dict) and "timestamp" in said:
            yield Line(said, frozenset(_ids(said)))


def _ids(said: dict[str, Any]) -> Iterator[str]:
    arguments = said.get("args")
    values = [said.get(name) for name in NAMED] + (arguments if isinstance(arguments, list) else [])
    return (value for value in values if isinstance(value, str) and ID.fullmatch(value))


def about(lines: Sequence[Line], id: str) -> list[Line]:
    """All that tell of the recovery that `id` belongs to, by time; empty when no line knows it.

    A line leads to others by the ids it shares with them. What names another slot is another story: one tick decides
    about many.
    """
    known, slots = {id}, _slots(line for line in lines if id in line.ids)
    while True:
        found = [line for line in lines if line.ids & known and (not slots or line.slot in {None, *slots})]
        more, slots = {other for line in found for other in line.ids}, slots or _slots(found)
        if more <= known:
            return sorted(found, key=lambda line: line.at)
        known |= more


def _slots(lines: Iterable[Line]) -> set[str]:
    return {line.slot for line in lines if line.slot}
