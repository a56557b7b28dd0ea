"""Customers over the API: phone numbers, consent, opt-outs, external ids, filters and erasure."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.api.callers import assert_problem
from tests.builders import a_customer, a_suppression, an_appointment

CONSENT = {"source": "web form", "wording": "Yes, text me about free slots."}


def test_a_customer_is_created_with_a_national_number(caller):
    made = caller.post(
        "/customers",
        {
            "name": " Ana ",
            "phone": "07700 900123",
            "email": "ana@example.com",
            "sms_opt_in": True,
            "consent": CONSENT,
        },
    )
    assert made.status_code == 201
    assert made.json["phone"] == "+447700900123"
    assert (made.json["name"], made.json["sms_opt_in"], made.json["opted_out"]) == ("Ana", True, False)
    assert made.json["consent"]["source"] == "web form"
    assert made.json["consent"]["at"].endswith("Z")
    assert caller.get(f"/customers/{made.json['id']}").json == made.json


def test_a_number_of_another_country_is_read_with_that_country(caller):
    made = caller.post("/customers", {"name": "Ana", "phone": "0171 1234567", "country": "de"})
    assert made.json["phone"] == "+491711234567"


@pytest.mark.parametrize("phone", ["020 7946 0000", "12", "hello", "+44", "0800 1111111", "", "0" * 150])
def test_a_number_that_is_not_mobile_is_refused(caller, phone):
    problem = assert_problem(caller.post("/customers", {"name": "Ana", "phone": phone}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/phone"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "ana"}, "/email"),
        ({"name": "Ana", "country": "XX"}, "/country"),
        ({"name": "Ana", "timezone": "Mars/Olympus"}, "/timezone"),
        ({"name": "Ana", "locale": "klingon_XX"}, "/locale"),
        ({"phone": "07700 900123", "sms_opt_in": True}, "/consent"),
        ({"phone": "07700 900123", "consent": CONSENT}, "/consent"),
        ({"phone": "07700 900123", "sms_opt_in": True, "consent": {"source": ""}}, "/consent/source"),
        (
            {"phone": "07700 900123", "sms_opt_in": True, "consent": {"source": "x", "at": "2026-01-01"}},
            "/consent/at",
        ),
        ({"phone": "07700 900123", "sms_opt_in": True, "consent": {"source": "x", "by": 1}}, "/consent/by"),
        ({}, ""),
    ],
)
def test_an_invalid_field_is_named(caller, body, pointer):
    problem = assert_problem(caller.post("/customers", body), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_an_opt_out_is_never_lifted(caller, session, shop):
    a_suppression(session, shop, "+447700900123")
    session.commit()
    wanted = {"phone": "07700 900123", "sms_opt_in": True, "consent": CONSENT}
    assert_problem(caller.post("/customers", wanted), 409, "opted_out")
    assert_problem(caller.put("/customers/external/7", wanted), 409, "opted_out")
    made = caller.post("/customers", {"phone": "07700 900123"}).json
    assert made["opted_out"] is True
    assert_problem(
        caller.patch(f"/customers/{made['id']}", {"sms_opt_in": True, "consent": CONSENT}), 409, "opted_out"
    )
    willing = caller.post("/customers", wanted | {"phone": "07700 900124"}).json
    assert caller.patch(f"/customers/{willing['id']}", {"phone": "07700 900123"}).json["sms_opt_in"] is False


def test_opting_out_holds_for_every_customer_with_the_number(caller, session, shop):
    one = a_customer(session, shop, phone="+447700900123")
    two = a_customer(session, shop, phone="+447700900123")
    session.commit()
    for _ in range(2):
        answer = caller.post(f"/customers/{one.id}/opt-out")
        assert (answer.status_code, answer.json["sms_opt_in"], answer.json["opted_out"]) == (200, False, True)
    assert caller.get(f"/customers/{two.id}").json["sms_opt_in"] is False


def test_put_creates_and_then_changes_what_is_sent(caller):
    first = caller.put("/customers/external/c-1", {"name": "Ana", "phone": "07700 900123"})
    second = caller.put("/customers/external/c-1", {"name": "Ana B."})
    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json["id"], second.json["name"]) == (first.json["id"], "Ana B.")
    assert second.json["phone"] == "+447700900123"
    willing = caller.put("/customers/external/c-1", {"sms_opt_in": True, "consent": CONSENT})
    assert willing.json["sms_opt_in"] is True


def test_filters_find_by_number_address_name_and_change(caller, session, shop):
    ana = a_customer(session, shop, name="Ana", phone="+447700900123", email="Ana@Example.com")
    ben = a_customer(session, shop, name="Ben", phone="+447700900124")
    session.execute(text("UPDATE customers SET updated_at = '2026-01-01'"))
    session.commit()

    def found(**query):
        answer = caller.get("/customers", **query)
        assert answer.status_code == 200, answer.json
        return [row["id"] for row in answer.json["data"]]

    assert found(phone="07700 900123") == found(phone="+44 7700 900123") == [str(ana.id)]
    assert found(email="ana@example.COM") == [str(ana.id)]
    assert found(q="be") == [str(ben.id)]
    assert found(q="%") == []
    assert set(found()) == {str(ana.id), str(ben.id)}
    assert found(updated_since="2026-01-02T00:00:00Z") == []
    caller.patch(f"/customers/{ben.id}", {"name": "Benno"})
    assert found(updated_since="2026-01-02T00:00:00+00:00") == [str(ben.id)]
    assert_problem(caller.get("/customers", phone="x"), 422, "invalid")


def test_a_plus_sign_that_was_not_escaped_is_understood(caller):
    answer = caller.send("GET", "/customers?updated_since=2026-01-02T00:00:00+00:00")
    assert answer.status_code == 200


def test_deleting_removes_personal_data_and_the_customer_is_gone(caller, session, shop):
    ana = a_customer(session, shop, name="Ana", email="ana@example.com", external_id="7")
    session.commit()
    gone = caller.delete(f"/customers/{ana.id}")
    assert (gone.status_code, gone.data, gone.headers.get("Content-Type")) == (204, b"", None)
    row = session.execute(text("SELECT name, phone, email, anonymised_at FROM customers")).one()
    assert (row.name, row.phone, row.email) == ("", None, None)
    assert row.anonymised_at
    assert_problem(caller.get(f"/customers/{ana.id}"), 404, "not_found")
    assert_problem(caller.delete(f"/customers/{ana.id}"), 404, "not_found")
    assert_problem(caller.patch(f"/customers/{ana.id}", {"name": "Ana"}), 404, "not_found")
    assert caller.get("/customers").json["data"] == []
    assert caller.put("/customers/external/7", {"name": "Ana again"}).status_code == 201


def test_a_customer_with_a_live_appointment_is_not_deleted(caller, session, shop):
    ana = a_customer(session, shop)
    an_appointment(session, ana)
    session.commit()
    assert_problem(caller.delete(f"/customers/{ana.id}"), 409, "conflict")


def test_services_have_length_and_price(caller):
    made = caller.post("/services", {"name": "Cut", "duration_minutes": 45, "price_cents": 4000})
    assert (made.status_code, made.json["deposit_cents"], made.json["active"]) == (201, None, True)
    changed = caller.patch(f"/services/{made.json['id']}", {"price_cents": None, "active": False}).json
    assert (changed["price_cents"], changed["active"], changed["duration_minutes"]) == (None, False, 45)
    for wrong in ({"duration_minutes": 0}, {"price_cents": -1}, {"price_cents": 2**31}, {"deposit_cents": 1.5}):
        assert_problem(caller.post("/services", {"name": "Cut"} | wrong), 422, "invalid")


@pytest.mark.parametrize("field", ["whatsapp_opt_in", "sms_opt_in"])
def test_each_phone_channel_needs_consent(caller, field):
    assert_problem(caller.post("/customers", {"phone": "07700 900123", field: True}), 422, "invalid")


@pytest.mark.parametrize("days", [-365 * 60, 2])
def test_consent_at_an_unlikely_time_is_refused(caller, days):
    at = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    body = {"phone": "07700 900123", "sms_opt_in": True, "consent": CONSENT | {"at": at}}
    problem = assert_problem(caller.post("/customers", body), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/consent/at"


def test_consent_is_recorded_for_each_channel_that_is_opted_in(caller, session):
    wanted = {"phone": "07700 900123", "email": "ana@example.com", "whatsapp_opt_in": True, "email_opt_in": True}
    made = caller.post("/customers", wanted | {"consent": CONSENT}).json
    assert (made["sms_opt_in"], made["whatsapp_opt_in"], made["email_opt_in"]) == (False, True, True)
    assert made["consent"] is None
    assert made["whatsapp_consent"]["source"] == made["email_consent"]["source"] == "web form"
    assert session.execute(text("SELECT email_opt_in, email_consent_at IS NOT NULL FROM customers")).one() == (
        True,
        True,
    )


def test_email_without_consent_allows_no_offers(caller, session):
    made = caller.post("/customers", {"email": "ana@example.com", "email_opt_in": True}).json
    assert (made["email_opt_in"], made["email_consent"]) == (True, None)
    assert session.execute(text("SELECT email_opt_in FROM customers")).scalar_one() is None
    assert caller.patch(f"/customers/{made['id']}", {"email_opt_in": False}).json["email_opt_in"] is False
    assert caller.patch(f"/customers/{made['id']}", {"email_opt_in": True}).json["email_opt_in"] is False


def test_email_without_consent_keeps_the_consent_that_was_given(caller):
    wanted = {"phone": "07700 900123", "email": "ana@example.com", "email_opt_in": True}
    made = caller.post("/customers", wanted | {"consent": CONSENT}).json
    assert (
        caller.patch(f"/customers/{made['id']}", {"email_opt_in": True}).json["email_consent"]
        == made["email_consent"]
    )
    assert made["email_consent"] is not None


def test_an_opt_out_ends_consent_to_every_channel(caller):
    wanted = {"phone": "07700 900123", "email": "ana@example.com", "whatsapp_opt_in": True, "email_opt_in": True}
    made = caller.post("/customers", wanted | {"consent": CONSENT}).json
    gone = caller.post(f"/customers/{made['id']}/opt-out", {}).json
    assert (gone["whatsapp_opt_in"], gone["opted_out"]) == (False, True)
    assert_problem(
        caller.patch(f"/customers/{made['id']}", {"whatsapp_opt_in": True, "consent": CONSENT}), 409, "opted_out"
    )
