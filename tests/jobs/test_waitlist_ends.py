"""A waiting list entry ends when its customer is booked, or when its last day is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from db.keyset_pagination import BEGINNING, EVERY_SHOP
from db.waitlist import waitlist
from tests.builders import a_customer, a_performer, a_shop, an_appointment, in_, insert, reload


@pytest.fixture
def shop(session):
    return a_shop(session, timezone="Asia/Tokyo")


@pytest.fixture
def ana(session, shop):
    return a_customer(session, shop)


def waits(session, customer, **wishes):
    return insert(session, "waitlist_entries", shop_id=customer.shop_id, customer_id=customer.id, **wishes)


def status(session, entry):
    return reload(session, "waitlist_entries", entry.id).status


def test_a_booking_fulfils_what_it_matches_and_nothing_else(session, shop, ana):
    lou, kim = a_performer(session, shop), a_performer(session, shop)
    cut, colour = (insert(session, "services", shop_id=shop.id, name=name) for name in ("Cut", "Colour"))
    anything = waits(session, ana)
    with_lou, with_kim = (waits(session, ana, performer_id=one.id) for one in (lou, kim))
    for_cut, for_colour = (waits(session, ana, service_id=one.id) for one in (cut, colour))
    others = waits(session, a_customer(session, shop))
    an_appointment(session, ana, performer_id=lou.id, service_id=cut.id)
    ended = {entry.id for entry in (anything, with_lou, for_cut)}
    for entry in (anything, with_lou, with_kim, for_cut, for_colour, others):
        assert (status(session, entry) == "fulfilled") is (entry.id in ended)


def test_days_and_times_are_those_of_the_shops_zone(session, ana):
    starts_at = in_(24)
    local = starts_at + timedelta(hours=9)
    that_day = waits(session, ana, date_from=local.date(), date_until=local.date())
    from_then = waits(session, ana, time_from=local.time())
    until_then = waits(session, ana, time_until=local.time())
    another_day = waits(session, ana, weekdays=f"{{{local.isoweekday() % 7 + 1}}}")
    an_appointment(session, ana, starts_at=starts_at)
    assert [status(session, one) for one in (that_day, from_then)] == ["fulfilled", "fulfilled"]
    assert [status(session, one) for one in (until_then, another_day)] == ["active", "active"]


def test_a_hold_fulfils_nothing_until_it_is_booked(session, ana):
    entry = waits(session, ana)
    booking = an_appointment(session, ana, status="pending_payment")
    assert status(session, entry) == "active"
    session.execute(text("UPDATE appointments SET status = 'booked' WHERE id = :id"), {"id": booking.id})
    assert status(session, entry) == "fulfilled"


def test_a_booking_without_a_service_counts_if_the_wanted_one_fits(session, shop, ana):
    short, long = (insert(session, "services", shop_id=shop.id, duration_minutes=m) for m in (60, 90))
    fits, too_long = (waits(session, ana, service_id=one.id) for one in (short, long))
    an_appointment(session, ana)
    assert (status(session, fits), status(session, too_long)) == ("fulfilled", "active")


def test_an_entry_expires_after_its_last_day_in_the_shops_zone(session, ana, clock):
    today = (clock.shift_to_noon() + timedelta(hours=9)).date()
    over = waits(session, ana, date_until=today - timedelta(days=1))
    last_day = waits(session, ana, date_until=today)
    found = waitlist.past_entries(session, EVERY_SHOP, BEGINNING, 10)
    assert [entry.id for entry in found] == [over.id]
    assert waitlist.expire(session, [over.id, last_day.id]) == 1
    assert (status(session, over), status(session, last_day)) == ("expired", "active")
