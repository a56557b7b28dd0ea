"""What must hold at any time, each a query that answers the rows that break it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from db.models import ModelRecord
from db.sql import read

GRACE = timedelta(minutes=10)
"""How long what is due may take: two sweeps. A test that has waited for everything allows nothing."""

Ledger = Sequence[Mapping[str, Any]]
"""The `entries` of the sandbox's ledger: everything providers were asked, and everything they sent."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`name` is the number it has in the docs, `sql` answers (subject, detail) of each violation."""

    name: str
    sentence: str
    sql: str

    @property
    def needs_ledger(self) -> bool:
        return ":ledger" in self.sql


@dataclass(frozen=True, slots=True)
class Violation:
    """`subject` is the id of a row, or of something at a provider."""

    name: str
    sentence: str
    subject: str
    detail: str


def _told(name: str, sentence: str, file: str) -> Invariant:
    return Invariant(name, sentence, read(f"invariants/{file}.sql"))


def _tenants_apart() -> str:
    """Every foreign key between two rows that both belong to a shop, compared."""
    return "\nUNION ALL\n".join(
        f"SELECT child.id::text AS subject, '{child.name}.{column} belongs to another shop' AS detail"  # noqa: S608
        f" FROM {child.name} child JOIN {parent.name} parent ON parent.id = child.{column}"
        " WHERE child.shop_id <> parent.shop_id"
        for child in ModelRecord.metadata.sorted_tables
        for column, parent in _references(child)
    )


def _references(child: Table) -> list[tuple[str, Table]]:
    both = [(key.parent.name, key.column.table) for key in child.foreign_keys if "shop_id" in child.c]
    return sorted(((column, parent) for column, parent in both if "shop_id" in parent.c), key=lambda pair: pair[0])


INVARIANTS: tuple[Invariant, ...] = (
    _told("I1", "No two live appointments overlap on a performer, or for a customer.", "no_double_booking"),
    _told("I2", "At most one live offer per slot, and per customer.", "one_live_offer"),
    _told("I3", "At most one text per purpose.", "one_text_per_purpose"),
    _told("I4", "Every deposit that arrives ends as one booking or one refund.", "every_deposit_has_its_booking"),
    _told("I4", "One intent per payment, and at most one refund, in full.", "one_intent_and_one_refund"),
    _told("I5", "Booked with a deposit means paid with that amount.", "booked_means_paid"),
    _told("I6", "Nothing is past its deadline, unheard or undone.", "nothing_is_overdue"),
    _told("I7", "No text to a number after its opt-out.", "no_text_after_an_opt_out"),
    _told("I7", "Nobody is asked again before the cooldown is over.", "cooldown_holds"),
    _told("I8", "Every webhook answered 2xx is recorded.", "every_webhook_has_its_row"),
    Invariant("I9", "No row refers to another shop's.", _tenants_apart()),
    _told("I10", "Each filled slot has exactly one booking.", "each_filled_slot_has_one_booking"),
    _told("I12", "A message's status never moves down.", "message_status_never_moves_down"),
    _told("I12", "The audit log only grows.", "the_log_only_grows"),
)
# I11, that a webhook told again changes nothing, is about two moments: compare what `state` answers at both.
STATE_OF = "SELECT coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') FROM {table} row"


def take_time(session: Session) -> None:
    """For the rest of this transaction: they read whole tables, a few times an hour, and nobody waits for them."""
    session.execute(text("SET LOCAL statement_timeout = '2min'"))


def check(session: Session, ledger: Ledger | None = None, *, grace: timedelta = GRACE) -> list[Violation]:
    """Every violation there is. Without the sandbox's ledger, those that need it are left out."""
    values = {"grace": grace, "ledger": json.dumps(list(ledger or ()))}
    return [
        Violation(invariant.name, invariant.sentence, row.subject, row.detail)
        for invariant in INVARIANTS
        if ledger is not None or not invariant.needs_ledger
        for row in session.execute(text(invariant.sql), _only_asked_for(invariant, values))
    ]


SHOP_OF = " UNION ALL ".join(
    f"SELECT shop_id FROM {table.name} WHERE id::text = :subject"  # noqa: S608
    for table in ModelRecord.metadata.sorted_tables
    if {"id", "shop_id"} <= set(table.c.keys())
)


def shop_of(session: Session, violation: Violation) -> UUID | None:
    """The shop whose row breaks it; None for what belongs to no shop, or is known to a provider only."""
    found: UUID | None = session.execute(text(SHOP_OF), {"subject": violation.subject}).scalars().first()
    return found


def state(session: Session) -> dict[str, str]:
    """A fingerprint of each table: equal before and after what must change nothing."""
    return {
        table.name: session.execute(text(STATE_OF.format(table=table.name))).scalar_one()
        for table in ModelRecord.metadata.sorted_tables
    }


def _only_asked_for(invariant: Invariant, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f":{name}" in invariant.sql}
