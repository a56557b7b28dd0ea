"""A nightly job is due once on each local day, at its hour."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.nightly_schedule import next_night, night_of

ZONES = ["UTC", "Europe/London", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe", "no such zone"]


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        ("2026-11-20T01:59", "UTC", date(2026, 11, 19)),
        ("2026-11-20T02:00", "UTC", date(2026, 11, 20)),
        ("2026-11-20T02:00", "no such zone", date(2026, 11, 20)),
        ("2026-11-20T06:59", "America/New_York", date(2026, 11, 19)),
        ("2026-11-20T07:00", "America/New_York", date(2026, 11, 20)),
        # On the first night, the clocks jump from 01:59 to 03:00. On the second night, 01:30 occurs twice.
        ("2027-03-14T06:59", "America/New_York", date(2027, 3, 13)),
        ("2027-03-14T07:00", "America/New_York", date(2027, 3, 14)),
        ("2027-11-07T06:30", "America/New_York", date(2027, 11, 6)),
        ("2027-11-07T07:00", "America/New_York", date(2027, 11, 7)),
    ],
)
def test_the_day_begins_when_its_hour_has_struck(at, zone, day):
    assert night_of(datetime.fromisoformat(at).replace(tzinfo=UTC), zone=zone, hour=2) == day


@given(st.integers(0, 2 * 365 * 24), st.sampled_from(ZONES), st.integers(0, 5))
def test_hour_by_hour_every_day_comes_once_and_none_is_skipped(start, zone, hour):
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=start + n) for n in range(24 * 4)]
    days = [night_of(at, zone=zone, hour=hour) for at in hours]
    assert all(later - earlier in (timedelta(), timedelta(days=1)) for earlier, later in pairwise(days))


@given(st.integers(0, 2 * 365 * 24 * 4), st.sampled_from(ZONES), st.integers(0, 5))
def test_the_next_night_is_the_first_moment_of_a_new_day(quarter, zone, hour):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    following = next_night(now, zones=[zone], hour=hour)
    tonight = night_of(now, zone=zone, hour=hour)
    assert now < following <= now + timedelta(hours=25)
    assert night_of(following, zone=zone, hour=hour) == tonight + timedelta(days=1)
    assert night_of(following - timedelta(seconds=1), zone=zone, hour=hour) == tonight


def test_of_many_zones_the_next_night_is_the_nearest():
    now = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    zones = ["UTC", "America/New_York", "Asia/Tokyo"]
    assert next_night(now, zones=zones, hour=2) == datetime(2026, 11, 20, 7, tzinfo=UTC)
