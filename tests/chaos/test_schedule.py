"""Tests the parts of a chaos run that need no faults: the random schedule and the proxy."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from random import Random

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.people import TEMPERS
from tests.chaos.schedule import Planned, schedule
from tests.chaos.wire import Wire
from tests.waiting import PATIENCE_SECONDS


def thrown(seed: int, count: int = 60) -> list[Planned]:
    return schedule(FAULTS, count, seconds=150, chance=Random(seed))


def test_the_same_seed_throws_the_same_faults_at_the_same_times() -> None:
    assert thrown(1) == thrown(1) != thrown(2)


def test_every_kind_comes_before_any_comes_again() -> None:
    assert {one.fault for one in thrown(1, len(FAULTS))} == set(FAULTS)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_hit_by_two_faults_at_once(seed: int) -> None:
    plan = sorted(thrown(seed), key=lambda one: (one.fault.hits, one.begins))
    for earlier, later in itertools.pairwise(plan):
        assert earlier.fault.hits != later.fault.hits or earlier.ends <= later.begins


def test_the_tempers_are_a_hundred() -> None:
    assert sum(temper.share for temper in TEMPERS) == 100


def test_a_wire_carries_and_what_it_held_back_arrives(wire: Wire, server: socket.socket) -> None:
    with called(wire) as client, server.accept()[0] as taken:
        client.sendall(b"one")
        assert taken.recv(10) == b"one"
        wire.hang()
        client.sendall(b"two")
        taken.settimeout(0.2)
        with pytest.raises(TimeoutError):
            taken.recv(10)
        wire.flow()
        taken.settimeout(PATIENCE_SECONDS)
        assert taken.recv(10) == b"two"


def test_a_cut_proxy_resets_every_connection_and_later_accepts_new_ones(wire: Wire, server: socket.socket) -> None:
    with called(wire) as client, server.accept()[0]:
        wire.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    wire.mend()
    with called(wire) as client, server.accept()[0] as taken:
        taken.sendall(b"again")
        assert client.recv(10) == b"again"


def called(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=PATIENCE_SECONDS)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        yield listening


@pytest.fixture
def wire(server: socket.socket) -> Iterator[Wire]:
    made = Wire().start(server.getsockname()[1])
    yield made
    made.stop()
