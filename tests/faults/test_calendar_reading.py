"""Tests how calendars are read: Google's tokens, channels and series, and feeds that lack an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.calendar_shop import EVERY_SYNC, CalendarShop
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def google(world: World) -> CalendarShop:
    salon = CalendarShop.connected(world, "google")
    world.outside.fault("google webhook", "dropped", times=None)
    return salon


def credentials(salon: CalendarShop) -> dict[str, str]:
    encrypted = salon.world.one("SELECT credentials FROM calendars")
    return salon.world.dependencies.calendars.box.decrypt(encrypted)


def settings(salon: CalendarShop) -> dict:
    return salon.world.one("SELECT settings FROM calendars")


def listings(salon: CalendarShop) -> list[dict]:
    """Returns the parameters of all listings since the previous call."""
    found = [one["params"] for one in salon.requests("GET", path="/events") if "maxResults" in one["params"]]
    salon.world.outside.began_at = salon.world.outside.newest_entry()
    return found


# Channels.


def test_a_channel_is_renewed_before_it_expires_and_the_old_one_stopped(google):
    first = credentials(google)
    google.world.clock.pass_(5 * DAY)
    google.syncs()
    assert credentials(google)["channel_id"] == first["channel_id"]
    google.world.clock.pass_(timedelta(days=1, hours=1))
    google.syncs()
    second = credentials(google)
    assert second["channel_id"] != first["channel_id"]
    assert second["channel_token"] == first["channel_token"]
    expires = datetime.fromtimestamp(int(second["channel_expires"]) / 1000, UTC)
    assert expires - google.world.clock.now() > 6 * DAY
    (stopped,) = google.requests("POST", path="channels/stop")
    assert stopped["params"]["id"] == first["channel_id"]


def test_a_channel_that_can_t_be_renewed_is_tried_again_and_changes_are_read_anyway(google):
    google.world.clock.pass_(timedelta(days=6, hours=1))
    google.world.outside.fault("google webhooks.create", "server_error")
    google.books(hours=24 * 8)
    google.syncs()
    assert google.here() == [("Nora Bell", "booked")]
    google.syncs()
    statuses = [one["status"] for one in google.requests("POST", path="events/watch")]
    assert statuses == [200, 500, 200]


# Sync tokens.


@pytest.mark.quick
def test_the_token_of_the_last_listing_is_used_and_kept(google):
    google.syncs()
    listings(google)
    google.syncs()
    (wanted,) = listings(google)
    assert "syncToken" in wanted
    assert "timeMin" not in wanted
    assert settings(google)["token"]


def test_a_token_that_is_too_old_is_followed_by_a_whole_listing(google, monkeypatch):
    """The listing has several pages. The second page must also be read."""
    monkeypatch.setattr("providers.calendars.google.PAGE_SIZE", 2)
    for hours in (24, 26, 28, 30, 32):
        google.books(f"Guest {hours}", hours=hours)
    google.world.rows('UPDATE calendars SET settings = settings || \'{"token": "too-old"}\'')
    listings(google)
    google.syncs()
    wanted = listings(google)
    assert ["syncToken" in one for one in wanted] == [True, False, False, False]
    assert len(google.here()) == 5
    assert settings(google)["token"].startswith("sync-")


def test_a_booking_far_ahead_is_read_when_the_window_reaches_it(google):
    """With a sync token, Google lists only changes, so all events are listed once a day."""
    google.books("Far Ahead", hours=24 * 65)
    google.syncs()
    salon_window = "DELETE FROM calendar_bookings"
    google.world.rows(salon_window)
    google.world.rows("DELETE FROM appointments")
    google.world.rows("UPDATE calendars SET settings = settings - 'token' - 'whole_at'")
    google.world.clock.pass_(timedelta(minutes=5))
    google.syncs()
    assert google.here() == []
    google.world.clock.pass_(6 * DAY)
    google.syncs()
    assert google.here() == [("Far Ahead", "booked")]


# Recurring events.


@pytest.fixture
def weekly(google: CalendarShop) -> list[str]:
    """Books a series; returns the ids of its three events."""
    starts = google.at(24)
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
    who = {"name": "Nora Bell", "email": "nora@example.com", "phone": "+447700900123"}
    ids = google.post_to("series", weeks=3, **times, **who)["ids"]
    google.syncs()
    assert google.here() == [("Nora Bell", "booked")] * 3
    return list(ids)


def test_one_event_of_a_series_is_cancelled_and_sold(google, weekly):
    google.world.customer(google.shop, "Ana")
    google.cancels(weekly[1])
    google.syncs()
    assert [status for _, status in google.here()] == ["booked", "cancelled", "booked"]
    assert google.slots() == ["open"]
    assert google.appointment(weekly[1]).status == "cancelled"


def test_one_event_of_a_series_is_moved_and_keeps_its_id(google, weekly):
    google.world.customer(google.shop, "Ana")
    google.moves(weekly[1], hours=30)
    google.syncs()
    assert [status for _, status in google.here()] == ["booked"] * 3
    assert google.appointment(weekly[1]).starts_at == google.at(30)
    assert google.slots() == ["open"]


@pytest.mark.quick
def test_a_whole_series_is_cancelled(google, weekly):
    for id in weekly:
        google.cancels(id)
    google.syncs()
    assert google.here() == [("Nora Bell", "cancelled")] * 3


# Feeds.


@pytest.fixture
def feed(world: World) -> CalendarShop:
    return CalendarShop.connected(world, "ics")


def reads(salon: CalendarShop, *, after: timedelta = timedelta()) -> None:
    salon.world.clock.pass_(after)
    salon.world.beat(*EVERY_SYNC)
    salon.world.work()


def points_to(salon: CalendarShop, name: str) -> None:
    """Connects the calendar to another feed."""
    box = salon.world.dependencies.calendars.box
    encrypted = box.encrypt({"url": f"{salon.world.outside.url}/ics/{name}.ics"})
    salon.world.rows("UPDATE calendars SET credentials = :new, settings = settings - 'token'", new=encrypted)


def test_an_event_is_cancelled_when_two_listings_ten_minutes_apart_lack_it(feed):
    feed.world.customer(feed.shop, "Ana")
    id = feed.books()
    reads(feed)
    feed.cancels(id)
    for minutes in (0, 5, 4):
        reads(feed, after=timedelta(minutes=minutes))
        assert feed.here() == [("Nora Bell", "booked")]
    reads(feed, after=timedelta(minutes=2))
    assert feed.here() == [("Nora Bell", "cancelled")]
    assert feed.slots() == ["open"]


def test_an_event_that_reappears_between_two_listings_was_never_cancelled(feed):
    id = feed.books()
    reads(feed)
    feed.cancels(id)
    reads(feed)
    with feed.world.outside.box.store.transaction() as tx:
        tx.execute("UPDATE calendar_bookings SET status = 'booked' WHERE id = ?", (id,))
    reads(feed, after=timedelta(minutes=11))
    feed.cancels(id)
    reads(feed, after=timedelta(minutes=1))
    assert feed.here() == [("Nora Bell", "booked")]


def test_a_feed_that_fails_in_between_counts_as_no_listing(feed):
    id = feed.books()
    reads(feed)
    feed.world.outside.fault("ics *", "server_error")
    feed.cancels(id)
    reads(feed)
    reads(feed, after=timedelta(minutes=11))
    assert feed.here() == [("Nora Bell", "booked")]
    reads(feed, after=timedelta(minutes=11))
    assert feed.here() == [("Nora Bell", "cancelled")]


def test_outlook_names_a_cancelled_event_at_once(feed):
    points_to(feed, "outlook")
    id = feed.books()
    reads(feed)
    feed.cancels(id)
    reads(feed)
    assert feed.here() == [("Nora Bell", "cancelled")]


@pytest.mark.parametrize("name", ["main", "dated"])
def test_an_unchanged_feed_is_not_read_again(feed, name):
    """An unchanged feed is recognised by its ETag or by the date of its last change."""
    points_to(feed, name)
    feed.books()
    feed.world.clock.pass_(timedelta(seconds=2))
    reads(feed)
    reads(feed)
    statuses = [one["status"] for one in feed.requests("GET", path=f"/ics/{name}")]
    assert statuses[-1] == 304
    feed.world.clock.pass_(timedelta(seconds=2))
    feed.books("Walk In", hours=30)
    reads(feed)
    assert feed.here() == [("Nora Bell", "booked"), ("Walk In", "booked")]
    feed.world.clock.pass_(DAY + timedelta(minutes=1))
    reads(feed)
    statuses = [one["status"] for one in feed.requests("GET", path=f"/ics/{name}")]
    assert statuses[-1] == 200
