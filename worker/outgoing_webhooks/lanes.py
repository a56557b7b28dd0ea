"""Decides to which endpoints this process delivers events in parallel.

An endpoint that hangs occupies one thread and delays no other endpoint. The worker of the `webhooks` queue delivers
in separate threads. Any other process delivers to the endpoints one after another, in the thread of its task. In this
module, a lane is one sequence of deliveries to an endpoint. It occupies one thread.
"""

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
"""The maximum number of these threads for endpoints whose last attempt failed. The other threads are for working
endpoints.
"""
LANES_OF_ONE = 4
"""The maximum number of threads for one endpoint. An endpoint whose last attempt failed gets only one thread."""

Start = Callable[[Callable[[], None]], None]


class Lanes:
    """Counts the threads in use. This class is thread-safe."""

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
        """Starts a thread for each endpoint that has due deliveries and no thread yet. Returns the number of new
        threads.
        """
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
            except Exception as error:  # noqa: BLE001 - a thread has no caller that could handle the error
                # Claimed deliveries are retried after their leases have expired.
                log.warning("webhooks_not_delivered", endpoint=str(endpoint.id), error=type(error).__name__)
            finally:
                self._give_up(endpoint)

        self._start(lane)
        return True

    def _help(self, dependencies: Dependencies, endpoint: DueEndpoint) -> None:
        """Starts another thread for a working endpoint."""
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
    """Delivers in the calling thread, to one endpoint after another."""

    def __init__(self) -> None:
        super().__init__(lambda lane: lane())

    def _help(self, dependencies: Dependencies, endpoint: DueEndpoint) -> None:
        """Does nothing, because only the calling thread delivers."""


_lanes: Lanes = InlineLanes()


def lanes() -> Lanes:
    """The lanes of this process."""
    return _lanes


def use_threads() -> None:
    """Switches this process to delivery in threads."""
    global _lanes
    executor = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="webhooks")

    def start(lane: Callable[[], None]) -> None:
        executor.submit(lane)

    _lanes = Lanes(start)


@clock_task("deliver_webhooks")
def deliver_webhooks(run: TaskRun) -> Outcome:
    """Delivers due events to webhook endpoints."""
    return {"outcome": "delivering", "count": lanes().deliver_due(run.dependencies)}
