"""Every wait has a time limit, and a child process does not use its parent's connection."""

import contextlib
import os
import socket
from datetime import time

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db.engine import KEEPALIVE, LIMITS, patient_engine, psycopg_url
from db.engine import engine as make_engine
from tests.waiting import wait_for

STEPS = {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "15s"}
IDLE = {"idle_session_timeout": "61s"}


@pytest.mark.parametrize("limit", [*LIMITS, *IDLE])
def test_every_wait_has_an_end(product_engine, limit):
    with product_engine().connect() as connection:
        assert connection.execute(text(f"SHOW {limit}")).scalar_one() == (STEPS | IDLE)[limit]


def test_an_address_may_ask_for_other_limits(product_engine):
    asked = product_engine("?options=-c statement_timeout%3D1s&connect_timeout=77")
    with asked.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "1s"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "2s"
        assert connection.connection.dbapi_connection.info.get_parameters()["connect_timeout"] == "77"
    assert asked.pool._timeout == 77


@pytest.fixture
def product_engine(database_url):
    """Returns a function that creates an engine with the limits of the product. Its connections are closed later."""
    made = []

    def make(more="", **options):
        made.append(make_engine(database_url + more, **{"application_name": "tests"} | options))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


@pytest.mark.parametrize("patient", [False, True])
def test_the_end_of_the_day_is_read_as_its_last_moment(database_url, product_engine, patient):
    several = "SELECT * FROM (VALUES (time '24:00'), (time '23:59'), (time '00:00'), (NULL)) AS times"
    read = patient_engine(database_url, application_name="tests", limits=LIMITS) if patient else product_engine()
    with read.connect() as connection:
        assert connection.execute(text(several)).scalars().all() == [time.max, time(23, 59), time(0), None]
    read.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_the_address_is_understood(scheme):
    assert psycopg_url(f"{scheme}://a:b@db/slots").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://a:b@[::1]:5433/slots", "::1", 5433),
        ("postgresql://a:b@one,[::1]:5433/slots", "one,::1", "5432,5433"),
        ("postgresql://one,two/slots", "one,two", "5432,5432"),
        ("postgresql:///slots?host=/run/postgresql", "/run/postgresql", None),
    ],
)
def test_servers_may_be_several_or_a_socket(url, host, port):
    address = psycopg_url(url)
    assert (address.host or address.query["host"], address.port or address.query.get("port")) == (host, port)
    assert address.database == "slots"


def test_an_unavailable_database_is_reported_soon():
    away = make_engine("postgresql://nobody@127.0.0.1:1/none", application_name="tests")
    with pytest.raises(OperationalError):
        away.connect()


def test_a_server_that_vanishes_without_a_word_is_given_up_within_seconds(engine):
    with engine.connect() as connection, socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert [line.getsockopt(socket.IPPROTO_TCP, option) for option in options] == list(KEEPALIVE.values())


def test_a_connection_that_died_in_the_pool_is_replaced(engine):
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with engine.connect() as first, engine.connect() as second:
        second.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        first.detach()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_busy_process_keeps_all_its_connections(product_engine):
    # On a busy machine, a connection may be idle for more than the usual minute.
    busy = product_engine("?connect_timeout=60", pool_size=4, idle_seconds=3600)
    assert pids_at_once(busy, 4) == pids_at_once(busy, 4)


def test_an_idle_connection_is_closed_and_reopened_when_needed(product_engine, database_url):
    busy = product_engine("?connect_timeout=60", application_name="shrinks", pool_size=4)
    before = pids_at_once(busy, 4, then="SET idle_session_timeout = 200")
    wait_for(lambda: open_connections(database_url, "shrinks") == 0, "the server to end them")
    assert not before & pids_at_once(busy, 4)


def test_a_connection_that_the_server_is_about_to_end_is_not_lent(engine, product_engine):
    made = product_engine(idle_seconds=0)
    assert backend_pid(made) != backend_pid(made)
    assert backend_pid(engine) == backend_pid(engine)


def test_a_forked_child_opens_its_own_connection(engine):
    with engine.connect() as connection:
        parent_pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    assert in_a_child(lambda: backend_pid(engine) != parent_pid)
    assert backend_pid(engine) == parent_pid


def open_connections(url, application_name):
    with psycopg.connect(url) as connection:
        counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        return connection.execute(counted, [application_name]).fetchone()[0]


def pids_at_once(engine, number, *, then="SELECT 1"):
    """Uses connections at the same time, each for a transaction that ends with a statement."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(engine.connect()) for _ in range(number)]
        pids = {connection.execute(text("SELECT pg_backend_pid()")).scalar_one() for connection in connections}
        for connection in connections:
            connection.execute(text(then))
            connection.commit()
        return pids


def backend_pid(engine):
    with engine.connect() as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()


def in_a_child(check):
    child = os.fork()
    if child == 0:
        passed = False
        try:
            passed = check()
        finally:
            os._exit(0 if passed else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
