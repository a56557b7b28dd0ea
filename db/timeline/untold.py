"""What the tables hold and the log is silent about: rows put in from outside, and deposits that stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import RowMapping

from db.timeline.entries import Detail, Entry, Kind
from db.timeline.naming import about, amount, details
from db.timeline.rows import Rows
from db.timeline.words import ENDED, FROM_OUTSIDE
from domain.state import PAID


def entries(rows: Rows) -> Iterator[Entry]:
    """Told from the rows themselves."""
    yield from _slot(rows)
    logged = {row["slot_offer_id"] for row in rows.log}
    for offer in rows.offers:
        if offer["id"] not in logged:
            yield from _offer(rows, offer)
    yield from _payments(rows)


def _slot(rows: Rows) -> Iterator[Entry]:
    if not any(row["event"] == "SlotOpened" for row in rows.log):
        because = "Its opening was put in from outside, or its log has been deleted since."
        yield Entry(
            at=rows.recovery.created_at, kind=Kind.OPENED, said="The time is offered to others", because=because
        )


def _offer(rows: Rows, offer: RowMapping) -> Iterator[Entry]:
    who = rows.people[offer["id"]]
    ids = {"who": who, "slot_offer_id": offer["id"], "because": FROM_OUTSIDE}
    until = offer["expires_at"].isoformat() if offer["expires_at"] else ""
    yield Entry(
        at=offer["sent_at"] or offer["created_at"],
        kind=Kind.ASKED,
        said=about("{who} is asked", who),
        details=details([Detail("answer until", until), Detail("offer is", offer["status"])]),
        **ids,
    )
    ended, words = offer["accepted_at"] or offer["ended_at"], ENDED.get(offer["status"])
    if words and ended:
        yield Entry(at=ended, kind=words.kind, said=about(words.said, who), **ids)


def _payments(rows: Rows) -> Iterator[Entry]:
    logged = {row["appointment_id"] for row in rows.log if row["event"] == "PaymentSucceeded"}
    for payment in rows.payments:
        if payment["status"] in PAID and payment["appointment_id"] not in logged:
            yield _paid(rows, payment)
        if payment["deposit_kept_at"]:
            yield _kept(rows, payment)


def _paid(rows: Rows, payment: RowMapping) -> Entry:
    who, much = rows.people.get(payment["appointment_id"]), _much(rows, payment)
    return Entry(
        at=payment["succeeded_at"] or payment["created_at"],
        kind=Kind.PAID,
        said=about("{who} paid", who),
        because=f"The {payment['kind']} of {much} for the appointment arrived.",
        details=details(_money(payment, much)),
        **_ids(rows, payment),
    )


def _kept(rows: Rows, payment: RowMapping) -> Entry:
    much = _much(rows, payment)
    return Entry(
        at=payment["deposit_kept_at"],
        kind=Kind.DEPOSIT_KEPT,
        said=f"The {payment['kind']} of {much} stays with the shop",
        because="The paid appointment was cancelled; whether to refund it is up to the shop.",
        details=details(_money(payment, much)),
        **_ids(rows, payment),
    )


def _ids(rows: Rows, payment: RowMapping) -> dict[str, Any]:
    return {
        "who": rows.people.get(payment["appointment_id"]),
        "appointment_id": payment["appointment_id"],
        "payment_id": payment["id"],
    }


def _much(rows: Rows, payment: RowMapping) -> str:
    return amount(rows.recovery, payment["amount_cents"], payment["currency"])


def _money(payment: RowMapping, much: str) -> Iterator[Detail]:
    yield Detail("amount", much)
    yield Detail("intent", payment["stripe_payment_intent_id"] or "")
