"""The situations in which each task of connected calendars runs, with the kinds of calendar to which they apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from db.calendars import calendar_reconnects, calendars
from db.tasks.pending_tasks import UnpublishedRow
from providers.calendars.registry import PROVIDERS
from tests.faults.calendar_shop import CalendarShop
from tests.world import World

KINDS = tuple(PROVIDERS)
WRITTEN = tuple(kind for kind, one in PROVIDERS.items() if one.writes)
BY_ID = ("calcom", "square", "acuity")
"""Calendars whose webhooks identify the booking."""
HOLDING = ("calcom", "acuity", "google")
"""Calendars that can hold a time."""
RENEWED = tuple(kind for kind, one in PROVIDERS.items() if one.hold_lasts)
"""Calendars whose holds end by themselves."""

PREVIEWED = "UPDATE calendars SET status = 'paused', settings = settings || '{\"stage\": \"preview\"}' WHERE id = :id"


def connected(world: World, kind: str) -> CalendarShop:
    salon = CalendarShop.connected(world, kind)
    salon.ana = world.customer(salon.shop, "Ana")
    return salon


def in_silence(world: World, kind: str) -> CalendarShop:
    """Connects a calendar whose webhooks are all dropped."""
    salon = connected(world, kind)
    world.outside.fault(f"{kind} webhook", "dropped", times=None)
    return salon


def booked(salon: CalendarShop) -> CalendarShop:
    """Nora has a booking in the calendar, and its appointment exists."""
    salon.nora = salon.books()
    salon.syncs()
    return salon


def cancelled(salon: CalendarShop) -> CalendarShop:
    """Nora has cancelled in the calendar, and the cancellation has not been read yet."""
    booked(salon).cancels(salon.nora)
    return salon


def offered(salon: CalendarShop) -> CalendarShop:
    """Ana has received an offer for the time that Nora freed."""
    cancelled(salon).syncs()
    assert salon.world.texts(salon.ana)
    return salon


def held(salon: CalendarShop) -> CalendarShop:
    """Half of the duration of a hold that expires by itself has passed."""
    offered(salon).world.clock.pass_(timedelta(minutes=6))
    return salon


def accepted(salon: CalendarShop) -> CalendarShop:
    offered(salon)
    salon.world.says(salon.ana, salon.shop, "YES")
    return salon


def written(salon: CalendarShop) -> CalendarShop:
    """Ana's booking is in the calendar, and her deposit is pending."""
    accepted(salon).world.work()
    return salon


def paid(salon: CalendarShop) -> CalendarShop:
    salon.pays(written(salon).ana)
    return salon


def cancelled_here(salon: CalendarShop) -> CalendarShop:
    assert salon.world.cancel(salon.appointment(booked(salon).nora).id) == 202
    return salon


def given_up(salon: CalendarShop) -> CalendarShop:
    """Ana says NO when her booking is already in the calendar."""
    written(salon).world.says(salon.ana, salon.shop, "NO")
    return salon


def moved(salon: CalendarShop) -> CalendarShop:
    booked(salon).moves(salon.nora, hours=48)
    return salon


def moved_here(salon: CalendarShop) -> CalendarShop:
    assert booked(salon).moves_here(salon.nora, hours=48) is None
    return salon


def moved_onto_another(salon: CalendarShop) -> CalendarShop:
    """The appointment is moved to a time at which the calendar has a booking that has not been read yet."""
    booked(salon).books("Walk In", hours=48)
    assert salon.moves_here(salon.nora, hours=48) is None
    return salon


def stopped(salon: CalendarShop) -> CalendarShop:
    """Staff stop the search while the time is held in the calendar."""
    slot = salon.world.one("SELECT id FROM slot_openings WHERE shop_id = :id", id=offered(salon).shop.id)
    salon.world.later("step_in", slot, "stop", "Mia", shop_id=salon.shop.id)
    return salon


def listed(salon: CalendarShop) -> CalendarShop:
    """The calendar is due to be read."""
    salon.world.beat("sync_calendars")
    return salon


def three_booked(salon: CalendarShop) -> CalendarShop:
    for number in range(3):
        salon.books(f"Guest {number}", hours=24 + 2 * number)
    return salon


def in_preview(salon: CalendarShop, task: str, *more: object) -> CalendarShop:
    three_booked(salon)
    salon.world.rows(PREVIEWED, id=salon.calendar_id)
    return requested(salon, task, *more)


def requested(salon: CalendarShop, task: str, *more: object) -> CalendarShop:
    salon.world.later(task, salon.calendar_id, *more, shop_id=salon.shop.id)
    return salon


def given_anew(salon: CalendarShop) -> CalendarShop:
    """The shop has entered the same credentials a second time."""
    with salon.world.session() as session:
        stored = calendars.find(session, salon.calendar_id)
        calendar_reconnects.propose(session, salon.shop.id, salon.calendar_id, stored.credentials, by="system")
    return salon


@dataclass(frozen=True)
class CalendarSituation:
    """A situation in which a task runs. `play` creates it, and `kinds` lists the calendars to which it applies."""

    task: str
    name: str
    play: Callable[[World, str], CalendarShop]
    kinds: tuple[str, ...] = KINDS
    fewest: int = 6
    """The number of steps outside Redis; fewer would mean unobserved steps."""

    def next(self, salon: CalendarShop) -> UnpublishedRow:
        """Returns the next task. Beat sends `sync_calendars`, which has no row."""
        if self.task == "sync_calendars":
            return UnpublishedRow(None, self.task, [])
        return salon.world.advance(salon.shop, self.task)


SITUATIONS_OF_CALENDARS = (
    CalendarSituation("sync_booking", "booked", lambda w, k: three_booked(connected(w, k)), BY_ID, 11),
    CalendarSituation("sync_booking", "cancelled", lambda w, k: cancelled(connected(w, k)), BY_ID, 11),
    CalendarSituation("sync_booking", "moved", lambda w, k: moved(connected(w, k)), BY_ID, 11),
    CalendarSituation(
        "sync_calendar", "three bookings", lambda w, k: listed(three_booked(in_silence(w, k))), fewest=15
    ),
    CalendarSituation("sync_calendar", "cancelled", lambda w, k: listed(cancelled(in_silence(w, k))), fewest=11),
    CalendarSituation("sync_calendar", "moved", lambda w, k: listed(moved(in_silence(w, k))), fewest=15),
    CalendarSituation("sync_calendars", "a calendar", lambda w, k: three_booked(in_silence(w, k)), fewest=4),
    CalendarSituation(
        "hold_in_calendar", "an open slot", lambda w, k: listed(cancelled(connected(w, k))), HOLDING, 11
    ),
    CalendarSituation("hold_in_calendar", "a hold is renewed", lambda w, k: held(connected(w, k)), RENEWED, 11),
    CalendarSituation(
        "release_in_calendar", "the search is stopped", lambda w, k: stopped(connected(w, k)), HOLDING, 9
    ),
    CalendarSituation("write_back", "a YES", lambda w, k: accepted(connected(w, k)), fewest=15),
    CalendarSituation("cancel_in_calendar", "cancelled here", lambda w, k: cancelled_here(connected(w, k)), fewest=9),
    CalendarSituation("cancel_in_calendar", "given up", lambda w, k: given_up(connected(w, k)), WRITTEN, 9),
    CalendarSituation("move_in_calendar", "moved here", lambda w, k: moved_here(connected(w, k)), WRITTEN, 11),
    CalendarSituation(
        "move_in_calendar", "taken there", lambda w, k: moved_onto_another(in_silence(w, k)), WRITTEN, 11
    ),
    CalendarSituation("mark_paid_in_calendar", "paid", lambda w, k: paid(connected(w, k)), WRITTEN),
    CalendarSituation(
        "preview_calendar", "three bookings", lambda w, k: in_preview(connected(w, k), "preview_calendar")
    ),
    CalendarSituation(
        "start_calendar", "confirmed", lambda w, k: requested(three_booked(connected(w, k)), "start_calendar")
    ),
    CalendarSituation(
        "reconnect_calendar", "new credentials", lambda w, k: given_anew(booked(connected(w, k))), fewest=9
    ),
    CalendarSituation(
        "disconnect_calendar",
        "an active calendar",
        lambda w, k: requested(s := booked(connected(w, k)), "disconnect_calendar", s.shop.id),
    ),
)
