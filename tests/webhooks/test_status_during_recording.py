"""If another transaction has locked a text, its delivery status is recorded immediately and becomes a task."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from tests.builders import a_customer, a_message
from tests.waiting import wait_for
from tests.webhooks.callers import rows, the_only

SID = "SM" + "a" * 32

WAITS = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
RECORDS = text("UPDATE messages SET status = 'sent', provider_id = :sid WHERE id = :id")


def just_now() -> datetime:
    """Returns the time of a claim that does not become old on a busy machine."""
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def message(session, shop):
    made = a_message(session, a_customer(session, shop), status="sent", provider_id=SID)
    session.commit()
    return made


def test_a_report_does_not_wait_for_who_holds_the_text(session, engine: Engine, twilio, message) -> None:
    with ThreadPoolExecutor(1) as pool, engine.begin() as somebody:
        somebody.execute(text("SELECT id FROM messages WHERE id = :id FOR UPDATE"), {"id": message.id})
        answer = pool.submit(twilio.reports, message.id, "delivered", MessageSid=SID)
        wait_for(lambda: answer.done() or somebody.execute(WAITS).first(), "the response or a wait for the lock")
        assert answer.done(), "the request waits for the lock"
    assert answer.result().status_code == 204
    assert the_only(session, "webhook_events").outcome is None
    assert [task.name for task in rows(session, "pending_tasks")] == ["update_message_status"]


def test_a_sent_while_the_response_is_recorded_becomes_no_task(session, engine: Engine, twilio, shop) -> None:
    text_id = a_message(session, a_customer(session, shop), status="sending", claimed_at=just_now()).id
    session.commit()
    with engine.begin() as worker:
        worker.execute(RECORDS, {"id": text_id, "sid": SID})
        assert twilio.reports(text_id, "sent", MessageSid=SID).status_code == 204
    assert the_only(session, "webhook_events").outcome == "known already"
    assert rows(session, "pending_tasks") == []


def test_the_id_of_a_response_recorded_meanwhile_is_kept(session, engine: Engine, twilio, shop) -> None:
    """The status is a late report about an earlier attempt."""
    text_id = a_message(session, a_customer(session, shop), status="sending", claimed_at=just_now()).id
    session.commit()
    with engine.begin() as worker:
        worker.execute(RECORDS, {"id": text_id, "sid": SID})
        with ThreadPoolExecutor(1) as pool:
            pool.submit(twilio.reports, text_id, "delivered", MessageSid="SM" + "b" * 32).result()
    assert the_only(session, "messages").provider_id == SID
    assert [task.name for task in rows(session, "pending_tasks")] == ["update_message_status"]
