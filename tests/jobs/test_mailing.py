"""E-mails are sent once, although Resend keeps idempotency keys only for a day and a mail server keeps none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from providers.email.choice import email_sender
from settings.email import EmailSettings
from tests.builders import a_customer, a_message, a_shop, reload
from tests.world import World
from worker.dependencies import use


def test_a_worker_that_was_killed_after_resend_took_it_sends_the_same_e_mail_once(
    world: World, session: Session, letter: UUID
) -> None:
    world.perform("send_message", str(letter))
    # Restores the state that a worker leaves if it is killed before it records the result.
    world.rows("UPDATE messages SET status = 'sending', provider_id = NULL")
    world.perform("send_message", str(letter))
    assert reload(session, "messages", letter).status == "sent"
    assert len(world.outside.emails("ana@example.com")) == 1


def test_a_day_later_an_e_mail_of_unknown_outcome_is_not_repeated(
    world: World, session: Session, letter: UUID
) -> None:
    world.rows("UPDATE messages SET status = 'sending', claimed_at = clock_timestamp()")
    world.clock.pass_(timedelta(hours=24))
    world.perform("send_message", str(letter))
    assert reload(session, "messages", letter).status == "unknown"
    assert world.outside.emails("ana@example.com") == []


def test_a_mail_server_is_never_asked_twice_when_the_outcome_is_unknown(
    world: World, session: Session, letter: UUID
) -> None:
    by_smtp(world)
    world.rows("UPDATE messages SET status = 'sending', claimed_at = clock_timestamp()")
    world.perform("send_message", str(letter))
    assert reload(session, "messages", letter).status == "unknown"


def test_an_unavailable_mail_server_is_tried_again_later(world: World, session: Session, letter: UUID) -> None:
    by_smtp(world)
    outcome = world.perform("send_message", str(letter))
    assert outcome == {}, "it is not settled"
    assert reload(session, "messages", letter).status == "queued"


def test_with_a_wrong_key_the_staff_are_notified_once_and_the_e_mail_waits(
    world: World, session: Session, letter: UUID
) -> None:
    wrong = EmailSettings(resend_api_key="re_wrong", resend_api_url=world.outside.url)
    world.dependencies = use(replace(world.dependencies, email=email_sender(wrong)))
    for _ in range(2):
        world.perform("send_message", str(letter))
    assert reload(session, "messages", letter).status == "queued"
    assert world.one("SELECT count(*) FROM notifications WHERE kind = 'provider_refuses'") == 1


def by_smtp(world: World) -> None:
    """Replaces the provider with a mail server that does not respond."""
    settings = EmailSettings(resend_api_key="", smtp_host="127.0.0.1", smtp_port=9, email_timeout_seconds=1)
    world.dependencies = use(replace(world.dependencies, email=email_sender(settings)))


@pytest.fixture
def letter(session: Session, world: World, now: datetime) -> UUID:
    """An e-mail to Ana that is ready to be sent."""
    values: dict[str, Any] = {
        "channel": "email",
        "to_address": "ana@example.com",
        "subject": "Hello",
        "body": "Hello",
    }
    message = a_message(session, a_customer(session, a_shop(session)), **values)
    session.commit()
    found: UUID = message.id
    return found
