"""An e-mail report signed by Resend is recorded once, together with its task."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from standardwebhooks import Webhook

from tests.builders import a_customer, a_message, a_shop
from tests.webhooks.callers import rows, the_only
from webhooks.app import create_app

SECRET, OTHER = (f"whsec_{base64.b64encode(text).decode()}" for text in (b"9d1f0c5e1a5dcd4f", b"8f14e45fceea167a"))
BOUNCED = {"type": "email.bounced", "created_at": "2026-11-29T06:00:00Z", "data": {"email_id": "re-1"}}


@pytest.fixture
def reports(endpoints_on, database_url, redis_url):
    """Posts a report signed with this secret."""

    def post(payload, *, id="msg_1", signed_with=SECRET, minutes_ago=0, body=None, **settings):
        usual = {"resend_webhook_secret": SECRET} | settings
        client = create_app(endpoints_on(database_url, redis_url, **usual)).test_client()
        text = json.dumps(payload) if body is None else body
        at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
        signature = Webhook(signed_with).sign(msg_id=id, timestamp=at, data=text)
        headers = {"svix-id": id, "svix-timestamp": str(int(at.timestamp())), "svix-signature": signature}
        return client.post("/api/email/status", data=text, content_type="application/json", headers=headers)

    return post


def test_a_bounce_is_recorded_once_and_becomes_a_task(session, reports):
    shop = a_shop(session)
    a_message(session, a_customer(session, shop), channel="email", provider_id="re-1", status="sent")
    session.commit()
    for _ in range(2):
        answer = reports(BOUNCED)
        assert (answer.status_code, answer.json) == (200, {"received": True})
    event, task = the_only(session, "webhook_events"), the_only(session, "pending_tasks")
    assert (event.provider, event.event_id, event.type, event.shop_id) == (
        "resend",
        "msg_1",
        "email.bounced",
        shop.id,
    )
    assert (task.name, task.args) == ("update_email_status", ["re-1"])


def test_other_events_are_recorded_as_done(session, reports):
    assert reports(BOUNCED | {"type": "email.opened"}).status_code == 200
    assert the_only(session, "webhook_events").outcome == "ignored"
    assert rows(session, "pending_tasks") == []


def test_both_secrets_are_accepted_during_a_rotation(reports):
    assert reports(BOUNCED, signed_with=OTHER, resend_webhook_secret_previous=OTHER).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"signed_with": OTHER},
        {"minutes_ago": 10},
        {"body": "[1]"},
        {"body": "{"},
        {"body": "{}"},
        {"resend_webhook_secret": None},
    ],
)
def test_a_report_that_is_unsigned_or_unreadable_is_refused(session, reports, wrong):
    assert reports(BOUNCED, **wrong).status_code == 400
    assert rows(session, "webhook_events") == []
