"""The messages' part of a timeline: what was said to whom, how far it came, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import RowMapping

from db.timeline.entries import Codes, Detail, Entry, Kind
from db.timeline.naming import about, details, without_links
from db.timeline.rows import Rows, person
from db.timeline.words import ANY_TEXT, DELIVERY, NOT_DELIVERED, TEXTS


def entries(rows: Rows, codes: Codes) -> Iterator[Entry]:
    """One for each message, both ways."""
    offer_of = {row["customer_id"]: row["id"] for row in rows.offers}
    for row in rows.messages:
        inbound = row["direction"] == "inbound"
        who = person(row) if row["customer_id"] else None
        said = "{who} texted" if inbound else TEXTS.get(row["purpose"], ANY_TEXT)
        yield Entry(
            at=row["claimed_at"] or row["created_at"],
            kind=Kind.REPLY if inbound else Kind.TEXT,
            said=about(said, who),
            because=f"“{row['body'].strip()}”" if inbound else _delivery(row, codes),
            who=who,
            actor="customer" if inbound else "system",
            backstage=not inbound and row["purpose"] not in TEXTS,
            severity="warning" if row["status"] in NOT_DELIVERED else "info",
            details=details(_details(row, codes)),
            slot_offer_id=row["slot_offer_id"] or offer_of.get(row["customer_id"]),
            appointment_id=row["appointment_id"],
            message_id=row["id"],
        )


def _delivery(row: RowMapping, codes: Codes) -> str:
    """How far it has come; with the carrier's reason if it came no further."""
    sentence = DELIVERY.get(row["status"], f"It is {row['status']}.")
    meaning = codes.carrier(row["error_code"]) if row["error_code"] else ""
    return f"{sentence} {meaning}".strip()


def _details(row: RowMapping, codes: Codes) -> Iterator[Detail]:
    if row["direction"] == "outbound":
        yield Detail("text", without_links(row["body"]))
        yield Detail("status", row["status"], DELIVERY.get(row["status"], ""))
        yield Detail("carrier says", row["carrier_status"] or "")
        if row["error_code"]:
            yield Detail("code", row["error_code"], codes.carrier(row["error_code"]))
        yield Detail("tries", str(row["attempts"]))
        yield Detail("segments", str(row["segments"]))
        yield Detail("last changed", row["updated_at"].isoformat())
    yield Detail("channel", row["channel"])
    yield Detail("SID", row["provider_id"] or "")
