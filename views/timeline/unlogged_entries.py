"""Timeline entries for rows that have no audit entry: rows inserted from outside, and kept deposits."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import RowMapping

from domain.state import PAID
from views.timeline.entries import EntryDetail, EntryKind, TimelineEntry
from views.timeline.event_labels import ENDED, FROM_OUTSIDE
from views.timeline.labels import about, amount, details
from views.timeline.timeline_rows import TimelineRows


def entries(rows: TimelineRows) -> Iterator[TimelineEntry]:
    """Yields entries that are derived from the rows themselves."""
    yield from _slot(rows)
    logged = {row["slot_offer_id"] for row in rows.log}
    for offer in rows.offers:
        if offer["id"] not in logged:
            yield from _offer(rows, offer)
    yield from _payments(rows)


def _slot(rows: TimelineRows) -> Iterator[TimelineEntry]:
    if not any(row["event"] == "SlotOpened" for row in rows.log):
        reason = "Added from outside this system, or its log has been deleted since."
        yield TimelineEntry(
            at=rows.recovery.created_at,
            kind=EntryKind.OPENED,
            headline="The time was offered to other customers",
            reason=reason,
        )


def _offer(rows: TimelineRows, offer: RowMapping) -> Iterator[TimelineEntry]:
    who = rows.people[offer["id"]]
    ids = {"who": who, "slot_offer_id": offer["id"], "reason": FROM_OUTSIDE}
    until = offer["expires_at"].isoformat() if offer["expires_at"] else ""
    yield TimelineEntry(
        at=offer["sent_at"] or offer["created_at"],
        kind=EntryKind.ASKED,
        headline=about("{who} was asked", who),
        details=details([EntryDetail("reply until", until), EntryDetail("offer status", offer["status"])]),
        **ids,
    )
    ended, words = offer["accepted_at"] or offer["ended_at"], ENDED.get(offer["status"])
    if words and ended:
        yield TimelineEntry(at=ended, kind=words.kind, headline=about(words.headline, who), **ids)


def _payments(rows: TimelineRows) -> Iterator[TimelineEntry]:
    logged = {row["appointment_id"] for row in rows.log if row["event"] == "PaymentSucceeded"}
    for payment in rows.payments:
        if payment["status"] in PAID and payment["appointment_id"] not in logged:
            yield _paid(rows, payment)
        kept_at = payment["deposit_kept_at"]
        if kept_at and kept_at <= rows.left_at.get(payment["appointment_id"], kept_at):
            yield _kept(rows, payment)


def _paid(rows: TimelineRows, payment: RowMapping) -> TimelineEntry:
    who, much = rows.people.get(payment["appointment_id"]), _much(rows, payment)
    return TimelineEntry(
        at=payment["succeeded_at"] or payment["created_at"],
        kind=EntryKind.PAID,
        headline=about("{who} paid", who),
        reason=f"The {payment['kind']} of {much} for the appointment arrived.",
        details=details(_money(payment, much)),
        **_ids(rows, payment),
    )


def _kept(rows: TimelineRows, payment: RowMapping) -> TimelineEntry:
    much = _much(rows, payment)
    return TimelineEntry(
        at=payment["deposit_kept_at"],
        kind=EntryKind.DEPOSIT_KEPT,
        headline=f"The {payment['kind']} of {much} stays with the shop",
        reason="The paid appointment was cancelled; whether to refund it is up to the shop.",
        details=details(_money(payment, much)),
        **_ids(rows, payment),
    )


def _ids(rows: TimelineRows, payment: RowMapping) -> dict[str, Any]:
    return {
        "who": rows.people.get(payment["appointment_id"]),
        "appointment_id": payment["appointment_id"],
        "payment_id": payment["id"],
    }


def _much(rows: TimelineRows, payment: RowMapping) -> str:
    return amount(rows.recovery, payment["amount_cents"], payment["currency"])


def _money(payment: RowMapping, much: str) -> Iterator[EntryDetail]:
    yield EntryDetail("amount", much)
    yield EntryDetail("intent", payment["stripe_payment_intent_id"] or "")
