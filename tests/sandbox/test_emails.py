"""The mailbox stores each e-mail once for each idempotency key."""

import requests

from tests.credentials import RESEND_KEY
from tests.waiting import PATIENCE_SECONDS

EMAIL = {"from": "shop@corner.example", "to": "ana@example.com", "subject": "Your code", "text": "123 456"}


def send(sandbox, key=None, **more):
    headers = {"Authorization": f"Bearer {RESEND_KEY}"} | ({"Idempotency-Key": key} if key else {})
    return requests.post(f"{sandbox.url}/emails", json={**EMAIL, **more}, headers=headers, timeout=PATIENCE_SECONDS)


def test_an_email_is_in_the_mailbox_and_in_the_ledger(sandbox):
    sent = send(sandbox, "e1").json()["id"]
    (email,) = sandbox.get("mailbox")["emails"]
    assert (email["id"], email["to"], email["text"]) == (sent, ["ana@example.com"], "123 456")
    (asked,) = sandbox.ledger(provider="resend", kind="request")
    assert (asked["response_id"], asked["idempotency_key"], asked["status"]) == (sent, "e1", 200)


def test_one_key_is_one_email(sandbox):
    assert send(sandbox, "e1").json() == send(sandbox, "e1").json()
    assert send(sandbox, "e1", subject="Other").status_code == 409
    assert len(sandbox.get("mailbox")["emails"]) == 1


def test_an_invalid_email_is_refused(sandbox):
    assert send(sandbox, subject="").status_code == 422
    assert requests.post(f"{sandbox.url}/emails", json=EMAIL, timeout=PATIENCE_SECONDS).status_code == 401
    assert sandbox.get("mailbox")["emails"] == []


def test_faults_hit_emails_too(sandbox):
    sandbox.fault("resend emails.send", "500")
    assert send(sandbox).status_code == 500
    assert send(sandbox).status_code == 200
