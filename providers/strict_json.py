"""Parses JSON as in RFC 8259, without Python's extensions, and refuses objects with a repeated name."""

import json
from typing import Any, NoReturn


def strict_json(body: bytes) -> Any:
    """Returns the value. Raises ValueError for invalid JSON, NaN, infinity and repeated names, and RecursionError for
    deeply nested JSON.

    Parsers disagree on whether the first or the last of two equal names counts.
    """
    return json.loads(body, object_pairs_hook=_without_repeated_names, parse_constant=_refuse)


def _without_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is given twice")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
