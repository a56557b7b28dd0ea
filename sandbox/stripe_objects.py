"""Stripe's objects in the store: find, save, list in pages, expand; and the event that tells of each change."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.answers import Answer
from sandbox.exchange import Sandbox
from sandbox.store import Transaction, to_json
from sandbox.stripe_errors import invalid
from sandbox.stripe_shapes import Shape, event

EXPANDS = {"latest_charge": "charge", "charge": "charge", "payment_intent": "payment_intent"}
DEFAULT_LIMIT, MOST = 10, 100
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def add(tx: Transaction, thing: Shape, *, parent: str | None = None) -> None:
    """Store a new object; `parent` is the intent it belongs to."""
    tx.execute(
        "INSERT INTO objects (id, kind, parent, created, data) VALUES (?,?,?,?,?)",
        (thing["id"], thing["object"], parent, thing["created"], to_json(thing)),
    )


def save(tx: Transaction, thing: Shape) -> None:
    """Store an object's new state."""
    tx.execute("UPDATE objects SET data = ? WHERE id = ?", (to_json(thing), thing["id"]))


def find(tx: Transaction, kind: str, object_id: str) -> Shape | None:
    """The object, or None when there is none of that kind and id."""
    row = tx.execute("SELECT data FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
    found: Shape | None = json.loads(row["data"]) if row else None
    return found


def tell(
    tx: Transaction, box: Sandbox, kind: str, about: Shape, *, key: str | None = None, after: float = 0.0
) -> None:
    """Record an event and send its webhook; `after` is in seconds."""
    told = event(kind, about, key=key)
    add(tx, told, parent=about.get("payment_intent") or about["id"])
    box.courier.enqueue(tx, "stripe", "event", ref=told["id"], url="/api/stripe/webhook", payload=told, after=after)


def expanded(tx: Transaction, thing: Shape, wanted: Any) -> Shape:
    """With the ids named by `expand[]` replaced by their objects."""
    shown = dict(thing)
    for name in wanted if isinstance(wanted, list) else []:
        kind, object_id = EXPANDS.get(str(name)), shown.get(str(name))
        if kind and isinstance(object_id, str):
            shown[name] = find(tx, kind, object_id)
    return shown


def listed(tx: Transaction, kind: str, params: Mapping[str, Any], url: str, *, only: Any = None) -> Answer:
    """Newest first. `only` narrows by parts of the object: {"type": ("a", "b")}."""
    wheres, values = _wheres(kind, params)
    for name, allowed in (only or {}).items():
        marks = ", ".join("?" for _ in allowed)
        wheres.append(f"json_extract(data, '$.{name}') IN ({marks})")
        values += allowed
    cursor = _cursor(tx, params)
    if isinstance(cursor, Answer):
        return cursor
    limit = _limit(params)
    if limit is None:
        return invalid("parameter_invalid_integer", "Invalid limit: must be 1 to 100", param="limit")
    back = "ending_before" in params
    rows = tx.execute(
        f"SELECT data FROM objects WHERE {' AND '.join([*wheres, *cursor[0]])}"
        f" ORDER BY n {'ASC' if back else 'DESC'} LIMIT ?",
        (*values, *cursor[1], limit + 1),
    ).fetchall()
    shown = [json.loads(row["data"]) for row in rows[:limit]]
    wanted = [str(name).removeprefix("data.") for name in params.get("expand") or []]
    things = [expanded(tx, thing, wanted) for thing in (shown[::-1] if back else shown)]
    return Answer(200, {"object": "list", "data": things, "has_more": len(rows) > limit, "url": url})


def _wheres(kind: str, params: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    wheres = ["kind = ?"]
    values: list[Any] = [kind]
    created = params.get("created")
    bounds = created if isinstance(created, dict) else {"eq": created} if created else {}
    for name, value in bounds.items():
        if str(value).isdigit():
            wheres.append(f"created {COMPARISONS.get(name, '=')} ?")
            values.append(int(value))
    return wheres, values


def _cursor(tx: Transaction, params: Mapping[str, Any]) -> tuple[list[str], list[Any]] | Answer:
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            row = tx.execute("SELECT n FROM objects WHERE id = ?", (params[name],)).fetchone()
            if row is None:
                return invalid("resource_missing", f"No such object: '{params[name]}'", param=name)
            return [f"n {comparison} ?"], [row["n"]]
    return [], []


def _limit(params: Mapping[str, Any]) -> int | None:
    text = str(params.get("limit", DEFAULT_LIMIT))
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST else None
