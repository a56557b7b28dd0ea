"""The job endpoints return the worker's result, or the id of the task if it takes too long."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.builders import a_slot
from tests.waiting import PATIENCE_SECONDS
from tests.webhooks.callers import SecretCaller, rows, the_only
from webhooks.app import create_app
from webhooks.task_outcomes import TaskOutcomes

ASKED = {
    "success": True,
    "customerId": "0d5f2ac8-3f0b-4c39-9d5c-2f8f6b1c7a11",
    "customerPhone": "+15550000001",
}
AT = "2026-03-01T09:00:00.250000+00:00"
LOCKED = {"skipped": True, "reason": "locked"}
NOT_NOW = {"success": True, "skipped": True}
DELETED = {"deleted": 0, "errors": []}
SENT = {"sent": 1, "errors": []}
CLEANED_UP = {
    "staleBookings": {"cancelled": 1, "errors": [{"id": "", "error": "And 1 more."}]},
    "notifications": DELETED,
    "otpCodes": DELETED,
    "auditLogs": DELETED,
}
REMINDED = {"bookingReminders": SENT, "paymentReminders": SENT}


def test_the_next_customer_is_asked_and_named(session, booking_system, worker, slot):
    worker("send_next_offer", {"outcome": "asked", "answer": ASKED})
    answer = booking_system.asks_next({"slotOpeningId": str(slot.id)})

    assert (answer.status_code, answer.json) == (200, ASKED)
    task = the_only(session, "pending_tasks")
    assert (task.name, task.args, task.shop_id) == ("send_next_offer", [str(slot.id)], slot.shop_id)


@pytest.mark.parametrize(
    ("call", "task", "stored"),
    [
        (
            lambda caller: caller.runs("expire-offers"),
            "expire_offers",
            {"total": 2, "expired": 2, "triggered": 1, "errors": [{"id": "1", "error": "ValueError"}]},
        ),
        (lambda caller: caller.runs("expire-offers"), "expire_offers", LOCKED),
        (
            lambda caller: caller.runs("resolve-outcomes"),
            "resolve_outcomes",
            {"total": 2, "settled": 1, "voided": 1, "errors": []},
        ),
        (
            lambda caller: caller.gets("cleanup"),
            "run_all_cleanup_jobs",
            {"success": False, "timestamp": AT, "summary": CLEANED_UP},
        ),
        (
            lambda caller: caller.gets("reminders"),
            "run_all_reminder_jobs",
            {"success": True, "timestamp": AT, "summary": REMINDED},
        ),
    ],
)
def test_each_job_endpoint_sends_the_answer_of_its_task(session, booking_system, worker, call, task, stored):
    worker(task, {"outcome": "done", "answer": stored})
    answer = call(booking_system)
    assert (answer.status_code, answer.json) == (200, stored)
    assert the_only(session, "pending_tasks").args == []


@pytest.mark.parametrize(
    "stored",
    [
        ASKED | {"customerPhone": None},
        NOT_NOW | {"reason": "slot_status_filled"},
        NOT_NOW | {"reason": "offer_outstanding"},
        NOT_NOW | {"reason": "nobody_askable_yet", "retryAt": AT},
        {"success": True, "completed": True, "reason": "no_eligible_customers"},
    ],
)
def test_the_offer_loop_sends_each_kind_of_answer_unchanged(booking_system, worker, slot, stored):
    worker("send_next_offer", {"outcome": "done", "answer": stored})
    answer = booking_system.asks_next({"slotOpeningId": str(slot.id)})
    assert (answer.status_code, answer.json) == (200, stored)


def test_after_the_wait_the_caller_gets_the_task_id(session, waiting, slot):
    answer = waiting(seconds=0.1).asks_next({"slotOpeningId": str(slot.id)})
    assert answer.status_code == 202
    assert UUID(answer.json["taskId"]) == the_only(session, "pending_tasks").id


def test_a_request_beyond_the_limit_of_waiting_requests_does_not_wait(session, waiting, worker):
    worker("expire_offers", {"outcome": "done", "answer": LOCKED})
    # A request that waited would get the worker's response.
    assert waiting(most_waiting=0, seconds=PATIENCE_SECONDS).runs("expire-offers").status_code == 202
    assert the_only(session, "pending_tasks").name == "expire_offers"


def test_a_slot_that_is_gone_when_its_turn_comes_is_not_found(booking_system, worker, slot):
    worker("send_next_offer", {"outcome": "not found"})
    answer = booking_system.asks_next({"slotOpeningId": str(slot.id)})
    assert (answer.status_code, answer.json) == (404, {"error": "Slot opening not found"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"slotOpeningId=1",
        b'{"slotOpeningId": "\xff"}',
        b'{"slotOpeningId": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"slotOpeningId": "1", "slotOpeningId": "2"}',
        *[b'{"slotOpeningId": "1", "a": %s}' % number for number in (b"NaN", b"Infinity", b"-Infinity")],
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(session, booking_system, body):
    answer = booking_system.asks_next(body)
    assert (answer.status_code, answer.json) == (400, {"error": "Invalid JSON body"})
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize("named", [{}, {"slotOpeningId": ""}, {"slotOpeningId": None}, {"slotOpeningId": 7}])
@pytest.mark.parametrize("more", [{}, {"id": "x"}])
def test_the_slot_must_be_named(booking_system, named, more):
    answer = booking_system.asks_next(named | more)
    assert (answer.status_code, answer.json) == (400, {"error": "slotOpeningId required"})


NOBODYS = "4bf6cc12-8f62-4d0f-8f0b-0d3f1f4b8d55"


@pytest.mark.parametrize("named", [NOBODYS, "1", " ", "\x00", "\ud800", "x" * 40_000, "{" + NOBODYS + "}"])
def test_an_unknown_slot_is_not_found(session, booking_system, named):
    answer = booking_system.asks_next({"slotOpeningId": named})
    assert (answer.status_code, answer.json) == (404, {"error": "Slot opening not found"})
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_is_read_whatever_it_is_called(booking_system, content_type):
    answer = booking_system.asks_next({"slotOpeningId": str(uuid4())}, content_type=content_type)
    assert answer.status_code == 404


def test_a_request_without_the_secret_is_refused_before_it_is_read(client):
    answer = client.post("/api/jobs/offer-loop", data=b"nonsense")
    assert (answer.status_code, answer.json) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("secret", ["", "wrong", "internal-9d1f0c5", "internal-9d1f0c5e ,x", "\xe9"])
def test_a_wrong_secret_is_refused(booking_system, secret):
    answer = booking_system.asks_next({}, headers={"x-internal-secret": secret})
    assert (answer.status_code, answer.json) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic cron-9d1f0c5e", "cron-9d1f0c5e"])
def test_a_wrong_bearer_is_refused(client, given):
    answer = client.get("/api/cron/cleanup", headers={"Authorization": given})
    assert (answer.status_code, answer.json) == (401, {"error": "Unauthorized"})


def test_a_missing_secret_is_reported(endpoints_on, database_url, redis_url):
    client = create_app(endpoints_on(database_url, redis_url, internal_secret=None, cron_secret=None)).test_client()
    caller = SecretCaller(client)
    for ask, name in (
        (lambda: caller.asks_next({}), "INTERNAL_SECRET"),
        (lambda: caller.cancels(uuid4()), "INTERNAL_SECRET"),
        (lambda: caller.runs("expire-offers"), "CRON_SECRET"),
        (lambda: caller.gets("cleanup"), "CRON_SECRET"),
    ):
        answer = ask()
        assert (answer.status_code, answer.json) == (500, {"error": f"{name} not configured"})


@pytest.fixture
def waiting(wiring):
    """Returns a function that creates a caller of endpoints with the given time limits."""

    def open_endpoints(**patience):
        outcomes = TaskOutcomes(wiring.sessions, wiring.broker, **patience)
        return SecretCaller(create_app(replace(wiring, outcomes=outcomes)).test_client())

    return open_endpoints


@pytest.fixture
def slot(session, shop):
    made = a_slot(session, shop)
    session.commit()
    return made
