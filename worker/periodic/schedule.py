"""The schedules of periodic jobs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import beat_schedule
from domain.nightly_schedule import next_night


@dataclass(frozen=True, slots=True)
class Nightly:
    """Runs once a day, at this local hour in each shop's time zone."""

    hour: int
    every: ClassVar[timedelta] = timedelta(days=1)

    @property
    def description(self) -> str:
        return f"daily at {self.hour:02}:00 in each shop's zone"

    def next_run(self, now: datetime, *, zones: Iterable[str]) -> datetime:
        """Returns the earliest next run in any of the zones."""
        return next_night(now, zones=zones, hour=self.hour)


@dataclass(frozen=True, slots=True)
class Hourly:
    """Runs at this minute of every hour."""

    minute: int
    every: ClassVar[timedelta] = timedelta(hours=1)
    description: ClassVar[str] = "every hour"

    def next_run(self, now: datetime, *, zones: Iterable[str]) -> datetime:
        """Returns the next run, which does not depend on the zones."""
        this_hour = now.replace(minute=self.minute, second=0, microsecond=0)
        return this_hour if this_hour > now else this_hour + self.every


CLEANUP = Nightly(2)
OUTCOMES = Nightly(0)
SUMMARIES = Nightly(8)
REMINDERS = Hourly(beat_schedule.REMIND_AT_MINUTE)
