"""Adding and editing customers: no value is guessed, no consent is recorded, and no two customers share a number."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_number, a_shop, a_staff_member, reload
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.test_forms import is_refused

NEW = "/app/customers/new"


@pytest.fixture
def salon(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", country="GB")
    session.commit()
    return shop


@pytest.fixture
def ana(session: Session, salon: Built) -> Built:
    customer = a_customer(session, salon, name="Ana", phone="+447700900111", consent_source="form")
    session.commit()
    return customer


def named(session: Session, name: str) -> Built:
    session.rollback()
    return session.execute(text("SELECT * FROM customers WHERE name = :name"), {"name": name}).one()


def test_a_customer_is_added_with_what_is_known_and_not_opted_in(desk: StaffBrowser, session: Session) -> None:
    desk.post(
        NEW,
        name="Dana Petrova",
        phone="07700 900123",
        email="dana@example.com",
        locale="es",
        tags="vip,  colour , vip",
        note="Allergic to ammonia",
    )
    dana = named(session, "Dana Petrova")
    assert (dana.phone, dana.email, dana.locale) == ("+447700900123", "dana@example.com", "es")
    assert (dana.tags, dana.note, dana.sms_opt_in) == (["vip", "colour"], "Allergic to ammonia", False)
    page = desk.get(f"/app/customers/{dana.id}").text
    assert "vip, colour" in page
    assert "Allergic to ammonia" in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"phone": "07700 900129 mum"}, "phone"),
        ({"phone": "07700"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"tags": ",".join(map(str, range(30)))}, "tags"),
        ({"tags": "y" * 31}, "tags"),
        ({"note": "z" * 2001}, "note"),
    ],
)
def test_an_invalid_field_is_refused_beside_it(
    desk: StaffBrowser, session: Session, fields: dict[str, str], field: str
) -> None:
    assert is_refused(desk.post(NEW, **({"name": "Dana"} | fields)), field)
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM customers")).scalar_one() == 0


def test_a_number_of_another_customer_is_refused_with_the_name(desk: StaffBrowser, ana: Built) -> None:
    assert "Ana has this number" in is_refused(desk.post(NEW, name="Other", phone="+44 7700 900111"), "phone")


def test_the_same_number_typed_otherwise_keeps_consent_and_another_ends_it(
    desk: StaffBrowser, session: Session, ana: Built
) -> None:
    page = f"/app/customers/{ana.id}/edit"
    assert 'value="+447700900111"' in desk.get(page).text
    desk.post(page, name="Ana Ruiz", phone="07700 900 111")
    assert (reload(session, "customers", ana.id).name, reload(session, "customers", ana.id).sms_opt_in) == (
        "Ana Ruiz",
        True,
    )
    session.rollback()
    desk.post(page, name="Ana Ruiz", phone="07700 900112")
    session.rollback()
    assert reload(session, "customers", ana.id).sms_opt_in is False


def test_those_who_only_look_change_nothing(
    stranger: StaffBrowser, session: Session, salon: Built, ana: Built
) -> None:
    viewer = a_staff_member(session, salon, phone=a_number(), email="v@salon.example", role="read_only")
    session.commit()
    desk = stranger.signs_in(viewer)
    assert desk.get(NEW).status_code == 403
    assert desk.post(f"/app/customers/{ana.id}/edit", form="/app/customers", name="X").status_code == 403


def test_another_shops_customer_is_not_found(desk: StaffBrowser, session: Session) -> None:
    theirs = a_customer(session, a_shop(session), name="Secret")
    session.commit()
    assert desk.get(f"/app/customers/{theirs.id}/edit").status_code == 404
    assert desk.post(f"/app/customers/{theirs.id}/edit", form=NEW, name="X").status_code == 404
    session.rollback()
    assert reload(session, "customers", theirs.id).name == "Secret"
