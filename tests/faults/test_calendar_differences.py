"""Even if every webhook is lost, a difference between a calendar and our appointments lasts at most an hour.

A listing that equals the previous listing is not compared. These tests cover the cases in which the missing
comparison could hide a difference.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.calendars import calendar_reconnects, calendars
from providers.calendars.registry import PROVIDERS
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import booked, given_anew, in_silence
from tests.world import World

DELETED = "DELETE FROM calendar_bookings WHERE id = ?"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALIKE = ("square", "acuity", "ics")
"""Kinds for which a listing that equals the previous one is recognised."""
HAND_BOOKED = """
INSERT INTO appointments (shop_id, customer_id, performer_id, starts_at, ends_at, status)
SELECT :shop, :customer, (SELECT id FROM performers WHERE shop_id = :shop LIMIT 1), :starts, :ends, 'booked'
RETURNING id
"""
MOVED_BY_DAYS = """
UPDATE calendar_bookings
   SET starts = starts + 86400 * {0}, ends = ends + 86400 * {0}, version = version + 1 WHERE id = ?
"""


@pytest.fixture(params=long_except(ALIKE, "ics"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    """One booking, no webhooks, and an unchanged listing that has been compared."""
    return _idle(in_silence(world, request.param))


@pytest.fixture(params=long_except(("square", "acuity"), "square"))
def by_id(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    """Like `salon`, but only with calendars in which a single booking can be read."""
    return _idle(in_silence(world, request.param))


def _idle(salon: CalendarShop) -> CalendarShop:
    booked(salon).syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    return salon


def reads_nora(salon: CalendarShop) -> None:
    """Reads Nora's booking as if a webhook had arrived."""
    salon.world.clock.pass_(timedelta(seconds=5))
    salon.world.later("sync_booking", salon.calendar_id, salon.nora, shop_id=salon.shop.id)
    salon.world.work()


def within_an_hour(salon: CalendarShop) -> None:
    """Reads the calendar now and an hour later."""
    salon.syncs()
    salon.world.clock.pass_(HOUR)
    salon.syncs()


def mend(salon: CalendarShop) -> None:
    """Ends the provider's faults. Webhooks are still dropped."""
    salon.world.outside.clear_faults()
    salon.world.outside.fault(f"{salon.kind} webhook", "dropped", times=None)


def there(salon: CalendarShop, statement: str) -> None:
    """Changes the rows of the stand-in without sending a webhook."""
    with salon.world.outside.box.store.transaction() as tx:
        tx.execute(statement, (salon.nora,))


# Changes to our appointments.


def test_an_appointment_that_was_changed_here_alone_is_at_the_time_of_its_booking_again(salon):
    """Only an external program can cause this, because all other moves are also made in the calendar."""
    was = salon.appointment(salon.nora).starts_at
    salon.world.rows(
        "UPDATE appointments SET starts_at = starts_at + interval '3 hours', ends_at = ends_at + interval '3 hours'"
        " WHERE external_id = :id",
        id=salon.nora,
    )
    within_an_hour(salon)
    assert salon.appointment(salon.nora).starts_at == was
    assert [one for one in salon.world.broken_promises() if one.name == "I15"] == []


@pytest.mark.quick
def test_a_mirrored_row_that_was_changed_here_is_compared(salon):
    salon.world.rows("UPDATE calendar_bookings SET starts_at = starts_at + interval '1 hour'")
    within_an_hour(salon)
    (row,) = salon.world.rows("SELECT starts_at FROM calendar_bookings")
    assert row.starts_at == salon.appointment(salon.nora).starts_at


@pytest.mark.parametrize("kind", long_except(PROVIDERS, "google"))
def test_a_booking_that_overlapped_here_is_mirrored_once_the_time_is_free(world, kind):
    salon = _idle(in_silence(world, kind))
    guest = world.customer(salon.shop, "Guest")
    times = {"starts": salon.at(48), "ends": salon.at(49)}
    id = world.one(HAND_BOOKED, shop=salon.shop.id, customer=guest.id, **times)
    salon.books("Olga Stone", hours=48)
    salon.syncs()
    assert ("Olga Stone", "booked") not in salon.here()
    world.rows("UPDATE appointments SET status = 'cancelled' WHERE id = :id", id=id)
    salon.syncs()
    assert ("Olga Stone", "booked") in salon.here()


# Changes in the calendar that are undone later.


def test_a_booking_that_was_cancelled_in_between_is_booked_again(by_id):
    """The cancellation was found by reading the single booking, so the next listing is identical to the last listing
    that was compared.
    """
    there(by_id, "UPDATE calendar_bookings SET status = 'cancelled' WHERE id = ?")
    reads_nora(by_id)
    assert by_id.here() == [("Nora Bell", "cancelled")]
    there(by_id, "UPDATE calendar_bookings SET status = 'booked' WHERE id = ?")
    by_id.syncs()
    assert by_id.here() == [("Nora Bell", "cancelled"), ("Nora Bell", "booked")]


def test_a_booking_that_was_moved_far_away_and_back_is_at_its_old_time(by_id):
    """The booking was outside the sync window for a moment."""
    was = by_id.appointment(by_id.nora).starts_at
    there(by_id, MOVED_BY_DAYS.format(90))
    reads_nora(by_id)
    assert by_id.appointment(by_id.nora).starts_at == was + 90 * DAY
    there(by_id, MOVED_BY_DAYS.format(-90))
    within_an_hour(by_id)
    assert by_id.appointment(by_id.nora).starts_at == was


# Changes that are missing from the provider's list of updates.


@pytest.mark.parametrize("change", ["UPDATE calendar_bookings SET status = 'cancelled' WHERE id = ?", DELETED])
def test_a_change_that_a_list_of_updates_lacks_is_found_within_a_day(world, change):
    salon = in_silence(world, "calcom")
    salon.nora = salon.books(hours=48)
    for _ in range(2):
        salon.syncs()
        salon.world.clock.pass_(HOUR)
    there(salon, change)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    salon.world.clock.pass_(23 * HOUR)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled")]


def test_a_whole_listing_of_several_pages_is_one_once_a_day(world, monkeypatch):
    monkeypatch.setattr("providers.calendars.calcom.TAKE", 2)
    salon = in_silence(world, "calcom")
    for hours in (48, 50, 52, 54, 56):
        salon.books(f"Guest {hours}", hours=hours)
    salon.syncs()
    assert [status for _, status in salon.here()] == ["booked"] * 5
    salon.world.clock.pass_(HOUR)
    salon.syncs()
    requests = len(salon.requests("GET", path="/v2/bookings"))
    salon.world.clock.pass_(HOUR)
    salon.syncs()
    assert len(salon.requests("GET", path="/v2/bookings")) == requests + 1
    salon.world.clock.pass_(DAY)
    salon.syncs()
    assert len(salon.requests("GET", path="/v2/bookings")) == requests + 4
    assert [status for _, status in salon.here()] == ["booked"] * 5


# The sync window moves over time.


def test_a_booking_far_ahead_is_mirrored_when_the_window_reaches_it(salon):
    salon.books("Far Ahead", hours=24 * 65)
    salon.syncs()
    assert ("Far Ahead", "booked") not in salon.here()
    salon.world.clock.pass_(6 * DAY)
    salon.syncs()
    assert ("Far Ahead", "booked") in salon.here()


def test_a_booking_that_vanished_before_the_window_reached_it_is_cancelled(by_id):
    """The booking was read by its id, so it was never part of a listing."""
    far = by_id.books("Far Ahead", hours=24 * 65)
    by_id.world.later("sync_booking", by_id.calendar_id, far, shop_id=by_id.shop.id)
    by_id.world.work()
    assert ("Far Ahead", "booked") in by_id.here()
    with by_id.world.outside.box.store.transaction() as tx:
        tx.execute(DELETED, (far,))
    by_id.world.clock.pass_(6 * DAY)
    within_an_hour(by_id)
    assert ("Far Ahead", "cancelled") in by_id.here()


def test_a_booking_that_leaves_the_window_is_not_changed(salon):
    for _ in range(3):
        salon.world.clock.pass_(DAY)
        within_an_hour(salon)
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.slots() == []


# Pages.


def test_a_booking_in_the_second_range_of_a_listing_is_found_and_followed(world):
    """Square lists at most 31 days at a time. The sync window is 60 days long."""
    salon = _idle(in_silence(world, "square"))
    far = salon.books("Far Ahead", hours=24 * 45)
    requests = len(salon.requests("GET"))
    within_an_hour(salon)
    assert len(salon.requests("GET")) == requests + 3, "an idle read is one request, a whole one is two"
    assert ("Far Ahead", "booked") in salon.here()
    salon.cancels(far)
    within_an_hour(salon)
    assert ("Far Ahead", "cancelled") in salon.here()


def test_bookings_of_both_ranges_and_several_pages_are_all_imported(world, monkeypatch):
    monkeypatch.setattr("providers.calendars.square_listing.PAGE_SIZE", 2)
    monkeypatch.setattr("providers.calendars.square_listing.LARGEST_PAGE", 2)
    salon = in_silence(world, "square")
    for days in (2, 4, 6, 40, 42, 44):
        salon.books(f"Guest {days}", hours=24 * days)
    salon.syncs()
    assert [name for name, _ in salon.here()] == [f"Guest {days}" for days in (2, 4, 6, 40, 42, 44)]
    salon.syncs()
    assert salon.slots() == []


def test_a_change_on_the_second_page_is_found_though_the_first_is_the_same(world, monkeypatch):
    monkeypatch.setattr("providers.calendars.square_listing.LARGEST_PAGE", 2)
    salon = booked(in_silence(world, "square"))
    last = [salon.books(f"Guest {hours}", hours=hours) for hours in (26, 28, 30, 32)][-1]
    salon.syncs()
    salon.syncs()
    salon.cancels(last)
    salon.syncs()
    assert salon.here()[-1] == ("Guest 32", "cancelled")
    assert [status for _, status in salon.here()].count("booked") == 4


# Clocks.


def test_a_change_is_found_after_the_clock_was_set_back(salon):
    """The last listing and the last reads of its bookings appear to be in the future."""
    olga = salon.books("Olga Stone", hours=30)
    salon.syncs()
    salon.world.clock.pass_(-5 * HOUR)
    salon.moves(olga, hours=33)
    salon.world.rows("UPDATE pending_tasks SET due_at = now() - interval '1 day' WHERE settled_at IS NULL")
    salon.syncs()
    assert salon.appointment(olga).starts_at == salon.at(33)


def test_a_feed_that_says_wrongly_that_it_is_the_same_is_read_within_an_hour(world):
    """The feed's date has whole seconds, so two changes within one second have the same date."""
    salon = in_silence(world, "ics")
    world.rows("UPDATE calendars SET credentials = :new", new=_of_feed(salon, "dated"))
    salon.nora = salon.books()
    salon.syncs()
    before = world.outside.box.store.rows("SELECT updated FROM calendar_bookings")[0]["updated"]
    salon.books("Olga Stone", hours=30)
    with world.outside.box.store.transaction() as tx:
        tx.execute("UPDATE calendar_bookings SET updated = ?", (before,))
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    world.clock.pass_(HOUR)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked"), ("Olga Stone", "booked")]


def _of_feed(salon: CalendarShop, name: str) -> str:
    """Returns the encrypted credentials of a feed."""
    return salon.world.dependencies.calendars.box.encrypt({"url": f"{salon.world.outside.url}/ics/{name}.ics"})


# Changes of the connection.


def test_new_credentials_reset_the_last_listing(salon):
    """Another feed may have the same validator."""
    assert salon.world.one("SELECT settings ? 'token' FROM calendars")
    given_anew(salon)
    with salon.world.session() as session:
        stored = calendars.find(session, salon.calendar_id)
        assert calendar_reconnects.accept(session, stored, was=stored.credentials)
    assert not salon.world.one("SELECT settings ? 'token' FROM calendars")
    salon.world.work()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]


@pytest.mark.quick
def test_a_change_while_the_calendar_was_broken_is_found_when_it_works_again(salon):
    salon.world.outside.fault(f"{salon.kind} *", "token_revoked", times=None)
    salon.syncs()
    assert salon.status == "broken"
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    mend(salon)
    salon.world.clock.pass_(HOUR)
    within_an_hour(salon)
    assert salon.status == "active"
    assert salon.here() == [("Nora Bell", "cancelled")]


def test_a_calendar_that_is_the_same_after_it_was_broken_works_again(salon):
    salon.world.outside.fault(f"{salon.kind} *", "token_revoked", times=None)
    salon.syncs()
    assert salon.status == "broken"
    mend(salon)
    salon.world.clock.pass_(timedelta(minutes=20))
    salon.syncs()
    assert salon.status == "active"
    assert salon.here() == [("Nora Bell", "booked")]


def test_a_change_while_the_calendar_was_paused_is_found(salon):
    salon.world.rows("UPDATE calendars SET status = 'paused'")
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    salon.world.rows("UPDATE calendars SET status = 'active'")
    within_an_hour(salon)
    assert salon.here() == [("Nora Bell", "cancelled")]
