"""Random histories of a shop with a connected calendar: changes on both sides, lost webhooks and killed workers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.builders import Built
from tests.faults.calendar_shop import CalendarShop
from tests.faults.crashes import cut_short
from tests.world import World
from worker.calendars.apply_booking import OVERLAPS

LAST_STEP = 60
HOURS = range(24, 96, 3)

Time = tuple[float, float]
"""Start and end in Unix seconds."""


@dataclass
class CalendarHistory:
    """A shop with its customers.

    `actions` lists the past events, so that the history can be repeated with the same seed.
    """

    salon: CalendarShop
    chance: random.Random
    people: list[Built]
    actions: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, world: World, kind: str, seed: int) -> CalendarHistory:
        world.begin_anew()
        chance = random.Random(seed)
        world.chance = chance
        shop = {"deposit_cents": chance.choice([2000, 2000, 0]), "move_up": chance.random() < 0.3}
        salon = CalendarShop.connected(world, kind, **shop)
        people = [world.customer(salon.shop, name) for name in ("Ana", "Ben", "Cleo")]
        history = cls(salon, chance, people)
        for _ in range(2):
            books(history)
        salon.syncs()
        return history

    @property
    def world(self) -> World:
        return self.salon.world

    def standing(self) -> str | None:
        """Returns the id of a random booking in the calendar, or None.

        The bookings are sorted by time, because their ids differ between runs with the same seed.
        """
        ids = [one["id"] for one in self.salon.stands() if one["status"] == "booked"]
        return self.chance.choice(ids) if ids else None

    def mirrored(self) -> Built | None:
        """Returns a random live appointment that is also in the calendar, or None."""
        found = self.world.rows(
            "SELECT * FROM appointments WHERE shop_id = :id AND external_id IS NOT NULL AND status = 'booked'"
            " AND starts_at > clock_now() ORDER BY starts_at, created_at",
            id=self.salon.shop.id,
        )
        return self.chance.choice(found) if found else None

    def hours(self) -> int:
        return self.chance.choice(HOURS)


def books(h: CalendarHistory) -> None:
    """Creates a booking in the calendar, even if the time is taken, as staff can."""
    h.salon.books(f"Guest {len(h.actions)}", hours=h.hours())


def _cancels_there(h: CalendarHistory) -> None:
    if id := h.standing():
        h.salon.cancels(id)


def _moves_there(h: CalendarHistory) -> None:
    if id := h.standing():
        h.salon.moves(id, hours=h.hours())


def _no_show(h: CalendarHistory) -> None:
    if id := h.standing():
        h.salon.post(f"/{id}/no-show")


def _moves_here(h: CalendarHistory) -> None:
    if found := h.mirrored():
        h.salon.may_move_here(found, hours=h.hours())


def _cancels_here(h: CalendarHistory) -> None:
    if found := h.mirrored():
        h.world.cancel(found.id)


def _says(h: CalendarHistory, words: str) -> None:
    h.world.says(h.chance.choice(h.people), h.salon.shop, words)


def _pays(h: CalendarHistory) -> None:
    h.salon.pays(h.chance.choice(h.people))


def _killed(h: CalendarHistory) -> None:
    if tasks := h.world.claimable():
        with cut_short(h.world, after=h.chance.randrange(LAST_STEP)):
            h.world.run(h.chance.choice(tasks))


def _one_task(h: CalendarHistory) -> None:
    if tasks := h.world.claimable():
        h.world.run(h.chance.choice(tasks))


def _webhook(h: CalendarHistory, copies: int) -> None:
    if webhooks := h.world.outside.carried_now():
        webhook = h.chance.choice(webhooks)
        for _ in range(copies):
            h.world.outside.carry(webhook)
        if not copies:
            h.world.outside.lose(webhook)


def _fault(h: CalendarHistory, where: str, fault: str) -> None:
    h.world.outside.fault(f"{h.salon.kind} {where}", fault)


EVENTS: dict[str, tuple[int, Callable[[CalendarHistory], Any]]] = {
    "a customer books in the calendar": (4, books),
    "a customer cancels in the calendar": (7, _cancels_there),
    "a customer moves a booking in the calendar": (4, _moves_there),
    "a customer does not show up": (1, _no_show),
    "staff move an appointment": (5, _moves_here),
    "staff cancel an appointment": (3, _cancels_here),
    "a customer says YES": (12, lambda h: _says(h, "YES")),
    "a customer says NO": (3, lambda h: _says(h, "NO")),
    "a customer pays": (9, _pays),
    "all due work is done": (10, lambda h: h.world.work()),
    "one task runs": (4, _one_task),
    "a worker is killed": (7, _killed),
    "the calendar is read": (5, lambda h: h.world.beat("sync_calendars")),
    "a webhook arrives": (4, lambda h: _webhook(h, 1)),
    "a webhook arrives twice": (3, lambda h: _webhook(h, 2)),
    "a webhook is lost": (4, lambda h: _webhook(h, 0)),
    "five minutes pass": (4, lambda h: h.world.clock.pass_(timedelta(minutes=5))),
    "a quarter of an hour passes": (3, lambda h: h.world.clock.pass_(timedelta(minutes=16))),
    **{
        f"next at {where}: {fault}": (1, lambda h, where=where, fault=fault: _fault(h, where, fault))  # type: ignore[misc]
        for where in ("bookings.create", "bookings.update", "bookings.cancel", "bookings.get", "bookings.list", "*")
        for fault in ("timeout_after", "server_error", "token_revoked")
    },
}


def assert_both_sides_agree(world: World, kind: str, seed: int, length: int) -> None:
    """Applies random events and ends all faults. Then asserts that the calendar and our bookings agree."""
    history = CalendarHistory.begin(world, kind, seed)
    names, weights = list(EVENTS), [weight for weight, _ in EVENTS.values()]
    try:
        for _ in range(length):
            (name,) = history.chance.choices(names, weights)
            history.actions.append(name)
            EVENTS[name][1](history)
            if history.chance.random() < 0.5:
                world.work()
        end(history)
        assert disagreements(history.salon) == []
        broken = world.broken_promises()
        assert not broken, "\n".join(f"{b.name} {b.sentence} {b.subject}: {b.detail}" for b in broken)
    except Exception as error:
        error.add_note(f"assert_both_sides_agree(world, {kind!r}, {seed}, {length}):\n" + "\n".join(history.actions))
        raise


def end(history: CalendarHistory) -> None:
    world = history.world
    world.outside.clear_faults()
    world.banks_decide("succeed", "fail")
    world.settle()
    history.salon.syncs()
    world.settle()
    history.salon.syncs()
    world.work()


def disagreements(salon: CalendarShop) -> list[str]:
    """Returns the bookings and appointments that have no counterpart at the same time.

    For a feed, returns only appointments without a booking. A calendar may have two bookings at one time, of which
    only one can be mirrored.
    """
    if salon.status != "active":
        return [f"the calendar is {salon.status}"]
    here = {
        row.external_id: (row.starts_at.timestamp(), row.ends_at.timestamp())
        for row in salon.world.rows(
            "SELECT external_id, starts_at, ends_at FROM appointments WHERE calendar_id = :id AND status = 'booked'"
            " AND starts_at > clock_now() AND external_id IS NOT NULL",
            id=salon.calendar_id,
        )
    }
    there = {one["id"]: salon.times(one) for one in salon.stands() if one["status"] == "booked"}
    left_out = _rightly_left_out(salon, there)
    no_shows = {one["id"] for one in salon.stands() if one["status"] != "booked"}
    found = [
        f"here at {at}, there {there.get(id)}"
        for id, at in here.items()
        if there.get(id) != at and id not in no_shows and id not in left_out
    ]
    if salon.kind != "ics":
        missing = [id for id in there if id not in here and id not in left_out]
        found += [
            f"only there: {id} at {there[id]}" for id in missing if there[id][0] > salon.world.clock.now().timestamp()
        ]
    return found


def _rightly_left_out(salon: CalendarShop, there: dict[str, Time]) -> set[str]:
    """Returns the bookings that could not be mirrored.

    A booking that was left out because of an overlap must really overlap an appointment.
    """
    not_mirrored = salon.world.rows(
        "SELECT external_id, not_mirrored FROM calendar_bookings"
        " WHERE calendar_id = :id AND not_mirrored IS NOT NULL",
        id=salon.calendar_id,
    )
    occupied = salon.world.rows(
        "SELECT external_id, starts_at, ends_at FROM appointments"
        " WHERE shop_id = :id AND status IN ('pending_payment', 'booked')",
        id=salon.shop.id,
    )

    def overlaps(id: str, starts: float, ends: float) -> bool:
        others = [one for one in occupied if one.external_id != id]
        return any(one.starts_at.timestamp() < ends and one.ends_at.timestamp() > starts for one in others)

    found = [(row.external_id, row.not_mirrored) for row in not_mirrored if row.external_id in there]
    return {id for id, reason in found if reason != OVERLAPS or overlaps(id, *there[id])}
