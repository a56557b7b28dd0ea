"""The jobs over HTTP, started by an external scheduler, and the delivery reports that follow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests
from sqlalchemy.orm import Session

from settings.database import DatabaseSettings
from settings.redis import RedisSettings
from settings.web import WebSettings
from settings.worker import WorkerSettings
from tests.builders import a_customer, a_shop, an_appointment, reload
from tests.jobs.floor import ACCOUNT_SID, AUTH_TOKEN, WEBHOOK_SECRET, Floor, Outside, OwnWeb, ago
from tests.servers import close
from tests.waiting import wait_for
from webhooks.app import create_app
from webhooks.web_dependencies import connect

SECRET = "9a3b1c7e5d2f4806"
BEARER = {"Authorization": f"Bearer {SECRET}"}
COUNTS = {
    "cleanup": {"staleBookings", "notifications", "otpCodes", "auditLogs"},
    "reminders": {"bookingReminders", "paymentReminders"},
}


@pytest.mark.parametrize("route", COUNTS)
def test_a_scheduler_from_outside_gets_a_summary(endpoints: OwnWeb, working: None, route: str) -> None:
    answer = requests.get(f"{endpoints.url}/api/cron/{route}", headers=BEARER, timeout=20)
    told = answer.json()
    assert (answer.status_code, told["success"], set(told["summary"])) == (200, True, COUNTS[route])
    assert datetime.fromisoformat(told["timestamp"])


@pytest.mark.parametrize("route", COUNTS)
@pytest.mark.parametrize("bearer", [None, "Bearer wrong", f"Basic {SECRET}", SECRET])
def test_without_the_secret_there_is_nothing_to_see(endpoints: OwnWeb, route: str, bearer: str | None) -> None:
    headers = {"Authorization": bearer} if bearer else {}
    answer = requests.get(f"{endpoints.url}/api/cron/{route}", headers=headers, timeout=20)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_outcomes_are_resolved_from_outside(
    endpoints: OwnWeb, working: None, session: Session, now: datetime
) -> None:
    an_appointment(session, a_customer(session, a_shop(session)), starts_at=ago(now, hours=9))
    session.commit()
    url = f"{endpoints.url}/api/jobs/resolve-outcomes"
    answer = requests.post(url, headers={"x-cron-secret": SECRET}, timeout=20)
    assert answer.json() == {"total": 1, "settled": 1, "voided": 0, "errors": []}


def test_a_stale_booking_is_cancelled_from_outside(
    endpoints: OwnWeb, working: None, session: Session, now: datetime
) -> None:
    stale = an_appointment(
        session,
        a_customer(session, a_shop(session)),
        status="pending_payment",
        starts_at=now + timedelta(days=2),
        created_at=ago(now, hours=25),
    )
    session.commit()
    answer = requests.get(f"{endpoints.url}/api/cron/cleanup", headers=BEARER, timeout=20).json()
    assert answer["summary"]["staleBookings"] == {"cancelled": 1, "errors": []}
    assert reload(session, "appointments", stale.id).status == "cancelled"


def test_what_whatsapp_takes_and_then_fails_to_deliver_goes_by_sms(
    endpoints: OwnWeb, floor: Floor, outside: Outside, session: Session, now: datetime
) -> None:
    customer = a_customer(session, a_shop(session), whatsapp_opt_in=True)
    at = now + timedelta(hours=24)
    an_appointment(session, customer, starts_at=at, created_at=ago(now, days=3))
    session.commit()
    outside.fault("twilio", "messages.create", "undelivered", code="63024", match=f"whatsapp:{customer.phone}")
    floor.run("send_booking_reminders")
    floor.work_off()
    wait_for(
        lambda: floor.rows("SELECT 1 FROM webhook_events WHERE payload ->> 'MessageStatus' = 'undelivered'"),
        "the delivery report",
    )
    floor.work_off()
    assert len(outside.texts(f"whatsapp:{customer.phone}")) == 1
    assert len(outside.texts(customer.phone)) == 1


@pytest.fixture
def endpoints(own_web: OwnWeb, settings: WorkerSettings) -> Iterator[OwnWeb]:
    """The real endpoints, for the sandbox's webhooks and for all callers."""
    web = WebSettings(
        app_url=own_web.url,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        stripe_webhook_secret=WEBHOOK_SECRET,
        cron_secret=SECRET,
    )
    database = DatabaseSettings(database_url=settings.database.database_url)
    wiring = connect(web, database, RedisSettings(redis_url=settings.redis.redis_url))
    own_web.app = create_app(wiring)
    yield own_web
    own_web.app = None
    close(wiring.sessions.kw["bind"])
    wiring.broker.close()


@pytest.fixture
def working(floor: Floor) -> Iterator[None]:
    """Runs all tasks that are due on a thread."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            floor.work_off()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
