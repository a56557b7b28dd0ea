"""Computes how many Postgres connections each process can open. max_connections must be at least their total."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from cli.local.local_services import SERVICES, LocalService
from outbox.queues import JOBS, SWEEPS
from settings.database import WORKER_CONNECTIONS

LOCKING = {SWEEPS, JOBS}
"""The queues of tasks that hold an advisory lock on a connection outside the pool (`db/locks.py`)."""


@dataclass(frozen=True)
class ConnectionShare:
    """The maximum number of connections that a service opens. Connections that are idle for a minute are closed."""

    service: str
    connections: int
    reason: str
    locks: int = 0
    """The number of these connections that can be idle while they hold an advisory lock."""


BEATS = ConnectionShare("beat", 2, "one for the lease of each of two")
HEARTBEATS = ConnectionShare("heartbeats", 1, "one every 20 seconds in each process, for milliseconds")
COMMANDS = ConnectionShare("`slots metrics`, `slots doctor`, a migration", 4, "one or two each")


def budget(pool_size: int) -> list[ConnectionShare]:
    """Returns the budget for one process of each service. `pool_size` is DATABASE_POOL_SIZE."""
    return [*_shares(pool_size), BEATS, HEARTBEATS, COMMANDS]


def total(pool_size: int) -> int:
    return sum(share.connections for share in budget(pool_size))


def _shares(pool_size: int) -> Iterator[ConnectionShare]:
    for service in SERVICES:
        if not service.needs_the_schema:
            continue
        if "worker" not in service.command:
            yield ConnectionShare(
                service.name,
                pool_size // 2 + pool_size // 4 * 2,
                "half for webhooks, a quarter each for pages and the API",
            )
        else:
            yield _worker_share(service, pool_size)


def _worker_share(service: LocalService, pool_size: int) -> ConnectionShare:
    """Counts the connections of concurrent tasks, and more for the advisory locks of sweeps and periodic jobs."""
    options = dict(pairwise(service.command))
    concurrency, takes_locks = int(options["-c"]), not LOCKING.isdisjoint(options["-Q"].split(","))
    if options["--pool"] == "threads":
        tasks = min(concurrency, pool_size, WORKER_CONNECTIONS)
        locks, kind, held = int(takes_locks), "threads", "one lock"
        if tasks < concurrency:
            kind = f"threads share {tasks}"
    else:
        tasks, locks, kind, held = concurrency, concurrency * takes_locks, "processes", "a lock each"
    reason = f"{concurrency} {kind}" + (f", {held}" if takes_locks else "")
    return ConnectionShare(service.name, tasks + locks, reason, locks)
