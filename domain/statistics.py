"""A shop's statistics: periods, and rates that are computed from counts.

docs/explanation/figures.md defines each figure. A slot belongs to the period of its result
(db/sql/slot_results.sql).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.time_zones import zone_named


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in the shop's time zone, including `first` and `last`."""

    name: str
    first: date
    last: date


def periods(now: datetime, zone: str) -> tuple[Period, Period]:
    """Returns the current week, which starts on Monday, and the current month in the shop's time zone."""
    today = now.astimezone(zone_named(zone)).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period("This week", monday, monday + timedelta(days=6)), Period("This month", first, last)


def bounds(period: Period, zone: str) -> dict[str, datetime]:
    """Returns the start (`since`) and the end (`before`) of the period, at midnight in the shop's time zone."""
    first, after = period.first, period.last + timedelta(days=1)
    since, before = (datetime.combine(day, time(), zone_named(zone)) for day in (first, after))
    return {"since": since, "before": before}


def month_before(month: Period) -> Period:
    """Returns the calendar month before `month`."""
    last = month.first - timedelta(days=1)
    return Period("Last month", last.replace(day=1), last)


def last_week(now: datetime, zone: str) -> Period:
    """Returns the last complete week, from Monday to Sunday."""
    monday = periods(now, zone)[0].first - timedelta(weeks=1)
    return Period("Last week", monday, monday + timedelta(days=6))


FRESH_DAYS = 3
"""The number of days, from Monday on, during which the summary of the last week may be sent."""


def week_is_fresh(now: datetime, zone: str) -> bool:
    """Whether the last week ended recently enough for its summary to be sent."""
    return now.astimezone(zone_named(zone)).weekday() < FRESH_DAYS


def weeks_until(week: Period, number: int) -> list[Period]:
    """Returns the last `number` weeks up to and including `week`. The name of a week is its first day (ISO)."""
    firsts = [week.first - timedelta(weeks=back) for back in reversed(range(number))]
    return [Period(first.isoformat(), first, first + timedelta(days=6)) for first in firsts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The counts of one period. Amounts are in minor units.

    The times until a slot was filled are in seconds, or None if no slot was recovered.
    """

    cancelled: int = 0
    recovered: int = 0
    lost: int = 0
    by_hand: int = 0
    under_way: int = 0
    money_recovered: int = 0
    money_lost: int = 0
    median_seconds: float | None = None
    slow_seconds: float | None = None
    offers: int = 0
    """The number of offers that were made for the recovered slots."""

    @property
    def fill_rate(self) -> int | None:
        """The percentage of recovered slots among recovered and lost slots, or None if there are none."""
        decided = self.recovered + self.lost
        return round(100 * self.recovered / decided) if decided else None

    @property
    def shows_90th_percentile(self) -> bool:
        """Whether the 90th percentile is shown. At least ten slots must have been recovered."""
        return self.recovered >= 10

    @property
    def offers_each(self) -> float | None:
        """The average number of offers for a recovered slot."""
        return self.offers / self.recovered if self.recovered else None


@dataclass(frozen=True, slots=True)
class Day:
    """The slots of one day by result. `money` is the sum of the prices of recovered bookings, in minor units."""

    day: date
    recovered: int = 0
    lost: int = 0
    other: int = 0
    money: int = 0

    @property
    def all(self) -> int:
        """The number of slots on this day with any result."""
        return self.recovered + self.lost + self.other


@dataclass(frozen=True, slots=True)
class Share:
    """The slots of one service or performer, by result.

    `name` is None if the slots have no service or performer.
    """

    name: str | None
    recovered: int
    lost: int
    money: int

    @property
    def fill_rate(self) -> int | None:
        """The percentage of recovered slots, as in `Statistics`."""
        decided = self.recovered + self.lost
        return round(100 * self.recovered / decided) if decided else None


def span(seconds: float) -> str:
    """Formats a duration: "40 s", "12 min", "3 h 5 min"."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
