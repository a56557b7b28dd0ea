"""Imports a list of people into the waiting list. Adds people who are not customers yet as customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit
from db.customers import imported_customers
from db.customers.imported_customers import ImportReport
from db.models import Customer, Performer, Service, WaitlistEntry
from db.shops import service_catalogue
from db.waitlist import waitlist
from domain.customer_list.read_list import ImportedRow, RejectedRow
from domain.customer_list.waitlist_rows import WaitlistRow
from domain.wishes import WEEKDAYS

AT_ONCE = 500


@dataclass(slots=True)
class WaitlistReport:
    """The result of an import: added and existing entries, the import of the people, and the rejected rows."""

    added: list[WaitlistRow] = field(default_factory=list)
    known: list[WaitlistRow] = field(default_factory=list)
    people: ImportReport = field(default_factory=ImportReport)
    rejected: list[RejectedRow] = field(default_factory=list)


def import_entries(
    session: Session, shop_id: UUID, lines: Iterable[WaitlistRow | RejectedRow], *, by: str
) -> WaitlistReport:
    """Adds an entry for each accepted row, in the caller's transaction. Skips entries that already exist.

    `by` is the actor in the audit log.
    """
    report = WaitlistReport()
    names = (_names(session, shop_id, Service), _names(session, shop_id, Performer))
    rest = iter(lines)
    while batch := list(islice(rest, AT_ONCE)):
        rows = list(_with_references(batch, names, report))
        _add_people(session, shop_id, [row.person for row, _ in rows], report)
        for row, references in rows:
            _add(session, shop_id, row, {**row.wishes, **references}, report, by=by)
    reason = f"A waiting list was imported: {len(report.added)} added, {len(report.rejected)} skipped."
    audit.note(session, event="WaitlistImported", reason=reason, shop_id=shop_id, actor=by)
    return report


def _names(session: Session, shop_id: UUID, model: type[Service] | type[Performer]) -> Mapping[str, UUID]:
    """Returns the ids of the active rows by name in lower case."""
    listed = service_catalogue.listed(session, shop_id, model)
    return {one.name.casefold(): one.id for one in listed if one.active}


def references(session: Session, shop_id: UUID, *, service: str, performer: str) -> tuple[dict[str, UUID], str]:
    """Finds an active service and performer by name.

    Returns their ids as columns of an entry, and an empty text. If a name is unknown, the text is the reason.
    """
    names = (_names(session, shop_id, Service), _names(session, shop_id, Performer))
    return _references(names, (service, performer))


def _references(names: tuple[Mapping[str, UUID], ...], typed: tuple[str, str]) -> tuple[dict[str, UUID], str]:
    found: dict[str, UUID] = {}
    for column, name, known, what in zip(
        ("service_id", "performer_id"), typed, names, ("service", "person or room"), strict=True
    ):
        if name and name.casefold() not in known:
            return {}, f"There is no {what} with the name “{name}”."
        if name:
            found[column] = known[name.casefold()]
    return found, ""


def _with_references(
    batch: Sequence[WaitlistRow | RejectedRow], names: tuple[Mapping[str, UUID], ...], report: WaitlistReport
) -> Iterator[tuple[WaitlistRow, dict[str, UUID]]]:
    """Returns the rows whose service and performer are known, with their ids, and rejects all other rows."""
    for row in batch:
        if isinstance(row, RejectedRow):
            report.rejected.append(row)
            continue
        found, reason = _references(names, (row.service, row.performer))
        if reason:
            report.rejected.append(_rejected(row, reason))
        else:
            yield row, found


def _rejected(row: WaitlistRow, reason: str) -> RejectedRow:
    return RejectedRow(line=row.person.line, reason=reason, name=row.person.name, cells=row.cells)


def _add_people(session: Session, shop_id: UUID, people: Sequence[ImportedRow], report: WaitlistReport) -> None:
    """Adds each person once, even if the list has several rows for the person."""
    once = {(one.phone or "", "" if one.phone else (one.email or "").casefold()): one for one in reversed(people)}
    of_batch = imported_customers.import_rows(session, shop_id, list(once.values()))
    for name in ("made", "known", "opted_in"):
        setattr(report.people, name, getattr(report.people, name) + getattr(of_batch, name))
    report.people.opted_out += of_batch.opted_out


def _add(
    session: Session, shop_id: UUID, row: WaitlistRow, wishes: Mapping[str, Any], report: WaitlistReport, *, by: str
) -> None:
    customer_id = _customer(session, shop_id, row.person)
    active = select(*(getattr(WaitlistEntry, name) for name in waitlist.MATCHED)).where(
        WaitlistEntry.shop_id == shop_id,
        WaitlistEntry.customer_id == customer_id,
        WaitlistEntry.status == "active",
    )
    if any(_effective(entry) == _effective(wishes) for entry in session.execute(active).mappings()):
        report.known.append(row)
        return
    if waitlist.add(session, shop_id, customer_id, wishes, source="list", by=by):
        report.added.append(row)
    else:
        report.rejected.append(_rejected(row, "The customer has just been erased."))


def _effective(wishes: Mapping[Any, Any]) -> dict[str, Any]:
    """Returns the wishes in one form. The API and other tools also store all weekdays, any order, and no notice."""
    days = frozenset(wishes.get("weekdays") or ())
    minutes = wishes.get("notice_minutes") or None
    known = {name: wishes.get(name) for name in waitlist.MATCHED}
    return known | {"weekdays": days if len(days) < len(WEEKDAYS) else frozenset(), "notice_minutes": minutes}


def _customer(session: Session, shop_id: UUID, person: ImportedRow) -> UUID:
    """Returns the customer who was imported from the row."""
    if person.phone:
        matches = [Customer.phone_e164 == func.phone_line(person.phone)]
    else:
        matches = [Customer.phone_e164.is_(None), func.lower(Customer.email) == func.lower(person.email)]
    statement = select(Customer.id).where(Customer.shop_id == shop_id, *matches)
    found: UUID = session.execute(statement.order_by(Customer.created_at, Customer.id).limit(1)).scalar_one()
    return found
