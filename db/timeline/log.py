"""The log's part of a timeline: what was decided, and why."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import RowMapping

from db.timeline.entries import Codes, Detail, Entry, Kind, Person
from db.timeline.naming import about, amount, details, name_of_actor
from db.timeline.rows import Rows
from db.timeline.words import told
from domain.state import EndedAs

OF_MONEY = frozenset({Kind.LINK, Kind.CARD_DECLINED, Kind.NOT_PAID, Kind.RELEASED, Kind.PAID, Kind.REFUNDED})


def entries(rows: Rows, codes: Codes) -> Iterator[Entry]:
    """One for each entry of the log."""
    for row in rows.log:
        words = told(row["event"], str(row["detail"].get("stage", "")))
        who, actor = _who(rows, row), name_of_actor(row["actor"], row["staff"])
        payment = _payment(rows, row) if words.kind in OF_MONEY else None
        yield Entry(
            at=row["created_at"],
            kind=words.kind,
            said=about(words.said, who, actor=actor),
            because=row["because"],
            who=who,
            actor=row["actor"],
            severity=row["severity"],
            backstage=words.backstage,
            details=details([*_asked(rows, row, words.kind), *_money(rows, payment, words.kind, codes), *_rest(row)]),
            slot_offer_id=row["slot_offer_id"],
            appointment_id=row["appointment_id"],
            payment_id=payment["id"] if payment else None,
        )


def ended_by_staff(rows: Rows) -> Iterator[Entry]:
    """One for each offer that a member of staff ended."""
    for offer in rows.offers:
        if offer["ended_as"] == EndedAs.STAFF and offer["ended_at"]:
            who, by = rows.people.get(offer["id"]), name_of_actor("", offer["ended_by"])
            yield Entry(
                at=offer["ended_at"],
                kind=Kind.BY_HAND,
                said=about("{who}'s offer ended", who),
                because=f"Ended by {by if offer['ended_by'] else 'staff'}.",
                who=who,
                slot_offer_id=offer["id"],
            )


def _who(rows: Rows, row: RowMapping) -> Person | None:
    return rows.people.get(row["slot_offer_id"]) or rows.people.get(row["appointment_id"])


def _payment(rows: Rows, row: RowMapping) -> RowMapping | None:
    """The newest payment of the appointment that the entry is about."""
    of_it = [payment for payment in rows.payments if payment["appointment_id"] == row["appointment_id"]]
    return of_it[-1] if of_it else None


def _asked(rows: Rows, row: RowMapping, kind: Kind) -> Iterator[Detail]:
    offer = next((offer for offer in rows.offers if offer["id"] == row["slot_offer_id"]), None)
    if kind is Kind.ASKED and offer is not None:
        yield Detail("answer until", offer["expires_at"].isoformat() if offer["expires_at"] else "")
        yield Detail("offer is", offer["status"])


def _money(rows: Rows, payment: RowMapping | None, kind: Kind, codes: Codes) -> Iterator[Detail]:
    if payment is None:
        return
    yield Detail("amount", amount(rows.recovery, payment["amount_cents"], payment["currency"]))
    yield Detail("intent", payment["stripe_payment_intent_id"] or "")
    if kind is Kind.CARD_DECLINED and payment["failure_code"]:
        yield Detail("code", payment["failure_code"], codes.decline(payment["failure_code"]))
    if kind is Kind.REFUNDED:
        yield Detail("refund", payment["refund_id"] or "")


def _rest(row: RowMapping) -> Iterator[Detail]:
    """Whatever else was noted with it."""
    for name, value in row["detail"].items():
        yield Detail(name.replace("_", " "), str(value))
