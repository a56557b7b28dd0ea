"""Every calendar application can read the calendar file, even if the shop's name contains special characters."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dashboard.customer.calendar_entry import escaped, folded
from tests.dashboard.scenes import BookingScene, a_paid_booking

ANY_TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")))


def lines_of(web: FlaskClient, scene: BookingScene) -> list[str]:
    answer = web.get(f"{scene.manage}/appointment.ics")
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert answer.text.endswith("END:VCALENDAR\r\n")
    return unfolded(answer.text).split("\r\n")


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def test_a_booking_is_one_entry_in_utc(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    lines = lines_of(web, scene)

    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert {"DTSTART:20371204T103000Z", "DTEND:20371204T113000Z", "STATUS:CONFIRMED"} <= set(lines)
    assert f"UID:{scene.booking.id}@localhost" in lines
    assert "SUMMARY:Cut and finish with Lou\\, Salon Lou" in lines
    assert "LOCATION:12 Harbour Street\\, Bristol" in lines


def test_the_link_that_may_cancel_is_not_shared_with_the_calendar(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    assert scene.booking.manage_token not in "".join(lines_of(web, scene))


def test_a_cancelled_booking_takes_its_entry_back(session: Session, web: FlaskClient) -> None:
    assert "STATUS:CANCELLED" in lines_of(web, a_paid_booking(session, booking={"status": "cancelled"}))


def test_a_name_cannot_write_lines_of_its_own(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session, shop={"name": "A;B\\C\r\nATTENDEE:x", "address": None, "phone": None})

    assert "SUMMARY:Cut and finish with Lou\\, A\\;B\\\\C\\nATTENDEE:x" in lines_of(web, scene)


@given(ANY_TEXT)
def test_whatever_is_written_is_read_again(text: str) -> None:
    assert unescaped(unfolded(folded(escaped(text)))) == text


@given(ANY_TEXT)
def test_no_line_is_longer_than_75_octets(text: str) -> None:
    assert all(len(line.encode()) <= 75 for line in folded(escaped(text)).split("\r\n"))
