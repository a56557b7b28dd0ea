"""A Celery app with an empty task and a task that makes a single call to the sandbox."""

import os
from functools import cache

import redis
import requests
from celery import Celery

app = Celery("baseline", broker=os.environ.get("REDIS_URL", "memory://"))
app.conf.update(
    task_default_queue="baseline",
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    task_create_missing_queues=True,
)

DONE = "baseline:done"


@cache
def _store() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


@cache
def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


@app.task(name="baseline.nothing")  # type: ignore[untyped-decorator]
def nothing(id: str) -> None:
    """An empty task."""


@app.task(name="baseline.last")  # type: ignore[untyped-decorator]
def last(mark: str) -> None:
    """Marks the end of the queue. This task is published after all other tasks."""
    _store().set(DONE, mark)


@app.task(name="baseline.text")  # type: ignore[untyped-decorator]
def text(to: str) -> None:
    """Sends a text: the shortest path from a request to the carrier."""
    account = os.environ["TWILIO_ACCOUNT_SID"]
    _session().post(
        f"{os.environ['SANDBOX_URL']}/2010-04-01/Accounts/{account}/Messages.json",
        data={"From": "+15005550006", "To": to, "Body": "baseline"},
        auth=(account, os.environ["TWILIO_AUTH_TOKEN"]),
        timeout=30,
    ).raise_for_status()
