"""A freed time is held in the calendar while it is offered.

If the response to a hold is lost, the hold blocks the time only for minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from providers.calendars.calendars import Calendars
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import booked, connected, offered
from tests.world import World
from worker.dependencies import use

LASTS = timedelta(minutes=10)


@pytest.fixture
def salon(world: World) -> CalendarShop:
    return booked(connected(world, "calcom"))


def passes(salon: CalendarShop, minutes: float) -> None:
    salon.world.clock.pass_(timedelta(minutes=minutes))
    salon.world.work()


@pytest.mark.quick
def test_a_hold_is_renewed_while_the_slot_is_offered_and_then_released(salon):
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.held() == 1
    for _ in range(3):
        passes(salon, 6)
        assert salon.held() == 1
    assert len(salon.requests("POST", path="/slots/reservations")) == 4
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    assert salon.there() == [("Ana", "booked")]
    assert salon.held() == 0
    passes(salon, 6)
    assert salon.held() == 0


def test_a_hold_that_ended_before_it_was_renewed_is_made_again(salon):
    salon.cancels(salon.nora)
    salon.syncs()
    passes(salon, 11)
    assert salon.held() == 1
    assert len(salon.requests("POST", path="/slots/reservations")) == 2


def lost(salon: CalendarShop) -> None:
    """Loses the response to a reservation that was made."""
    salon.world.outside.fault("calcom slots.reserve", "timeout_after")
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.held() == 1
    assert salon.world.one("SELECT external_id FROM calendar_holds") is None


def test_a_hold_whose_response_was_lost_is_made_again_once_it_has_ended(salon):
    lost(salon)
    passes(salon, 5)
    assert salon.world.one("SELECT external_id FROM calendar_holds") is None
    passes(salon, 6)
    assert salon.held() == 1
    assert salon.world.one("SELECT external_id FROM calendar_holds")
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    assert salon.there() == [("Ana", "booked")]
    assert salon.held() == 0


def test_a_renewal_whose_response_was_lost_is_made_again_once_it_has_ended(salon):
    salon.cancels(salon.nora)
    salon.syncs()
    salon.world.outside.fault("calcom slots.reserve", "timeout_after")
    passes(salon, 6)
    assert salon.held() == 1
    assert salon.world.one("SELECT external_id FROM calendar_holds") is None
    for _ in range(3):
        passes(salon, 4)
    assert salon.held() == 1
    assert salon.world.one("SELECT external_id FROM calendar_holds")
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    assert salon.there() == [("Ana", "booked")]
    assert salon.held() == 0


def test_a_yes_waits_for_the_end_of_a_hold_whose_answer_was_lost(salon):
    """The hold is our own, so the time is not taken."""
    lost(salon)
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    assert salon.there() == []
    assert ("Ana", "pending_payment") in salon.here()
    for _ in range(11):
        passes(salon, 1)
    assert salon.there() == [("Ana", "booked")]
    salon.pays(salon.ana)
    salon.world.work()
    assert ("Ana", "booked") in salon.here()
    assert salon.held() == 0
    assert salon.world.broken_promises() == []


def test_a_time_that_another_booking_takes_meanwhile_is_taken(salon):
    lost(salon)
    salon.world.outside.fault("calcom webhook", "dropped", times=None)
    salon.world.clock.pass_(LASTS + timedelta(seconds=1))
    salon.books("Walk In")
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    passes(salon, 1)
    passes(salon, 1)
    assert salon.there() == [("Walk In", "booked")]
    assert any("just been taken" in text for text in salon.world.texts(salon.ana))


def test_a_hold_that_is_asked_for_twice_is_renewed_by_one_task(salon):
    salon.cancels(salon.nora)
    salon.syncs()
    slot = salon.world.one("SELECT id FROM slot_openings")
    salon.world.later("hold_in_calendar", slot, shop_id=salon.shop.id)
    salon.world.work()
    waiting = "SELECT count(*) FROM pending_tasks WHERE name = 'hold_in_calendar' AND settled_at IS NULL"
    assert salon.world.one(waiting) == 1
    assert salon.held() == 1


class Meanwhile:
    """Calendars in which an action runs after the next `hold` or before the next `release`."""

    def __init__(self, calendars: Calendars, **happens: Callable[[], None]) -> None:
        self._calendars, self._happens = calendars, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calendars, name)

    def hold(self, *args: Any) -> Any:
        answer = self._calendars.hold(*args)
        self._happens.pop("after_hold", lambda: None)()
        return answer

    def release(self, *args: Any) -> None:
        self._happens.pop("before_release", lambda: None)()
        self._calendars.release(*args)


def opened_again(salon: CalendarShop) -> None:
    """Offers the slot again and creates a hold for it."""
    salon.world.rows("UPDATE slot_openings SET status = 'open' RETURNING id")
    for task in salon.world.claimable():
        if task.name == "hold_in_calendar":
            salon.world.run(task)


@pytest.mark.parametrize(
    ("recorded", "moment"), [(False, "after_hold"), (False, "before_release"), (True, "before_release")]
)
def test_a_slot_opened_again_during_the_release_of_its_hold_is_held(world, recorded, moment):
    salon = offered(connected(world, "google"))
    if not recorded:
        world.rows("UPDATE calendar_holds SET external_id = NULL RETURNING slot_opening_id")
    world.rows("UPDATE slot_openings SET status = 'expired' RETURNING id")
    (release,) = (task for task in world.claimable() if task.name == "release_in_calendar")
    meanwhile = Meanwhile(world.dependencies.calendars, **{moment: lambda: opened_again(salon)})
    use(replace(world.dependencies, calendars=meanwhile))  # type: ignore[arg-type]
    world.run(release)
    use(world.dependencies)
    world.work()
    passes(salon, 1)
    assert salon.held() == 1
    assert world.one("SELECT external_id FROM calendar_holds")
    world.rows("UPDATE slot_openings SET status = 'expired' RETURNING id")
    world.work()
    assert salon.held() == 0
    assert world.rows("SELECT 1 FROM calendar_holds") == []
