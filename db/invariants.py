"""The invariants of the system. Each is a query that returns its violations."""

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
"""The time (two sweeps) after which due work is overdue. A test that has waited for all work to end passes zero."""

Ledger = Sequence[Mapping[str, Any]]
"""The `entries` of the sandbox's ledger: every request to a provider and every webhook sent."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """An invariant. `name` is its number in the documentation. `sql` returns (subject, detail) for each violation."""

    name: str
    sentence: str
    sql: str

    @property
    def needs_ledger(self) -> bool:
        return ":ledger" in self.sql


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation of an invariant. `subject` is the id of a row or of an object at a provider."""

    name: str
    sentence: str
    subject: str
    detail: str


def _invariant(name: str, sentence: str, file: str) -> Invariant:
    return Invariant(name, sentence, read(f"invariants/{file}.sql"))


def _tenants_apart() -> str:
    """Returns a query that compares the shops of both rows, for all foreign keys between tables with a `shop_id`."""
    return "\nUNION ALL\n".join(
        f"SELECT child.{_key(child)}::text AS subject, '{child.name}.{column} belongs to another shop' AS detail"  # noqa: S608
        f" FROM {child.name} child JOIN {parent.name} parent ON parent.id = child.{column}"
        " WHERE child.shop_id <> parent.shop_id"
        for child in ModelRecord.metadata.sorted_tables
        for column, parent in _references(child)
    )


def _key(table: Table) -> str:
    """Returns the name of the first column of the primary key."""
    return next(iter(table.primary_key)).name


def _references(child: Table) -> list[tuple[str, Table]]:
    both = [(key.parent.name, key.column.table) for key in child.foreign_keys if "shop_id" in child.c]
    return sorted(((column, parent) for column, parent in both if "shop_id" in parent.c), key=lambda pair: pair[0])


INVARIANTS: tuple[Invariant, ...] = (
    _invariant("I1", "The live appointments of a performer or of a customer do not overlap.", "no_double_booking"),
    _invariant("I2", "Each slot and each customer has no more than one live offer.", "one_live_offer"),
    _invariant("I2", "An erased customer has neither a live offer nor a booking.", "nobody_erased_is_booked"),
    _invariant("I3", "No more than one text is sent for each purpose.", "one_text_per_purpose"),
    _invariant(
        "I4", "Every deposit that arrives results in one booking or one refund.", "every_deposit_has_its_booking"
    ),
    _invariant(
        "I4",
        "One intent per payment; each refund is made once, and never more than was paid.",
        "one_intent_and_one_refund",
    ),
    _invariant("I5", "A booking with a deposit is paid with that amount.", "booked_means_paid"),
    _invariant("I5", "A payment has the amount and currency that its offer stated.", "paid_as_offered"),
    _invariant("I6", "No deadline, webhook or task is overdue.", "nothing_is_overdue"),
    _invariant("I7", "No text is sent to a number after its opt-out.", "no_text_after_an_opt_out"),
    _invariant("I7", "No customer is asked again before the cooldown is over.", "cooldown_holds"),
    _invariant("I8", "Every webhook that got a 2xx response is recorded.", "every_webhook_has_its_row"),
    Invariant("I9", "No row refers to a row of another shop.", _tenants_apart()),
    _invariant("I10", "Each filled slot has exactly one booking.", "each_filled_slot_has_one_booking"),
    _invariant("I12", "The status of a message never moves backwards.", "message_status_never_moves_down"),
    _invariant("I12", "The audit log only grows.", "the_log_only_grows"),
    _invariant("I13", "A customer who is moved up has one appointment, with the deposit.", "moved_up_means_replaced"),
    _invariant(
        "I14", "If a booking is shorter than its slot, the remaining time is offered.", "what_is_left_is_offered"
    ),
    _invariant("I15", "An appointment and its booking in a connected calendar agree.", "calendars_agree"),
)
# I11 states that a repeated webhook changes nothing. To check this, compare the results of `state` before and after a
# repeated webhook.
STATE_OF = "SELECT coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') FROM {table} row"


def take_time(session: Session) -> None:
    """Raises the statement timeout for this transaction, because the checks read whole tables."""
    session.execute(text("SET LOCAL statement_timeout = '2min'"))


def check(session: Session, ledger: Ledger | None = None, *, grace: timedelta = GRACE) -> list[Violation]:
    """Returns all violations. Without the sandbox's `ledger`, skips the invariants that need it."""
    values = {"grace": grace, "ledger": json.dumps(list(ledger or ()))}
    return [
        Violation(invariant.name, invariant.sentence, row.subject, row.detail)
        for invariant in INVARIANTS
        if ledger is not None or not invariant.needs_ledger
        for row in session.execute(text(invariant.sql), _parameters_of(invariant, values))
    ]


SHOP_OF = " UNION ALL ".join(
    f"SELECT shop_id FROM {table.name} WHERE id::text = :subject"  # noqa: S608
    for table in ModelRecord.metadata.sorted_tables
    if {"id", "shop_id"} <= set(table.c.keys())
)


def shop_of(session: Session, violation: Violation) -> UUID | None:
    """Returns the shop of the violating row, or None if the row has no shop or the subject is not a row."""
    found: UUID | None = session.execute(text(SHOP_OF), {"subject": violation.subject}).scalars().first()
    return found


def state(session: Session) -> dict[str, str]:
    """Returns a fingerprint of each table, to verify that an action changes nothing."""
    return {
        table.name: session.execute(text(STATE_OF.format(table=table.name))).scalar_one()
        for table in ModelRecord.metadata.sorted_tables
    }


def _parameters_of(invariant: Invariant, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f":{name}" in invariant.sql}
