"""Decides to which endpoints events are delivered in parallel.

An endpoint that hangs occupies one thread and delays no other endpoint. The worker of the `webhooks` queue delivers
in separate threads; any other process delivers to one endpoint after the other, in the thread of its task.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog

from db.webhooks import due_deliveries
from db.webhooks.due_deliveries import DueEndpoint
from domain.webhook_retries import DISABLED_AFTER, AttemptOutcome
from worker.dependencies import Dependencies
from worker.outgoing_webhooks.deliver import deliver, disable
from worker.task_run import Outcome, TaskRun, clock_task

log = structlog.get_logger()

MOST_LANES = 32
"""The number of threads that deliver in one process."""
FAILING_LANES = 16
"""The maximum of these threads for endpoints whose last attempt failed, so that working ones always get one."""
LANES_OF_ONE = 4
"""The number of threads for one endpoint. It is one if the last attempt failed."""

Start = Callable[[Callable[[], None]], None]


class Lanes:
    """Counts the threads in use. Thread-safe."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._in_use: Counter[UUID] = Counter()
        self._failing: Counter[UUID] = Counter()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Lets each thread end after its current batch."""
        self._stopping.set()

    def deliver_due(self, dependencies: Dependencies) -> int:
        """Starts a thread for each endpoint that has something due and no thread yet; returns how many."""
        with dependencies.transactions() as session:
            due = due_deliveries.endpoints(session, too_long=DISABLED_AFTER)
            for endpoint in due:
                if endpoint.too_long:
                    disable(session, endpoint.id, AttemptOutcome.FAILED)
        wanted = [endpoint for endpoint in due if not endpoint.too_long and self._in_use[endpoint.id] == 0]
        return sum(self._open(dependencies, endpoint) for endpoint in wanted)

    def _open(self, dependencies: Dependencies, endpoint: DueEndpoint) -> bool:
        if not self._take(endpoint):
            return False

        def lane() -> None:
            try:
                deliver(
                    dependencies,
                    endpoint.id,
                    more_than_one=lambda: self._help(dependencies, endpoint),
                    stopping=self._stopping.is_set,
                )
            except Exception as error:  # noqa: BLE001 - a thread has no caller that could handle it
                # Claimed deliveries are delivered after their leases have expired.
                log.warning("webhooks_not_delivered", endpoint=str(endpoint.id), error=type(error).__name__)
            finally:
                self._give_up(endpoint)

        self._start(lane)
        return True

    def _help(self, dependencies: Dependencies, endpoint: DueEndpoint) -> None:
        """Opens one more lane for an endpoint that works."""
        self._open(dependencies, DueEndpoint(endpoint.id, failing=False, too_long=False))

    def _take(self, endpoint: DueEndpoint) -> bool:
        with self._lock:
            if self._stopping.is_set() or self._in_use.total() >= MOST_LANES:
                return False
            if self._in_use[endpoint.id] >= (1 if endpoint.failing else LANES_OF_ONE):
                return False
            if endpoint.failing and self._failing.total() >= FAILING_LANES:
                return False
            self._in_use[endpoint.id] += 1
            self._failing[endpoint.id] += endpoint.failing
            return True

    def _give_up(self, endpoint: DueEndpoint) -> None:
        with self._lock:
            for counter, by in ((self._in_use, 1), (self._failing, int(endpoint.failing))):
                counter[endpoint.id] -= by
                if counter[endpoint.id] <= 0:
                    del counter[endpoint.id]


class InlineLanes(Lanes):
    """Delivers in the calling thread, one lane for each endpoint."""

    def __init__(self) -> None:
        super().__init__(lambda lane: lane())

    def _help(self, dependencies: Dependencies, endpoint: DueEndpoint) -> None:
        """The remaining lane continues by itself."""


_lanes: Lanes = InlineLanes()


def lanes() -> Lanes:
    """The lanes of this process."""
    return _lanes


def use_threads() -> None:
    """Makes this process deliver in threads from now on."""
    global _lanes
    executor = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="webhooks")

    def start(lane: Callable[[], None]) -> None:
        executor.submit(lane)

    _lanes = Lanes(start)


@clock_task("deliver_webhooks")
def deliver_webhooks(run: TaskRun) -> Outcome:
    """Delivers events to the webhook endpoints for which some are due."""
    return {"outcome": "delivering", "count": lanes().deliver_due(run.dependencies)}
