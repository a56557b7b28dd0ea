"""Every calendar application can read the calendar file, even if the shop's name contains special characters."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dashboard.customer.calendar_entry import escaped, folded
from tests.builders import Built, an_appointment
from tests.dashboard.scenes import FRIDAY, BookingScene, a_hold, a_paid_booking, change, minutes_from_now

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


def moved_up(session: Session, scene: BookingScene, old: Built, **booking: Any) -> Built:
    """Inserts the confirmed booking that has replaced `old`."""
    change(session, "appointments", old, status="cancelled", cancel_reason="moved up")
    moved = {"moved_from_appointment_id": old.id, "confirmed_at": minutes_from_now(0)}
    made = an_appointment(session, scene.customer, **moved, **booking)
    session.commit()
    return made


def test_the_entry_of_a_booking_that_was_moved_up_replaces_the_earlier_entry(
    session: Session, web: FlaskClient
) -> None:
    first = a_paid_booking(session)
    (before,) = (line for line in lines_of(web, first) if line.startswith("UID:"))
    booking = first.booking
    for days in (1, 2):
        booking = moved_up(session, first, booking, starts_at=FRIDAY - timedelta(days=days))

    assert before in lines_of(web, BookingScene(first.shop, first.customer, booking, first.payment))


def test_a_hold_that_moves_no_booking_yet_is_another_entry(session: Session, web: FlaskClient) -> None:
    first = a_paid_booking(session)
    hold = a_hold(session, booking={"moved_from_appointment_id": first.booking.id})

    assert f"UID:{hold.booking.id}@localhost" in lines_of(web, hold)


def test_a_name_cannot_write_lines_of_its_own(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session, shop={"name": "A;B\\C\r\nATTENDEE:x", "address": None, "phone": None})

    assert "SUMMARY:Cut and finish with Lou\\, A\\;B\\\\C\\nATTENDEE:x" in lines_of(web, scene)


@given(ANY_TEXT)
def test_any_text_in_an_entry_is_read_back_unchanged(text: str) -> None:
    assert unescaped(unfolded(folded(escaped(text)))) == text


@given(ANY_TEXT)
def test_no_line_is_longer_than_75_octets(text: str) -> None:
    assert all(len(line.encode()) <= 75 for line in folded(escaped(text)).split("\r\n"))
