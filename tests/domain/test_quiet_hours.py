"""No text is sent at night in the recipient's time zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quiet_hours import STATE_WINDOWS, quiet_until

EVENING, MORNING = time(21), time(8)
IN_FLORIDA, IN_TEXAS, IN_LONDON = "+13055550123", "+12145550123", "+447700900012"

ZONES = ["Europe/London", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
INSTANTS = st.datetimes(datetime(2016, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("hour", "ends"),
    [
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T08:00", None),
        ("2026-11-23T20:59", None),
        ("2026-11-23T21:00", "2026-11-24T08:00"),
        ("2026-12-31T23:30", "2027-01-01T08:00"),
        ("2028-02-28T22:00", "2028-02-29T08:00"),
    ],
)
def test_quiet_lasts_from_the_evening_to_the_morning(hour: str, ends: str | None) -> None:
    assert until("Europe/London", hour) == ends


def test_quiet_hours_within_one_day_end_that_day() -> None:
    assert until("Europe/London", "2026-11-23T13:30", time(13), time(14)) == "2026-11-23T14:00"
    assert until("Europe/London", "2026-11-23T14:00", time(13), time(14)) is None


def test_the_hours_are_those_of_the_recipients_zone() -> None:
    noon_in_london = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert ends_at(noon_in_london, "Europe/London") is None
    assert ends_at(noon_in_london, "America/Los_Angeles") == datetime(2026, 11, 23, 16, tzinfo=UTC)


@pytest.mark.parametrize(("quiet_from", "ends"), [(None, None), (MORNING, MORNING), (time(0), time(0))])
def test_a_shop_without_quiet_hours_has_no_states_hours_either(quiet_from: time | None, ends: time | None) -> None:
    night = datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert (
        quiet_until(night, zone="America/New_York", quiet_from=quiet_from, quiet_until=ends, phone=IN_FLORIDA) is None
    )


def test_half_a_window_is_completed_by_the_usual_one() -> None:
    assert until("UTC", "2026-11-23T07:30", time(22), None) == "2026-11-23T08:00"
    assert until("UTC", "2026-11-23T21:30", None, time(7)) == "2026-11-24T07:00"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", None, "../etc", "Europe", "a\x00b", "\ud800", "x" * 5000])
def test_an_unknown_zone_counts_as_utc(zone: str | None) -> None:
    assert ends_at(datetime(2026, 11, 23, 22, tzinfo=UTC), zone) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_florida_goes_quiet_an_hour_earlier() -> None:
    assert until("America/New_York", "2026-11-23T20:00", phone=IN_FLORIDA) == "2026-11-24T08:00"
    assert until("America/New_York", "2026-11-23T20:00", phone="+12125550123") is None
    assert until("America/New_York", "2026-11-23T19:59", phone=IN_FLORIDA) is None


def test_texas_sleeps_until_noon_on_sundays() -> None:
    assert until("America/Chicago", "2026-11-21T22:00", phone=IN_TEXAS) == "2026-11-22T12:00"
    assert until("America/Chicago", "2026-11-22T11:59", phone=IN_TEXAS) == "2026-11-22T12:00"
    assert until("America/Chicago", "2026-11-22T22:00", phone=IN_TEXAS) == "2026-11-23T09:00"


def test_the_shops_own_hours_hold_beside_the_states() -> None:
    assert until("America/New_York", "2026-11-23T20:30", time(22), time(10), IN_FLORIDA) == "2026-11-24T10:00"
    assert until("America/New_York", "2026-11-23T07:00", time(22), time(6), IN_FLORIDA) == "2026-11-23T08:00"


def test_hours_that_leave_no_gap_put_it_off_for_days_and_end() -> None:
    now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    ends = quiet_until(now, zone="UTC", quiet_from=time(8), quiet_until=time(20), phone=IN_FLORIDA)
    assert ends is not None
    assert ends > now + timedelta(days=5)


def test_an_end_that_comes_twice_when_the_clocks_go_back_is_kept_both_times() -> None:
    first, second = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    for pass_, half_past in [(first, 0), (second, 1)]:
        ends = quiet_until(pass_, zone="Europe/London", quiet_from=EVENING, quiet_until=time(1, 30), phone=None)
        assert ends == datetime(2026, 10, 25, half_past, 30, tzinfo=UTC)


def test_an_end_that_the_clocks_skip_comes_after_the_gap() -> None:
    before = datetime(2026, 3, 29, 0, 45, tzinfo=UTC)
    ends = quiet_until(before, zone="Europe/London", quiet_from=EVENING, quiet_until=time(1, 30), phone=None)
    assert ends == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("state", sorted(STATE_WINDOWS))
def test_every_states_hours_are_stricter_than_the_usual_ones(state: str) -> None:
    window = STATE_WINDOWS[state]
    assert window.starts < EVENING or window.ends > MORNING


@given(INSTANTS, st.sampled_from(ZONES), TIMES, TIMES)
def test_a_text_goes_exactly_outside_of_the_window(now: datetime, zone: str, start: time, end: time) -> None:
    def quiet(instant: datetime) -> bool:
        wall = instant.astimezone(ZoneInfo(zone)).time()
        return start <= wall < end if start <= end else wall >= start or wall < end

    ends = quiet_until(now, zone=zone, quiet_from=start, quiet_until=end, phone=IN_LONDON)
    assert (ends is not None) == quiet(now)
    if ends is not None:
        assert now < ends <= now + timedelta(hours=49)
        assert ends.utcoffset() == timedelta(0)
        assert not quiet(ends)


def ends_at(now: datetime, zone: str | None) -> datetime | None:
    return quiet_until(now, zone=zone, quiet_from=EVENING, quiet_until=MORNING, phone=IN_LONDON)


def until(
    zone: str, wall: str, start: time | None = EVENING, end: time | None = MORNING, phone: str | None = IN_LONDON
) -> str | None:
    """Returns the next permitted time. The argument and the result are local times in the zone."""
    now = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    ends = quiet_until(now, zone=zone, quiet_from=start, quiet_until=end, phone=phone)
    return ends.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if ends else None
