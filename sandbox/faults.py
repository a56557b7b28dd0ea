"""Stores active faults and applies them to matching calls and webhooks."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.fault_catalogue import (
    CATALOGUE,
    FAULT_ALIASES,
    OPERATION_ALIASES,
    covers,
    faults_at,
    operations,
)
from sandbox.store import Row, Store, Transaction, to_json

TWILIO_NUMBER = r"(error_)?[1-9]\d{4}"
FIELDS = ("provider", "operation", "fault", "times", "delay_ms", "code", "match")


@dataclass(frozen=True, slots=True)
class Fault:
    """One use of an active fault. If `delay_ms` or `code` is None, the fault's default applies."""

    name: str
    delay_ms: int | None = None
    code: str | None = None

    def seconds(self, default_ms: int) -> float:
        """Returns the delay in seconds."""
        return (default_ms if self.delay_ms is None else self.delay_ms) / 1000

    def code_or(self, default: int) -> int:
        """Returns the fault's error code, or the default."""
        return int(self.code) if self.code and self.code.isdigit() else default


@dataclass(frozen=True, slots=True)
class FaultRefused:
    """The reason why a fault is invalid, with the valid names."""

    error: str
    valid: Any


def _word(value: Any) -> str:
    return str(value if value is not None else "").strip().lower().replace("-", "_").replace(" ", "_")


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields (innermost name, text) for every value in nested parameters."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name.lower(), str(value)


def matches(wanted: Any, params: Any) -> bool:
    """Returns whether the parameters match. An empty `wanted` matches everything.

    A string matches if any value contains it. An object matches if each of its items occurs at any depth.
    """
    if not wanted:
        return True
    found = list(leaves(params))
    if isinstance(wanted, Mapping):
        return all((_leaf(name), str(value)) in found for name, value in wanted.items())
    return any(str(wanted) in text for _, text in found)


def _leaf(name: str) -> str:
    """Returns the innermost name of `metadata[appointment_id]` or `metadata.appointment_id`."""
    return name.replace("]", "").replace("[", ".").rpartition(".")[2].lower()


class Faults:
    """The active faults, stored so that they survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def switch_on(self, wish: Mapping[str, Any]) -> int | FaultRefused:
        """Returns the id of the new fault. `times`: number of uses (default 1; null or "always": until cleared)."""
        unknown = sorted(set(wish) - set(FIELDS))
        if unknown:
            return FaultRefused(f"unknown field {unknown[0]!r}", list(FIELDS))
        provider = _word(wish.get("provider")) or "*"
        if provider != "*" and provider not in CATALOGUE:
            return FaultRefused(f"unknown provider {provider!r}", [*CATALOGUE, "*"])
        operation = _word(wish.get("operation"))
        operation = OPERATION_ALIASES.get(operation, operation)
        if not operations(provider, operation):
            return FaultRefused(f"unknown operation {operation!r}", [*operations(provider, "*"), "*"])
        name = FAULT_ALIASES.get(_word(wish.get("fault")), _word(wish.get("fault")))
        if re.fullmatch(TWILIO_NUMBER, name):
            wish, name = {**wish, "code": name[-5:]}, "error"
        if name not in faults_at(provider, operation):
            return FaultRefused(f"unknown fault {name!r} at {operation!r}", sorted(faults_at(provider, operation)))
        return self._insert(wish, provider, operation, name)

    def _insert(self, wish: Mapping[str, Any], provider: str, operation: str, name: str) -> int | FaultRefused:
        times, delay = wish.get("times", 1), wish.get("delay_ms")
        times = None if times in ("always", "*") else times
        for field, value in (("times", times), ("delay_ms", delay)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                return FaultRefused(f"{field} must be a whole number, 0 or more, or null", [field])
        code = None if wish.get("code") is None else str(wish["code"])
        with self._store.transaction() as tx:
            made = tx.execute(
                "INSERT INTO faults (provider, operation, fault, times, delay_ms, code, match)"
                " VALUES (?,?,?,?,?,?,?)",
                (provider, operation, name, times, delay, code, to_json(wish.get("match"))),
            )
        return made.lastrowid or 0

    def take(self, tx: Transaction, provider: str, operation: str, params: Any, *, only: set[str]) -> Fault | None:
        """Uses and returns the oldest matching fault among `only`, or None."""
        rows = tx.execute(
            "SELECT * FROM faults WHERE (times IS NULL OR used < times) AND provider IN ('*', ?) ORDER BY n",
            (provider,),
        ).fetchall()
        sensible = only & faults_at(provider, operation) if rows else set()
        for row in rows:
            if row["fault"] in sensible and covers(row["operation"], operation) and _row_matches(row, params):
                tx.execute("UPDATE faults SET used = used + 1 WHERE n = ?", (row["n"],))
                return Fault(row["fault"], row["delay_ms"], row["code"])
        return None

    def listed(self) -> list[dict[str, Any]]:
        """Lists all faults, including exhausted faults.

        `left` is null for a fault that lasts until it is cleared.
        """
        rows = self._store.rows("SELECT * FROM faults ORDER BY n")
        return [_shown(row) for row in rows]

    def clear(self, number: int | None = None) -> int:
        """Clears one fault or all faults; returns how many were cleared."""
        with self._store.transaction() as tx:
            return tx.execute("DELETE FROM faults WHERE n = coalesce(?, n)", (number,)).rowcount


def _row_matches(row: Row, params: Any) -> bool:
    return matches(json.loads(row["match"]), params)


def _shown(row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": row["n"], **{field: row[field] for field in FIELDS}}
    shown["match"] = json.loads(row["match"])
    shown["used"] = row["used"]
    shown["left"] = None if row["times"] is None else max(0, row["times"] - row["used"])
    return shown
