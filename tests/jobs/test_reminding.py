"""Each customer is reminded once on each channel that they agreed to, and never at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cli.local.addresses import SHARED_NUMBERS
from providers.email.choice import email_sender
from providers.twilio.twilio_client import Twilio
from tests.builders import Built, a_customer, a_shop, a_suppression, an_appointment, reload
from tests.effort import long_except
from tests.waiting import PATIENCE_SECONDS
from tests.world import World
from worker.dependencies import use

ANOTHER_CUSTOMER = """
WITH ben AS (INSERT INTO customers (shop_id, name) SELECT shop_id, 'Ben' FROM customers RETURNING id)
UPDATE appointments SET customer_id = ben.id FROM ben"""
EVERY_CHANNEL = {"whatsapp_opt_in": True, "email": "ana@example.com"}


def a_booking(
    session: Session, now: datetime, *, hours: float = 24, customer: Built | None = None, **columns: Any
) -> Built:
    """Inserts a booking that was made a week ago and starts in `hours` hours."""
    customer = customer or a_customer(session, a_shop(session))
    values = {"created_at": now - timedelta(days=7)} | columns
    return an_appointment(session, customer, starts_at=now + timedelta(hours=hours), **values)


def phone_of(session: Session, booking: Built) -> str:
    return str(reload(session, "customers", booking.customer_id).phone)


def test_a_customer_is_reminded_a_day_before(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    session.commit()
    assert world.perform("send_booking_reminders") == {"success": True, "reminders_sent": 1, "errors": []}
    world.work_off()
    (text,) = world.outside.texts(phone_of(session, booking))
    assert text["Body"].startswith("Reminder: your appointment is on ")
    assert f"{world.dependencies.app_url}/manage/{booking.manage_token}" in text["Body"]


@pytest.mark.parametrize("hours", [24.4, 24, 23.6, 20, 1])
def test_a_late_run_misses_nobody(world: World, session: Session, now: datetime, hours: float) -> None:
    a_booking(session, now, hours=hours)
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 1


@pytest.mark.parametrize(
    "booking",
    [
        {"hours": 24.6},
        {"hours": 48},
        {"hours": -1},
        {"status": "cancelled"},
        {"status": "pending_payment"},
        {"hours": 20, "created_at": "an hour ago"},
    ],
)
def test_too_early_too_late_not_booked_or_booked_just_now_is_not_reminded(
    world: World, session: Session, now: datetime, booking: dict[str, Any]
) -> None:
    if "created_at" in booking:
        booking = booking | {"created_at": now - timedelta(hours=1)}
    a_booking(session, now, **booking)
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 0


def test_run_twice_reminds_once(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    session.commit()
    assert [world.perform("send_booking_reminders")["reminders_sent"] for _ in range(3)] == [1, 0, 0]
    world.work_off()
    assert len(world.outside.texts(phone_of(session, booking))) == 1


def test_a_booking_that_is_moved_is_reminded_of_its_new_time(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    session.commit()
    world.perform("send_booking_reminders")
    world.rows("UPDATE appointments SET starts_at = starts_at - interval '3 hours'")
    assert world.perform("send_booking_reminders")["reminders_sent"] == 1
    world.work_off()
    assert len(world.outside.texts(phone_of(session, booking))) == 1


def test_whatsapp_goes_first_and_e_mail_beside_it(world: World, session: Session, now: datetime) -> None:
    customer = a_customer(session, a_shop(session, address="12 Harbour Street"), **EVERY_CHANNEL)
    a_booking(session, now, customer=customer)
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 2
    world.work_off()
    (sent,) = world.outside.texts(f"whatsapp:{customer.phone}")
    assert (sent["From"], sent["ContentSid"]) == (
        f"whatsapp:{SHARED_NUMBERS['TWILIO_WHATSAPP_NUMBER']}",
        "HXbookingreminder",
    )
    assert '"2": "12 Harbour Street"' in sent["ContentVariables"]
    assert world.outside.texts(customer.phone) == []
    (email,) = world.outside.emails("ana@example.com")
    assert email["from"] == '"Salon Lou" <no-reply@localhost>'
    assert email["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "12 Harbour Street" in email["text"]
    assert "12 Harbour Street" in email["html"]


def test_a_shop_of_its_own_number_sends_from_it(world: World, session: Session, now: datetime) -> None:
    customer = a_customer(session, a_shop(session, whatsapp_from="+15559000001"), whatsapp_opt_in=True)
    a_booking(session, now, customer=customer)
    session.commit()
    world.perform("send_booking_reminders")
    world.work_off()
    assert world.outside.texts(f"whatsapp:{customer.phone}")[0]["From"] == "whatsapp:+15559000001"


@pytest.mark.parametrize("code", ["63003", "63016", "63024", "63007"])
def test_a_message_that_whatsapp_refuses_is_sent_by_sms(
    world: World, session: Session, now: datetime, code: str
) -> None:
    customer = a_customer(session, a_shop(session), whatsapp_opt_in=True)
    a_booking(session, now, customer=customer)
    session.commit()
    world.outside.fault("twilio messages.create", "error", code=code, match=f"whatsapp:{customer.phone}")
    world.perform("send_booking_reminders")
    world.work_off()
    assert world.outside.texts(f"whatsapp:{customer.phone}") == []
    assert len(world.outside.texts(customer.phone)) == 1
    statuses = dict(world.rows("SELECT channel, status FROM messages"))
    assert statuses == {"whatsapp": "failed", "sms": "sent"}


def test_a_customer_who_agreed_only_to_whatsapp_gets_no_sms(world: World, session: Session, now: datetime) -> None:
    customer = a_customer(session, a_shop(session), whatsapp_opt_in=True, sms_opt_in=False)
    a_booking(session, now, customer=customer)
    session.commit()
    world.outside.fault("twilio messages.create", "error", code="63024", match=f"whatsapp:{customer.phone}")
    world.perform("send_booking_reminders")
    world.work_off()
    assert world.outside.texts(customer.phone) == []


def test_without_any_consent_no_customer_is_notified(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    a_booking(session, now, customer=a_customer(session, shop, sms_opt_in=False))
    refuses_email = a_customer(session, shop, sms_opt_in=False, email="ben@example.com", email_opt_in=False)
    a_booking(session, now, hours=23, customer=refuses_email)
    stopped = a_customer(session, shop)
    a_suppression(session, shop, stopped.phone)
    a_booking(session, now, hours=22, customer=stopped)
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("INSERT INTO suppressions (shop_id, phone) SELECT shop_id, phone FROM customers", "suppressed"),
        ("UPDATE customers SET sms_opt_in = false", "suppressed"),
        ("UPDATE appointments SET status = 'cancelled'", "expired"),
        (
            "UPDATE appointments SET starts_at = starts_at + interval '10 minutes'",
            "expired",
        ),
        (ANOTHER_CUSTOMER, "expired"),
    ],
)
def test_a_change_before_the_text_is_sent_counts(
    world: World, session: Session, now: datetime, change: str, status: str
) -> None:
    booking = a_booking(session, now)
    session.commit()
    world.perform("send_booking_reminders")
    world.rows(change)
    world.work_off()
    assert world.outside.texts(phone_of(session, booking)) == []
    assert world.one("SELECT status FROM messages") == status


def test_nobody_is_reminded_at_night_and_everybody_in_the_morning(
    world: World, session: Session, now: datetime
) -> None:
    night = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=2)).time()}
    booking = a_booking(session, now, customer=a_customer(session, a_shop(session, timezone="UTC", **night)))
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 0
    world.clock.pass_(timedelta(hours=2, minutes=1))
    assert world.perform("send_booking_reminders")["reminders_sent"] == 1
    world.work_off()
    assert len(world.outside.texts(phone_of(session, booking))) == 1


def test_a_reminder_that_is_late_at_the_carrier_waits_for_the_morning(
    world: World, session: Session, now: datetime
) -> None:
    night = {"quiet_from": (now + timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=3)).time()}
    booking = a_booking(session, now, customer=a_customer(session, a_shop(session, timezone="UTC", **night)))
    session.commit()
    assert world.perform("send_booking_reminders")["reminders_sent"] == 1
    world.clock.pass_(timedelta(hours=1, minutes=30))
    world.work_off()
    assert world.outside.texts(phone_of(session, booking)) == []
    world.clock.pass_(timedelta(hours=2))
    world.work_off()
    assert len(world.outside.texts(phone_of(session, booking))) == 1


def test_a_carrier_may_not_deliver_it_in_the_night_that_follows(
    world: World, session: Session, now: datetime
) -> None:
    night = {"quiet_from": (now + timedelta(minutes=32)).time(), "quiet_until": (now + timedelta(hours=3)).time()}
    booking = a_booking(session, now, customer=a_customer(session, a_shop(session, timezone="UTC", **night)))
    session.commit()
    world.perform("send_booking_reminders")
    world.work_off()
    (text,) = world.outside.texts(phone_of(session, booking))
    assert 1500 <= int(text["ValidityPeriod"]) <= 1920


def test_the_customers_own_zone_says_when_it_is_night(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session, timezone="UTC", quiet_from=time(21), quiet_until=time(8))
    for hour, zone in enumerate(("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/Los_Angeles")):
        a_booking(session, now, hours=24 - hour, customer=a_customer(session, shop, timezone=zone, name=zone))
    session.commit()
    world.perform("send_booking_reminders")
    reminded = {
        row.name for row in world.rows("SELECT c.name FROM messages m JOIN customers c ON c.id = m.customer_id")
    }
    assert reminded == {
        row.name
        for row in world.rows("""SELECT name FROM customers
            WHERE (clock_timestamp() AT TIME ZONE timezone)::time BETWEEN '08:00' AND '21:00'""")
    }


def test_the_log_and_the_customers_notifications_say_so(world: World, session: Session, now: datetime) -> None:
    customer = a_customer(session, a_shop(session), email="ana@example.com")
    booking = a_booking(session, now, customer=customer)
    session.commit()
    world.perform("send_booking_reminders")
    ((text, whom),) = world.rows("SELECT text, customer_id FROM notifications")
    assert whom == customer.id
    assert text.endswith("by SMS and e-mail.")
    assert world.one("SELECT because FROM audit_logs WHERE event = 'BookingReminded'") == text
    assert world.one("SELECT appointment_id FROM audit_logs WHERE event = 'BookingReminded'") == booking.id


@pytest.mark.parametrize(
    "fault", long_except(["server_error", "rate_limited", "timeout_before", "timeout_after"], "timeout_after")
)
def test_without_carriers_for_an_hour_each_reminder_arrives_once_when_they_are_back(
    world: World, session: Session, now: datetime, fault: str
) -> None:
    wait_at_most(world, seconds=0.5)
    customer = a_customer(session, a_shop(session), email="ana@example.com")
    a_booking(session, now, customer=customer)
    session.commit()
    for provider, operation in (
        ("twilio", "messages.create"),
        ("twilio", "messages.list"),
        ("resend", "emails.send"),
    ):
        world.outside.fault(
            f"{provider} {operation}", fault, times=None, delay_ms=600 if fault.startswith("timeout") else 0
        )
    world.perform("run_all_reminder_jobs")
    for _ in range(2):
        world.work_off()
        world.clock.pass_(timedelta(minutes=30))
    world.outside.clear_faults()
    wait_at_most(world, seconds=PATIENCE_SECONDS)
    for _ in range(3):
        world.perform("run_all_reminder_jobs")
        world.work_off()
        world.clock.pass_(timedelta(minutes=15))
    assert len(world.outside.texts(customer.phone)) == 1
    assert len(world.outside.emails("ana@example.com")) == 1


def wait_at_most(world: World, *, seconds: float) -> None:
    """Sets the time limit of a worker for the carriers' responses."""
    settings = world.dependencies.settings
    twilio = Twilio(settings.twilio.model_copy(update={"twilio_read_timeout_seconds": seconds}))
    email = email_sender(settings.email.model_copy(update={"email_timeout_seconds": seconds}))
    world.dependencies = use(replace(world.dependencies, twilio=twilio, email=email))


def test_the_reminders_answer_the_route_with_a_summary(world: World, session: Session, now: datetime) -> None:
    a_booking(session, now)
    session.commit()
    answer = world.perform("run_all_reminder_jobs")
    assert answer["success"] is True
    assert answer["summary"] == {
        "bookingReminders": {"sent": 1, "errors": []},
        "paymentReminders": {"sent": 0, "errors": []},
    }
