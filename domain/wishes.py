"""The wishes of customers on the waiting list, and the reasons why a slot does not match them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from uuid import UUID

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_NOTICE_HOURS, MOST_PRIORITY, LONGEST_NOTE = 8760, 1000, 500
"""Limits of an entry that is typed or imported; `LONGEST_NOTE` in characters."""


class Mismatch(IntEnum):
    """Why a slot does not match a wish, in the order in which it is judged."""

    SERVICE = 1
    PERFORMER = 2
    LENGTH = 3
    DAY = 4
    TIME = 5
    NOTICE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTime:
    """The facts of a slot that wishes are compared with.

    `local_start` is naive, in the shop's zone; `starts_at` is UTC.
    """

    starts_at: datetime
    local_start: datetime
    length: timedelta
    performer_id: UUID | None = None
    service_id: UUID | None = None
    service: str | None = None
    """The name of the service, where rows from outside give no id."""
    chain_depth: int = 0
    """How many customers were moved up in a row before this time became free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One active entry of the waiting list. None means any; weekdays are ISO (Monday 1)."""

    id: UUID
    customer_id: UUID
    since: datetime
    priority: int = 0
    service_id: UUID | None = None
    service_length: timedelta | None = None
    service_possible: bool = True
    """The slot can be sold as this service: it was booked as such, or its service is unknown and the performer does
    this one."""
    performer_id: UUID | None = None
    weekdays: frozenset[int] | None = None
    time_from: time | None = None
    time_until: time | None = None
    date_from: date | None = None
    date_until: date | None = None
    notice: timedelta | None = None


def mismatch(wish: Wish, slot: SlotTime, *, now: datetime) -> Mismatch | None:
    """The first difference between the wish and the slot; None when the slot matches. `now` is UTC."""
    judged = (
        (Mismatch.SERVICE, wish.service_id is not None and not wish.service_possible),
        (Mismatch.PERFORMER, wish.performer_id is not None and wish.performer_id != slot.performer_id),
        (Mismatch.LENGTH, wish.service_length is not None and wish.service_length > slot.length),
        (Mismatch.DAY, not _on_wanted_day(wish, slot.local_start.date())),
        (Mismatch.TIME, not _at_wanted_time(wish, slot.local_start.time())),
        (Mismatch.NOTICE, wish.notice is not None and slot.starts_at - now < wish.notice),
    )
    return next((reason for reason, refused in judged if refused), None)


def _on_wanted_day(wish: Wish, day: date) -> bool:
    if wish.weekdays and day.isoweekday() not in wish.weekdays:
        return False
    return (wish.date_from or day) <= day <= (wish.date_until or day)


def _at_wanted_time(wish: Wish, at: time) -> bool:
    """From `time_from`, and before `time_until`."""
    return (wish.time_from is None or at >= wish.time_from) and (wish.time_until is None or at < wish.time_until)


def best_match(wishes: Iterable[Wish], slot: SlotTime, *, now: datetime) -> Wish | None:
    """The matching wish that gives the best place: the highest priority, then the one that waits longest."""
    matching = [wish for wish in wishes if mismatch(wish, slot, now=now) is None]
    return min(matching, key=lambda wish: (-wish.priority, wish.since, wish.id), default=None)


def closest_mismatch(wishes: Iterable[Wish], slot: SlotTime, *, now: datetime) -> Mismatch | None:
    """If none of the wishes matches, the reason of the closest one; None if one matches."""
    reasons = [mismatch(wish, slot, now=now) for wish in wishes]
    return max((reason for reason in reasons if reason is not None), default=None) if None not in reasons else None
