"""Timeline entries from the audit log, which contains each decision with its reason."""

from collections.abc import Iterator

from sqlalchemy import RowMapping

from domain.state import EndedAs
from views.timeline.entries import Codes, EntryDetail, EntryKind, TimelineEntry, TimelinePerson
from views.timeline.event_labels import label_of
from views.timeline.labels import about, amount, by_name, details, name_of_actor
from views.timeline.timeline_rows import TimelineRows, customer_in

OF_MONEY = frozenset(
    {
        EntryKind.LINK,
        EntryKind.CARD_DECLINED,
        EntryKind.NOT_PAID,
        EntryKind.RELEASED,
        EntryKind.PAID,
        EntryKind.REFUNDED,
    }
)


def entries(rows: TimelineRows, codes: Codes) -> Iterator[TimelineEntry]:
    """Yields one entry for each row of the audit log."""
    for row in rows.log:
        words = label_of(row["event"], str(row["detail"].get("stage", "")), row["actor"])
        who, actor = _who(rows, row), name_of_actor(row["actor"], row["staff"])
        payment = _payment(rows, row) if words.kind in OF_MONEY else None
        yield TimelineEntry(
            at=row["created_at"],
            kind=words.kind,
            headline=about(words.headline, who, actor=actor),
            reason=by_name(row["because"], row["staff"]),
            who=who,
            actor=row["actor"],
            severity=row["severity"],
            backstage=words.backstage,
            details=details([*_asked(rows, row, words.kind), *_money(rows, payment, words.kind, codes), *_rest(row)]),
            slot_offer_id=row["slot_offer_id"],
            appointment_id=row["appointment_id"],
            payment_id=payment["id"] if payment else None,
        )


def ended_by_staff(rows: TimelineRows) -> Iterator[TimelineEntry]:
    """Yields one entry for each offer that a member of staff ended."""
    for offer in rows.offers:
        if offer["ended_as"] == EndedAs.STAFF and offer["ended_at"]:
            who = rows.people.get(offer["id"])
            named = name_of_actor(offer["ended_by_actor"] or "", offer["ended_by"])
            by = "staff" if named == "Staff" else named
            yield TimelineEntry(
                at=offer["ended_at"],
                kind=EntryKind.OFFER_ENDED,
                headline=about("{who}'s offer was ended by {actor}", who, actor=by),
                reason=f"Ended by {by}.",
                who=who,
                actor=offer["ended_by_actor"] or "system",
                slot_offer_id=offer["id"],
            )


def _who(rows: TimelineRows, row: RowMapping) -> TimelinePerson | None:
    ids = (row["slot_offer_id"], row["appointment_id"], customer_in(row))
    return next((rows.people[id] for id in ids if id is not None and id in rows.people), None)


def _payment(rows: TimelineRows, row: RowMapping) -> RowMapping | None:
    """The newest payment of the entry's appointment."""
    of_it = [payment for payment in rows.payments if payment["appointment_id"] == row["appointment_id"]]
    return of_it[-1] if of_it else None


def _asked(rows: TimelineRows, row: RowMapping, kind: EntryKind) -> Iterator[EntryDetail]:
    offer = next((offer for offer in rows.offers if offer["id"] == row["slot_offer_id"]), None)
    if kind is EntryKind.ASKED and offer is not None:
        yield EntryDetail("reply until", offer["expires_at"].isoformat() if offer["expires_at"] else "")
        yield EntryDetail("offer status", offer["status"])


def _money(rows: TimelineRows, payment: RowMapping | None, kind: EntryKind, codes: Codes) -> Iterator[EntryDetail]:
    if payment is None:
        return
    yield EntryDetail("amount", amount(rows.recovery, payment["amount_cents"], payment["currency"]))
    yield EntryDetail("intent", payment["stripe_payment_intent_id"] or "")
    if kind is EntryKind.CARD_DECLINED and payment["failure_code"]:
        yield EntryDetail("code", payment["failure_code"], codes.decline(payment["failure_code"]))
    if kind is EntryKind.REFUNDED:
        yield EntryDetail("refund", payment["refund_id"] or "")


def _rest(row: RowMapping) -> Iterator[EntryDetail]:
    """Yields the remaining details of an audit entry."""
    for name, value in row["detail"].items():
        yield EntryDetail(name.replace("_", " "), str(value))
