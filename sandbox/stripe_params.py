"""Reads nested form parameters as Stripe does: `metadata[a]=b`, `expand[]=x`, `expand[0]=x`, `created[gte]=1`."""

import re
from collections.abc import Iterable
from typing import Any

PARTS = re.compile(r"[^\[\]]+|\[\]")
DEEPEST = 8


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Returns a tree of dicts and lists whose leaves are strings. Parts below the eighth level are dropped."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        parts = PARTS.findall(name)[:DEEPEST]
        if parts:
            _plant(tree, parts, value)
    return {name: _lists(branch) for name, branch in tree.items()}


def _plant(tree: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        key = _key(tree, part)
        if not isinstance(tree.get(key), dict):
            tree[key] = {}
        tree = tree[key]
    tree[_key(tree, parts[-1])] = value


def _key(tree: dict[str, Any], part: str) -> str:
    """Returns the key of a part. `[]` means the next index."""
    return str(len(tree)) if part == "[]" else part


def _lists(branch: Any) -> Any:
    """Converts branches to lists if their keys are consecutive numbers from 0."""
    if not isinstance(branch, dict):
        return branch
    if branch and all(key == str(place) for place, key in enumerate(branch)):
        return [_lists(inner) for inner in branch.values()]
    return {name: _lists(inner) for name, inner in branch.items()}
