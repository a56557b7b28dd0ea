"""/healthz reports whether the process responds, and /readyz whether it can record webhooks."""

import psycopg
import pytest
import redis
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from tests.builders import in_, insert
from tests.webhooks.callers import TwilioCaller
from tests.webhooks.readiness import expect_readyz
from webhooks.app import create_app

NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"
NO_REDIS = "redis://127.0.0.1:9/0"


def test_with_everything_there_it_is_alive_and_ready(client):
    assert client.get("/healthz").json == {"alive": True}
    expect_readyz(client, {"ready": True})


def test_without_redis_it_is_ready_and_says_what_is_missing(endpoints_on, database_url):
    client = create_app(endpoints_on(database_url, NO_REDIS)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "degraded": ["redis"]})


def test_a_redis_that_accepts_no_messages_is_reported(endpoints_on, database_url, reading_only, shop):
    app = create_app(endpoints_on(database_url, reading_only))
    assert TwilioCaller(app.test_client()).texts(To=shop.sms_from, Body="YES").status_code == 200
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "degraded": ["redis"]})


def test_a_periodic_job_that_missed_two_runs_is_reported(client, session):
    insert(session, "job_runs", job="send_booking_reminders", overdue_at=in_(minutes=1))
    session.commit()
    expect_readyz(client, {"ready": True})
    insert(session, "job_runs", job="resolve_outcomes", overdue_at=in_(minutes=-1))
    session.commit()
    expect_readyz(client, {"ready": True, "degraded": ["jobs"]})


def test_without_postgres_it_is_alive_and_not_ready(endpoints_on, redis_url):
    client = create_app(endpoints_on(NOBODY, redis_url)).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ready": False, "reason": ["database"]})


def test_a_login_that_postgres_rejects_is_logged_with_its_reason(endpoints_on, database_url, redis_url):
    url = make_url(database_url).set(password="not-the-password").render_as_string(hide_password=False)
    client = create_app(endpoints_on(url, redis_url)).test_client()
    with capture_logs() as lines:
        assert client.get("/readyz").status_code == 503
    (reason,) = [line["reason"] for line in lines if line["event"] == "not_ready"]
    assert "password authentication failed" in reason
    assert "not-the-password" not in reason


def test_on_a_standby_it_is_not_ready(endpoints_on, database_url, redis_url):
    read_only = make_url(database_url).update_query_dict({"options": "-c default_transaction_read_only=on"})
    client = create_app(endpoints_on(read_only.render_as_string(hide_password=False), redis_url)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ready": False, "reason": ["read_only"]})


def test_after_a_failover_it_is_ready_again(endpoints_on, databases, migrated_template, redis_url):
    """An address resolves to the primary again, not to the standby. An open connection would stay read-only."""
    url = databases.make(like=migrated_template)
    name = make_url(url).database
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        client = create_app(endpoints_on(url, redis_url)).test_client()
        assert client.get("/readyz").status_code == 503
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert client.get("/readyz").status_code == 200


def test_on_an_empty_database_it_is_not_ready(endpoints_on, databases, redis_url):
    url = databases.make()
    client = create_app(endpoints_on(url, redis_url)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ready": False, "reason": ["schema"]})


def test_a_deployment_in_progress_does_not_change_readiness(client, session, revision):
    for found, status in (("0000", 503), ("9999", 200)):
        session.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
        session.commit()
        assert client.get("/readyz").status_code == status


def test_nobody_learns_more_from_it(endpoints_on, redis_url):
    client = create_app(endpoints_on(NOBODY, redis_url)).test_client()
    assert "nobody" not in client.get("/readyz").text


@pytest.fixture
def revision(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        yield found
        connection.execute("UPDATE alembic_version SET version_num = %s", [found])


@pytest.fixture
def reading_only(redis_url):
    """The URL of Redis with a user who can read but not write."""
    with redis.Redis.from_url(redis_url) as connection:
        connection.acl_setuser(
            "reader", enabled=True, passwords=["+pw"], keys=["*"], channels=["*"], categories=["+@all", "-@write"]
        )
        yield make_url(redis_url).set(username="reader", password="pw").render_as_string(hide_password=False)
        connection.acl_deluser("reader")
