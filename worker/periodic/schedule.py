"""How often the clock fires a regular job, and when next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import beat_schedule
from domain.nightly_schedule import next_night

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Nightly:
    """Once a day, when the wall clock of a shop's zone shows this hour."""

    hour: int

    @property
    def every(self) -> timedelta:
        return DAY

    @property
    def words(self) -> str:
        return f"daily at {self.hour:02}:00 in each shop's zone"

    def next_run(self, now: datetime, *, zones: Iterable[str]) -> datetime:
        """In the zone where that hour comes first."""
        return next_night(now, zones=zones, hour=self.hour)


@dataclass(frozen=True, slots=True)
class Hourly:
    """At this minute of every hour."""

    minute: int

    @property
    def every(self) -> timedelta:
        return HOUR

    @property
    def words(self) -> str:
        return "every hour"

    def next_run(self, now: datetime, *, zones: Iterable[str]) -> datetime:
        """The same all over the world."""
        this_hour = now.replace(minute=self.minute, second=0, microsecond=0)
        return this_hour if this_hour > now else this_hour + HOUR


CLEAN_UP = Nightly(2)
OUTCOMES = Nightly(0)
REMINDERS = Hourly(beat_schedule.REMIND_AT_MINUTE)
