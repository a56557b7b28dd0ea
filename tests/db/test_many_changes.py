"""The changes of several recoveries are written with one statement, with the same result as separate statements."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import audit
from db.audit import AuditEntry
from db.recoveries import recoveries, recovery_changes
from db.recoveries.recovery_changes import RecoveryChange, StaleStateError
from domain.state import ClosedAs, OfferStatus, Recovery, SlotStatus
from tests.builders import Built, a_customer, a_shop, a_slot, an_offer, in_

OFFERS = text("""
SELECT status, expires_at, sent_at, accepted_at, ended_at IS NOT NULL AS ended, late_yes_at, ended_as, ended_by,
       deposit_cents, currency
  FROM slot_offers WHERE id = ANY(:ids) ORDER BY expires_at
""")
SLOTS = text("""
SELECT s.status, s.ends_at, s.freed_at, s.closed_as, s.because, s.next_search_at
  FROM slot_openings s JOIN slot_offers o ON o.slot_opening_id = s.id WHERE o.id = ANY(:ids) ORDER BY o.expires_at
""")
CLOSE = text("UPDATE slot_openings SET status = 'expired' WHERE id = :id")
TAKE_AWAY = text("UPDATE slot_offers SET status = 'declined', ended_at = now() WHERE id = :id")


def offered(session: Session, number: int, *, sent_at: datetime) -> list[Built]:
    """Inserts open slots of one shop, each with a live offer, and returns the offers."""
    shop = a_shop(session)
    slots = [a_slot(session, shop, starts_at=in_(50 + n)) for n in range(number)]
    terms = {"deposit_cents": 2000, "currency": "EUR", "ended_by": "someone", "sent_at": sent_at}
    return [
        an_offer(session, slot, a_customer(session, shop), expires_at=sent_at + timedelta(hours=n), **terms)
        for n, slot in enumerate(slots)
    ]


def expiries(session: Session, offers: list[Built]) -> list[RecoveryChange]:
    return [_expiry(session, offer) for offer in offers]


def _expiry(session: Session, offer: Built) -> RecoveryChange:
    loaded = recoveries.load(session, offer.slot_opening_id)
    assert loaded is not None
    assert loaded.recovery.current.offer is not None
    before = loaded.recovery
    ended = replace(before.current.offer, status=OfferStatus.EXPIRED, ended_at=loaded.now)
    return RecoveryChange(before, replace(before, current=replace(before.current, offer=ended)), "Nobody answered.")


def rows(session: Session, offers: list[Built]) -> list[dict[str, object]]:
    return [dict(row) for row in session.execute(OFFERS, {"ids": [offer.id for offer in offers]}).mappings()]


def test_many_offers_are_saved_like_single_offers(session: Session) -> None:
    now = in_()
    together, alone = offered(session, 3, sent_at=now), offered(session, 3, sent_at=now)
    recovery_changes.save(session, expiries(session, together))
    for change in expiries(session, alone):
        recovery_changes.save(session, [change])
    assert rows(session, together) == rows(session, alone)
    assert {row["status"] for row in rows(session, together)} == {"expired"}


def test_no_offer_is_saved_if_one_of_them_has_changed(session: Session) -> None:
    offers = offered(session, 3, sent_at=in_())
    changes = expiries(session, offers)
    session.execute(TAKE_AWAY, {"id": offers[1].id})
    with pytest.raises(StaleStateError):
        recovery_changes.save(session, changes)


def searches(session: Session, offers: list[Built], *, now: datetime) -> list[RecoveryChange]:
    """The slot of the first offer is closed, and a search for all others is planned."""
    slots = [recoveries.look(session, offer.slot_opening_id).recovery.slot for offer in offers]
    closed = replace(slots[0], status=SlotStatus.EXPIRED, closed_as=ClosedAs.TOO_NEAR, next_search_at=None)
    ends = {"freed_at": now, "next_search_at": now + timedelta(minutes=1)}
    changed = [closed, *(replace(slot, ends_at=slot.ends_at - timedelta(minutes=5), **ends) for slot in slots[1:])]
    return [
        RecoveryChange(Recovery(slot=slot), Recovery(slot=after), f"Reason {n}.")
        for n, (slot, after) in enumerate(zip(slots, changed, strict=True))
    ]


def test_many_slots_are_saved_like_single_slots(session: Session) -> None:
    now = in_()
    together, alone = offered(session, 3, sent_at=now), offered(session, 3, sent_at=now)
    planned = text("UPDATE slot_openings SET next_search_at = :at")
    session.execute(planned, {"at": now + timedelta(hours=1)})
    recovery_changes.save(session, searches(session, together, now=now))
    for change in searches(session, alone, now=now):
        recovery_changes.save(session, [change])
    saved, expected = (session.execute(SLOTS, {"ids": [o.id for o in offers]}).all() for offers in (together, alone))
    assert saved == expected
    assert [row.status for row in saved] == ["expired", "open", "open"]
    assert [row.next_search_at - now for row in saved] == [timedelta(hours=1), *[timedelta(minutes=1)] * 2]


def test_no_slot_is_saved_if_one_of_them_has_changed(session: Session) -> None:
    offers = offered(session, 3, sent_at=in_())
    changes = searches(session, offers, now=in_())
    session.execute(CLOSE, {"id": offers[1].slot_opening_id})
    with pytest.raises(StaleStateError):
        recovery_changes.save(session, changes)


def test_many_entries_are_logged_in_order_and_like_single_entries(session: Session) -> None:
    shop = a_shop(session)
    entries = [AuditEntry(event=f"Event{n}", reason="It's over.", shop_id=shop.id, detail={"n": n}) for n in range(3)]
    audit.note_all(session, [*entries, AuditEntry(event="Nightly", reason="No shop.", shop_id=None)])
    for entry in entries:
        audit.note_all(session, [entry])
    logged = text("SELECT event, because, shop_id, actor, severity, detail FROM audit_logs ORDER BY seq")
    many = [tuple(row) for row in session.execute(logged)]
    assert [row[0] for row in many] == ["Event0", "Event1", "Event2", "Nightly", "Event0", "Event1", "Event2"]
    assert many[:3] == many[4:]
    assert many[3] == ("Nightly", "No shop.", None, "system", "info", {})
