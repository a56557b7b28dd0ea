"""If another transaction has locked a text, its delivery status is recorded immediately and becomes a task."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from db.engine import LIMITS
from tests.builders import a_customer, a_message
from tests.webhooks.callers import rows, the_only

SID = "SM" + "a" * 32

RECORDS = text("UPDATE messages SET status = 'sent', provider_id = :sid WHERE id = :id")


@pytest.fixture
def message(session, shop):
    made = a_message(session, a_customer(session, shop), status="sent", provider_id=SID)
    session.commit()
    return made


def test_a_report_does_not_wait_for_who_holds_the_text(session, engine: Engine, twilio, message) -> None:
    with engine.begin() as somebody:
        somebody.execute(text("SELECT id FROM messages WHERE id = :id FOR UPDATE"), {"id": message.id})
        with ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            answer = pool.submit(twilio.reports, message.id, "delivered", MessageSid=SID).result()
            took = time.monotonic() - began
    assert answer.status_code == 204
    # A wait for the lock would take at least as long as the lock timeout.
    assert took < LIMITS["lock_timeout"] / 1000
    assert the_only(session, "webhook_events").outcome is None
    assert [task.name for task in rows(session, "pending_tasks")] == ["update_message_status"]


def test_a_sent_while_the_response_is_recorded_becomes_no_task(session, engine: Engine, twilio, shop) -> None:
    now = datetime.now(UTC)
    text_id = a_message(session, a_customer(session, shop), status="sending", claimed_at=now).id
    session.commit()
    with engine.begin() as worker:
        worker.execute(RECORDS, {"id": text_id, "sid": SID})
        assert twilio.reports(text_id, "sent", MessageSid=SID).status_code == 204
    assert the_only(session, "webhook_events").outcome == "known already"
    assert rows(session, "pending_tasks") == []


def test_the_id_of_a_response_recorded_meanwhile_is_kept(session, engine: Engine, twilio, shop) -> None:
    """The status is a late report about an earlier attempt."""
    now = datetime.now(UTC)
    text_id = a_message(session, a_customer(session, shop), status="sending", claimed_at=now).id
    session.commit()
    with engine.begin() as worker:
        worker.execute(RECORDS, {"id": text_id, "sid": SID})
        with ThreadPoolExecutor(1) as pool:
            pool.submit(twilio.reports, text_id, "delivered", MessageSid="SM" + "b" * 32).result()
    assert the_only(session, "messages").provider_id == SID
    assert [task.name for task in rows(session, "pending_tasks")] == ["update_message_status"]
