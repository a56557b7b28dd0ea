"""Timeline entries from webhooks, for operators, with the time of receipt and the outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from views.timeline.entries import EntryDetail, EntryKind, TimelineEntry
from views.timeline.labels import details
from views.timeline.timeline_rows import TimelineRows

UNDER_WAY = ("accepted", "scheduled", "queued", "sending", "sent")
FINAL = ("delivered", "partially_delivered", "read", "undelivered", "failed", "canceled")

# The event id of an inbound text is its SID. The event id of a status callback is the SID and the status, separated
# by a colon.
TWILIO = text("""
SELECT id, provider, type, event_id, received_at, handled_at, outcome FROM webhook_events
 WHERE provider = 'twilio' AND event_id = ANY(:ids)
""")
# Must match the index webhook_events_about_intent_idx.
STRIPE = text("""
SELECT id, provider, type, event_id, received_at, handled_at, outcome FROM webhook_events
 WHERE provider = 'stripe'
   AND coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}') = ANY(:ids)
""")
RECEIVED = text("""
SELECT event_id, received_at FROM webhook_events WHERE provider = 'twilio' AND event_id = ANY(:sids)
""")


def entries(session: Session, rows: TimelineRows) -> Iterator[TimelineEntry]:
    """Yields an entry for each webhook about a text or payment of this recovery.

    The entries of handled webhooks have `backstage` set.
    """
    sids = [row["provider_id"] for row in rows.messages if row["provider_id"]]
    steps = [f"{sid}:{word}" for sid in sids for word in UNDER_WAY + FINAL]
    intents = [row["stripe_payment_intent_id"] for row in rows.payments if row["stripe_payment_intent_id"]]
    for row in session.execute(TWILIO, {"ids": sids + steps}).mappings():
        word = row["event_id"].partition(":")[2]
        yield _entry(row, f"Twilio reported the text as {word}" if word else "Twilio forwarded a text")
    for row in session.execute(STRIPE, {"ids": intents}).mappings():
        yield _entry(row, f"Stripe reported {row['type']}")


def _entry(row: RowMapping, headline: str) -> TimelineEntry:
    handled = row["handled_at"]
    took = f"{(handled - row['received_at']).total_seconds():.1f} s" if handled else ""
    return TimelineEntry(
        at=row["received_at"],
        kind=EntryKind.WEBHOOK,
        headline=headline,
        reason=f"Handled: {row['outcome']}." if handled else "It is recorded but not handled yet.",
        actor=row["provider"],
        severity="info" if handled else "warning",
        backstage=handled is not None,
        details=details([EntryDetail("event", row["event_id"]), EntryDetail("handled after", took)]),
        webhook_event_id=row["id"],
    )


def replies_when_received(session: Session, entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Returns the entries. The time of each reply becomes the time at which its webhook was received."""
    sid_of = {entry: _sid(entry) for entry in entries if entry.kind is EntryKind.REPLY}
    rows = session.execute(RECEIVED, {"sids": list(filter(None, sid_of.values()))}).mappings()
    received_at = {row["event_id"]: row["received_at"] for row in rows}
    return [replace(entry, at=received_at.get(sid_of.get(entry) or "", entry.at)) for entry in entries]


def _sid(entry: TimelineEntry) -> str:
    return next((detail.value for detail in entry.details if detail.name == "SID"), "")
