"""Checks that no process has ended unexpectedly, for example one of two beat processes."""

from collections import Counter
from collections.abc import Iterator

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import CheckTarget
from cli.printing import ago
from db import clock
from db.tasks import running_processes

METRICS = "metrics"


def running(target: CheckTarget) -> Iterator[Finding]:
    """Reports processes that ended unexpectedly. Ignores processes that were stopped."""
    with target.transaction() as session:
        now, expected = clock.now(session), running_processes.expected(session)
    for process in expected:
        if process.lost:
            seen = ago((now - process.seen_at).total_seconds())
            message = (
                f"{process.name} on {process.host} (pid {process.pid}) was killed or hangs: last seen {seen} ago"
            )
            fix = (
                "Start it again, and read in its log why it ended. If its host no longer exists, see 'A process is "
                "lost' in docs/how-to/a-stuck-recovery.md."
            )
            yield failure("processes.lost", message, fix)
    alive = Counter(process.name for process in expected if not process.lost)
    if alive:
        yield ok("processes.run", ", ".join(f"{name} ({count})" for name, count in sorted(alive.items())))
    if target.in_production and not alive[METRICS]:
        message = "`slots metrics` is not running, so Prometheus has no metrics of tasks and lost processes"
        yield warning("processes.metrics", message, "Start it: slots metrics --port 9464")
