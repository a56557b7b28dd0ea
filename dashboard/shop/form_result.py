"""The result of reading a form: valid values and errors by field.

For an invalid form, a view responds with status 422 and shows the form with the values as typed. The macros
`refused`, `invalid` and `problem` of shop/pieces.html show the errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.invisible_characters import without_invisible


@dataclass(slots=True)
class FormResult:
    """Valid values and error messages, by field."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, problem: str | None) -> None:
        """Stores the value, or the problem if there is one."""
        if problem:
            self.wrong[name] = problem
        else:
            self.values[name] = value


def typed(form: Mapping[str, str], name: str) -> str:
    """Returns the text of a field, stripped, without NUL and invisible characters, and with Unix line breaks."""
    return without_invisible(form.get(name, "")).replace("\0", "").replace("\r\n", "\n").strip()


def too_long(value: str, most: int) -> str | None:
    """Returns the error for a value with more than `most` characters, or None."""
    return f"Shorten this to {most} characters. It has {len(value)}." if len(value) > most else None
