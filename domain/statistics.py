"""How well lost time was sold again: periods, and what is computed from counts.

What each figure means stands in docs/explanation/figures.md; a slot counts on the day of its appointment.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.time_zones import zone_named


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the shop's, both ends included."""

    name: str
    first: date
    last: date


def periods(now: datetime, zone: str) -> tuple[Period, Period]:
    """This week, from Monday on, and this month, in the shop's zone."""
    today = now.astimezone(zone_named(zone)).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period("This week", monday, monday + timedelta(days=6)), Period("This month", first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Of one period. Amounts in minor units, times to fill in seconds; None where nothing was recovered."""

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
    """Offers for the recovered slots."""

    @property
    def fill_rate(self) -> int | None:
        """Percent of those that are decided; None while none is."""
        decided = self.recovered + self.lost
        return round(100 * self.recovered / decided) if decided else None

    @property
    def tells_of_slow_ones(self) -> bool:
        """Nine of ten are a word for ten or more."""
        return self.recovered >= 10

    @property
    def offers_each(self) -> float | None:
        """Offers for one recovered slot, on average."""
        return self.offers / self.recovered if self.recovered else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day's slots, by what became of them."""

    day: date
    recovered: int = 0
    lost: int = 0
    other: int = 0

    @property
    def all(self) -> int:
        """However it ended."""
        return self.recovered + self.lost + self.other


def span(seconds: float) -> str:
    """ "40 s", "12 min", "3 h 5 min"."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
