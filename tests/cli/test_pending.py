"""Tests of `slots pending`: it lists open tasks and restarts parked tasks."""

from __future__ import annotations

import uuid

import pytest
import redis

from db.tasks import pending_tasks
from tests.builders import in_
from tests.cli.commands import slots


def test_tasks_are_listed_by_the_state_they_are_in(env, session, tasks):
    everything = {one["name"]: one["state"] for one in slots("pending", "list", "--json", **env).json}
    parked = slots("pending", "list", "--parked", **env)

    assert everything == {"refund_payment": "parked", "send_message": "late", "create_payment": "waiting"}
    assert "KeyError" in parked.out
    assert "send_message" not in parked.out
    assert "slots pending retry" in parked.err
    assert [one["name"] for one in slots("pending", "list", "--late", "--json", **env).json] == ["send_message"]
    assert slots("pending", "list", "--name", "tick", **env).err == "No matching tasks.\n"


def test_a_retried_task_starts_again_and_its_message_is_published(env, session, tasks):
    result = slots("pending", "retry", "--all-parked", **env)

    assert (result.code, result.out) == (0, f"{tasks['refund_payment']}\n")
    row = session.connection().exec_driver_sql(
        "SELECT parked_at, attempts FROM pending_tasks WHERE name = 'refund_payment'"
    )
    assert tuple(row.one()) == (None, 0)
    with redis.Redis.from_url(env["REDIS_URL"]) as broker:
        assert broker.llen("payments") == 1


def test_without_redis_it_starts_again_all_the_same(env, session, tasks):
    result = slots("pending", "retry", tasks["refund_payment"], **env | {"REDIS_URL": "redis://127.0.0.1:1/0"})

    assert (result.code, result.out) == (0, f"{tasks['refund_payment']}\n")
    assert "slots drain" in result.err


def test_a_finished_or_unknown_task_is_named(env, session, tasks):
    unknown = uuid.uuid4()

    result = slots("pending", "retry", unknown, tasks["refund_payment"], **env)

    assert (result.code, result.out) == (1, f"{tasks['refund_payment']}\n")
    assert str(unknown) in result.err


@pytest.mark.parametrize("words", [(), ("--all-parked", "35afde0f-282e-46ad-b107-0aed529df212"), ("nonsense",)])
def test_it_wants_either_tasks_or_all_of_them(env, words):
    assert slots("pending", "retry", *words, **env).code == 2


def test_the_command_says_that_no_task_is_pending(env):
    assert slots("pending", "list", **env).err == "No unfinished tasks.\n"


@pytest.fixture
def tasks(session):
    made = {
        "refund_payment": pending_tasks.add(session, "refund_payment", "x"),
        "send_message": pending_tasks.add(session, "send_message", "y", due_at=in_(hours=-1)),
        "create_payment": pending_tasks.add(session, "create_payment", "z", due_at=in_(hours=1)),
    }
    pending_tasks.park(session, made["refund_payment"], "KeyError: 'amount'", attempts=0)
    session.commit()
    return made


@pytest.fixture
def env(database_url, redis_url):
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
