"""`python -m cli.local.ping_worker SECONDS WORKER`: ends when the worker answers a ping.

Reads the settings of Redis from the environment.
"""

import sys

from celery.utils.nodenames import gethostname
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from outbox.celery_client import client
from settings.loading import load
from settings.redis import RedisSettings


def main(seconds: float, worker: str) -> None:
    """Each round waits `seconds` for the answer."""
    with client(load(RedisSettings)) as app:
        while True:
            try:
                if app.control.ping(destination=[f"{worker}@{gethostname()}"], timeout=seconds, limit=1):
                    return
            except (OperationalError, RedisError, OSError):  # the broker is unavailable; try again
                continue


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
