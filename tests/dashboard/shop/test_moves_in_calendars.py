"""An appointment's page shows whether the connected calendar has accepted the new time."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.appointments import appointment_moves
from db.appointments.appointment_moves import NewTime
from tests.builders import Built, a_customer, an_appointment, in_, insert
from tests.dashboard.shop.conftest import StaffBrowser


@pytest.fixture
def moved(session: Session, salon: Built) -> Built:
    calendar = insert(session, "calendars", shop_id=salon.id, kind="calcom", name="Rota")
    there = {"calendar_id": calendar.id, "external_id": "b1"}
    booking = an_appointment(session, a_customer(session, salon), starts_at=in_(hours=30), **there)
    to = NewTime(in_(hours=50), in_(hours=51), booking.performer_id)
    assert appointment_moves.move(session, booking.id, to, by="staff") is None
    session.commit()
    return booking


def test_the_page_says_so_until_the_calendar_has_accepted(desk: StaffBrowser, session: Session, moved: Built) -> None:
    path = f"/app/appointments/{moved.id}"
    assert "Waiting for Rota to accept this time." in desk.get(path).text
    session.execute(text("UPDATE appointment_moves SET in_calendar = 'written'"))
    session.commit()
    assert "Waiting for" not in desk.get(path).text
