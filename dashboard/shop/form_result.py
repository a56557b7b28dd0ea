"""What came of reading a form: the values that can be used, and what is wrong, by field.

A view that refuses a form answers its page again with status 422, this result and what was typed; the macros
`refused`, `invalid` and `problem` of shop/pieces.html show each error beside its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FormResult:
    """The values by field, and what is wrong by field, each in a sentence."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, problem: str | None) -> None:
        """Takes the value unless there is a problem with it."""
        if problem:
            self.wrong[name] = problem
        else:
            self.values[name] = value


def typed(form: Mapping[str, str], name: str) -> str:
    """What stands in a field, without what no field may hold."""
    return form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()


def too_long(value: str, most: int) -> str | None:
    """The problem of a value with more than `most` characters."""
    return f"At most {most} characters, and this has {len(value)}." if len(value) > most else None
