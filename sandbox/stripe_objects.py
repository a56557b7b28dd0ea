"""Stores Stripe's objects, lists them in pages, expands ids, and records events."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.api_calls import Sandbox
from sandbox.http_answers import ProviderAnswer
from sandbox.store import Transaction, to_json
from sandbox.stripe_errors import invalid
from sandbox.stripe_shapes import Shape, event

EXPANDS = {"latest_charge": "charge", "charge": "charge", "payment_intent": "payment_intent"}
DEFAULT_LIMIT, MOST = 10, 100
BOUNDS = {"gt": ("since", 1), "gte": ("since", 0), "lt": ("until", -1), "lte": ("until", 0)}
END_OF_TIME = 2**62
PAGE = """
    SELECT data FROM objects
    WHERE kind = :kind AND n > :above AND n < :below AND created BETWEEN :since AND :until
    AND (:allowed IS NULL OR json_extract(data, :path) IN (SELECT value FROM json_each(:allowed)))
"""
NEWEST_FIRST, OLDEST_FIRST = PAGE + "ORDER BY n DESC LIMIT :limit", PAGE + "ORDER BY n LIMIT :limit"


def add(tx: Transaction, thing: Shape, *, parent: str | None = None) -> None:
    """Stores a new object; `parent` is the intent that it belongs to."""
    tx.execute(
        "INSERT INTO objects (id, kind, parent, created, data) VALUES (?,?,?,?,?)",
        (thing["id"], thing["object"], parent, thing["created"], to_json(thing)),
    )


def save(tx: Transaction, thing: Shape) -> None:
    """Stores the new state of an object."""
    tx.execute("UPDATE objects SET data = ? WHERE id = ?", (to_json(thing), thing["id"]))


def find(tx: Transaction, kind: str, object_id: str) -> Shape | None:
    """Returns the object, or None."""
    row = tx.execute("SELECT data FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
    found: Shape | None = json.loads(row["data"]) if row else None
    return found


def children(tx: Transaction, kind: str, parent: str) -> list[Shape]:
    """Returns the objects of a kind that belong to an intent, oldest first."""
    rows = tx.execute("SELECT data FROM objects WHERE kind = ? AND parent = ? ORDER BY n", (kind, parent)).fetchall()
    return [json.loads(row["data"]) for row in rows]


def send_event(
    tx: Transaction, box: Sandbox, kind: str, about: Shape, *, key: str | None = None, after: float = 0.0
) -> None:
    """Records an event and schedules its webhook; `after` is in seconds."""
    sent = event(kind, about, key=key)
    add(tx, sent, parent=about.get("payment_intent") or about["id"])
    box.courier.enqueue(tx, "stripe", "event", ref=sent["id"], url="/api/stripe/webhook", payload=sent, after=after)


def expanded(tx: Transaction, thing: Shape, wanted: Any) -> Shape:
    """Replaces the ids that `expand[]` names with their objects."""
    shown = dict(thing)
    for name in wanted if isinstance(wanted, list) else []:
        kind, object_id = EXPANDS.get(str(name)), shown.get(str(name))
        if kind and isinstance(object_id, str):
            shown[name] = find(tx, kind, object_id)
    return shown


def listed(
    tx: Transaction, kind: str, params: Mapping[str, Any], url: str, *, only: tuple[str, Sequence[str]] | None = None
) -> ProviderAnswer:
    """Lists objects, newest first. `only` filters by the values of one field: ("type", ["a", "b"])."""
    limit = _limit(params)
    if limit is None:
        return invalid("parameter_invalid_integer", "Invalid limit: must be 1 to 100", param="limit")
    cursor = _cursor(tx, params)
    if isinstance(cursor, ProviderAnswer):
        return cursor
    field, allowed = only or ("id", None)
    asked = {
        "kind": kind,
        "path": f"$.{field}",
        "allowed": None if allowed is None else to_json(list(allowed)),
        "limit": limit + 1,
        **_created(params.get("created")),
        **cursor,
    }
    back = "ending_before" in params
    rows = tx.execute(OLDEST_FIRST if back else NEWEST_FIRST, asked).fetchall()
    shown = [json.loads(row["data"]) for row in rows[:limit]]
    wanted = [str(name).removeprefix("data.") for name in params.get("expand") or []]
    things = [expanded(tx, thing, wanted) for thing in (shown[::-1] if back else shown)]
    return ProviderAnswer(200, {"object": "list", "data": things, "has_more": len(rows) > limit, "url": url})


def _created(created: Any) -> dict[str, int]:
    """Returns inclusive bounds in Unix seconds, read from `created` or from parameters such as `created[gte]`."""
    given = created if isinstance(created, dict) else {"gte": created, "lte": created} if created else {}
    bounds = {"since": 0, "until": END_OF_TIME}
    for name, value in given.items():
        if name in BOUNDS and str(value).isdigit():
            bound, step = BOUNDS[name]
            bounds[bound] = int(value) + step
    return bounds


def _cursor(tx: Transaction, params: Mapping[str, Any]) -> dict[str, int] | ProviderAnswer:
    bounds = {"above": 0, "below": END_OF_TIME}
    for name, bound in (("starting_after", "below"), ("ending_before", "above")):
        if name in params:
            row = tx.execute("SELECT n FROM objects WHERE id = ?", (str(params[name]),)).fetchone()
            if row is None:
                return invalid("resource_missing", f"No such object: '{params[name]}'", param=name)
            bounds[bound] = row["n"]
    return bounds


def _limit(params: Mapping[str, Any]) -> int | None:
    text = str(params.get("limit", DEFAULT_LIMIT))
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST else None
