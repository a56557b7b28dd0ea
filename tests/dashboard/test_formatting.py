"""Formatted times."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.formatting import Style

LONDON = ZoneInfo("Europe/London")


def test_both_times_of_an_hour_that_occurs_twice_are_formatted() -> None:
    style = Style("Europe/London", "en_GB")
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    assert [style.exact(first), style.exact(first.replace(fold=1))] == [
        "Sunday, 25 October 2026, 01:30:00 British Summer Time",
        "Sunday, 25 October 2026, 01:30:00 Greenwich Mean Time",
    ]
