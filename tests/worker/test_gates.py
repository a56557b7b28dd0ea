"""The gates have the same results on an in-memory Redis and on a real Redis."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import fakeredis
import pytest
from redis import Redis

from worker.gates import cooldown
from worker.gates.gate_connection import Gates
from worker.gates.slot_lock import LOCK_SECONDS, key, slot_lock

SHOP, PERFORMER = uuid.UUID(int=1), uuid.UUID(int=2)
NINE_IN_MADRID = datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=2)))
SLOT = (SHOP, NINE_IN_MADRID, None)
NAME = f"slot_lock:{SHOP}:2026-07-01T07:00:00Z"
CUSTOMER, OFFER, ANOTHER_OFFER = uuid.UUID(int=3), uuid.UUID(int=4), uuid.UUID(int=5)


def test_a_slot_is_named_by_its_shop_and_its_time_in_utc() -> None:
    assert key(*SLOT) == NAME
    assert key(SHOP, NINE_IN_MADRID.astimezone(UTC), None) == NAME
    assert key(SHOP, NINE_IN_MADRID, PERFORMER) == f"{NAME}:{PERFORMER}"


def test_a_decision_locks_the_slot_and_releases_the_lock(gates: Gates) -> None:
    with slot_lock(gates, *SLOT) as held:
        assert held
        assert 0 < gates.redis.pttl(NAME) <= LOCK_SECONDS * 1000
    assert not gates.redis.exists(NAME)


def test_a_second_caller_waits_in_vain_and_removes_nothing(gates: Gates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.gates.slot_lock.WAIT_SECONDS", 0.05)
    with slot_lock(gates, *SLOT):
        owner = gates.redis.get(NAME)
        with slot_lock(gates, *SLOT) as held:
            assert not held
        assert gates.redis.get(NAME) == owner


def test_an_owner_whose_lock_expired_does_not_release_the_next_lock(gates: Gates) -> None:
    with slot_lock(gates, *SLOT) as held:
        assert held
        gates.redis.set(NAME, "somebody else's")
    assert gates.redis.get(NAME) == b"somebody else's"


def test_a_customer_in_a_cooldown_is_not_asked_until_it_ends(gates: Gates) -> None:
    assert cooldown.claim(gates, CUSTOMER, OFFER)
    assert not cooldown.claim(gates, CUSTOMER, ANOTHER_OFFER)
    cooldown.keep(gates, CUSTOMER, OFFER, timedelta(days=3))
    name = f"offer_cooldown:{CUSTOMER}"
    assert gates.redis.get(name) == str(OFFER).encode()
    assert timedelta(days=3) - timedelta(minutes=1) < timedelta(seconds=gates.redis.ttl(name)) <= timedelta(days=3)
    cooldown.forget(gates, CUSTOMER)
    assert cooldown.claim(gates, CUSTOMER, ANOTHER_OFFER)


def test_a_claim_differs_from_a_cooldown_by_its_time(gates: Gates) -> None:
    assert not cooldown.claimed_just_now(gates, CUSTOMER)
    cooldown.claim(gates, CUSTOMER, OFFER)
    assert cooldown.claimed_just_now(gates, CUSTOMER)
    cooldown.keep(gates, CUSTOMER, OFFER, timedelta(days=3))
    assert not cooldown.claimed_just_now(gates, CUSTOMER)


def test_a_shop_without_cooldown_keeps_no_key(gates: Gates) -> None:
    assert cooldown.claim(gates, CUSTOMER, OFFER)
    cooldown.keep(gates, CUSTOMER, OFFER, timedelta(0))
    assert not gates.redis.exists(cooldown.key(CUSTOMER))


def test_without_redis_all_gates_are_open() -> None:
    down = fakeredis.FakeServer()
    down.connected = False
    gates = Gates(fakeredis.FakeRedis(server=down))
    with slot_lock(gates, *SLOT) as held:
        assert not held
    assert cooldown.claim(gates, CUSTOMER, OFFER)
    assert not cooldown.claimed_just_now(gates, CUSTOMER)
    cooldown.keep(gates, CUSTOMER, OFFER, timedelta(days=3))
    cooldown.forget(gates, CUSTOMER)


@pytest.fixture(params=["in memory", "real"])
def gates(request: pytest.FixtureRequest) -> Iterator[Gates]:
    if request.param == "in memory":
        yield Gates(fakeredis.FakeRedis())
        return
    with Redis.from_url(request.getfixturevalue("redis_url")) as redis:
        yield Gates(redis)
