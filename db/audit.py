"""Writes the audit log, which is append-only.

The function that changes a row also adds the entry, in the same transaction, so that every caller is logged alike.
Callers pass the actor: a staff id, an API key (`KeyOwner.actor`), OPERATOR, CUSTOMER or "system".
"""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Label, Text, literal_column, text
from sqlalchemy.orm import Session

from db.models.record import ModelRecord

OPERATOR = "operator"
"""The actor of all commands."""
CUSTOMER = "customer"
"""The actor of all customers, on pages and in replies."""

NOTE = text("""
INSERT INTO audit_logs (shop_id, slot_opening_id, slot_offer_id, appointment_id, actor, event, severity, because,
                        detail)
VALUES (:shop_id, :slot_opening_id, :slot_offer_id, :appointment_id, :actor, :event, :severity, :reason,
        CAST(:detail AS jsonb))
""")

# One statement for many entries, in the order of the list.
NOTE_MANY = text("""
INSERT INTO audit_logs (shop_id, slot_opening_id, slot_offer_id, appointment_id, actor, event, severity, because,
                        detail)
SELECT shop_id, slot_opening_id, slot_offer_id, appointment_id, actor, event, severity, reason, detail
  FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS new (
         shop_id uuid, slot_opening_id uuid, slot_offer_id uuid, appointment_id uuid, actor text, event text,
         severity text, reason text, detail jsonb)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An entry of the audit log. `reason` is a sentence for the shop. `detail` contains ids and codes, but no
    personal data.
    """

    event: str
    reason: str
    shop_id: UUID | None
    slot_opening_id: UUID | None = None
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    actor: str = "system"
    severity: str = "info"
    detail: dict[str, Any] = field(default_factory=dict)


def note(session: Session, **values: Any) -> None:
    """Adds an entry. `values` are the fields of `AuditEntry`."""
    note_all(session, [AuditEntry(**values)])


def note_all(session: Session, entries: list[AuditEntry]) -> None:
    """Adds the entries in the given order."""
    values = [{name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__} for entry in entries]
    if len(values) == 1:
        session.execute(NOTE, values[0] | {"detail": json.dumps(entries[0].detail, default=str)})
    elif values:
        session.execute(NOTE_MANY, {"entries": json.dumps(values, default=str)})


def changed_columns(model: type[ModelRecord], names: list[str]) -> Label[Any]:
    """Returns an SQL expression for RETURNING: the names of the columns that the statement has changed.

    Null for an inserted row. Reads the previous values in a subquery, which does not see changes of its statement.
    """
    table = model.__tablename__
    each = ", ".join(f"CASE WHEN was.{name} IS DISTINCT FROM {table}.{name} THEN '{name}' END" for name in names)
    select = f"SELECT array_remove(CAST(ARRAY[{each}] AS text[]), NULL)"
    return literal_column(f"({select} FROM {table} was WHERE was.id = {table}.id)", ARRAY(Text)).label("changed")


def in_words(columns: list[str]) -> str:
    """Returns names of columns as a list for a reason: "name, price"."""
    return ", ".join(name.removesuffix("_cents").removesuffix("_id").replace("_", " ") for name in columns)
