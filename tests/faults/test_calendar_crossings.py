"""Changes in a calendar that happen at the same time as our own changes eventually take effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.calendars import calendars
from domain.calendars.changes import Change
from domain.calendars.source_booking import SourceBooking, SourceStatus
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import WRITTEN, accepted, booked, cancelled_here, connected, in_silence, written
from tests.world import World
from worker.calendars.apply_booking import Reader

BLOCKED = ("acuity", "google")
"""Calendars whose holds do not end by themselves."""


def id_of(salon: CalendarShop, name: str) -> str:
    (id,) = [one["id"] for one in salon.stands() if one["name"] == name]
    return str(id)


def assert_agreement(salon: CalendarShop) -> None:
    for _ in range(2):
        salon.syncs()
        salon.world.settle()
    assert salon.world.broken_promises() == []


@pytest.mark.quick
@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_hold_that_is_paid_while_it_is_cancelled_there_is_cancelled_here_too(world: World, kind: str) -> None:
    """The payment can no longer be cancelled, so the hold first becomes a booking, even though its cancellation in
    the calendar has already been read. The next sync cancels the booking.
    """
    salon = written(in_silence(world, kind))
    salon.cancels(id_of(salon, "Ana"))
    world.beat("sync_calendars")
    world.run(world.advance(salon.shop, "sync_calendar"))
    salon.pays(salon.ana)
    world.work()
    assert_agreement(salon)
    assert ("Ana", "booked") not in salon.here()


@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_booking_of_ours_that_is_cancelled_before_we_know_its_id_is_cancelled_here(world: World, kind: str) -> None:
    salon = accepted(in_silence(world, kind))
    world.outside.fault(f"{kind} bookings.create", "timeout_after")
    world.run(world.advance(salon.shop, "write_back"))
    salon.cancels(id_of(salon, "Ana"))
    salon.syncs()
    world.clock.pass_(timedelta(minutes=1))
    world.work()
    salon.pays(salon.ana)
    world.work()
    assert_agreement(salon)
    assert [name for name, _ in salon.there()] == [name for name, status in salon.here() if status == "booked"]


@pytest.fixture(params=long_except(BLOCKED, "acuity"))
def lost(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    """The time that Nora freed is offered to Ana and held, but the response to the hold was lost."""
    salon = booked(connected(world, request.param))
    world.outside.fault(f"{salon.kind} slots.reserve", "timeout_after", match="hold-")
    salon.cancels(salon.nora)
    salon.syncs()
    assert salon.held() == 1
    assert world.one("SELECT external_id FROM calendar_holds") is None
    return salon


def test_a_hold_whose_response_was_lost_does_not_take_the_time_from_our_customer(lost):
    lost.world.says(lost.ana, lost.shop, "YES")
    lost.world.work()
    lost.world.clock.pass_(timedelta(seconds=3))
    lost.world.work()
    assert lost.there() == [("Ana", "booked")]
    lost.pays(lost.ana)
    lost.world.settle()
    assert ("Ana", "booked") in lost.here()
    assert lost.held() == 0


def test_a_hold_whose_response_was_lost_is_released_when_the_search_is_stopped(lost):
    slot = lost.world.one("SELECT id FROM slot_openings")
    lost.world.later("step_in", slot, "stop", "Mia", shop_id=lost.shop.id)
    lost.world.settle()
    assert lost.slots() == ["expired"]
    assert lost.held() == 0


@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_read_that_another_one_overtook_is_repeated(world: World, kind: str) -> None:
    """Two reads began before the change in the calendar. Only the read that began first returned the change."""
    salon = booked(in_silence(world, kind))
    began = world.clock.now()
    world.clock.pass_(timedelta(seconds=1))
    world.later("sync_booking", salon.calendar_id, salon.nora, shop_id=salon.shop.id)
    world.work()
    salon.cancels(salon.nora)
    with world.session() as session:
        stored = calendars.find(session, salon.calendar_id)
        assert stored is not None
        late = SourceBooking(external_id=salon.nora, status=SourceStatus.CANCELLED)
        change = Reader.of(world.dependencies, stored, began).apply(session, late)
    assert change is Change.NOTHING
    world.work()
    assert salon.here() == [("Nora Bell", "cancelled")]


@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_cancellation_that_the_calendar_refuses_is_left_to_the_staff(world: World, kind: str) -> None:
    salon = cancelled_here(in_silence(world, kind))
    world.outside.fault(f"{kind} bookings.cancel", "not_allowed", times=None)
    salon.syncs()
    assert salon.there() == [("Nora Bell", "booked")]
    notifications = world.rows(
        "SELECT text FROM notifications WHERE shop_id = :id AND kind = 'needs_human'", id=salon.shop.id
    )
    assert len(notifications) == 1
    world.outside.clear_faults()
    world.outside.fault(f"{kind} webhook", "dropped", times=None)
    salon.syncs()
    assert salon.there() == []


@pytest.mark.parametrize("kind", long_except(WRITTEN, "google"))
def test_a_move_that_the_calendar_refuses_is_undone_and_the_calendar_still_works(world: World, kind: str) -> None:
    """Google refuses to change another organiser's event, with the status for missing rights."""
    salon = booked(in_silence(world, kind))
    world.outside.fault(f"{kind} bookings.update", "not_allowed", times=None)
    assert salon.moves_here(salon.nora, hours=48) is None
    world.work()
    assert salon.status == "active"
    assert salon.appointment(salon.nora).starts_at == salon.at(24)
