"""A customer can cancel their booking once on its page, after a confirmation."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dashboard.page_dependencies import page_dependencies
from tests.builders import reload
from tests.dashboard.scenes import BookingScene, a_hold, a_paid_booking, minutes_from_now


def press(web: FlaskClient, scene: BookingScene, *, token: str | None = None, **headers: str) -> TestResponse:
    """Presses the button on the confirmation page, as a browser does."""
    token = token or token_of(web, scene)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.post(f"{scene.manage}/cancel", data={"csrf_token": token}, headers=sent)


def token_of(web: FlaskClient, scene: BookingScene) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', web.get(f"{scene.manage}/cancel").text)
    assert found is not None
    return found[1]


def status_of(session: Session, scene: BookingScene) -> str:
    session.rollback()
    return str(reload(session, "appointments", scene.booking.id).status)


def test_the_booking_is_cancelled_and_its_page_says_so(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    answer = press(web, scene, Sec_Fetch_Site="same-origin", Origin="null")

    assert (answer.status_code, answer.location) == (303, scene.manage)
    assert status_of(session, scene) == "cancelled"
    assert "Your booking is cancelled" in web.get(scene.manage).text
    waiting = session.execute(text("SELECT name FROM pending_tasks")).scalars().all()
    assert waiting == ["create_slot_opening"], "the time is to be sold again"
    assert reload(session, "payments", scene.payment.id).deposit_kept_at is not None


def test_the_question_says_what_becomes_of_the_deposit(session: Session, web: FlaskClient) -> None:
    assert "Salon Lou keeps the £20 you paid." in web.get(f"{a_paid_booking(session).manage}/cancel").text
    assert "You haven&#39;t paid anything" in web.get(f"{a_hold(session).manage}/cancel").text


def test_a_held_time_is_given_up_once_its_payment_is_cancelled(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session)

    press(web, scene)

    assert status_of(session, scene) == "pending_payment", "the payment company is asked first"
    assert "cancelling your booking" in web.get(scene.manage).text


def test_pressed_twice_it_is_cancelled_once(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)
    token = token_of(web, scene)

    answers = [press(web, scene, token=token).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert session.execute(text("SELECT count(*) FROM pending_tasks")).scalar_one() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_another_sites_page_cannot_press_it(session: Session, web: FlaskClient, headers: dict[str, str]) -> None:
    scene = a_paid_booking(session)

    assert press(web, scene, **headers).status_code == 403
    assert status_of(session, scene) == "booked"


def test_without_the_forms_token_nothing_happens(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)

    answer = web.post(f"{scene.manage}/cancel")

    assert answer.status_code == 400
    assert "Please try again" in answer.text
    assert status_of(session, scene) == "booked"


def test_another_browsers_token_is_worth_nothing(session: Session, web: FlaskClient, app: Flask) -> None:
    scene = a_paid_booking(session)
    token_of(web, scene)
    stolen = token_of(app.test_client(), scene)

    assert press(web, scene, token=stolen).status_code == 400
    assert status_of(session, scene) == "booked"


@pytest.mark.parametrize("status", ["settled", "voided", "cancelled"])
def test_a_past_booking_has_no_cancellation_page(session: Session, web: FlaskClient, status: str) -> None:
    scene = a_paid_booking(session, booking={"status": status})

    answer = web.get(f"{scene.manage}/cancel")

    assert (answer.status_code, answer.location) == (303, scene.manage)


def test_a_question_left_open_until_it_began_cancels_nothing(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)
    token = token_of(web, scene)
    session.execute(text("UPDATE appointments SET starts_at = :then"), {"then": minutes_from_now(-1)})
    session.commit()

    assert press(web, scene, token=token).status_code == 303
    assert status_of(session, scene) == "booked"
    assert "Started" in web.get(scene.manage).text


def test_opening_every_link_changes_nothing(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session)
    before = everything(session)

    for path in (scene.pay, f"{scene.pay}/status", scene.manage, f"{scene.manage}/cancel"):
        web.get(path)
        web.head(path)
    web.get(f"{scene.manage}/appointment.ics")

    assert everything(session) == before


def test_a_get_request_cannot_change_a_row(session: Session, app: Flask) -> None:
    scene = a_paid_booking(session)

    with app.app_context(), pytest.raises(InternalError, match="read-only"), page_dependencies().reading() as reading:
        reading.execute(text("UPDATE appointments SET status = 'cancelled'"))

    assert status_of(session, scene) == "booked"


def everything(session: Session) -> dict[str, list[str]]:
    """Returns every row of every table as text."""
    session.rollback()
    tables = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    rows = {name: session.execute(text(f'SELECT t::text FROM "{name}" t ORDER BY 1')).scalars() for name in tables}
    return {name: list(found) for name, found in rows.items()}
