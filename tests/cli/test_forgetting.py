"""Tests of `slots customers forget`, run in separate processes."""

from __future__ import annotations

import uuid

from sqlalchemy import text

from db.customers import consent
from tests import builders
from tests.cli.commands import slots


def test_the_payment_no_longer_identifies_the_customer(database_url, session):
    shop = builders.a_shop(session)
    ana = builders.a_customer(session, shop, name="Ana Ruiz", email="ana@example.com")
    visit = builders.a_settled_booking(session, ana, days_ago=3)
    paid = builders.a_payment(session, visit)
    inbound_text = builders.a_message(
        session, ana, body="Ana, see you", provider_id="SM1", direction="inbound", status="received"
    )
    payload = {"From": ana.phone, "MessageSid": "SM1"}
    webhook = builders.a_webhook_event(
        session, provider="twilio", event_id="SM1", payload=payload, handled_at=builders.in_()
    )
    builders.insert(session, "notifications", shop_id=shop.id, customer_id=ana.id, text="Ana was reminded.")
    shown = {"kind": "customer_text", "dedupe_key": "customer_text:SM1"}
    builders.insert(session, "notifications", shop_id=shop.id, text="Ana wrote: see you", **shown)
    disputed = {"kind": "dispute", "appointment_id": visit.id, "shop_id": shop.id}
    words = "The payment of £20 by Ana Ruiz for 30 November, 10:00 is disputed (fraudulent)."
    notification = builders.insert(session, "notifications", text=words, **disputed)
    to_staff = {"channel": "email", "to_address": "olga@example.com", "customer_id": None}
    alert = {"purpose": "alert", "purpose_key": f"alert:{notification.id}:ab"}
    mail = builders.a_message(session, ana, body=f"{words}\n\nSalon", **to_staff, **alert)
    consent.suppress(session, shop_id=shop.id, phone=ana.phone, reason="The customer texted STOP.")
    session.commit()

    assert slots("customers", "forget", ana.id, DATABASE_URL=database_url).code == 0

    tables = ("customers", "messages", "webhook_events", "notifications")
    whole = " UNION ALL ".join(f"SELECT t::text AS row FROM {table} t" for table in tables)
    left = " ".join(session.execute(text(whole)).scalars())
    assert not [word for word in ("Ana", ana.phone, "ana@example.com") if word in left]
    assert {str(row.id) in left for row in (ana, inbound_text, webhook)} == {True}
    nameless = "The payment of £20 by a customer for 30 November, 10:00 is disputed (fraudulent)."
    assert builders.reload(session, "notifications", notification.id).text == nameless
    assert builders.reload(session, "messages", mail.id).body == f"{nameless}\n\nSalon"
    assert builders.reload(session, "payments", paid.id) == paid
    assert session.execute(text("SELECT phone FROM suppressions")).scalar_one() == ana.phone
    assert session.execute(text("SELECT event, actor FROM audit_logs")).one() == ("CustomerForgotten", "operator")


def test_a_customer_with_a_booking_is_not_erased(database_url, session):
    ana = builders.a_customer(session, builders.a_shop(session))
    builders.an_appointment(session, ana)
    session.commit()

    notification = slots("customers", "forget", ana.id, DATABASE_URL=database_url)

    assert (notification.code, builders.reload(session, "customers", ana.id).phone) == (1, ana.phone)
    assert "Cancel it or wait" in notification.err


def test_nobody_is_forgotten_twice(database_url, session):
    notification = slots("customers", "forget", uuid.uuid4(), DATABASE_URL=database_url)

    assert notification.code == 1
    assert "no customer" in notification.err
