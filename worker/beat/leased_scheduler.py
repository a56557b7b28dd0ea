"""A Celery scheduler for several beat processes. All of them follow the schedule, but only one publishes.

The schedule is kept in memory. Each run of a job processes all due work. Therefore, the next run makes up for a run
that was missed while no beat process was running.
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.beat import ScheduleEntry, Scheduler

from db import heartbeat
from settings.loading import SettingsError
from worker.beat.publishing_lease import RENEW_SECONDS, lease_of_environment

MADE_UP_SECONDS = 10.0
"""A beat process that takes over publishes the entries that it left to the former holder during this time.

The time is longer than the lease, because a killed holder publishes nothing until its lease ends.
"""


class LeasedScheduler(Scheduler):  # type: ignore[misc]
    """Touches the file `schedule_filename` (the option --schedule) every second for health checks."""

    def __init__(self, *args: Any, schedule_filename: str | None = None, lazy: bool = False, **options: Any) -> None:
        self._left: dict[str, tuple[float, ScheduleEntry]] = {}
        self._heartbeat = Path(schedule_filename) if schedule_filename and not lazy else None
        try:
            self._lease = None if lazy else lease_of_environment()
        except SettingsError as refused:
            raise SystemExit(str(refused)) from None
        super().__init__(*args, lazy=lazy, **options)
        if not lazy:
            heartbeat.start("beat")

    def tick(self, *args: Any, **options: Any) -> float:
        """Publishes at most one due entry. Returns the number of seconds until the next call."""
        if self._lease is not None and self._lease.renew():
            self._make_up()
        if self._heartbeat is not None:
            with suppress(OSError):
                self._heartbeat.touch()
        return min(float(super().tick(*args, **options)), RENEW_SECONDS)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Publishes the entry, or leaves it to the holder of the lease."""
        if self._lease is None or self._lease.held:
            super().apply_entry(entry, producer=producer)
        else:
            self._left[entry.name] = time.monotonic(), entry

    def close(self) -> None:
        if self._lease is not None:
            self._lease.give_up()
        heartbeat.stop()
        super().close()

    def _make_up(self) -> None:
        """Publishes the entries that the former holder may not have published."""
        left, self._left = self._left, {}
        for left_at, entry in left.values():
            if time.monotonic() - left_at < MADE_UP_SECONDS:
                super().apply_entry(entry, producer=self.producer)
