"""Describes in words how often beat publishes each task."""

from datetime import timedelta

from celery.schedules import crontab

import beat_schedule
from settings.worker import GeneralSettings


def beat_intervals() -> dict[str, str]:
    """Returns the interval of each task, by name, for the default tick."""
    entries = beat_schedule.entries(tick_seconds=GeneralSettings.model_fields["tick_seconds"].default)
    return {entry["task"]: _interval(entry["schedule"]) for entry in entries.values()}


def _interval(schedule: object) -> str:
    if isinstance(schedule, crontab):
        hour, minute = str(schedule._orig_hour), str(schedule._orig_minute)
        if minute.startswith("*/"):
            return f"every {minute[2:]} minutes"
        return f"every hour at :{minute:0>2}" if hour == "*" else f"daily at {hour:0>2}:{minute:0>2} UTC"
    seconds = schedule.total_seconds() if isinstance(schedule, timedelta) else schedule
    return f"every {seconds:g} s"
