"""Consent is given for one phone number or e-mail address, and ends when that number or address changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from db.customers import customer_merging, customer_records, imported_customers
from db.customers.customer_records import CustomerDetails
from domain.customer_list.read_list import read_list
from tests.builders import a_customer

CONSENT = {"source": "web form", "wording": "Yes, text me about free slots."}
OTHER_CONSENT = {"source": "at the desk"}
ALL = {"sms_opt_in": True, "whatsapp_opt_in": True, "email_opt_in": True, "consent": CONSENT}
ANA = {"name": "Ana", "phone": "07700 900123", "email": "ana@example.com"}
AT = "2026-12-01T10:00:00Z"


@pytest.fixture
def ana(caller):
    """A customer with an external id who agreed to every channel."""
    made = caller.put("/customers/external/c-1", ANA | ALL)
    assert made.status_code == 201
    return dict(made.json)


def agreed(session, id):
    """Returns the consents to texts, to WhatsApp and to offers by e-mail."""
    session.rollback()
    statement = text("SELECT sms_opt_in, whatsapp_opt_in, email_opt_in FROM customers WHERE id = :id")
    return tuple(session.execute(statement, {"id": id}).one())


CHANGES = [
    ({"phone": "+44 7700 900123"}, (True, True, True)),
    ({"phone": "07700 900124"}, (False, False, True)),
    ({"phone": None}, (False, False, True)),
    ({"email": "ANA@Example.com"}, (True, True, True)),
    ({"email": "other@example.com"}, (True, True, None)),
    ({"email": None}, (True, True, None)),
    ({"name": "Ana B."}, (True, True, True)),
    ({"phone": "07700 900124", "sms_opt_in": True, "consent": OTHER_CONSENT}, (True, False, True)),
    ({"email": "other@example.com", "email_opt_in": True, "consent": OTHER_CONSENT}, (True, True, True)),
    ({"email": "other@example.com", "email_opt_in": True}, (True, True, None)),
    ({"email": "other@example.com", "email_opt_in": False}, (True, True, False)),
]


@pytest.mark.parametrize(("change", "left"), CHANGES)
def test_a_changed_number_or_address_ends_the_consent_for_the_old_one(caller, session, ana, change, left):
    assert caller.patch(f"/customers/{ana['id']}", change).status_code == 200
    assert agreed(session, ana["id"]) == left


@pytest.mark.parametrize(("change", "left"), CHANGES)
def test_a_put_ends_it_too(caller, session, ana, change, left):
    assert caller.put("/customers/external/c-1", change).status_code == 200
    assert agreed(session, ana["id"]) == left


def test_an_ended_consent_is_not_shown_as_one_for_the_new_address(caller, ana):
    assert ana["email_consent"]["source"] == "web form"
    changed = caller.patch(f"/customers/{ana['id']}", {"email": "other@example.com"}).json
    assert changed["email_consent"] is None


def test_an_opt_out_from_emails_stays_with_another_address(caller, session, ana):
    caller.patch(f"/customers/{ana['id']}", {"email_opt_in": False})
    caller.patch(f"/customers/{ana['id']}", {"email": "other@example.com"})
    assert agreed(session, ana["id"]) == (True, True, False)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"phone": "+447700900123", "email": "Ana@example.com"}, (True, True, True)),
        ({"phone": "+447700900124", "email": "ana@example.com"}, (False, False, True)),
        ({"phone": "+447700900123", "email": "other@example.com"}, (True, True, None)),
    ],
)
def test_the_pages_follow_the_same_rule(session, shop, ana, change, left):
    assert customer_records.change(session, shop.id, ana["id"], CustomerDetails(name="Ana", **change), by="operator")
    session.commit()
    assert agreed(session, ana["id"]) == left


@pytest.mark.parametrize(("says", "agrees"), [("", None), ("yes", True), ("no", None)])
def test_a_list_that_fills_in_an_address_brings_its_own_consent_only(session, shop, says, agrees):
    ana = a_customer(session, shop, phone="+447700900123", email=None, email_opt_in=True)
    source = "paper form" if says == "yes" else ""
    rows = f"name,phone,email,email_opt_in,consent_source\nAna,+447700900123,ana@example.com,{says},{source}\n"
    lines = read_list(rows.encode(), now=datetime(2026, 11, 28, tzinfo=UTC)).lines
    imported_customers.import_customers(session, shop.id, list(lines), by="operator")
    session.commit()
    assert agreed(session, ana.id)[2] is agrees


def test_merging_keeps_no_consent_for_what_it_fills_in(session, shop):
    consents = {"sms_opt_in": True, "whatsapp_opt_in": True, "email_opt_in": True}
    kept = a_customer(session, shop, phone=None, email=None, **consents)
    twin = a_customer(session, shop, email="ana@example.com", sms_opt_in=False)
    customer_merging.merge(session, kept=kept.id, duplicate=twin.id)
    session.commit()
    assert agreed(session, kept.id) == (False, False, None)


@pytest.mark.parametrize(("of_the_twin", "left"), [(None, None), (True, None), (False, False)])
def test_merging_fills_in_an_address_without_an_earlier_consent(session, shop, of_the_twin, left):
    consent = {"email_opt_in": True, "email_consent_at": AT}
    kept = a_customer(session, shop, email=None, **consent)
    twin = a_customer(session, shop, email="ana@example.com", email_opt_in=of_the_twin)
    customer_merging.merge(session, kept=kept.id, duplicate=twin.id)
    session.commit()
    assert agreed(session, kept.id)[2] is left


def test_merging_keeps_the_opt_out_of_the_same_address(session, shop):
    kept = a_customer(session, shop, email="Ana@example.com", email_opt_in=True, email_consent_at=AT)
    twin = a_customer(session, shop, email="ana@example.com", email_opt_in=False)
    customer_merging.merge(session, kept=kept.id, duplicate=twin.id)
    session.commit()
    assert agreed(session, kept.id)[2] is False


def booked(caller, customer):
    booking = {"starts_at": AT, "ends_at": "2026-12-01T10:30:00Z", "customer": customer}
    assert caller.post("/appointments", booking).status_code == 201


def test_consent_in_a_booking_is_for_the_number_in_it(caller, session):
    known = caller.put("/customers/external/c-1", {"name": "Ana", "phone": "07700 900123"}).json
    sent = {"external_id": "c-1", "phone": "07700 900124", "email": "ana@example.com"}
    booked(caller, sent | ALL)
    assert agreed(session, known["id"]) == (False, False, True)


def test_a_booking_fills_in_a_missing_number_with_its_consent(caller, session):
    known = caller.put("/customers/external/c-1", {"name": "Ana"}).json
    booked(caller, {"external_id": "c-1", "phone": "07700 900124", "sms_opt_in": True, "consent": CONSENT})
    assert caller.get(f"/customers/{known['id']}").json["phone"] == "+447700900124"
    assert agreed(session, known["id"]) == (True, False, None)


def test_a_booking_that_fills_in_an_address_brings_no_consent_for_it(caller, session):
    agreeing = {"phone": "07700 900123", "email_opt_in": True, "consent": CONSENT}
    known = caller.post("/customers", {"name": "Ana"} | agreeing).json
    booked(caller, {"phone": "07700 900123", "email": "ana@example.com"})
    assert agreed(session, known["id"]) == (False, False, None)
