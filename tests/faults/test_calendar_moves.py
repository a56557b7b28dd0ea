"""If we move an appointment of a connected calendar, it is also moved in the calendar, or our move is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.cancellation import MoveRefusal
from domain.date_wording import on_the_day
from providers.calendars.registry import PROVIDERS
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import WRITTEN, booked, connected
from tests.world import World


@pytest.fixture(params=long_except(WRITTEN, "google"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    return booked(connected(world, request.param))


def times_there(salon: CalendarShop) -> list[str]:
    return [one["starts_at"] for one in salon.stands()]


def at(salon: CalendarShop, hours: float) -> str:
    return salon.at(hours).isoformat().replace("+00:00", "Z")


def alarms(salon: CalendarShop) -> list[str]:
    found = salon.world.rows(
        "SELECT text FROM notifications WHERE shop_id = :id AND kind = 'needs_human'", id=salon.shop.id
    )
    return [row.text for row in found]


def only(salon: CalendarShop):
    (row,) = salon.world.rows("SELECT * FROM appointments WHERE shop_id = :id", id=salon.shop.id)
    return row


@pytest.mark.quick
def test_a_move_here_is_one_there_and_the_old_time_is_sold(salon):
    assert salon.moves_here(salon.nora, hours=48) is None
    assert salon.slots() == []
    salon.world.work()
    assert times_there(salon) == [at(salon, 48)]
    assert salon.slots() == ["open"]
    salon.syncs()
    assert only(salon).starts_at == salon.at(48)
    assert times_there(salon) == [at(salon, 48)]
    assert alarms(salon) == []
    salon.world.settle()
    assert salon.world.broken_promises() == []


def test_until_the_calendar_answers_the_old_time_is_not_sold_and_the_move_stays(salon):
    salon.world.outside.fault(f"{salon.kind} bookings.update", "server_error", times=None)
    assert salon.moves_here(salon.nora, hours=48) is None
    for _ in range(4):
        salon.world.work()
        salon.world.clock.pass_(timedelta(minutes=5))
        salon.world.beat("sync_calendars")
    salon.world.work()
    assert (only(salon).starts_at, salon.slots()) == (salon.at(48), [])
    salon.world.outside.clear_faults()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.world.work()
    assert times_there(salon) == [at(salon, 48)]
    assert salon.slots() == ["open"]


def test_an_answer_that_is_lost_moves_once(salon):
    salon.world.outside.fault(f"{salon.kind} bookings.update", "timeout_after")
    salon.moves_here(salon.nora, hours=48)
    salon.world.work()
    salon.world.clock.pass_(timedelta(minutes=2))
    salon.world.work()
    salon.syncs()
    assert times_there(salon) == [at(salon, 48)]
    assert only(salon).starts_at == salon.at(48)
    assert salon.slots() == ["open"]


@pytest.mark.quick
def test_a_move_to_a_time_that_is_taken_in_the_calendar_is_undone_and_the_staff_are_notified(salon):
    salon.world.outside.fault(f"{salon.kind} webhook", "dropped", times=None)
    salon.books("Walk In", hours=48)
    assert salon.moves_here(salon.nora, hours=48) is None
    salon.world.work()
    assert only(salon).starts_at == salon.at(24)
    assert times_there(salon) == [at(salon, 24), at(salon, 48)]
    assert salon.slots() == []
    (alarm,) = alarms(salon)
    assert "did not accept the move" in alarm
    assert "at its old time again" in alarm
    salon.world.outside.clear_faults()
    salon.syncs()
    salon.world.settle()
    assert sorted(salon.here()) == [("Nora Bell", "booked"), ("Walk In", "booked")]
    assert salon.world.broken_promises() == []


def test_a_booking_moved_twice_before_the_calendar_answers_is_there_once(salon):
    salon.moves_here(salon.nora, hours=48)
    salon.moves_here(salon.nora, hours=72)
    salon.world.work()
    salon.syncs()
    assert times_there(salon) == [at(salon, 72)]
    assert only(salon).starts_at == salon.at(72)


def test_the_customer_is_notified_of_the_first_move_when_the_second_one_is_refused(salon):
    """The text about the first move was skipped, because the second move had been made when the text was due."""
    salon.world.outside.fault(f"{salon.kind} webhook", "dropped", times=None)
    salon.books("Walk In", hours=72)
    salon.world.rows("UPDATE customers SET sms_opt_in = true WHERE shop_id = :id RETURNING id", id=salon.shop.id)
    nora = salon.appointment(salon.nora)
    salon.may_move_here(nora, hours=48, tell_customer=True)
    salon.world.run(salon.world.advance(salon.shop, "move_in_calendar"))
    salon.may_move_here(nora, hours=72, tell_customer=True)
    salon.world.work()
    stands = (
        "SELECT a.starts_at FROM appointments a JOIN customers c ON c.id = a.customer_id WHERE c.name = 'Nora Bell'"
    )
    assert [row.starts_at for row in salon.world.rows(stands)] == [salon.at(48)]
    moved_texts = "SELECT body FROM messages WHERE shop_id = :id AND purpose = 'appointment_moved'"
    (message,) = salon.world.rows(moved_texts, id=salon.shop.id)
    assert on_the_day(salon.at(48), zone="UTC", locale="en-GB") in message.body


def test_moved_here_and_cancelled_there_meanwhile_is_cancelled(salon):
    salon.world.outside.fault(f"{salon.kind} webhook", "dropped", times=None)
    salon.moves_here(salon.nora, hours=48)
    salon.cancels(salon.nora)
    salon.world.work()
    salon.syncs()
    assert only(salon).status == "cancelled"
    assert salon.there() == []
    assert salon.world.broken_promises() == []


def test_moved_and_cancelled_here_is_cancelled_there(salon):
    salon.moves_here(salon.nora, hours=48)
    assert salon.world.cancel(only(salon).id) == 202
    salon.world.work()
    assert salon.there() == []


def test_a_freed_time_that_is_held_there_is_filled_by_a_move(world: World):
    """Our own hold does not prevent our own appointment."""
    salon = booked(connected(world, "calcom"))
    other = salon.books("Olga Stone", hours=48)
    salon.syncs()
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.held() == 1
    assert salon.moves_here(other, hours=24) is None
    salon.world.work()
    salon.world.clock.pass_(timedelta(seconds=5))
    salon.world.work()
    assert salon.there() == [("Olga Stone", "booked")]
    assert times_there(salon) == [at(salon, 24)]


@pytest.mark.parametrize("kind", [kind for kind, one in PROVIDERS.items() if one.keeps_length])
def test_a_length_that_the_calendar_decides_is_kept(world: World, kind: str):
    salon = booked(connected(world, kind))
    salon.moves_here(salon.nora, hours=48, length=2)
    salon.world.work()
    assert only(salon).starts_at == salon.at(24)
    (alarm,) = alarms(salon)
    assert "its length can only be changed there" in alarm


def test_a_feed_and_a_broken_calendar_refuse_the_move(world: World):
    feed = booked(connected(world, "ics"))
    assert feed.moves_here(feed.nora, hours=48) is MoveRefusal.IN_CALENDAR
    world.begin_anew()
    salon = booked(connected(world, "square"))
    world.rows("UPDATE calendars SET status = 'broken' WHERE id = :id", id=salon.calendar_id)
    assert salon.moves_here(salon.nora, hours=48) is MoveRefusal.IN_CALENDAR


def test_a_disconnected_calendar_need_not_know(salon):
    salon.moves_here(salon.nora, hours=48)
    salon.world.rows("UPDATE calendars SET status = 'disconnected' WHERE id = :id", id=salon.calendar_id)
    salon.world.work()
    assert salon.slots() == ["open"]


@pytest.mark.parametrize("kind", long_except(WRITTEN, "acuity"))
def test_a_customer_who_is_moved_up_leaves_the_later_time_there(world: World, kind: str):
    """In the calendar, the later booking is cancelled and the earlier one is booked. The later time is sold."""
    salon = CalendarShop.connected(world, kind, move_up=True)
    nora = salon.books(hours=24)
    later = salon.books("Vera Long", hours=48)
    salon.syncs()
    salon.ana = salon.consenting("Vera Long")
    salon.cancels(nora)
    salon.syncs()
    salon.world.says(salon.ana, salon.shop, "YES")
    salon.world.work()
    salon.pays(salon.ana)
    salon.world.work()
    salon.syncs()
    assert later
    assert salon.there() == [("Vera Long", "booked")]
    assert times_there(salon) == [at(salon, 24)]
    assert ("Vera Long", "booked") in salon.here()
    assert ("Vera Long", "cancelled") in salon.here()
    salon.world.settle()
    assert salon.world.broken_promises() == []
