"""Avoids a second full stop after a value that ends in a full stop ("2:30 p.m.", "Hair Inc.").

Babel returns such values in many locales: "2:30 p.m." in en_CA, "20 kr." in da_DK, "2:30 π.μ." in el_GR.
"""

import re
from collections.abc import Mapping

_ENDS = (".", "!", "?", "…")
_MARK = "\uffff"
"""Marks a value that ends in a full stop. It is a Unicode noncharacter, which typed text does not contain."""

# An ellipsis after the value is kept.
_SECOND_STOP = re.compile(rf"{_MARK}\.(?!\.)")


def fill(sentence: str, **values: str) -> str:
    """Returns `sentence.format(**values)` without a second full stop after a value."""
    return settle(sentence.format(**mark(values)))


def mark(values: Mapping[str, str]) -> dict[str, str]:
    """Marks the values for a template whose output is then passed to `settle`."""
    return {name: f"{value}{_MARK}" if value.rstrip().endswith(_ENDS) else value for name, value in values.items()}


def settle(text: str) -> str:
    """Removes the marks and the second full stops from a rendered template."""
    return _SECOND_STOP.sub("", text).replace(_MARK, "")
