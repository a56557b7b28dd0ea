"""If staff or the API move or cancel an appointment, the customer is told once, on one channel, never at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.appointments import appointment_moves, appointments
from db.appointments.appointment_moves import NewTime
from db.messages import messages
from db.shops import shop_texts
from domain.delivery import MessageStatus
from tests.builders import Built, a_customer, a_shop, an_appointment, reload
from tests.world import World
from worker.dependencies import use

TOLD = text("SELECT channel, purpose, body FROM messages WHERE purpose LIKE 'appointment_%' ORDER BY created_at")


def a_booking(session: Session, now: datetime, *, shop: dict[str, Any] | None = None, **customer: Any) -> Built:
    """Inserts a booking three days from now."""
    of = a_customer(session, a_shop(session, **shop or {}), **customer)
    return an_appointment(session, of, starts_at=now + timedelta(hours=72))


def move(session: Session, booking: Built, *, by: str = "staff", tell: bool = True, hours: int = 24) -> None:
    present = reload(session, "appointments", booking.id)
    to = NewTime(present.starts_at + timedelta(hours=hours), present.ends_at + timedelta(hours=hours), None)
    assert appointment_moves.move(session, booking.id, to, by=by, tell_customer=tell) is None
    session.commit()


def cancel(session: Session, booking: Built, *, tell: bool = True) -> None:
    appointments.request_cancellation(session, booking.id, by="staff", tell_customer=tell)
    session.commit()


def messages_sent(session: Session) -> list[tuple[str, str]]:
    return [(row.channel, row.purpose) for row in session.execute(TOLD)]


@pytest.mark.parametrize(
    ("consents", "channel"),
    [
        ({"email": "ana@example.com"}, "sms"),
        ({"sms_opt_in": False, "email": "ana@example.com"}, "email"),
        ({"whatsapp_opt_in": True}, "whatsapp"),
    ],
)
def test_a_moved_customer_gets_the_new_time_on_one_channel(
    world: World, session: Session, now: datetime, consents: dict[str, Any], channel: str
) -> None:
    booking = a_booking(session, now, **consents)
    move(session, booking)
    world.work_off()
    assert messages_sent(session) == [(channel, "appointment_moved")]


def test_without_a_whatsapp_template_the_new_time_is_sent_by_sms(
    world: World, session: Session, now: datetime
) -> None:
    settings = world.dependencies.settings
    without = settings.twilio.model_copy(update={"twilio_whatsapp_templates": {}})
    world.dependencies = use(replace(world.dependencies, settings=replace(settings, twilio=without)))
    move(session, a_booking(session, now, whatsapp_opt_in=True))
    world.work_off()
    assert messages_sent(session) == [("sms", "appointment_moved")]


def test_each_move_is_reported_once_and_the_cancellation_once(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    for _ in range(2):
        move(session, booking)
        world.work_off()
    for _ in range(2):
        cancel(session, booking)
        world.work_off()
    assert messages_sent(session) == [("sms", "appointment_moved")] * 2 + [("sms", "appointment_cancelled")]
    bodies = [
        sent["Body"] for sent in world.outside.texts(str(reload(session, "customers", booking.customer_id).phone))
    ]
    assert len(bodies) == 3
    assert bodies[0].startswith("Salon Lou: your appointment has been moved to ")
    assert f"/manage/{booking.manage_token}" in bodies[0]
    assert " has been cancelled. Please contact us" in bodies[-1]


def test_no_customer_is_notified_if_staff_unticked_it_or_a_calendar_moved_it(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking(session, now)
    move(session, booking, tell=False)
    move(session, booking, by="calendar", tell=False)
    cancel(session, booking, tell=False)
    world.work_off()
    assert messages_sent(session) == []


def test_without_consent_no_customer_is_notified(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now, sms_opt_in=False)
    move(session, booking)
    cancel(session, booking)
    world.work_off()
    assert messages_sent(session) == []


def test_the_shop_may_word_it_and_the_customer_reads_their_language(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking(session, now, locale="fr_FR")
    shop_texts.save(session, booking.shop_id, "appointment_moved", "fr", "Nouvel horaire : {{ date }}")
    move(session, booking)
    world.work_off()
    (message,) = session.execute(TOLD).all()
    assert message.body.startswith("Nouvel horaire : ")


def test_at_night_it_waits_for_the_end_of_quiet_hours(world: World, session: Session, now: datetime) -> None:
    quiet = {"quiet_from": time((now.hour - 1) % 24), "quiet_until": time((now.hour + 2) % 24)}
    booking = a_booking(session, now, shop=quiet)
    move(session, booking)
    world.work_off()
    assert messages_sent(session) == [("sms", "appointment_moved")]
    assert world.outside.texts(str(reload(session, "customers", booking.customer_id).phone)) == []


def test_of_two_consecutive_moves_the_last_one_is_reported(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    move(session, booking)
    move(session, booking)
    world.work_off()
    assert messages_sent(session) == [("sms", "appointment_moved")]


def test_a_move_is_reported_although_staff_unticked_it_for_the_next_one(
    world: World, session: Session, now: datetime
) -> None:
    booking = a_booking(session, now)
    move(session, booking)
    move(session, booking, tell=False)
    world.work_off()
    assert messages_sent(session) == [("sms", "appointment_moved")]


@pytest.mark.parametrize("change", [move, cancel])
def test_a_text_that_waits_for_the_morning_is_not_sent_once_its_time_is_wrong(
    world: World, session: Session, now: datetime, change: Any
) -> None:
    quiet = {"quiet_from": time((now.hour - 1) % 24), "quiet_until": time((now.hour + 2) % 24)}
    booking = a_booking(session, now, shop=quiet)
    move(session, booking)
    world.work_off()
    change(session, booking, tell=False)
    (waiting,) = session.execute(text("SELECT id FROM messages WHERE purpose = 'appointment_moved'")).scalars()
    assert messages.claim(session, waiting) is MessageStatus.EXPIRED
