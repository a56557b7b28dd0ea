"""Every change writes its event in the same transaction, whichever program makes the change."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC

import pytest
from sqlalchemy import text

from db import migrating
from db.customers import consent
from db.messages.staff_alerts import ALARMING
from db.sessions import as_dashboard, sessions
from db.webhooks import events
from domain.event_types import EVENT_TYPES
from tests.builders import (
    a_customer,
    a_payment,
    a_performer,
    a_shop,
    a_slot,
    an_appointment,
    an_offer,
    in_,
    insert,
)


def change(session, table, row, what):
    session.execute(text(f"UPDATE {table} SET {what} WHERE id = :id"), {"id": row.id})


def written(session, shop):
    """Returns the events of the shop in order, including uncommitted events of this session."""
    rows = session.execute(
        text("SELECT id, type, data, created_at FROM events WHERE shop_id = :id ORDER BY xid, seq"), {"id": shop.id}
    )
    return [events.RecordedEvent(*row) for row in rows]


def types(session, shop):
    return [event.type for event in written(session, shop)]


@pytest.fixture
def shop(session):
    return a_shop(session, currency="eur")


def test_a_booking_its_move_and_its_cancellation(session, shop, ana):
    booking = an_appointment(session, ana, deposit_cents=2000, external_id="A-1")
    change(
        session, "appointments", booking, "starts_at = starts_at + interval '1 hour', ends_at = ends_at + '1 hour'"
    )
    change(session, "appointments", booking, "status = 'cancelled'")
    booked, moved, cancelled = written(session, shop)
    assert (booked.type, moved.type, cancelled.type) == (
        "appointment.booked",
        "appointment.moved",
        "appointment.cancelled",
    )
    assert booked.data == {
        "appointment_id": str(booking.id),
        "status": "booked",
        "previous_status": None,
        "customer_id": str(ana.id),
        "performer_id": None,
        "service_id": None,
        "external_id": "A-1",
        "starts_at": rfc3339(booking.starts_at),
        "ends_at": rfc3339(booking.ends_at),
        "price_cents": None,
        "deposit_cents": 2000,
        "currency": "EUR",
        "source_slot_opening_id": None,
    }
    assert moved.data["previous"]["starts_at"] == booked.data["starts_at"] < moved.data["starts_at"]
    assert cancelled.data["previous_status"] == "booked"


def test_a_move_to_another_performer(session, shop, ana):
    booking = an_appointment(session, ana)
    lou = a_performer(session, shop)
    change(session, "appointments", booking, f"performer_id = '{lou.id}'")
    assert types(session, shop) == ["appointment.booked", "appointment.moved"]


@pytest.mark.parametrize("what", ["status = status", "ends_at = ends_at, service = 'Cut'", "price_cents = 1"])
def test_an_irrelevant_change_has_no_event(session, shop, ana, what):
    booking = an_appointment(session, ana)
    change(session, "appointments", booking, what)
    assert types(session, shop) == ["appointment.booked"]


@pytest.mark.parametrize("status", ["settled", "voided", "cancelled"])
def test_history_that_is_loaded_has_no_event(session, shop, ana, slot, status):
    an_appointment(session, ana, starts_at=in_(-48), status=status)
    an_offer(session, slot, ana, status="expired")
    assert types(session, shop) == ["slot.opened"]


def test_a_slot_is_opened_held_and_recovered(session, shop, ana, slot):
    booking = an_appointment(session, ana, status="pending_payment", source_slot_opening_id=slot.id)
    assert types(session, shop) == ["slot.opened"]
    change(session, "slot_openings", slot, "status = 'filled'")
    change(session, "appointments", booking, "status = 'booked'")
    assert types(session, shop) == ["slot.opened", "slot.held", "appointment.booked", "slot.recovered"]
    opened, held, _, recovered = written(session, shop)
    assert (opened.data["reopened"], opened.data["recovered_appointment_id"]) == (False, None)
    assert held.data["recovered_appointment_id"] == recovered.data["recovered_appointment_id"] == str(booking.id)
    assert recovered.data["customer_id"] == str(ana.id)


def test_a_slot_names_the_service_of_the_appointment_that_left_it(session, shop, ana):
    cut = insert(session, "services", shop_id=shop.id, name="Cut")
    left = an_appointment(session, ana, status="cancelled", service_id=cut.id)
    a_slot(session, shop, source_appointment_id=left.id)
    assert written(session, shop)[-1].data["service_id"] == str(cut.id)


def test_a_slot_without_a_deposit_is_recovered_at_once(session, shop, ana, slot):
    an_appointment(session, ana, source_slot_opening_id=slot.id)
    change(session, "slot_openings", slot, "status = 'filled'")
    assert types(session, shop) == ["slot.opened", "appointment.booked", "slot.recovered"]


def test_a_hold_that_is_released_opens_the_slot_again(session, shop, ana, slot):
    booking = an_appointment(session, ana, status="pending_payment", source_slot_opening_id=slot.id)
    change(session, "slot_openings", slot, "status = 'filled'")
    change(session, "appointments", booking, "status = 'cancelled'")
    change(session, "slot_openings", slot, "status = 'open'")
    change(session, "slot_openings", slot, "status = 'expired', closed_as = 'nobody_left'")
    assert types(session, shop) == [
        "slot.opened",
        "slot.held",
        "appointment.cancelled",
        "slot.opened",
        "slot.closed",
    ]
    *_, reopened, closed = written(session, shop)
    assert reopened.data["reopened"]
    assert closed.data["reason"] == "nobody_left"


def test_an_offer_is_sent_and_ends(session, shop, ana, slot):
    offer = an_offer(session, slot, ana, status="pending", sent_at=None)
    assert types(session, shop) == ["slot.opened"]
    change(session, "slot_offers", offer, "status = 'sent', sent_at = clock_timestamp()")
    change(session, "slot_offers", offer, "expires_at = expires_at + interval '1 minute'")
    change(session, "slot_offers", offer, "status = 'declined', ended_as = 'opted_out'")
    assert types(session, shop) == ["slot.opened", "offer.sent", "offer.declined"]
    assert written(session, shop)[-1].data["reason"] == "opted_out"


@pytest.mark.parametrize("status", ["accepted", "declined", "expired", "failed"])
def test_each_end_of_an_offer(session, shop, ana, slot, status):
    change(session, "slot_offers", an_offer(session, slot, ana), f"status = '{status}'")
    assert types(session, shop) == ["slot.opened", "offer.sent", f"offer.{status}"]


PAYMENTS = {
    ("pending", "succeeded"): ["payment.succeeded"],
    ("pending", "processing", "failed", "succeeded"): ["payment.failed", "payment.succeeded"],
    ("pending", "failed", "failed"): ["payment.failed"],
    ("cancelled", "refunding", "refunded"): ["payment.succeeded", "payment.refunded"],
    ("succeeded", "disputed", "succeeded"): ["payment.succeeded", "payment.disputed"],
    ("pending", "cancelled"): [],
}


@pytest.mark.parametrize("statuses", PAYMENTS, ids="-".join)
def test_payments(session, shop, ana, statuses):
    booking = an_appointment(session, ana, status="voided", starts_at=in_(-48))
    payment = a_payment(session, booking, status=statuses[0])
    for status in statuses[1:]:
        change(session, "payments", payment, f"status = '{status}'")
    assert types(session, shop) == PAYMENTS[statuses]
    assert all(
        event.data["amount_cents"] == 2000 and event.data["currency"] == "GBP" for event in written(session, shop)
    )


def test_a_part_that_is_refunded(session, shop, ana):
    payment = a_payment(session, an_appointment(session, ana, status="voided", starts_at=in_(-48)))
    part = insert(session, "refunds", shop_id=shop.id, payment_id=payment.id, amount_cents=500)
    change(session, "refunds", part, "status = 'succeeded'")
    session.commit()
    rest = insert(session, "refunds", shop_id=shop.id, payment_id=payment.id, amount_cents=1500)
    change(session, "payments", payment, "status = 'refunded'")
    change(session, "refunds", rest, "status = 'succeeded'")
    paid, *refunded = written(session, shop)
    assert (paid.type, {event.type for event in refunded}) == ("payment.succeeded", {"payment.refunded"})
    assert [event.data["refunded_cents"] for event in refunded] == [500, 1500]


def test_the_waiting_list(session, shop, ana):
    entry = insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id, note="Call Ana's mother")
    change(session, "waitlist_entries", entry, "priority = 1, priority_reason = 'regular'")
    change(session, "waitlist_entries", entry, "status = 'fulfilled'")
    joined, left = written(session, shop)
    assert (joined.type, left.type, left.data["status"]) == ("waitlist.joined", "waitlist.left", "fulfilled")
    assert "mother" not in str(joined.data)


def test_an_opt_out_by_text_is_one_event_for_each_customer_with_the_number(session, shop, ana):
    twin = a_customer(session, shop, phone=ana.phone, sms_opt_in=False)
    consent.suppress(session, shop_id=shop.id, phone=ana.phone, reason="STOP")
    consent.suppress(session, shop_id=shop.id, phone=ana.phone, reason="STOP")
    out = written(session, shop)
    assert sorted((event.type, event.data["customer_id"]) for event in out) == sorted(
        ("customer.opted_out", str(customer.id)) for customer in (ana, twin)
    )
    session.commit()
    consent.lift(session, shop_id=shop.id, phone=ana.phone, channel="sms", wording="START")
    again = written(session, shop)[2:]
    assert sorted((event.type, event.data["customer_id"]) for event in again) == sorted(
        ("customer.opted_in", str(customer.id)) for customer in (ana, twin)
    )


def test_staff_opt_a_customer_out(session, shop, ana):
    session.commit()
    as_dashboard(session, shop.id)
    change(session, "customers", ana, "sms_opt_in = false")
    assert types(session, shop) == ["customer.opted_out"]


@pytest.mark.parametrize("kind", ALARMING)
def test_an_alert_to_the_staff_is_an_event_that_needs_attention(session, shop, ana, kind):
    note = insert(session, "notifications", shop_id=shop.id, kind=kind, text="Lou must call Ana on +44 7700 900001.")
    insert(session, "notifications", shop_id=shop.id, kind=kind, customer_id=ana.id)
    insert(session, "notifications", shop_id=shop.id, kind="recovered")
    (event,) = written(session, shop)
    assert event.type == "attention.needed"
    assert event.data == {
        "notification_id": str(note.id),
        "kind": kind,
        "slot_opening_id": None,
        "appointment_id": None,
    }


def test_a_calendar_that_breaks(session, shop):
    calendar = insert(session, "calendars", shop_id=shop.id, kind="calcom")
    for status in ("paused", "broken", "broken", "active"):
        change(session, "calendars", calendar, f"status = '{status}'")
    assert types(session, shop) == ["calendar.broken"]


def test_every_type_is_one_of_the_table(project):
    sources = "\n".join(path.read_text() for path in (project / "db/migrations/sql").glob("*.sql"))
    named = set(
        re.findall(r"'((?:appointment|slot|payment|customer|waitlist|calendar|attention|endpoint)\.\w+)'", sources)
    )
    assert named <= set(EVENT_TYPES)


def test_a_page_cannot_make_up_events(session, shop):
    session.commit()
    as_dashboard(session, shop.id)
    with pytest.raises(Exception, match="permission denied"):
        session.execute(text("SELECT record_event(:id, 'slot.opened', '{}')"), {"id": shop.id})


def test_a_change_that_is_rolled_back_has_no_event(session, shop, ana):
    session.commit()
    an_appointment(session, ana)
    session.rollback()
    assert types(session, shop) == []


def test_a_reader_misses_no_event_that_commits_later(session, engine, shop, ana):
    """The first transaction gets the lower number but commits last."""
    session.commit()
    with sessions(engine)() as slow, sessions(engine)() as fast, sessions(engine)() as reader:
        first = an_appointment(slow, ana)
        second = a_slot(fast, shop)
        fast.commit()
        seen = events.page(reader, shop.id, after=None, limit=10)
        assert seen == []
        reader.commit()
        slow.commit()
        seen = events.page(reader, shop.id, after=None, limit=10)
        assert [event.data.get("appointment_id") or event.data["slot_opening_id"] for event in seen] == [
            str(first.id),
            str(second.id),
        ]
        assert events.page(reader, shop.id, after=seen[0].id, limit=10) == seen[1:]
        assert events.page(reader, shop.id, after=None, types=["slot.opened"], limit=10) == seen[1:]
        assert events.newest(reader, shop.id) == seen[-1].id


def test_a_reader_beside_many_writers_sees_each_event_once(engine, session, shop):
    performers = [a_performer(session, shop) for _ in range(4)]
    session.commit()

    def write(performer):
        for number in range(15):
            with sessions(engine).begin() as mine:
                for hours in (24, 25):
                    a_slot(mine, shop, performer_id=performer.id, starts_at=in_(hours + 2 * number))

    threads = [threading.Thread(target=write, args=(performer,)) for performer in performers]
    for thread in threads:
        thread.start()
    seen, after = [], None
    while True:
        done = not any(thread.is_alive() for thread in threads)
        with sessions(engine)() as reader:
            found = events.page(reader, shop.id, after=after, limit=7)
        seen += found
        after = found[-1].id if found else after
        if done and not found:
            break
    assert len({event.id for event in seen}) == len(seen) == 120


def test_an_event_of_another_shop_is_not_a_valid_cursor(session, shop, ana):
    an_appointment(session, ana)
    session.commit()
    (event,) = events.page(session, shop.id, after=None, limit=10)
    with pytest.raises(events.UnknownEventError):
        events.page(session, a_shop(session).id, after=event.id, limit=10)


def test_events_of_a_restored_dump_are_read_in_their_order(session, shop, ana, database_url):
    """After a restore, the old server's transaction numbers may be far ahead of the new server's numbers."""
    an_appointment(session, ana)
    a_slot(session, shop)
    session.execute(text("UPDATE events SET xid = xid + 1000000000"))
    session.commit()
    assert events.page(session, shop.id, after=None, limit=10) == []
    migrating.upgrade(database_url)
    change(session, "customers", ana, "sms_opt_in = false")
    session.commit()
    assert [event.type for event in events.page(session, shop.id, after=None, limit=10)] == [
        "appointment.booked",
        "slot.opened",
        "customer.opted_out",
    ]


def test_an_event_as_json(session, shop, ana):
    an_appointment(session, ana)
    (event,) = written(session, shop)
    shown = event.as_json
    assert list(shown) == ["id", "type", "timestamp", "data"]
    assert re.fullmatch(r"evt_[0-9a-f]{32}", shown["id"])
    assert events.internal_id(shown["id"]) == event.id
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", shown["timestamp"])
    assert "Ana" not in json.dumps(shown)
    assert events.internal_id("evt_X") is None


def rfc3339(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
