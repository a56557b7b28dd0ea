"""How many connections to Postgres each process may hold at once: the budget that max_connections has to cover."""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.local.services import SERVICES, Service


@dataclass(frozen=True)
class Share:
    """Of one service: `most` connections at once, while it is busy. What is idle for a minute is given back."""

    service: str
    most: int
    why: str


COMMANDS = Share("`slots metrics`, `slots doctor`, a migration", 4, "one or two each")


def budget(pool_size: int) -> list[Share]:
    """`pool_size` is DATABASE_POOL_SIZE. One of each service; a second one needs its share again."""
    return [*_shares(pool_size), COMMANDS]


def total(pool_size: int) -> int:
    return sum(share.most for share in budget(pool_size))


def _shares(pool_size: int) -> Iterator[Share]:
    for service in SERVICES:
        if not service.needs_the_schema:
            continue
        if "worker" not in service.command:
            yield Share(service.name, pool_size // 2 * 2, "half for webhooks, half for pages")
        else:
            yield _of_a_worker(service, pool_size)


def _of_a_worker(service: Service, pool_size: int) -> Share:
    """A task holds one connection at a time, and a sweep or a job one more, for its lock."""
    words = service.command
    at_once = int(words[words.index("-c") + 1])
    if words[words.index("--pool") + 1] == "threads":
        return Share(service.name, min(at_once, pool_size) + 1, f"{at_once} tasks at once in one process, a lock")
    return Share(service.name, at_once * 2, f"{at_once} processes with a task at a time, a lock each")
