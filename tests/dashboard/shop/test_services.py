"""Owners add and change services and performers, and choose the performers of each service."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.sessions import as_dashboard
from tests.builders import (
    Built,
    a_customer,
    a_number,
    a_performer,
    a_shop,
    a_staff_member,
    an_appointment,
    in_,
    insert,
)
from tests.dashboard.shop.conftest import StaffBrowser

SERVICES, PERFORMERS = "/app/settings/services", "/app/settings/performers"
DEPOSIT = re.compile(r'<td data-name="Deposit"[^>]*>(.*?)</td>')
CUT = {"name": "Cut and finish", "duration_minutes": "60", "price": "55", "deposit": "20.50"}


def rows(session: Session, statement: str) -> list[tuple[object, ...]]:
    session.rollback()
    return [tuple(row) for row in session.execute(text(statement))]


@pytest.fixture
def cut(session: Session, salon: Built) -> Built:
    service = insert(session, "services", shop_id=salon.id, name="Cut", duration_minutes=60, price_cents=5500)
    session.commit()
    return service


@pytest.fixture
def lou(session: Session, salon: Built) -> Built:
    performer = a_performer(session, salon)
    session.commit()
    return performer


def test_the_first_service_is_added_and_bookable(desk: StaffBrowser, session: Session, mia: Built) -> None:
    assert "No services yet" in desk.get(SERVICES).text
    assert desk.post(SERVICES, **CUT).status_code == 303
    kept = "SELECT name, duration_minutes, price_cents, deposit_cents, active FROM services"
    assert rows(session, kept) == [("Cut and finish", 60, 5500, 2050, True)]
    noted = "SELECT actor, because FROM audit_logs WHERE event = 'CatalogueChanged'"
    assert rows(session, noted) == [(str(mia.id), "The service Cut and finish was added.")]
    assert "Cut and finish" in desk.get("/app/calendar/new").text


def test_without_a_deposit_the_shops_applies_and_nought_means_none(desk: StaffBrowser, session: Session) -> None:
    desk.post(SERVICES, name="Cut", duration_minutes="60", price="", deposit="")
    desk.post(SERVICES, name="Talk", duration_minutes="15", price="0", deposit="0")
    kept = "SELECT price_cents, deposit_cents FROM services ORDER BY name"
    assert rows(session, kept) == [(None, None), (0, 0)]


def test_the_deposit_shown_is_the_one_that_is_charged(desk: StaffBrowser) -> None:
    """The shop's deposit is £20, but the deposit for a service that costs £5 is £5."""
    desk.post(SERVICES, name="Fringe", duration_minutes="15", price="5", deposit="")
    desk.post(SERVICES, name="Cut", duration_minutes="60", price="50", deposit="")
    shown = [" ".join(re.sub("<[^>]+>", "", one).split()) for one in DEPOSIT.findall(desk.get(SERVICES).text)]
    assert shown == ["£20 shop default", "£5 full price"]


@pytest.mark.parametrize(
    ("name", "kept"), [("\u202eCut", "Cut"), ("C\u200but\u2069", "Cut"), ("Cut 👩\u200d🦰", "Cut 👩\u200d🦰")]
)
def test_a_name_reverses_no_text_beside_it(desk: StaffBrowser, session: Session, name: str, kept: str) -> None:
    assert desk.post(SERVICES, **(CUT | {"name": name})).status_code == 303
    assert rows(session, "SELECT name FROM services") == [(kept,)]


def test_a_name_without_visible_characters_is_refused(desk: StaffBrowser) -> None:
    assert 'id="wrong-name"' in desk.post(SERVICES, **(CUT | {"name": "\u200b\u2060"})).text


WRONG = {
    "name": ("", "x" * 121, "CUT"),
    "duration_minutes": ("", "4", "1441", "an hour", "60.5", "٦٠"),
    "price": ("-1", "1,000", "5 5", "9999999999"),
    "deposit": ("0.01", "56", "x"),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_has_its_error_and_keeps_what_was_typed(
    desk: StaffBrowser, session: Session, cut: Built, field: str
) -> None:
    for path in (SERVICES, f"{SERVICES}/{insert_other(session, cut)}"):
        for value in WRONG[field]:
            answer = desk.post(path, **(CUT | {field: value}))
            assert answer.status_code == 422, value
            assert f'id="wrong-{field}"' in answer.text
            assert f'value="{value}"' in answer.text
    assert rows(session, "SELECT name FROM services ORDER BY name") == [("Cut",), ("Other",)]


def insert_other(session: Session, cut: Built) -> object:
    other = insert(session, "services", shop_id=cut.shop_id, name="Other")
    session.commit()
    return other.id


def test_a_changed_service_leaves_booked_appointments_alone(
    desk: StaffBrowser, session: Session, salon: Built, cut: Built
) -> None:
    an_appointment(session, a_customer(session, salon), service_id=cut.id, price_cents=5500)
    session.commit()
    assert (
        desk.post(f"{SERVICES}/{cut.id}", **(CUT | {"name": "Long cut", "duration_minutes": "90"})).status_code == 303
    )
    assert rows(session, "SELECT name, duration_minutes FROM services") == [("Long cut", 90)]
    assert rows(session, "SELECT price_cents FROM appointments") == [(5500,)]
    noted = "SELECT because FROM audit_logs WHERE event = 'CatalogueChanged'"
    assert rows(session, noted) == [("The service Long cut was changed: name, duration minutes, deposit.",)]


def test_a_deactivated_service_is_booked_no_more_until_it_is_taken_back(
    desk: StaffBrowser, session: Session, cut: Built
) -> None:
    desk.post(f"{SERVICES}/{cut.id}/status", form=f"{SERVICES}/{cut.id}")
    assert rows(session, "SELECT active FROM services") == [(False,)]
    assert str(cut.id) not in desk.get("/app/calendar/new").text
    assert "inactive" in desk.get(SERVICES).text
    desk.post(f"{SERVICES}/{cut.id}/status", form=f"{SERVICES}/{cut.id}", active="1")
    assert str(cut.id) in desk.get("/app/calendar/new").text


def test_a_name_in_use_prevents_a_reactivation(desk: StaffBrowser, session: Session, cut: Built) -> None:
    desk.post(f"{SERVICES}/{cut.id}/status", form=f"{SERVICES}/{cut.id}")
    desk.post(SERVICES, **(CUT | {"name": "cut"}))
    desk.post(f"{SERVICES}/{cut.id}/status", form=f"{SERVICES}/{cut.id}", active="1")
    assert rows(session, "SELECT name FROM services WHERE active") == [("cut",)]


def test_the_performers_of_a_service_are_chosen(
    desk: StaffBrowser, session: Session, salon: Built, cut: Built
) -> None:
    desk.post(PERFORMERS, name="Mira")
    desk.post(PERFORMERS, name="Jonas")
    colour = insert(session, "services", shop_id=salon.id, name="Colour")
    session.commit()
    ((mira,),) = rows(session, "SELECT id FROM performers WHERE name = 'Mira'")
    desk.post(f"{PERFORMERS}/{mira}", name="Mira B", services=[str(colour.id)])
    does = "SELECT performer_id, service_id, shop_id FROM performer_services"
    assert rows(session, does) == [(mira, colour.id, salon.id)]
    assert "Mira B" in desk.get(PERFORMERS).text
    page = desk.get(SERVICES).text
    assert '<td data-name="Done by">Everyone</td>' in page
    assert '<td data-name="Done by">Jonas</td>' in page
    desk.post(f"{PERFORMERS}/{mira}", name="Mira B")
    assert rows(session, does) == []


def test_a_deactivated_performer_is_booked_no_more_but_keeps_what_is_booked(
    desk: StaffBrowser, session: Session, salon: Built, lou: Built
) -> None:
    booked = an_appointment(session, a_customer(session, salon), performer_id=lou.id, starts_at=in_(hours=30))
    session.commit()
    desk.post(f"{PERFORMERS}/{lou.id}/status", form=f"{PERFORMERS}/{lou.id}")
    assert rows(session, "SELECT active FROM performers") == [(False,)]
    assert str(lou.id) not in desk.get("/app/calendar/new").text
    assert str(lou.id) in desk.get(f"/app/appointments/{booked.id}/move").text


@pytest.mark.parametrize("name", ["", "x" * 121, "lou"])
def test_a_wrong_name_of_a_performer_is_refused(desk: StaffBrowser, session: Session, lou: Built, name: str) -> None:
    answer = desk.post(PERFORMERS, name=name)
    assert answer.status_code == 422
    assert 'id="wrong-name"' in answer.text
    assert rows(session, "SELECT name FROM performers") == [("Lou",)]


@pytest.mark.parametrize("role", ["staff", "read_only"])
def test_only_owners_see_and_change_them(
    app: Flask, session: Session, salon: Built, cut: Built, lou: Built, role: str
) -> None:
    member = a_staff_member(session, salon, role=role, name="Kim", phone=a_number(), email=None)
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(member)
    for path in (SERVICES, f"{SERVICES}/{cut.id}", PERFORMERS, f"{PERFORMERS}/{lou.id}"):
        assert theirs.get(path).status_code == 403
        assert theirs.post(path, form="/app/appointments", **CUT).status_code == 403
    assert rows(session, "SELECT name FROM services") == [("Cut",)]


def test_another_shops_rows_are_not_joined(
    desk: StaffBrowser, session: Session, salon: Built, lou: Built, cut: Built
) -> None:
    other = a_shop(session)
    theirs = insert(session, "services", shop_id=other.id, name="Theirs")
    performer = a_performer(session, other)
    session.commit()
    for path in (f"{SERVICES}/{theirs.id}", f"{PERFORMERS}/{performer.id}"):
        assert desk.post(path, form=SERVICES, **CUT).status_code == 404
        assert desk.post(f"{path}/status", form=SERVICES).status_code == 404
    desk.post(f"{PERFORMERS}/{lou.id}", name="Lou", services=[str(theirs.id)])
    assert rows(session, "SELECT * FROM performer_services") == []
    as_dashboard(session, salon.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        insert(session, "performer_services", shop_id=salon.id, performer_id=lou.id, service_id=theirs.id)
    session.rollback()
    as_dashboard(session, salon.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        insert(session, "performer_services", shop_id=salon.id, performer_id=performer.id, service_id=cut.id)
