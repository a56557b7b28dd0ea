"""The table of faults. Each fault has a name, a target, a duration and an action."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random

import redis

from cli.local.servers.embedded_server import EmbeddedServer
from tests.chaos.stage import WORKERS, ChaosSystem, everything_of, kill, suspended

Disturbance = Callable[[ChaosSystem, Random], AbstractContextManager[object]]
"""A context manager: the fault begins when it is entered and ends when it is exited."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    `hits` is the target of the fault. Faults with the same target never overlap. `seconds` contains the shortest and
    the longest duration.
    """

    name: str
    hits: str
    seconds: tuple[float, float]
    disturbance: Disturbance


def _killed(*names: str) -> Disturbance:
    @contextlib.contextmanager
    def disturbance(stage: ChaosSystem, _: Random) -> Iterator[None]:
        kill([process for name in names for process in stage.family(name)[:1]])
        yield

    return disturbance


@contextlib.contextmanager
def _a_worker_killed(stage: ChaosSystem, chance: Random) -> Iterator[None]:
    kill(stage.family(chance.choice(WORKERS))[:1])
    yield


@contextlib.contextmanager
def _a_child_killed(stage: ChaosSystem, chance: Random) -> Iterator[None]:
    """Kills a child of `replies` or `offers`, the only workers with child processes. The pool starts a new child."""
    children = stage.family(chance.choice(("replies", "offers")))[1:]
    kill([chance.choice(children)] if children else [])
    yield


def _stopped(*names: str) -> Disturbance:
    return lambda stage, _: suspended([process for name in names for process in stage.family(name)])


def _a_worker_stopped(stage: ChaosSystem, chance: Random) -> AbstractContextManager[None]:
    return suspended(stage.family(chance.choice(WORKERS)))


def _die(server: EmbeddedServer) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


@contextlib.contextmanager
def _postgres_killed(stage: ChaosSystem, _: Random) -> Iterator[None]:
    _die(stage.postgres)
    yield
    stage.postgres.start()


@contextlib.contextmanager
def _postgres_restarted(stage: ChaosSystem, _: Random) -> Iterator[None]:
    stage.postgres.stop()
    yield
    stage.postgres.start()


@contextlib.contextmanager
def _a_backend_killed(stage: ChaosSystem, chance: Random) -> Iterator[None]:
    """Kills one backend. Postgres then ends all other connections and recovers by itself."""
    kill([chance.choice(everything_of(stage.postgres.pid)[1:])])
    yield


def _postgres_stopped(stage: ChaosSystem, _: Random) -> AbstractContextManager[None]:
    return suspended(everything_of(stage.postgres.pid))


@contextlib.contextmanager
def _valkey_killed(stage: ChaosSystem, _: Random) -> Iterator[None]:
    _die(stage.valkey)
    yield
    stage.valkey.start()


@contextlib.contextmanager
def _valkey_emptied(stage: ChaosSystem, _: Random) -> Iterator[None]:
    stage.valkey.stop()
    stage.empty_valkey()
    yield
    stage.valkey.start()


@contextlib.contextmanager
def _valkey_flushed(stage: ChaosSystem, _: Random) -> Iterator[None]:
    with redis.Redis.from_url(stage.valkey.url) as client:
        client.flushall()
    yield


def _valkey_stopped(stage: ChaosSystem, _: Random) -> AbstractContextManager[None]:
    return suspended(everything_of(stage.valkey.pid))


def _hangs(wire: str) -> Disturbance:
    """Delays all bytes until the fault ends."""

    @contextlib.contextmanager
    def disturbance(stage: ChaosSystem, _: Random) -> Iterator[None]:
        hit = getattr(stage, wire)
        hit.hang()
        yield
        hit.flow()

    return disturbance


def _hangs_and_breaks(wire: str) -> Disturbance:
    """Delays and then drops the bytes in transit, so that a commit or its confirmation is lost."""

    @contextlib.contextmanager
    def disturbance(stage: ChaosSystem, _: Random) -> Iterator[None]:
        hit = getattr(stage, wire)
        hit.hang()
        yield
        hit.cut()
        hit.mend()

    return disturbance


def _cut(wire: str) -> Disturbance:
    @contextlib.contextmanager
    def disturbance(stage: ChaosSystem, _: Random) -> Iterator[None]:
        hit = getattr(stage, wire)
        hit.cut()
        yield
        hit.mend()

    return disturbance


def _provider(**fault: object) -> Disturbance:
    """Adds a fault to the sandbox, and removes it when the fault ends."""

    @contextlib.contextmanager
    def disturbance(stage: ChaosSystem, _: Random) -> Iterator[None]:
        live = stage.live
        status, made = live.post("SANDBOX_URL", "/sandbox/faults", fault)
        assert status < 300, made
        yield
        live.delete("SANDBOX_URL", f"/sandbox/faults/{made['id']}")

    return disturbance


AT_CALENDARS: dict[str, dict[str, object]] = {
    "Cal.com books and doesn't answer": {
        "provider": "calcom",
        "operation": "bookings.create",
        "fault": "timeout_after",
        "times": 2,
        "delay_ms": 3000,
    },
    "Cal.com reserves a time and doesn't answer": {
        "provider": "calcom",
        "operation": "slots.reserve",
        "fault": "timeout_after",
        "times": 2,
        "delay_ms": 3000,
    },
    "Cal.com's webhooks never leave": {
        "provider": "calcom",
        "operation": "webhook.calcom",
        "fault": "dropped",
        "times": 5,
    },
    "Square rejects the access token": {
        "provider": "square",
        "operation": "*",
        "fault": "token_revoked",
        "times": 4,
    },
    "Square books and answers 500": {
        "provider": "square",
        "operation": "bookings.create",
        "fault": "server_error_after",
        "times": 2,
    },
    "Square does not answer": {
        "provider": "square",
        "operation": "*",
        "fault": "timeout_before",
        "times": 4,
        "delay_ms": 3000,
    },
}
"""Faults of connected calendars, by name."""

FAULTS: tuple[Fault, ...] = (
    Fault("kill -9: a worker", "workers", (2, 4), _a_worker_killed),
    Fault("kill -9: a worker's child", "workers", (1, 2), _a_child_killed),
    Fault("kill -9: all workers at once", "workers", (3, 6), _killed(*WORKERS)),
    Fault("kill -9: beat", "beat", (2, 4), _killed("beat")),
    Fault("kill -9: web", "web", (2, 4), _killed("web")),
    Fault("kill -9: Valkey", "valkey", (1, 4), _valkey_killed),
    Fault("kill -9: Postgres", "postgres", (0.5, 3), _postgres_killed),
    Fault("kill -9: a Postgres backend", "postgres", (1, 2), _a_backend_killed),
    Fault("Postgres restarts", "postgres", (0.2, 1), _postgres_restarted),
    Fault("Valkey comes back empty", "valkey", (1, 4), _valkey_emptied),
    Fault("Valkey is flushed", "valkey", (0.1, 0.5), _valkey_flushed),
    Fault("SIGSTOP: a worker", "workers", (3, 20), _a_worker_stopped),
    Fault("SIGSTOP: all workers", "workers", (3, 8), _stopped(*WORKERS)),
    Fault("SIGSTOP: beat", "beat", (5, 15), _stopped("beat")),
    Fault("SIGSTOP: web", "web", (1, 5), _stopped("web")),
    Fault("SIGSTOP: Valkey", "valkey", (1, 6), _valkey_stopped),
    Fault("SIGSTOP: Postgres", "postgres", (1, 4), _postgres_stopped),
    Fault("SIGSTOP: Twilio and Stripe", "providers", (2, 12), _stopped("providers")),
    Fault("hang: Postgres' connections", "to postgres", (1, 6), _hangs("to_postgres")),
    Fault("hang, then break: Postgres' connections", "to postgres", (1, 4), _hangs_and_breaks("to_postgres")),
    Fault("cut: Postgres' connections", "to postgres", (0.5, 2), _cut("to_postgres")),
    Fault("hang: Valkey's connections", "to valkey", (1, 6), _hangs("to_valkey")),
    Fault("hang, then break: Valkey's connections", "to valkey", (1, 4), _hangs_and_breaks("to_valkey")),
    Fault("cut: Valkey's connections", "to valkey", (0.5, 3), _cut("to_valkey")),
    Fault(
        "Twilio takes texts and doesn't answer",
        "providers",
        (5, 8),
        _provider(provider="twilio", operation="messages.create", fault="timeout_after", times=3, delay_ms=3000),
    ),
    Fault(
        "Stripe makes intents and answers 500",
        "providers",
        (5, 8),
        _provider(provider="stripe", operation="payment_intents.create", fault="server_error_after", times=3),
    ),
    Fault(
        "Stripe's webhooks never leave",
        "providers",
        (4, 8),
        _provider(provider="stripe", operation="webhook.event", fault="dropped", times=3),
    ),
    Fault(
        "customers' texts come twice",
        "providers",
        (4, 8),
        _provider(provider="twilio", operation="webhook.inbound", fault="duplicate", times=5),
    ),
    *(Fault(name, "providers", (4, 8), _provider(**fault)) for name, fault in AT_CALENDARS.items()),
)
