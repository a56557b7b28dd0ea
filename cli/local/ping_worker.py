"""`python -m cli.local.ping_worker SECONDS WORKER`: exits when the worker has responded to a ping.

Reads the Redis settings from the environment.
"""

import sys

from celery.utils.nodenames import gethostname
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from outbox.celery_client import client
from settings.loading import load
from settings.redis import RedisSettings

GROWTH = 1.05


def main(seconds: float, worker: str) -> None:
    """Pings until the worker replies. Waits `seconds` for the first reply, and longer for each further reply, because
    a busy machine replies slowly.
    """
    with client(load(RedisSettings)) as app:
        while True:
            try:
                if app.control.ping(destination=[f"{worker}@{gethostname()}"], timeout=seconds, limit=1):
                    return
                seconds *= GROWTH
            except (OperationalError, RedisError, OSError):  # the broker is unavailable; try again
                continue


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
