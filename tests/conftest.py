"""Fixtures for all tests. Servers and the browser are imported on first use, so that other tests start quickly."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import settings

from tests import effort, minute

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from psycopg import Connection
    from redis import Redis
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

    from tests.running_system import RunningSystem
    from tests.servers import Clock, Databases
    from tests.world import World

# Enables compiled files, because each worker would otherwise compile the tests again.
# Each test process would also compile the project again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# By default, structlog prints every local variable with an exception, which takes three seconds.
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])

# By default, Hypothesis fails an example that takes more than 200 ms. Examples often take longer on a busy machine.
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The Postgres server of this run."""
    from tests.servers import start_postgres

    yield from start_postgres(tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="session")
def migrated_template(databases: Databases) -> Iterator[str]:
    """The name of a migrated database. Tests can shift its clock."""
    from tests.servers import make_template

    yield from make_template(databases)


@pytest.fixture(scope="session")
def shared_database(databases: Databases, migrated_template: str) -> Iterator[str]:
    """A database that is emptied before each test.

    Emptying it takes milliseconds, whereas creating a database takes a second on a busy machine.
    """
    url = databases.make(like=migrated_template)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def shared_engine(shared_database: str) -> Iterator[Engine]:
    """Keeps its connections open, because a new connection would have to parse and plan every statement again."""
    from tests.servers import engine_on, patient

    with engine_on(patient(shared_database)) as made:
        yield made


@pytest.fixture(scope="session")
def emptying(shared_database: str) -> Iterator[Connection[Any]]:
    """A connection that only empties the database."""
    import psycopg

    from tests.servers import WITHOUT_LIMITS

    with psycopg.connect(shared_database, autocommit=True, options=WITHOUT_LIMITS) as connection:
        yield connection


@pytest.fixture
def database_url(shared_database: str, emptying: Connection[Any]) -> str:
    """A migrated, empty database, used by one test at a time. Its clock is not shifted."""
    from tests.servers import empty

    empty(emptying)
    return shared_database


@pytest.fixture
def engine(database_url: str, shared_engine: Engine) -> Engine:
    return shared_engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits only when the test calls `commit`."""
    from db.sessions import sessions

    with sessions(engine)() as opened:
        yield opened


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement sent to Postgres, in order."""
    from sqlalchemy import event

    sent: list[str] = []

    def record(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    yield sent
    event.remove(engine, "before_cursor_execute", record)


@pytest.fixture
def clock(database_url: str) -> Clock:
    from tests.servers import Clock

    return Clock(database_url)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the Redis server of this run."""
    from tests.servers import start_redis

    yield from start_redis(tmp_path_factory.mktemp("valkey"))


@pytest.fixture(scope="session")
def shared_redis(redis_server: str) -> Iterator[Redis]:
    """A client that only empties Redis, shared because creating a client and its connection takes milliseconds."""
    from redis import Redis

    with Redis.from_url(redis_server) as client:
        yield client


@pytest.fixture
def redis_url(redis_server: str, shared_redis: Redis) -> str:
    """The URL of an empty Redis."""
    shared_redis.flushdb()
    return redis_server


@pytest.fixture(scope="session")
def shared_world(
    shared_database: str, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    from tests.world_setup import start_world

    yield from start_world(shared_database, redis_server, tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="module")
def whole_world(shared_world: World) -> Iterator[World]:
    """The process-wide test system, reserved for one test module."""
    from tests.world_setup import working_in

    with working_in(shared_world):
        yield shared_world


@pytest.fixture
def world(whole_world: World, engine: Engine) -> Iterator[World]:
    """The whole system in this process, without rows, on the database of `session`."""
    from tests.world_setup import emptied

    with emptied(whole_world):
        yield whole_world


RUNNING = pytest.StashKey["RunningSystem"]()


@pytest.fixture
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunningSystem:
    """A running `slots up` without a shop, shared by all end-to-end tests.

    If a test has stopped the system, the next test gets a new system.
    """
    from tests.running_system import RunningSystem

    stash = request.session.stash
    if RUNNING in stash and not stash[RUNNING].runs:
        stash[RUNNING].stop()
        del stash[RUNNING]
    if RUNNING not in stash:
        stash[RUNNING] = RunningSystem(tmp_path_factory.mktemp("up")).ready()
    return stash[RUNNING]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    minute.forget()


_failed: list[str] = []
"""The phases in which the current test has failed."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.append(report.when)


def pytest_runtest_logfinish() -> None:
    """Collects the objects of a failed test, without a warning about open connections.

    pytest keeps the frames of a failed test until the next test begins. Connections and files that the test did not
    close would then raise warnings, which fail the next test.
    """
    if not _failed:
        return
    _failed.clear()
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    unraisable, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings(action="ignore"):
            gc.collect()
    finally:
        sys.unraisablehook = unraisable


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Ends the running system after the last test that uses it.

    The system would slow down the other tests.
    """
    stash = item.session.stash
    if RUNNING in stash and "running" not in getattr(nextitem, "fixturenames", ()):
        stash[RUNNING].stop()
        del stash[RUNNING]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium browser. Without Chromium, the test is skipped, or fails if SLOTS_REQUIRE_BROWSER is 1."""
    from tests.browser import launch

    yield from launch()


@pytest.fixture
def project() -> Path:
    """The root of the source tree."""
    return Path(__file__).parent.parent


@pytest.fixture
def tells(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Prints a title and a text at the end of the run, even if the test failed."""
    return lambda title, text: request.node.user_properties.append((title, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the texts that tests passed to `tells`, including the texts of tests in other processes.

    With LIST_DURATIONS=1, also rewrites the table by which the tests are distributed.
    """
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    if os.environ.get("LIST_DURATIONS"):
        from tests.by_file import list_durations

        list_durations(report for report in reports if isinstance(report, pytest.TestReport))
    for report in reports:
        if getattr(report, "when", "") == "call":
            for title, text in report.user_properties:
                terminalreporter.section(title)
                terminalreporter.write_line(text)


def pytest_configure(config: pytest.Config) -> None:
    effort.leave_out(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> list[pytest.Item] | None:
    """Creates no tests of a function whose tests this run excludes."""
    return [] if name.startswith("test_") and effort.is_left_out(collector, obj) else None


SERVERS = {"databases", "redis_server", "browser"}
# These tests run first, in this order, in one worker. The first tests expect an empty system.
# The contract tests run last, because their rows may violate invariants that the end-to-end tests check.
IN_THE_RUNNING_SYSTEM = ("tests/cli/test_operating.py", "tests/cli/test_up.py", "tests/stories/", "tests/contract/")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Excludes modules and tests from garbage collection, because they live until the end of the run.

    Afterwards, collections are rarer than by default, because most objects of a test are freed without them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 10, 20)
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that use a server and the long tests, so that `-m` can select them, and sorts all tests."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
        if effort.is_long(item):
            item.add_marker("long")
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    places = [item.nodeid.startswith(folder) for folder in IN_THE_RUNNING_SYSTEM]
    return places.index(True) if any(places) else len(places)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Uses one process per CPU, up to four.

    If only files are named, uses a single process, because starting workers would take longer.
    """
    few = len(config.args) <= 3 and all(".py" in argument for argument in config.args)
    return 0 if few else min(os.cpu_count() or 1, 4)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    from tests.by_file import ByFile

    return ByFile(config, log)
