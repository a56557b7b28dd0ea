"""Without the broker, the endpoints record webhooks and respond as usual.

Without Postgres, they respond with 503 immediately.
"""

import contextlib
import os
import signal
import socketserver
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis
from sqlalchemy import text
from structlog.testing import capture_logs

from cli.local.servers.embedded_valkey import Valkey
from outbox.broker import PAUSE_SECONDS
from tests.builders import a_customer, an_appointment, reload
from tests.serving import on_a_thread
from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.webhooks.callers import SecretCaller, StripeCaller, TwilioCaller, rows, the_only
from webhooks.app import create_app

NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"
NO_REDIS = "redis://127.0.0.1:9/0"
INTENT = {"id": "pi_1", "object": "payment_intent"}


def test_with_the_broker_down_every_webhook_is_kept_and_answered_after_one_attempt(
    endpoints_on, session, database_url, shop, no_pause
):
    with refusing_connections() as (url, attempts):
        client = create_app(endpoints_on(database_url, url)).test_client()
        assert TwilioCaller(client).texts(To=shop.sms_from, Body="YES").status_code == 200
        assert len(attempts) == 1
        assert StripeCaller(client).tells("payment_intent.succeeded", INTENT).status_code == 200
        assert len(attempts) == 2
    assert {task.name for task in rows(session, "pending_tasks")} == {"accept_offer", "handle_payment_success"}


def test_with_the_broker_down_jobs_and_cancellations_are_taken_on_at_once(
    endpoints_on, session, database_url, shop, long_pause, worker
):
    appointment = an_appointment(session, a_customer(session, shop))
    session.commit()
    caller = SecretCaller(create_app(endpoints_on(database_url, NO_REDIS)).test_client())
    assert caller.cancels(appointment.id).status_code == 202
    assert reload(session, "appointments", appointment.id).status == "cancelled"
    # A request that waited would get the worker's response.
    worker("expire_offers", {"outcome": "done", "answer": {}})
    assert set(caller.runs("expire-offers").json) == {"taskId"}


def test_a_burst_while_the_broker_hangs_makes_one_attempt_in_each_pause(
    endpoints_on, session, database_url, shop, valkey
):
    """Each attempt has a time limit, and the other requests of a pause do not wait for the broker."""
    app = create_app(endpoints_on(database_url, valkey.url, redis_seconds=0.5))
    texts(app, shop, 1)
    before, began = connections(valkey), time.monotonic()
    with hanging(valkey.pid):
        texts(app, shop, 30)
        for _ in range(10):
            texts(app, shop, 1)
    pauses = (time.monotonic() - began) / PAUSE_SECONDS
    # The first attempt uses the open connection, and the last connection is that of `connections`.
    assert connections(valkey) - before - 1 <= 1 + pauses
    assert len(rows(session, "pending_tasks")) == 41


def test_after_the_broker_is_back_it_is_used_again(endpoints_on, database_url, shop, valkey):
    app = create_app(endpoints_on(database_url, valkey.url, redis_seconds=0.5))
    with hanging(valkey.pid):
        texts(app, shop, 1)
    with redis.Redis.from_url(valkey.url) as there:
        waiting = there.llen("replies")

        def used_again():
            texts(app, shop, 1)
            return there.llen("replies") > waiting

        assert wait_for(used_again, "the broker to be used again")


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
        answer = ask()
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


def test_a_lock_that_is_not_free_in_time_is_answered_503(endpoints_on, database_url, redis_url, engine, session):
    """A session that hangs is recording an identical webhook."""
    stripe = StripeCaller(create_app(endpoints_on(database_url, redis_url)).test_client())
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
    """Sends `how_many` texts at the same time, each on its own thread."""

    def one(_):
        return TwilioCaller(app.test_client()).texts(To=shop.sms_from, Body="YES").status_code

    with ThreadPoolExecutor(how_many) as threads:
        assert list(threads.map(one, range(how_many))) == [200] * how_many


def connections(server):
    """Returns how many connections the server has accepted, including the connection of this function."""
    with redis.Redis.from_url(server.url) as client:
        return client.info("stats")["total_connections_received"]


@contextlib.contextmanager
def refusing_connections():
    """Closes each connection when it is accepted. Yields the URL and the list of connections."""
    attempts = []

    class Refuses(socketserver.BaseRequestHandler):
        def setup(self):
            attempts.append(self.client_address)

    with on_a_thread(socketserver.TCPServer(("127.0.0.1", 0), Refuses)) as server:
        yield f"redis://127.0.0.1:{server.server_address[1]}/0", attempts


@pytest.fixture
def no_pause(monkeypatch):
    """Lets each request try to publish."""
    monkeypatch.setattr("outbox.broker.PAUSE_SECONDS", 0.0)


@pytest.fixture
def long_pause(monkeypatch):
    """Keeps the broker unavailable on a busy machine too."""
    monkeypatch.setattr("outbox.broker.PAUSE_SECONDS", PATIENCE_SECONDS)


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
