"""The option "Tell the customer" for moves and cancellations by staff, and its default in the settings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, an_appointment, in_, reload
from tests.dashboard.shop.conftest import StaffBrowser

TICKED = 'name="tell" value="yes" checked'


@pytest.fixture
def booking(session: Session, salon: Built) -> Built:
    made = an_appointment(session, a_customer(session, salon, name="Rosa"), starts_at=in_(hours=72))
    session.commit()
    return made


@pytest.mark.parametrize("page", ["move", "cancel"])
def test_the_setting_decides_what_is_ticked_at_first(
    desk: StaffBrowser, session: Session, salon: Built, booking: Built, page: str
) -> None:
    assert TICKED in desk.get(f"/app/appointments/{booking.id}/{page}").text
    desk.post("/app/settings/changes", form="/app/settings/changes")
    session.rollback()
    assert not reload(session, "shops", salon.id).tell_of_changes
    assert TICKED not in desk.get(f"/app/appointments/{booking.id}/{page}").text


@pytest.mark.parametrize("ticked", [True, False])
def test_a_cancellation_is_reported_as_ticked(
    desk: StaffBrowser, session: Session, booking: Built, ticked: bool
) -> None:
    page = f"/app/appointments/{booking.id}/cancel"
    desk.post(page, form=page, **({"tell": "yes"} if ticked else {}))
    session.rollback()
    found = reload(session, "appointments", booking.id)
    assert (found.status, found.tell_customer) == ("cancelled", ticked)


@pytest.mark.parametrize("ticked", [True, False])
def test_a_move_is_reported_as_ticked(desk: StaffBrowser, session: Session, booking: Built, ticked: bool) -> None:
    page = f"/app/appointments/{booking.id}/move"
    day = (booking.starts_at + timedelta(days=1)).date().isoformat()
    desk.post(page, form=page, day=day, at="10:00", minutes="60", performer="", **({"tell": "yes"} if ticked else {}))
    session.rollback()
    assert session.execute(text("SELECT tell_customer FROM appointment_moves")).scalars().all() == [ticked]


def test_a_refused_move_keeps_the_tick(desk: StaffBrowser, booking: Built) -> None:
    page = f"/app/appointments/{booking.id}/move"
    answer = desk.post(page, form=page, day="2020-01-01", at="10:00", minutes="60", performer="")
    assert answer.status_code == 422
    assert TICKED not in answer.text
