"""A calendar that is connected on a page is first counted, then imported after a confirmation.

When it is disconnected, its webhooks are removed.
"""

from __future__ import annotations

import pytest

from providers.calendars.registry import PROVIDERS
from tests.builders import a_number
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import booked, connected, given_anew
from tests.world import World

pytestmark = pytest.mark.quick

NEW = "UPDATE calendars SET status = 'paused', settings = settings || '{\"stage\": \"preview\"}' WHERE id = :id"


@pytest.fixture(params=long_except(PROVIDERS, "acuity"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    salon = CalendarShop.connected(world, request.param)
    world.rows(NEW, id=salon.calendar_id)
    return salon


def asks(salon: CalendarShop, task: str, *more: object) -> None:
    salon.world.later(task, salon.calendar_id, *more, shop_id=salon.shop.id)
    salon.world.work()


def settings_of(salon: CalendarShop) -> dict:
    return salon.world.one("SELECT settings FROM calendars WHERE id = :id", id=salon.calendar_id)


def test_a_preview_counts_and_imports_nothing(salon):
    known = salon.world.customer(salon.shop, "Known")
    salon.books("Known", phone=known.phone)
    opted_out = a_number()
    suppressed = "INSERT INTO suppressions (shop_id, phone) VALUES (:shop, :phone)"
    salon.world.rows(suppressed, shop=salon.shop.id, phone=opted_out)
    salon.books("Out", hours=26, phone=opted_out)
    salon.books("New", hours=28)
    salon.books("New too", hours=30)
    salon.books("Phoneless", hours=32, phone=None)
    salon.world.work()
    asks(salon, "preview_calendar")
    preview = settings_of(salon)["preview"]
    counts = {key: preview.get(key) for key in ("appointments", "with_phone", "without_phone", "agreed", "new")}
    assert counts == {"appointments": 5, "with_phone": 4, "without_phone": 1, "agreed": 1, "new": 2}
    assert preview["account"]
    assert salon.here() == []


def test_a_rejected_key_is_a_sentence_in_the_preview(salon):
    salon.world.outside.fault(f"{salon.kind} *", "token_revoked", times=None)
    asks(salon, "preview_calendar")
    salon.world.outside.clear_faults()
    assert "error" in settings_of(salon)["preview"]
    assert salon.here() == []


def test_after_the_start_its_bookings_are_appointments(salon):
    salon.books("New")
    confirmed = "UPDATE calendars SET status = 'active', settings = settings - 'stage' WHERE id = :id"
    salon.world.rows(confirmed, id=salon.calendar_id)
    asks(salon, "start_calendar")
    salon.world.work()
    assert salon.here() == [("New", "booked")]
    assert "subscribed" in settings_of(salon)


def test_a_disconnected_calendar_has_no_credentials(salon):
    asks(salon, "disconnect_calendar", salon.shop.id)
    row = salon.world.rows("SELECT status, credentials FROM calendars WHERE id = :id", id=salon.calendar_id)[0]
    assert (row.status, row.credentials) == ("disconnected", None)


ENTERED = "SELECT new_credentials, last_error FROM calendars"


def feed_is_replaced(salon: CalendarShop, *, kept: int) -> None:
    """Gives the events of the feed new ids, except the first `kept` events, and enters the address again."""
    with salon.world.outside.box.store.transaction() as tx:
        others = "SELECT id FROM calendar_bookings WHERE kind = 'ics' ORDER BY n LIMIT -1 OFFSET ?"
        tx.execute(f"UPDATE calendar_bookings SET id = 'other-' || id WHERE id IN ({others})", (kept,))
    given_anew(salon)
    salon.world.work()


def test_a_feed_without_the_imported_bookings_does_not_replace_the_first(world: World) -> None:
    """Feeds of several people often have the same name, and their appointments would seem to be cancelled."""
    salon = booked(connected(world, "ics"))
    feed_is_replaced(salon, kept=0)
    (row,) = world.rows(ENTERED)
    assert row.new_credentials is None
    assert "none of the imported bookings" in row.last_error
    assert salon.here() == [("Nora Bell", "booked")]


def test_a_feed_with_one_of_the_imported_bookings_replaces_the_first(world: World) -> None:
    salon = booked(connected(world, "ics"))
    salon.books("Olga Stone", hours=30)
    salon.syncs()
    feed_is_replaced(salon, kept=1)
    assert world.rows(ENTERED) == [(None, None)]


def test_any_feed_replaces_one_of_which_nothing_was_imported(world: World) -> None:
    salon = connected(world, "ics")
    given_anew(salon)
    world.work()
    assert world.rows(ENTERED) == [(None, None)]
