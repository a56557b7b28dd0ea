"""A calendar that staff pause or disconnect while a task or a command reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from db.calendars import calendar_pages
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import booked, in_silence
from tests.faults.steps import watched
from tests.world import World

STOPS = pytest.mark.parametrize("stop", [calendar_pages.pause, calendar_pages.disconnect])


def stopped_after(salon: CalendarShop, name: str, stop: Callable[..., bool], run: Callable[[], object]) -> None:
    """Stops the calendar after the first step `name` of `run`."""
    world, waits = salon.world, True

    def step(reached: str) -> None:
        nonlocal waits
        if waits and reached == name:
            waits = False
            with world.session() as session:
                assert stop(session, salon.shop.id, salon.calendar_id, by="operator")

    with watched(world.dependencies.engine, world.dependencies.transactions.sessions, step):
        run()
    assert not waits


ANSWERED = "after a provider has answered"
LISTED = ("calcom", "acuity", "google", "ics")
"""The calendars whose requests the test observes. Square's library uses another HTTP client."""
WRITTEN = LISTED[:-1]


@pytest.mark.quick
@STOPS
@pytest.mark.parametrize("kind", long_except(LISTED, "google"))
def test_bookings_listed_before_the_calendar_was_stopped_are_not_imported(
    world: World, kind: str, stop: Callable[..., bool]
) -> None:
    salon = CalendarShop.connected(world, kind)
    world.outside.fault(f"{kind} webhook", "dropped", times=None)
    salon.books()
    world.beat("sync_calendars")
    listing = world.advance(salon.shop, "sync_calendar")
    stopped_after(salon, ANSWERED, stop, lambda: world.run(listing))
    world.work()
    assert salon.here() == []


@pytest.mark.quick
@STOPS
@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_cancellation_read_before_the_calendar_was_stopped_sells_nothing(
    world: World, kind: str, stop: Callable[..., bool]
) -> None:
    salon = booked(in_silence(world, kind))
    salon.cancels(salon.nora)
    world.later("sync_booking", salon.calendar_id, salon.nora, shop_id=salon.shop.id)
    reading = world.advance(salon.shop, "sync_booking")
    stopped_after(salon, ANSWERED, stop, lambda: world.run(reading))
    world.work()
    assert salon.here() == [("Nora Bell", "booked")]
    assert salon.slots() == []


def test_a_paused_calendar_is_read_when_it_is_resumed(world: World) -> None:
    salon = CalendarShop.connected(world, "google")
    world.outside.fault("google webhook", "dropped", times=None)
    salon.books()
    world.beat("sync_calendars")
    listing = world.advance(salon.shop, "sync_calendar")
    stopped_after(salon, ANSWERED, calendar_pages.pause, lambda: world.run(listing))
    with world.session() as session:
        assert calendar_pages.resume(session, salon.shop.id, salon.calendar_id, by="operator")
    world.work()
    assert salon.here() == [("Nora Bell", "booked")]
