"""`python -m cli.local.ping_workers SECONDS WORKER...`: ends when all workers answer a ping.

This is a separate process, because the supervisor needs the answer once and would keep the memory of the Celery
client. Reads the settings of Redis from the environment.
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
    """Pings until all workers answer. Each round waits `seconds` for the answers."""
    nodes = [f"{worker}@{gethostname()}" for worker in workers]
    with client(load(RedisSettings)) as app:
        while True:
            try:
                if len(app.control.ping(destination=nodes, timeout=seconds, limit=len(nodes))) == len(nodes):
                    return
            except (OperationalError, RedisError, OSError):  # The broker is unavailable; try again.
                continue


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
