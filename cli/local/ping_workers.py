"""`python -m cli.local.ping_workers SECONDS WORKER...`: ends when all workers answer a ping.

A process of its own: the supervisor, which asks once, would keep the memory of the Celery client for ever. Reads the
settings of Redis from the environment.
"""

import sys
from collections.abc import Sequence

from celery.utils.nodenames import gethostname
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from outbox.celery_client import client
from settings.loading import load
from settings.redis import RedisSettings


def main(seconds: float, workers: Sequence[str]) -> None:
    """Each round waits `seconds` for the answers."""
    nodes = [f"{worker}@{gethostname()}" for worker in workers]
    with client(load(RedisSettings)) as app:
        while True:
            try:
                if len(app.control.ping(destination=nodes, timeout=seconds, limit=len(nodes))) == len(nodes):
                    return
            except (OperationalError, RedisError, OSError):  # the broker is unavailable; try again
                continue


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
