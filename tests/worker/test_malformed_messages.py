"""Malformed messages in a Redis queue are dropped, and the worker handles the next message."""

import contextlib
import json
import os
import subprocess
from uuid import uuid4

import pytest
from redis import Redis

from cli.local.local_services import CELERY
from outbox.celery_client import client
from tests.servers import patient, patient_redis
from tests.waiting import PATIENCE_SECONDS, wait_for

PROPERTIES = {
    "delivery_tag": "x",
    "delivery_info": {"exchange": "", "routing_key": "sweeps"},
    "body_encoding": "base64",
}
MALFORMED = [
    b"",
    b"not JSON",
    b"\xff\xfe",
    b"[]",
    b"5",
    b"null",
    b"{}",
    b"[" * 50_000,
    b'{"properties": null}',
    json.dumps({"properties": {}}).encode(),
    json.dumps({"properties": PROPERTIES, "body": 5, "headers": {}}).encode(),
    json.dumps({"properties": PROPERTIES, "body": "%", "headers": []}).encode(),
    json.dumps({"properties": PROPERTIES | {"body_encoding": "?"}, "body": "e30=", "headers": {}}).encode(),
    json.dumps({"properties": PROPERTIES, "body": "e30=", "headers": None}).encode(),
    json.dumps({"properties": PROPERTIES, "body": "e30=", "content-type": "application/x-python-serialize"}).encode(),
    json.dumps({"properties": PROPERTIES, "body": "e30=", "headers": {"task": ["x"], "id": {}}}).encode(),
    json.dumps({"properties": PROPERTIES, "body": "e30=", "headers": {"task": "tick", "id": None}}).encode(),
]


@pytest.mark.long
@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_message_that_is_none_does_not_end_a_worker(redis_url, database_url, pool):
    with (
        a_worker(redis_url, database_url, pool) as worker,
        Redis.from_url(redis_url) as redis,
        client(patient_redis(redis_url)) as celery,
    ):
        wait_for(lambda: celery.control.ping(timeout=2, limit=1), "the worker to answer")
        for message in MALFORMED:
            redis.lpush("sweeps", message)
            redis.publish("/0.celery.pidbox", message)
        celery.send_task("answer_canary", args=[str(uuid4())])
        wait_for(lambda: redis.llen("sweeps") == 0, "the queue to be empty")
        assert wait_for(lambda: celery.control.ping(timeout=2, limit=1), "the worker to answer")
        assert worker.poll() is None


@contextlib.contextmanager
def a_worker(redis_url, database_url, pool):
    variables = {"DATABASE_URL": patient(database_url), "REDIS_URL": redis_url}
    command = [*CELERY, "worker", "-n", "odd@%h", "-Q", "sweeps", "--pool", pool, "-c", "1", "--without-mingle"]
    process = subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
