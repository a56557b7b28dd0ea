"""The dates and times of lists of appointments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.customer_list.appointment_rows import AppointmentRow, read_appointments
from domain.customer_list.read_list import RejectedRow

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def read(heading: str, cells: str, zone: str = "Europe/London") -> AppointmentRow | RejectedRow:
    data = f"name,phone,minutes,{heading}\nAna,+447700900111,30,{cells}\n".encode()
    (row,) = read_appointments(data, now=NOW, country="GB", zone=zone).lines
    return row


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_of_another_millennium_is_rejected(day: str, zone: str) -> None:
    for row in (read("date,time", f"{day},23:59", zone), read("start", f"{day} 00:01", zone)):
        assert isinstance(row, RejectedRow)
        assert row.reason.startswith("It must be a date")


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-14:00"])
def test_a_start_that_utc_does_not_have_is_rejected(start: str) -> None:
    assert isinstance(read("start", start), RejectedRow)
    assert isinstance(read("start,end", f"2026-12-01 10:00,{start}").line, int)


@pytest.mark.parametrize("at", ["10:00:60", "10:00:99", "24:00", "10:60", "10", "13:00 pm", "0:30 am"])
def test_an_invalid_time_is_rejected(at: str) -> None:
    assert isinstance(read("date,time", f"2026-12-01,{at}"), RejectedRow)


@pytest.mark.parametrize(
    ("start", "zone", "utc"),
    [
        ("2026-12-01 10:00:59", "Europe/London", (2026, 12, 1, 10, 0)),
        ("2026-12-01T10:00+05:45", "Europe/London", (2026, 12, 1, 4, 15)),
        ("2026-12-01 12:30 am", "Europe/London", (2026, 12, 1, 0, 30)),
        ("2028-02-29 10:00", "Asia/Kathmandu", (2028, 2, 29, 4, 15)),
        ("2026-12-31 23:30", "America/New_York", (2027, 1, 1, 4, 30)),
        ("2027-04-04 01:45", "Australia/Lord_Howe", (2027, 4, 3, 14, 45)),
    ],
)
def test_a_start_is_a_time_of_the_shop(start: str, zone: str, utc: tuple[int, ...]) -> None:
    row = read("start", start, zone)
    assert isinstance(row, AppointmentRow)
    assert row.starts_at == datetime(*utc, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("start", "zone"),
    [("2027-03-28 01:30", "Europe/London"), ("2027-10-03 02:15", "Australia/Lord_Howe"), ("2027-02-29 10:00", "UTC")],
)
def test_a_time_that_does_not_exist_is_rejected(start: str, zone: str) -> None:
    assert isinstance(read("start", start, zone), RejectedRow)
