"""If a provider has no list of changes, an unchanged listing is cheap to process and hides no change."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import booked, in_silence
from tests.world import World
from worker.calendars import sync

HAND_BOOKED = """
INSERT INTO appointments (shop_id, customer_id, performer_id, starts_at, ends_at, status)
SELECT :shop, :customer, (SELECT id FROM performers WHERE shop_id = :shop LIMIT 1), :starts, :ends, 'booked'
RETURNING id
"""


@pytest.fixture(params=long_except(["square", "acuity"], "acuity"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    """One booking, no webhooks, and a listing that has been compared."""
    salon = booked(in_silence(world, request.param))
    salon.syncs()
    return salon


def compared(salon: CalendarShop) -> bool:
    """Returns whether the next sync compares its listing with our rows."""
    read_at = "SELECT max(read_at) FROM calendar_bookings WHERE calendar_id = :id"
    before = salon.world.one(read_at, id=salon.calendar_id)
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.syncs()
    return bool(salon.world.one(read_at, id=salon.calendar_id) > before)


@pytest.mark.quick
def test_a_listing_like_the_last_one_is_not_compared_and_is_one_request(salon):
    requests = len(salon.requests("GET"))
    assert not compared(salon)
    assert not compared(salon)
    assert len(salon.requests("GET")) == requests + 2


def test_after_an_hour_it_is_compared_all_the_same(salon):
    assert not compared(salon)
    salon.world.clock.pass_(timedelta(hours=1))
    assert compared(salon)
    assert not compared(salon)


@pytest.mark.quick
def test_a_change_in_the_calendar_is_found_without_a_webhook(salon):
    assert not compared(salon)
    salon.cancels(salon.nora)
    assert compared(salon)
    assert salon.here() == [("Nora Bell", "cancelled")]


def test_a_booking_that_vanishes_there_is_asked_for_by_its_id(salon):
    salon.books("Olga Stone", hours=30)
    salon.syncs()
    assert not compared(salon)
    with salon.world.outside.box.store.transaction() as tx:
        tx.execute("DELETE FROM calendar_bookings WHERE id = ?", (salon.nora,))
    salon.syncs()
    assert sorted(salon.here()) == [("Nora Bell", "cancelled"), ("Olga Stone", "booked")]


def test_a_change_applied_by_a_webhook_is_compared_once(salon):
    salon.world.later("sync_booking", salon.calendar_id, salon.nora, shop_id=salon.shop.id)
    salon.world.clock.pass_(timedelta(minutes=2))
    assert compared(salon)
    assert not compared(salon)


def test_a_booking_that_overlapped_here_is_mirrored_once_the_time_is_free(salon):
    """The calendar itself does not change."""
    guest = salon.world.customer(salon.shop, "Guest")
    times = {"starts": salon.at(48), "ends": salon.at(49)}
    id = salon.world.one(HAND_BOOKED, shop=salon.shop.id, customer=guest.id, **times)
    salon.books("Olga Stone", hours=48)
    salon.syncs()
    assert ("Olga Stone", "booked") not in salon.here()
    salon.world.rows("UPDATE appointments SET status = 'cancelled' WHERE id = :id", id=id)
    salon.syncs()
    assert ("Olga Stone", "booked") in salon.here()
    assert not compared(salon)


def test_a_listing_that_takes_long_ends_although_bookings_overlap_here(salon, monkeypatch):
    guest = salon.world.customer(salon.shop, "Guest")
    for hours in (48, 49):
        times = {"starts": salon.at(hours), "ends": salon.at(hours + 1)}
        salon.world.one(HAND_BOOKED, shop=salon.shop.id, customer=guest.id, **times)
        salon.books("Olga Stone", hours=hours)
    salon.books("Zoe Hill", hours=60)
    monkeypatch.setattr(sync, "COMPLETED_AT_ONCE", 1)
    monkeypatch.setattr(sync, "LONGEST", 0.0)
    salon.syncs()
    assert ("Zoe Hill", "booked") in salon.here()


def test_a_listing_whose_cursor_has_expired_starts_over(salon):
    progress = "UPDATE calendars SET settings = settings || CAST(:progress AS jsonb) WHERE id = :id"
    long_ago = (salon.world.clock.now() - timedelta(hours=1)).isoformat()
    for at in ({}, {"at": long_ago}):
        stopped = {"progress": {"began": long_ago, "cursor": "expired", **at}}
        salon.world.rows(progress, id=salon.calendar_id, progress=json.dumps(stopped))
        salon.books("Olga Stone", hours=60 + len(at))
        salon.syncs()
    assert salon.here().count(("Olga Stone", "booked")) == 2


def test_our_own_booking_in_the_calendar_is_compared_and_not_changed(salon):
    ours = str(uuid4())
    salon.world.rows(
        "INSERT INTO calendar_bookings (shop_id, calendar_id, external_id, starts_at, ends_at, read_at)"
        " VALUES (:shop, :calendar, :id, :starts, :ends, '-infinity')",
        shop=salon.shop.id,
        calendar=salon.calendar_id,
        id=ours,
        starts=salon.at(50),
        ends=salon.at(51),
    )
    assert compared(salon)


def test_without_the_time_of_the_last_whole_listing_it_is_compared(salon):
    salon.world.rows("UPDATE calendars SET settings = settings - 'whole_at' WHERE id = :id", id=salon.calendar_id)
    assert compared(salon)
    assert not compared(salon)
