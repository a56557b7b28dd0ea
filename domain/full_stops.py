"""Fills values into sentences: a value that ends in a full stop ("2:30 p.m.", "Hair Inc.") brings the only one.

Babel writes such values in many locales: "2:30 p.m." in en_CA, "20 kr." in da_DK, "2:30 π.μ." in el_GR.
"""

import re
from collections.abc import Mapping

_ENDS = (".", "!", "?", "…")
_MARK = "\uffff"
"""Stands after a value that ends a sentence by itself; a noncharacter, so nobody can have typed it into a text."""

# An ellipsis that the sentence itself begins after the value stays.
_SECOND_STOP = re.compile(rf"{_MARK}\.(?!\.)")


def fill(sentence: str, **values: str) -> str:
    """`sentence.format(**values)`, with one full stop where a value and the sentence both have one."""
    return settle(sentence.format(**mark(values)))


def mark(values: Mapping[str, str]) -> dict[str, str]:
    """The values for a template whose result goes through `settle`. Empty values stay empty."""
    return {name: f"{value}{_MARK}" if value.rstrip().endswith(_ENDS) else value for name, value in values.items()}


def settle(text: str) -> str:
    """The text of a template that was filled with marked values."""
    return _SECOND_STOP.sub("", text).replace(_MARK, "")
