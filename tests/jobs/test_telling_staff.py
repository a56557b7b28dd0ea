"""Messages to members of staff: sign-in codes, and alerts about events that need a person."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.access import otp_codes
from db.access.staff_invitations import MOST_FOR_AN_ADDRESS
from db.tasks import pending_tasks
from domain.effects import NotifyStaff, Severity
from domain.sign_in_codes import BACK_OFF, MOST_FOR_A_SHOP, code_of, invitation_token
from messaging.staff_notifications import notify_staff
from tests.builders import Built, a_number, a_shop, a_staff_member, insert
from tests.world import World
from worker.dependencies import use
from worker.task_run import BODIES, run_row


def ask(session: Session, world: World, who: str) -> str:
    """Requests a code, as the web process does; returns the code."""
    code_id = uuid4()
    otp_codes.ask(session, code_id=code_id, who=who, browser_hash="a browser")
    pending_tasks.add(session, "send_sign_in_code", code_id)
    session.commit()
    row = session.execute(text("SELECT nonce FROM otp_codes WHERE id = :id"), {"id": code_id}).one_or_none()
    key = world.dependencies.settings.staff.secret_key.get_secret_value()
    return code_of(key, code_id, row.nonce) if row else ""


def test_a_code_comes_by_text(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    code = ask(session, world, mia.phone)
    world.work_off()
    (sent,) = world.outside.texts(mia.phone)
    assert re.findall(r"\d{6}", sent["Body"]) == [code]


def test_a_code_comes_by_email(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session), email="mia@salon.example")
    code = ask(session, world, mia.email.upper())
    world.work_off()
    (sent,) = world.outside.emails(mia.email)
    assert code in sent["text"]


def test_a_stranger_gets_nothing(session: Session, world: World) -> None:
    assert ask(session, world, a_number()) == ""
    world.work_off()
    assert not world.outside.texts()


def test_two_members_with_one_address_get_one_e_mail(session: Session, world: World) -> None:
    shop = a_shop(session)
    for address in ("desk@salon.example", "Desk@Salon.example ", "mia@salon.example"):
        a_staff_member(session, shop, email=address)
    for _ in range(2):
        notify_staff(
            session, shop_id=shop.id, effect=NotifyStaff("dispute", "A dispute.", Severity.CRITICAL), dedupe_key="one"
        )
        pending_tasks.add(session, "alert_staff", shop.id)
        session.commit()
        world.work_off()
    assert sorted(letter["to"][0].lower().strip() for letter in world.outside.emails()) == [
        "desk@salon.example",
        "mia@salon.example",
    ]


@pytest.mark.parametrize(("kind", "letters"), [("needs_human", 1), ("recovered", 0)])
def test_an_alert_is_emailed_once(session: Session, world: World, kind: str, letters: int) -> None:
    shop = a_shop(session)
    a_staff_member(session, shop, email="mia@salon.example")
    a_staff_member(session, shop, email="kim@salon.example", email_alerts=False)
    for _ in range(2):
        notify_staff(
            session, shop_id=shop.id, effect=NotifyStaff(kind, "Money is stuck.", Severity.CRITICAL), dedupe_key="one"
        )
    pending_tasks.add(session, "alert_staff", shop.id)
    session.commit()
    world.work_off()
    sent = world.outside.emails()
    assert len(sent) == letters
    assert all("Money is stuck." in letter["text"] for letter in sent)


def ask_and_send(session: Session, world: World, who: str) -> str:
    code = ask(session, world, who)
    world.work_off()
    return code


def test_the_code_is_in_no_message_row(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number(), email="mia@salon.example")
    for who in (mia.phone, mia.email):
        code = ask_and_send(session, world, who)
        for table in ("messages", "pending_tasks", "otp_codes", "audit_logs", "webhook_events"):
            rows = session.execute(text(f"SELECT * FROM {table}"))
            assert not any(code in str(value) for row in rows for value in row), table
    assert world.outside.texts(mia.phone)
    assert world.outside.emails(mia.email)


def test_a_code_whose_owner_left_meanwhile_is_not_sent(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    ask(session, world, mia.phone)
    session.execute(text("UPDATE staff SET phone = '+447700900321' WHERE id = :id"), {"id": mia.id})
    session.commit()
    world.work_off()
    assert not world.outside.texts(mia.phone)
    assert not world.outside.texts("+447700900321")


def test_a_code_that_waited_in_the_queue_until_its_owner_left_is_not_sent(session: Session, world: World) -> None:
    """The address changes after the message is written and before it is sent."""
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    ask(session, world, mia.phone)
    task = session.execute(text("SELECT id FROM pending_tasks")).scalar_one()
    session.rollback()
    run_row(BODIES["send_sign_in_code"], "send_sign_in_code", task)
    session.execute(text("UPDATE staff SET phone = NULL, email = NULL WHERE id = :id"), {"id": mia.id})
    session.commit()
    world.work_off()
    assert not world.outside.texts(mia.phone)
    assert session.execute(text("SELECT status FROM messages")).scalar_one() == "expired"


def test_a_code_of_unknown_outcome_is_found_at_the_carrier_and_not_sent_twice(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session), phone=a_number())
    ask(session, world, mia.phone)
    world.work_off()
    session.execute(text("UPDATE messages SET status = 'sending', provider_id = NULL"))
    message_id = session.execute(text("SELECT id FROM messages")).scalar_one()
    pending_tasks.add(session, "send_message", message_id)
    session.commit()
    world.work_off()
    assert len(world.outside.texts(mia.phone)) == 1
    session.rollback()
    assert session.execute(text("SELECT status FROM messages")).scalar_one() == "sent"


def test_a_shop_without_a_number_sends_from_the_platforms(session: Session, world: World) -> None:
    platform = "+447700900998"
    settings = world.dependencies.settings
    twilio = settings.twilio.model_copy(update={"twilio_platform_number": platform})
    world.dependencies = use(replace(world.dependencies, settings=replace(settings, twilio=twilio)))
    mia = a_staff_member(session, a_shop(session, sms_from=None), phone=a_number())
    ask_and_send(session, world, mia.phone)
    (sent,) = world.outside.texts(mia.phone)
    assert sent["From"] == platform


def test_without_any_number_nothing_is_sent_and_nothing_fails(session: Session, world: World) -> None:
    mia = a_staff_member(session, a_shop(session, sms_from=None), phone=a_number())
    ask_and_send(session, world, mia.phone)
    assert not world.outside.texts(mia.phone)
    assert session.execute(text("SELECT outcome ->> 'outcome' FROM pending_tasks")).scalar_one() == "no sender"


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_many_unused_codes_raise_an_alarm_once(session: Session, world: World, channel: str) -> None:
    shop = a_shop(session)
    mia = a_staff_member(session, shop, name="Mia", phone=a_number(), email="mia@salon.example")
    # The requests start in the morning, so that all of them are on one day.
    now = world.clock.now().astimezone(UTC)
    world.clock.pass_(now.replace(hour=6, minute=0) + timedelta(days=1) - now)
    for _ in range(BACK_OFF.alarm + 3):
        ask(session, world, mia.email if channel == "email" else mia.phone)
        world.clock.pass_(timedelta(minutes=30))
    world.work_off()
    session.rollback()
    (notification,) = session.execute(text("SELECT text FROM notifications")).scalars()
    assert "Mia" in notification
    assert ("Signing in by text" if channel == "email" else "Signing in by e-mail") in notification
    assert any(notification in letter["text"] for letter in world.outside.emails(mia.email))


def test_a_shop_at_its_limit_is_notified(session: Session, world: World) -> None:
    shop = a_shop(session)
    mia = a_staff_member(session, shop, phone=a_number())
    values = {"shop": shop.id, "most": MOST_FOR_A_SHOP}
    session.execute(text("INSERT INTO otp_codes (shop_id) SELECT :shop FROM generate_series(1, :most)"), values)
    ask_and_send(session, world, mia.phone)
    assert "rest of this hour" in session.execute(text("SELECT text FROM notifications")).scalar_one()


def invite(session: Session, world: World, shop: Built, address: str, channel: str = "sms") -> str:
    """Writes an invitation, as the web process does; returns its token."""
    lee = a_staff_member(session, shop, name="Lee", phone=address, email=address, confirmed_at=None)
    key = world.dependencies.settings.staff.secret_key.get_secret_value()
    id = uuid4()
    token = invitation_token(key, id, "a nonce")
    values = {"id": id, "shop_id": shop.id, "staff_id": lee.id, "channel": channel, "address": address}
    insert(session, "staff_invitations", **values, nonce="a nonce", token_hash=sha256(token.encode()).hexdigest())
    pending_tasks.add(session, "send_invitation", id, shop_id=shop.id)
    session.commit()
    world.work_off()
    return token


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_an_invitation_brings_its_link(session: Session, world: World, channel: str) -> None:
    address = "lee@example.com" if channel == "email" else a_number()
    token = invite(session, world, a_shop(session), address, channel)
    body = world.outside.emails(address)[0]["text"] if channel == "email" else world.outside.texts(address)[0]["Body"]
    assert f"{world.dependencies.app_url}/app/invitations/{token}" in body
    session.rollback()
    assert not any(token in str(value) for row in session.execute(text("SELECT * FROM messages")) for value in row)


def test_one_address_gets_few_invitations_whichever_shops_send_them(session: Session, world: World) -> None:
    number = a_number()
    for _ in range(MOST_FOR_AN_ADDRESS + 2):
        invite(session, world, a_shop(session), number)
    assert len(world.outside.texts(number)) == MOST_FOR_AN_ADDRESS


def test_an_unconfirmed_address_gets_no_alerts(session: Session, world: World) -> None:
    shop = a_shop(session)
    a_staff_member(session, shop, email="stranger@example.com", confirmed_at=None)
    notify_staff(session, shop_id=shop.id, effect=NotifyStaff("needs_human", "Money is stuck.", Severity.CRITICAL))
    session.commit()
    world.work_off()
    assert not world.outside.emails()
