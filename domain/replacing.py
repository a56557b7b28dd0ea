"""A faster `replace` for frozen dataclasses with slots, which takes a third of the time of `dataclasses.replace`.

A recovery makes about ten replacements for each offer, and `slots simulate` makes millions of them. `replace` copies
the fields slot by slot, without calling `__init__`.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Type checkers check the arguments only if the function is imported under this name.
    from dataclasses import replace as replace
else:

    def replace(instance: Any, /, **changes: Any) -> Any:
        """Returns a copy of the instance with these fields changed.

        Raises TypeError for a name that is not a field.
        """
        kind = type(instance)
        copy = object.__new__(kind)
        for name, read, write in _slots(kind):
            write(copy, changes.pop(name) if name in changes else read(instance))
        if changes:
            raise TypeError(f"{kind.__name__} has no field {next(iter(changes))!r}")
        return copy


@cache
def _slots(kind: type) -> tuple[tuple[str, Any, Any], ...]:
    slots = ((field.name, getattr(kind, field.name)) for field in fields(kind))
    return tuple((name, slot.__get__, slot.__set__) for name, slot in slots)
