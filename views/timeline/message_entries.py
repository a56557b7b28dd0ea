"""Timeline entries from messages: outbound messages with their delivery status, and replies."""

from collections.abc import Iterator

from sqlalchemy import RowMapping

from views.timeline.entries import Codes, EntryDetail, EntryKind, TimelineEntry
from views.timeline.event_labels import ANY_TEXT, BY_CHANNEL, DELIVERY, NOT_DELIVERED, TEXTS
from views.timeline.labels import about, details, without_links
from views.timeline.timeline_rows import TimelineRows, person


def entries(rows: TimelineRows, codes: Codes) -> Iterator[TimelineEntry]:
    """Yields one entry for each inbound or outbound message."""
    offer_of = {row["customer_id"]: row["id"] for row in rows.offers}
    for row in rows.messages:
        inbound = row["direction"] == "inbound"
        who = person(row) if row["customer_id"] else None
        headline = "{who} texted" if inbound else _headline(row)
        yield TimelineEntry(
            at=row["claimed_at"] or row["created_at"],
            kind=EntryKind.REPLY if inbound else EntryKind.TEXT,
            headline=about(headline, who),
            reason=f"“{row['body'].strip()}”" if inbound else _delivery(row, codes),
            who=who,
            actor="customer" if inbound else "system",
            backstage=not inbound and row["purpose"] not in TEXTS,
            severity="warning" if row["status"] in NOT_DELIVERED else "info",
            details=details(_details(row, codes)),
            slot_offer_id=row["slot_offer_id"] or offer_of.get(row["customer_id"]),
            appointment_id=row["appointment_id"],
            message_id=row["id"],
        )


def _headline(row: RowMapping) -> str:
    """Returns the kind of message, and the channel unless it is SMS."""
    headline, by = TEXTS.get(row["purpose"], ANY_TEXT), BY_CHANNEL.get(row["channel"])
    return f"{headline.replace('was texted', 'was sent')} by {by}" if by else headline


def _delivery(row: RowMapping, codes: Codes) -> str:
    """Returns the delivery status, and the meaning of the carrier's error code, if any."""
    sentence = DELIVERY.get(row["status"], f"It is {row['status']}.")
    meaning = codes.carrier(row["error_code"]) if row["error_code"] else ""
    return f"{sentence} {meaning}".strip()


def _details(row: RowMapping, codes: Codes) -> Iterator[EntryDetail]:
    if row["direction"] == "outbound":
        yield EntryDetail("text", without_links(row["body"]))
        yield EntryDetail("status", row["status"], DELIVERY.get(row["status"], ""))
        yield EntryDetail("carrier status", row["carrier_status"] or "")
        if row["error_code"]:
            yield EntryDetail("code", row["error_code"], codes.carrier(row["error_code"]))
        yield EntryDetail("attempts", str(row["attempts"]))
        yield EntryDetail("segments", str(row["segments"]))
        yield EntryDetail("last changed", row["updated_at"].isoformat())
    yield EntryDetail("channel", row["channel"])
    yield EntryDetail("SID", row["provider_id"] or "")
