"""With a rediss:// URL, all Redis clients use TLS and verify the certificate. Otherwise, they do not connect."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
import requests
import trustme
from sqlalchemy import Engine, make_url

from cli.doctor import redis_checks
from cli.doctor.findings import State
from cli.doctor.target import CheckTarget
from cli.local.system import System
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.broker import Broker
from outbox.broker_connection import connect
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from settings.loading import load, problems_of
from settings.redis import RedisSettings
from tests.chaos.wire import Wire
from tests.deploy.partial_system import partial_system
from tests.deploy.test_stores import ticked
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS, wait_for
from worker.gates.gate_connection import Gates

NEEDED = {"worker offers", "worker sweeps", "beat", "Flower"}
Environment = Callable[..., RedisSettings]


def test_a_message_is_published_over_tls(settings: RedisSettings, plain: redis.Redis) -> None:
    with client(settings) as celery:
        celery.send_task("send_message", args=["x"])
        assert Broker(celery).takes_messages()
    assert plain.llen("texts") == 1


def test_gates_and_other_plain_connections_speak_tls(settings: RedisSettings) -> None:
    with closing(Gates.at(settings).redis) as gates:
        assert gates.ping()


@pytest.mark.parametrize("named", ["another.internal", "localhost"])
def test_a_certificate_for_another_host_is_refused(named: str, ca: trustme.CA, at: Environment) -> None:
    expect_refusal(at(ca, named))


def test_a_certificate_that_nobody_vouches_for_is_refused(
    ca: trustme.CA, at: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = at(ca, "127.0.0.1")
    monkeypatch.delenv("REDIS_CA_FILE")
    assert used.redis_ca_file is not None
    expect_refusal(load(RedisSettings))


def expect_refusal(used: RedisSettings) -> None:
    """Asserts that the publisher and plain connections are refused, and that the doctor reports the reason."""
    with client(used) as celery:
        assert not Broker(celery).takes_messages()
        with pytest.raises(Exception, match="certificate"):
            celery.send_task("send_message", args=["x"])
    with connect(used) as connection, pytest.raises(redis.exceptions.ConnectionError, match="certificate"):
        connection.ping()
    (finding,) = redis_checks.reach(CheckTarget({}, least_free_bytes=0))
    assert (finding.name, finding.state) == ("redis.certificate", State.FAILURE)
    assert "REDIS_CA_FILE" in finding.fix


def test_doctor_names_a_server_that_speaks_no_tls(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url.replace("redis://", "rediss://"))
    (finding,) = redis_checks.reach(CheckTarget({}, least_free_bytes=0))
    assert (finding.name, finding.state) == ("redis.tls", State.FAILURE)


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "ssl_ca_certs=/ca.pem"])
def test_an_address_cannot_turn_verification_off(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"rediss://:pw@redis.internal:6379/0?{option}")
    assert "REDIS_CA_FILE" in problems_of(RedisSettings)["REDIS_URL"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_is_none_is_refused_at_the_start(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content:
        (tmp_path / "ca.pem").write_text(content)
    monkeypatch.setenv("REDIS_CA_FILE", str(tmp_path / "ca.pem"))
    assert "PEM" in problems_of(RedisSettings)["REDIS_CA_FILE"]


@pytest.mark.long
def test_worker_beat_and_flower_work_over_tls(running: System, engine: Engine, settings: RedisSettings) -> None:
    with client(settings) as celery, Transactions(sessions(engine), Publisher(celery))() as session:
        row_id = pending_tasks.add(session, "answer_canary", "sweeps")

    def outcome() -> object:
        with sessions(engine).begin() as session:
            return pending_tasks.outcome(session, row_id)

    wait_for(outcome, "the worker to answer")
    wait_for(lambda: ticked(running.settings["DATABASE_URL"]), "beat's tick to be worked on")
    login = tuple(running.settings["FLOWER_BASIC_AUTH"].split(":"))

    def queues() -> set[str]:
        """Returns the names of the queues. Flower responds with 500 while it is connecting."""
        answer = requests.get(
            f"{running.settings['FLOWER_URL']}/api/queues/length", auth=login, timeout=PATIENCE_SECONDS
        )
        return {queue["name"] for queue in answer.json()["active_queues"]} if answer.ok else set()

    wait_for(lambda: queues() >= {"offers", "sweeps"}, "Flower to see the queues")
    with client(settings) as celery:
        # Flower asks for the settings too, but at a time of its own.
        wait_for(celery.control.inspect(timeout=5, limit=1).conf, "the settings of a worker")
    logged = "".join(path.read_text(errors="replace") for path in (running.data / "logs").glob("*.log"))
    assert "insecure" not in logged


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def plain(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def at(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """Returns the settings for this run's Redis behind a TLS proxy with a certificate for the given name."""
    wires: list[Wire] = []

    def listen(ca: trustme.CA, name: str) -> RedisSettings:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(context)
        ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        server = make_url(redis_url)
        wires.append(Wire(tls=context).start(server.port or 6379))
        address = server.set(drivername="rediss", host="127.0.0.1", port=wires[-1].port)
        monkeypatch.setenv("REDIS_URL", address.render_as_string(hide_password=False))
        monkeypatch.setenv("REDIS_CA_FILE", str(tmp_path / "ca.pem"))
        monkeypatch.setenv("REDIS_TIMEOUT_SECONDS", str(REDIS_PATIENCE_SECONDS))
        return load(RedisSettings)

    yield listen
    for wire in wires:
        wire.stop()


@pytest.fixture
def settings(ca: trustme.CA, at: Environment) -> RedisSettings:
    return at(ca, "127.0.0.1")


@pytest.fixture
def running(tmp_path: Path, database_url: str, settings: RedisSettings) -> Iterator[System]:
    """Runs a worker, beat and Flower that connect to Redis with TLS."""
    stores = {
        "DATABASE_URL": database_url,
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "REDIS_CA_FILE": settings.redis_ca_file or "",
        "TICK_SECONDS": "1",
    }
    with partial_system(tmp_path, NEEDED, stores) as system:
        yield system
