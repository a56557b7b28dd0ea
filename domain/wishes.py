"""The wishes of customers on the waiting list, and the reasons why a slot does not match them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_NOTICE_HOURS, MOST_PRIORITY, LONGEST_NOTE = 8760, 1000, 500
"""The limits of an entry. `LONGEST_NOTE` is in characters."""


class Mismatch(IntEnum):
    """The reasons why a slot does not match a wish, in the order in which they are checked."""

    SERVICE = 1
    PERFORMER = 2
    LENGTH = 3
    DAY = 4
    TIME = 5
    NOTICE = 6


RULES_OF_WISHES: Mapping[Mismatch, tuple[str, str]] = {
    Mismatch.SERVICE: ("wanted_service", "Wants another service."),
    Mismatch.PERFORMER: ("wanted_performer", "Wants another member of staff."),
    Mismatch.LENGTH: ("fits_the_length", "The service they want does not fit the length."),
    Mismatch.DAY: ("wanted_day", "Wants another day."),
    Mismatch.TIME: ("wanted_time", "Wants another time of day."),
    Mismatch.NOTICE: ("enough_notice", "Wants more notice."),
}
"""The eligibility rule of each mismatch: its name, and the reason for the shop."""


class WishKind(StrEnum):
    """The ways in which a wish is entered and stored."""

    TIME = "time"
    DATE = "date"
    HOURS = "hours"
    """The wish is entered in hours, and stored in minutes. Forms accept only whole hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishField:
    """A wish that forms, lists, commands and sentences handle according to its kind.

    `column` is the column of `waitlist_entries`, and `name` the field in forms, lists and commands. `label` is shown
    to the shop, `own_label` to the customer, and `hint` in a command's help. `headings` are the column headings in a
    list, of which the first one is exported. `words` is the part of a sentence, with {time} or {date}.
    """

    column: str
    kind: WishKind
    label: str
    hint: str
    headings: tuple[str, ...]
    words: str
    own_label: str = ""

    @property
    def name(self) -> str:
        return self.column.replace("_minutes", "_hours") if self.kind is WishKind.HOURS else self.column


WISH_FIELDS: tuple[WishField, ...] = (
    WishField(
        column="time_from",
        kind=WishKind.TIME,
        label="Starting from",
        hint="the earliest start, like 17:00, in the shop's time zone",
        headings=("time from", "from time", "starting from", "not before"),
        words="from {time}",
    ),
    WishField(
        column="time_until",
        kind=WishKind.TIME,
        label="Starting before",
        hint="only times that start before this one",
        headings=("time until", "until time", "starting before"),
        words="before {time}",
    ),
    WishField(
        column="date_from",
        kind=WishKind.DATE,
        label="First day",
        hint="the first day, like 2026-01-31",
        headings=("date from", "from date", "first day"),
        words="from {date}",
    ),
    WishField(
        column="date_until",
        kind=WishKind.DATE,
        label="Last day",
        hint="the last day",
        headings=("date until", "until date", "last day"),
        words="until {date}",
    ),
    WishField(
        column="notice_minutes",
        kind=WishKind.HOURS,
        label="Notice needed (hours)",
        own_label="Hours of notice you need",
        hint="the minimum notice, in hours",
        headings=("notice hours", "hours of notice", "notice"),
        words="at least {time} before",
    ),
)
"""All wishes except service, member of staff and weekdays, in the order of the forms."""


PRIORITY_WITHOUT_REASON = "Enter the reason for the priority."
END_BEFORE_START = "The end must be after the start."
LAST_DAY_OVER = "Choose a day that isn't over."
NO_SUCH_WEEKDAY = "None of these days is between the first and the last day."


def contradictions(wishes: Mapping[str, Any], *, today: date) -> Iterator[tuple[str, str]]:
    """Yields the column and the reason of each wish that no slot can match, or that needs a reason.

    `wishes` are columns of an entry. `today` is in the shop's time zone.
    """
    begins, ends = wishes.get("time_from"), wishes.get("time_until")
    if wishes.get("priority") and not wishes.get("priority_reason"):
        yield "priority_reason", PRIORITY_WITHOUT_REASON
    if begins is not None and ends is not None and ends <= begins:
        yield "time_until", END_BEFORE_START
    if last := wishes.get("date_until"):
        yield from _contradictions_of_days(wishes.get("date_from"), last, wishes.get("weekdays"), today=today)


def _contradictions_of_days(
    first: date | None, last: date, weekdays: Collection[int] | None, *, today: date
) -> Iterator[tuple[str, str]]:
    if first is not None and last < first:
        yield "date_until", END_BEFORE_START
    elif last < today:
        yield "date_until", LAST_DAY_OVER
    elif weekdays and not any(day.isoweekday() in weekdays for day in _a_week(max(first or today, today), last)):
        yield "weekdays", NO_SUCH_WEEKDAY


def _a_week(first: date, last: date) -> Iterator[date]:
    """Yields the days from `first` to `last`, but at most seven."""
    for days in range(min((last - first).days, 6) + 1):
        yield first + timedelta(days=days)


def in_words(
    entry: Mapping[str, Any], show: Mapping[WishKind, Callable[[Any], str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the part of a sentence for each filled wish, and its placeholder's value. `show` formats a value."""
    for field in WISH_FIELDS:
        value = entry[field.column]
        if value:
            yield field.words, {"date" if field.kind is WishKind.DATE else "time": show[field.kind](value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTime:
    """The data of a slot with which wishes are compared.

    `local_start` is naive, in the shop's time zone. `starts_at` is UTC.
    """

    starts_at: datetime
    local_start: datetime
    length: timedelta
    performer_id: UUID | None = None
    service_id: UUID | None = None
    service: str | None = None
    """The name of the service, for appointments whose service has no id."""
    chain_depth: int = 0
    """The number of consecutive moves to earlier times that led to this free time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One active entry of the waiting list. None matches any value. Weekdays are ISO weekdays (Monday is 1)."""

    id: UUID
    customer_id: UUID
    since: datetime
    priority: int = 0
    service_id: UUID | None = None
    service_length: timedelta | None = None
    service_possible: bool = True
    """Whether the slot can be sold as this service.

    It was booked as this service, or its service is unknown and the performer provides this service.
    """
    performer_id: UUID | None = None
    weekdays: frozenset[int] | None = None
    time_from: time | None = None
    time_until: time | None = None
    date_from: date | None = None
    date_until: date | None = None
    notice_minutes: int | None = None


def mismatch(wish: Wish, slot: SlotTime, *, now: datetime) -> Mismatch | None:
    """Returns the first reason why the slot does not match the wish, or None if it matches. `now` is UTC."""
    judged = (
        (Mismatch.SERVICE, wish.service_id is not None and not wish.service_possible),
        (Mismatch.PERFORMER, wish.performer_id is not None and wish.performer_id != slot.performer_id),
        (Mismatch.LENGTH, wish.service_length is not None and wish.service_length > slot.length),
        (Mismatch.DAY, not _on_wanted_day(wish, slot.local_start.date())),
        (Mismatch.TIME, not _at_wanted_time(wish, slot.local_start.time())),
        (
            Mismatch.NOTICE,
            wish.notice_minutes is not None and slot.starts_at - now < timedelta(minutes=wish.notice_minutes),
        ),
    )
    return next((reason for reason, refused in judged if refused), None)


def _on_wanted_day(wish: Wish, day: date) -> bool:
    if wish.weekdays and day.isoweekday() not in wish.weekdays:
        return False
    return (wish.date_from or day) <= day <= (wish.date_until or day)


def _at_wanted_time(wish: Wish, at: time) -> bool:
    """Whether the slot starts at or after `time_from` and before `time_until`."""
    return (wish.time_from is None or at >= wish.time_from) and (wish.time_until is None or at < wish.time_until)


def best_match(wishes: Iterable[Wish], slot: SlotTime, *, now: datetime) -> Wish | None:
    """Returns the matching wish with the highest priority.

    If several matching wishes have this priority, returns the one that has waited longest.
    """
    matching = [wish for wish in wishes if mismatch(wish, slot, now=now) is None]
    return min(matching, key=lambda wish: (-wish.priority, wish.since, wish.id), default=None)


def closest_mismatch(wishes: Iterable[Wish], slot: SlotTime, *, now: datetime) -> Mismatch | None:
    """Returns why the closest wish does not match, or None if a wish matches."""
    reasons = [mismatch(wish, slot, now=now) for wish in wishes]
    return max((reason for reason in reasons if reason is not None), default=None) if None not in reasons else None
