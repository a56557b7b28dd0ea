"""The days of a calendar page: limits, rows, and days with a clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar_days import ROWS_OF_A_DAY, Rows, hours_shown, midnight, moment, rows_of, time_of_day, week_of

LONDON = "Europe/London"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_a_day_in_spring_has_23_hours_and_one_in_autumn_25() -> None:
    for day, hours in ((SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)):
        assert midnight(day + timedelta(days=1), LONDON) - midnight(day, LONDON) == timedelta(hours=hours)


def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    assert moment(SPRING, time(1, 30), LONDON) is None
    assert moment(SPRING, time(2, 30), LONDON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_of_two_equal_times_the_first_counts() -> None:
    assert moment(AUTUMN, time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "14:30+01:00",
        "14:30Z",
        "24:00",
        "14:60",
        "9:05",
        "14",
        "1430",
        "T14:30",
        "14:30:15.5",
        "14:30:60",
        "٢٣:٣٠",
        "",
    ],
)
def test_only_hours_and_minutes_are_a_time_of_day(text: str) -> None:
    assert (time_of_day("14:30"), time_of_day("00:00:00")) == (time(14, 30), time())
    with pytest.raises(ValueError, match=r"time|minute|hour|second"):
        time_of_day(text)


def test_an_entry_is_in_the_rows_of_the_wall_clock() -> None:
    starts_at = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    assert rows_of(starts_at, starts_at + timedelta(minutes=45), date(2026, 6, 1), LONDON) == Rows(42, 3)


def test_the_part_on_other_days_is_cut_off() -> None:
    starts_at = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)
    entry = (starts_at, starts_at + timedelta(hours=3))
    assert rows_of(*entry, date(2026, 6, 1), LONDON) == Rows(90, 6)
    assert rows_of(*entry, date(2026, 6, 2), LONDON) == Rows(0, 6)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - Hypothesis requires naive bounds
    st.integers(1, 24 * 60),
    st.sampled_from([LONDON, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_an_entry_never_leaves_its_day(start: datetime, minutes: int, zone: str) -> None:
    starts_at = start.replace(tzinfo=UTC)
    rows = rows_of(starts_at, starts_at + timedelta(minutes=minutes), starts_at.date(), zone)
    assert 0 <= rows.first < ROWS_OF_A_DAY
    assert 1 <= rows.count <= ROWS_OF_A_DAY - rows.first


def test_early_and_late_entries_extend_the_page() -> None:
    assert hours_shown([]) == range(8, 19)
    assert hours_shown([Rows(24, 4), Rows(84, 3)]) == range(6, 22)


def test_a_week_begins_on_its_first_weekday() -> None:
    assert week_of(date(2026, 11, 29))[0] == date(2026, 11, 23)
    assert week_of(date(2026, 11, 29), first_weekday=6)[0] == date(2026, 11, 29)
