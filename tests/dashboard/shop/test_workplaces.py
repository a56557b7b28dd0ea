"""A person may work in several shops. A code gives access only to the shops where a member has the same address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_number, a_shop, a_staff_member
from tests.dashboard.shop.conftest import StaffBrowser
from tests.servers import Clock

SHOPS = "/app/shops"


def goes_to(desk: StaffBrowser, there: Built, **fields: object) -> int:
    return desk.post(SHOPS, staff=str(there.id), **fields).status_code


def heading_of(desk: StaffBrowser) -> str:
    return desk.get("/app/settings").text.partition("top__shop")[2].partition("</a>")[0].rpartition(">")[2]


def test_a_member_of_two_shops_chooses_one(stranger: StaffBrowser, mia: Built, mia_elsewhere: Built) -> None:
    stranger.asks_for_a_code(mia.phone)
    answer = stranger.types(stranger.newest_code(), next="/app/customers")
    assert answer.location == "/app/shops?next=/app/customers"
    page = stranger.get(answer.location).text
    assert "Salon Lou" in page
    assert "The other salon" in page


def test_a_member_of_one_shop_does_not_choose(stranger: StaffBrowser, mia: Built, other_salon: Built) -> None:
    stranger.asks_for_a_code(mia.phone)
    assert stranger.types(stranger.newest_code()).location == "/app/"
    assert "Switch shop" not in stranger.get("/app/").text


def test_they_go_over_and_back(desk: StaffBrowser, mia: Built, mia_elsewhere: Built) -> None:
    assert heading_of(desk) == "Salon Lou"
    assert goes_to(desk, mia_elsewhere) == 303
    assert heading_of(desk) == "The other salon"
    assert goes_to(desk, mia) == 303
    assert heading_of(desk) == "Salon Lou"


def test_the_former_session_is_over(desk: StaffBrowser, mia: Built, mia_elsewhere: Built, session: Session) -> None:
    goes_to(desk, mia_elsewhere)
    session.rollback()
    standing = session.execute(text("SELECT staff_id FROM staff_sessions WHERE revoked_at IS NULL")).scalars().all()
    assert standing == [mia_elsewhere.id]


def test_going_over_makes_no_sign_in_younger(
    desk: StaffBrowser, mia: Built, mia_elsewhere: Built, clock: Clock
) -> None:
    clock.shift(timedelta(minutes=20))
    goes_to(desk, mia_elsewhere)
    assert "/app/login" in desk.get("/app/customers/import").location
    for _ in range(34):
        clock.shift(timedelta(minutes=20))
        assert desk.get("/app/").status_code == 200
    clock.shift(timedelta(minutes=20))
    assert desk.get("/app/").status_code == 303


def test_a_stranger_of_another_shop_cannot_be_chosen(
    desk: StaffBrowser, mia_elsewhere: Built, other_salon: Built, session: Session
) -> None:
    olaf = a_staff_member(session, other_salon, phone=a_number(), email=None, name="Olaf")
    session.commit()
    assert goes_to(desk, olaf) == 404


def test_a_number_written_into_the_own_row_opens_nothing(
    desk: StaffBrowser, mia: Built, mia_elsewhere: Built, other_salon: Built, session: Session
) -> None:
    olaf = a_staff_member(session, other_salon, phone=a_number(), email=None, name="Olaf")
    session.execute(text("UPDATE staff SET phone = :phone WHERE id = :id"), {"phone": olaf.phone, "id": mia.id})
    session.commit()
    assert desk.get(SHOPS).location == "/app/login?next=/app/shops"
    # The result is the same if the session began before the number was added.
    session.execute(text("UPDATE staff_sessions SET revoked_at = NULL"))
    session.commit()
    assert "Olaf" not in desk.get(SHOPS).text
    assert "The other salon" not in desk.get(SHOPS).text
    assert [goes_to(desk, other) for other in (olaf, mia_elsewhere)] == [404, 404]


def test_a_former_member_cannot_return(desk: StaffBrowser, mia_elsewhere: Built, session: Session) -> None:
    session.execute(text("UPDATE staff SET phone = NULL, email = NULL WHERE id = :id"), {"id": mia_elsewhere.id})
    session.commit()
    assert goes_to(desk, mia_elsewhere) == 404


def test_everywhere_is_in_every_shop(app: Flask, desk: StaffBrowser, mia_elsewhere: Built, session: Session) -> None:
    other = StaffBrowser(app.test_client(), session).signs_in(mia_elsewhere)
    goes_to(other, mia_elsewhere)
    desk.post("/app/logout", form=SHOPS, everywhere="1")
    assert other.get("/app/").status_code == 303


@pytest.fixture
def other_salon(session: Session) -> Built:
    return a_shop(session, name="The other salon")


@pytest.fixture
def mia_elsewhere(session: Session, mia: Built, other_salon: Built, clock: Clock) -> Built:
    """A membership of Mia in the other salon, with the same number and an earlier date."""
    before = clock.now() - timedelta(days=9)
    member = a_staff_member(session, other_salon, phone=mia.phone, email=None, name="Mia", created_at=before)
    session.commit()
    return member


@pytest.fixture
def desk(stranger: StaffBrowser, mia: Built, mia_elsewhere: Built) -> StaffBrowser:
    """Mia's browser, signed in. Salon Lou is shown first."""
    return stranger.signs_in(mia)
