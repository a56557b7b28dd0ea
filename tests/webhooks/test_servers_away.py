"""Without the broker, the endpoints record webhooks and respond as usual.

Without Postgres, they respond with 503 immediately.
"""

import contextlib
import os
import signal
import threading
import time

import psycopg
import pytest
import redis
from sqlalchemy import text
from structlog.testing import capture_logs

from cli.local.servers.embedded_valkey import Valkey
from tests.builders import a_customer, an_appointment, reload
from tests.waiting import wait_for
from tests.webhooks.callers import SecretCaller, StripeCaller, TwilioCaller, rows, the_only
from webhooks.app import create_app

NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"
NO_REDIS = "redis://127.0.0.1:9/0"
INTENT = {"id": "pi_1", "object": "payment_intent"}


def test_with_the_broker_down_every_webhook_is_kept_and_answered_in_under_a_second(
    endpoints_on, session, database_url, shop
):
    client = create_app(endpoints_on(database_url, NO_REDIS)).test_client()
    twilio, stripe = TwilioCaller(client), StripeCaller(client)
    assert in_under_a_second(lambda: twilio.texts(To=shop.sms_from, Body="YES")).status_code == 200
    assert in_under_a_second(lambda: stripe.tells("payment_intent.succeeded", INTENT)).status_code == 200
    assert {task.name for task in rows(session, "pending_tasks")} == {"accept_offer", "handle_payment_success"}


def test_with_the_broker_down_jobs_and_cancellations_are_taken_on_at_once(endpoints_on, session, database_url, shop):
    appointment = an_appointment(session, a_customer(session, shop))
    session.commit()
    caller = SecretCaller(create_app(endpoints_on(database_url, NO_REDIS)).test_client())
    assert in_under_a_second(lambda: caller.cancels(appointment.id)).status_code == 202
    assert set(in_under_a_second(lambda: caller.runs("expire-offers")).json) == {"taskId"}
    assert reload(session, "appointments", appointment.id).status == "cancelled"


def test_a_burst_while_the_broker_hangs_is_answered_in_under_a_second_each(
    endpoints_on, session, database_url, shop, valkey
):
    app = create_app(endpoints_on(database_url, valkey.url, redis_seconds=0.5))
    # On a busy machine, responses are slow even with a working broker.
    texts(app, shop, 1)
    usual = max(texts(app, shop, 30))
    with hanging(valkey.pid):
        assert max(texts(app, shop, 30)) < 1 + usual
        assert max(texts(app, shop, 5)) < 1 + usual
    assert len(rows(session, "pending_tasks")) == 66


def test_after_the_broker_is_back_it_is_used_again(endpoints_on, database_url, shop, valkey):
    app = create_app(endpoints_on(database_url, valkey.url, redis_seconds=0.5))
    with hanging(valkey.pid):
        texts(app, shop, 1)
    with redis.Redis.from_url(valkey.url) as there:
        waiting = there.llen("replies")
        wait_for(lambda: texts(app, shop, 1) and there.llen("replies") > waiting, "the broker to be used again")
        assert there.llen("replies") > waiting


def test_without_postgres_nothing_is_acknowledged(endpoints_on, redis_url):
    client = create_app(endpoints_on(NOBODY, redis_url)).test_client()
    caller = SecretCaller(client)
    slot = "4bf6cc12-8f62-4d0f-8f0b-0d3f1f4b8d55"
    for ask in (
        lambda: TwilioCaller(client).texts(Body="YES", To="+15550000001"),
        lambda: TwilioCaller(client).reports(slot, "delivered"),
        lambda: StripeCaller(client).tells("payment_intent.succeeded", INTENT),
        lambda: caller.cancels(slot),
        lambda: caller.asks_next({"slotOpeningId": slot}),
        lambda: caller.runs("expire-offers"),
        lambda: caller.gets("cleanup"),
    ):
        answer = in_under_a_second(ask)
        assert (answer.status_code, answer.json) == (503, {"error": "Service Unavailable"})
        assert int(answer.headers["Retry-After"]) > 0


def test_after_postgres_ended_every_connection_the_next_text_is_taken(twilio, session, shop, database_url):
    assert twilio.texts(To=shop.sms_from, Body="YES").status_code == 200
    with psycopg.connect(database_url, autocommit=True) as admin:
        # The second argument is the time limit in milliseconds for the end of each connection.
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'slots web'"
        assert {done for (done,) in admin.execute(ended)} == {True}
    assert twilio.texts(To=shop.sms_from, Body="YES").status_code == 200
    assert len(rows(session, "webhook_events")) == 2


def test_a_lock_that_is_not_free_in_time_is_answered_503(stripe, engine, session):
    """A session that hangs is recording an identical webhook."""
    with engine.begin() as other:
        other.execute(text("INSERT INTO webhook_events (provider, event_id) VALUES ('stripe', 'evt_1')"))
        answer = stripe.tells("payment_intent.succeeded", INTENT, id="evt_1")
        assert (answer.status_code, answer.json) == (503, {"error": "Service Unavailable"})
    assert rows(session, "pending_tasks") == []


def test_a_failure_half_way_leaves_no_half_row(session, twilio, stripe, shop):
    """If the task cannot be written, the webhook is not recorded either, so its repetition is accepted."""
    session.execute(text("ALTER TABLE pending_tasks ADD CONSTRAINT broken CHECK (false) NOT VALID"))
    session.commit()
    try:
        with capture_logs() as lines:
            assert twilio.texts(To=shop.sms_from, Body="YES", MessageSid="SM" + "1" * 32).status_code == 500
        assert "SM" + "1" * 32 not in str(lines)
        answer = stripe.tells("payment_intent.succeeded", INTENT, id="evt_1")
        assert (answer.status_code, answer.json) == (500, {"error": "Internal Server Error"})
        assert rows(session, "webhook_events") == []
    finally:
        session.execute(text("ALTER TABLE pending_tasks DROP CONSTRAINT broken"))
        session.commit()
    assert twilio.texts(To=shop.sms_from, Body="YES", MessageSid="SM" + "1" * 32).status_code == 200
    assert the_only(session, "pending_tasks").name == "accept_offer"


def texts(app, shop, how_many):
    """Sends `how_many` texts at the same time, each on its own thread.

    Returns how many seconds each one took.
    """
    took = []

    def one():
        began = time.monotonic()
        assert TwilioCaller(app.test_client()).texts(To=shop.sms_from, Body="YES").status_code == 200
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=one) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == how_many
    return took


def in_under_a_second(ask):
    """Returns the first response. Repeats a slow request, because a busy machine may delay single responses."""
    responses = []
    for _ in range(5):
        began = time.monotonic()
        responses.append(ask())
        if time.monotonic() - began < 1:
            return responses[0]
    raise AssertionError("five requests took more than a second each")


@contextlib.contextmanager
def hanging(pid):
    """Suspends the process, which then accepts connections but never responds."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def valkey(tmp_path):
    """A server for a single test, which the test may suspend or stop."""
    server = Valkey(tmp_path / "valkey", settings={"appendonly": "no"}).start()
    yield server
    server.stop()
