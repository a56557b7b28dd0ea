"""The jobs over HTTP, started by an external scheduler, and the delivery reports that follow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests
from sqlalchemy.orm import Session

from tests.builders import a_customer, a_shop, an_appointment, reload
from tests.credentials import CRON_SECRET
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

BEARER = {"Authorization": f"Bearer {CRON_SECRET}"}
COUNTS = {
    "cleanup": {"staleBookings", "notifications", "otpCodes", "auditLogs"},
    "reminders": {"bookingReminders", "paymentReminders"},
}


@pytest.mark.parametrize("route", COUNTS)
def test_a_scheduler_from_outside_gets_a_summary(world: World, working: None, route: str) -> None:
    answer = requests.get(f"{world.web}/api/cron/{route}", headers=BEARER, timeout=PATIENCE_SECONDS)
    body = answer.json()
    assert (answer.status_code, body["success"], set(body["summary"])) == (200, True, COUNTS[route])
    assert datetime.fromisoformat(body["timestamp"])


@pytest.mark.parametrize("route", COUNTS)
@pytest.mark.parametrize("bearer", [None, "Bearer wrong", f"Basic {CRON_SECRET}", CRON_SECRET])
def test_without_the_secret_the_response_is_401(world: World, route: str, bearer: str | None) -> None:
    headers = {"Authorization": bearer} if bearer else {}
    answer = requests.get(f"{world.web}/api/cron/{route}", headers=headers, timeout=PATIENCE_SECONDS)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_outcomes_are_resolved_from_outside(world: World, working: None, session: Session, now: datetime) -> None:
    an_appointment(session, a_customer(session, a_shop(session)), starts_at=now - timedelta(hours=9))
    session.commit()
    url = f"{world.web}/api/jobs/resolve-outcomes"
    answer = requests.post(url, headers={"x-cron-secret": CRON_SECRET}, timeout=PATIENCE_SECONDS)
    assert answer.json() == {"total": 1, "settled": 1, "voided": 0, "errors": []}


def test_a_stale_booking_is_cancelled_from_outside(
    world: World, working: None, session: Session, now: datetime
) -> None:
    stale = an_appointment(
        session,
        a_customer(session, a_shop(session)),
        status="pending_payment",
        starts_at=now + timedelta(days=2),
        created_at=now - timedelta(hours=25),
    )
    session.commit()
    answer = requests.get(f"{world.web}/api/cron/cleanup", headers=BEARER, timeout=PATIENCE_SECONDS).json()
    assert answer["summary"]["staleBookings"] == {"cancelled": 1, "errors": []}
    assert reload(session, "appointments", stale.id).status == "cancelled"


def test_a_message_that_whatsapp_fails_to_deliver_is_sent_by_sms(
    world: World, session: Session, now: datetime
) -> None:
    customer = a_customer(session, a_shop(session), whatsapp_opt_in=True)
    at = now + timedelta(hours=24)
    an_appointment(session, customer, starts_at=at, created_at=now - timedelta(days=3))
    session.commit()
    world.outside.fault("twilio messages.create", "undelivered", code="63024", match=f"whatsapp:{customer.phone}")
    world.perform("send_booking_reminders")
    world.work_off()
    world.outside.decide_fates()
    world.carry()
    world.work_off()
    assert len(world.outside.texts(f"whatsapp:{customer.phone}")) == 1
    assert len(world.outside.texts(customer.phone)) == 1


@pytest.fixture
def working(world: World) -> Iterator[None]:
    """Runs all due tasks on another thread."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            world.work_off()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
