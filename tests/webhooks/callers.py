"""Callers of the endpoints with real authentication. The SDKs' own code creates the signatures."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from db.tasks import pending_tasks
from tests.credentials import ACCOUNT_SID, AUTH_TOKEN, CRON_SECRET, INTERNAL_SECRET, STRIPE_SECRET
from tests.signatures import stripe_signature, twilio_signature
from tests.waiting import wait_for

APP_URL = "https://book.example.com"
_numbers = itertools.count(1)


def a_sid() -> str:
    """Returns a message SID in Twilio's format."""
    return f"SM{next(_numbers):032x}"


@dataclass(frozen=True)
class TwilioCaller:
    """Acts as Twilio, which signs the address that is configured at Twilio."""

    client: FlaskClient
    token: str = AUTH_TOKEN
    address: str = APP_URL

    def texts(self, **form: Any) -> TestResponse:
        """Sends a customer's text; omitted fields have Twilio's usual values."""
        usual = {"MessageSid": a_sid(), "AccountSid": ACCOUNT_SID, "From": "+15550000001", "NumMedia": "0"}
        return self.posts("/api/twilio/inbound", usual | form)

    def reports(self, message_id: object, status: str, **form: Any) -> TestResponse:
        """Reports a delivery status of one of our texts."""
        usual = {"MessageSid": "SM" + "a" * 32, "AccountSid": ACCOUNT_SID, "MessageStatus": status}
        return self.posts(f"/api/twilio/status/{message_id}", usual | form)

    def posts(self, path: str, form: Mapping[str, Any], **request: Any) -> TestResponse:
        body = urlencode(form, doseq=True)
        return self.client.post(
            path,
            data=body,
            content_type=request.pop("content_type", "application/x-www-form-urlencoded"),
            headers={"X-Twilio-Signature": self.signature(path, form)} | request.pop("headers", {}),
            **request,
        )

    def signature(self, path: str, form: Mapping[str, Any]) -> str:
        return twilio_signature(self.address + path, form, self.token)


@dataclass(frozen=True)
class StripeCaller:
    """Acts as Stripe."""

    client: FlaskClient
    secret: str = STRIPE_SECRET

    def tells(self, kind: str, thing: Mapping[str, Any] | None = None, **event: Any) -> TestResponse:
        """Sends an event about `thing`, in the format of Stripe's test mode."""
        usual = {
            "id": f"evt_{next(_numbers)}",
            "object": "event",
            "livemode": False,
            "type": kind,
            "data": {"object": dict(thing or {"id": "pi_1", "object": "payment_intent"})},
        }
        return self.posts(json.dumps(usual | event))

    def posts(self, body: str, *, at: int | None = None, **request: Any) -> TestResponse:
        signature = stripe_signature(body, self.secret, at)
        return self.client.post(
            "/api/stripe/webhook",
            data=body.encode(),
            content_type="application/json",
            headers={"Stripe-Signature": signature} | request.pop("headers", {}),
            **request,
        )


@dataclass(frozen=True)
class SecretCaller:
    """Acts as the shop's own software and as the job scheduler, each with its secret."""

    client: FlaskClient

    def cancels(self, appointment_id: object) -> TestResponse:
        headers = {"x-internal-secret": INTERNAL_SECRET}
        return self.client.post(f"/api/appointments/{appointment_id}/cancel", headers=headers)

    def asks_next(self, body: Any, **request: Any) -> TestResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            "/api/jobs/offer-loop",
            data=raw,
            headers={"x-internal-secret": INTERNAL_SECRET} | request.pop("headers", {}),
            content_type=request.pop("content_type", "application/json"),
        )

    def runs(self, job: str) -> TestResponse:
        return self.client.post(f"/api/jobs/{job}", headers={"x-cron-secret": CRON_SECRET})

    def gets(self, job: str) -> TestResponse:
        return self.client.get(f"/api/cron/{job}", headers={"Authorization": f"Bearer {CRON_SECRET}"})


class Worker(threading.Thread):
    """Waits for a task with this name and completes it with the given outcome."""

    def __init__(self, sessions: sessionmaker[Session], task: str, outcome: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._sessions, self._task, self._outcome = sessions, task, outcome

    def run(self) -> None:
        row_id = wait_for(self._waiting, f"a task {self._task}")
        with self._sessions.begin() as session:
            pending_tasks.settle(session, row_id, self._outcome)

    def _waiting(self) -> Any:
        with self._sessions.begin() as session:
            waiting = text("SELECT id FROM pending_tasks WHERE name = :name AND settled_at IS NULL")
            return session.execute(waiting, {"name": self._task}).scalar_one_or_none()


def rows(session: Session, table: str) -> list[Any]:
    """Returns all current rows of a table."""
    session.rollback()
    return list(session.execute(text(f"SELECT * FROM {table} ORDER BY id")))


def the_only(session: Session, table: str) -> Any:
    found = rows(session, table)
    assert len(found) == 1, f"{len(found)} rows in {table}"
    return found[0]
