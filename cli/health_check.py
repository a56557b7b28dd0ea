"""The health check of a container: `python -m cli.health_check WHAT`.

This module imports little, because it runs often.

WHAT is a URL that must respond with status 200, or a file that must have been modified in the last minute. Exit code
0 means healthy. Compose does not restart an unhealthy container. Therefore, after three consecutive failures, this
program kills all processes of the container. Compose then restarts the container (`restart: unless-stopped`).
"""

import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE_SECONDS = 4
TOUCHED_WITHIN_SECONDS = 60
FAILURES_BEFORE_RESTART = 3
COUNT = Path("/tmp/failed-health-checks")  # noqa: S108 - a tmpfs of the container, which has no other users


def is_healthy(what: str) -> bool:
    try:
        if what.startswith("/"):
            return time.time() - Path(what).stat().st_mtime < TOUCHED_WITHIN_SECONDS
        with urllib.request.urlopen(what, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def failures(healthy: bool, count: Path) -> int:
    """Records the result of a check. Returns the number of consecutive failures so far."""
    if healthy:
        count.unlink(missing_ok=True)
        return 0
    with count.open("a", encoding="ascii") as file:
        file.write("x")
    return count.stat().st_size


def main() -> int:
    healthy = is_healthy(sys.argv[1])
    if failures(healthy, COUNT) >= FAILURES_BEFORE_RESTART:
        COUNT.unlink(missing_ok=True)
        # This kills all processes except init, which exits after its child.
        os.kill(-1, signal.SIGKILL)
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
