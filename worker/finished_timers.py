"""Drops the timers of finished tasks in a worker with child processes.

Celery starts a timer for the time limit of each task, and cancels the timer when the task ends. kombu keeps a
cancelled timer until the time limit has passed, and each timer takes half a kilobyte (docs/decisions/0022).
"""

import heapq

from kombu.asynchronous import Hub
from kombu.asynchronous.timer import Timer

EVERY_SECONDS = 1.0


def start(hub: Hub) -> None:
    """Drops cancelled timers repeatedly, in the main loop."""
    hub.call_repeatedly(EVERY_SECONDS, drop, hub.timer)  # type: ignore[no-untyped-call]


def drop(timer: Timer) -> None:
    """Drops all cancelled timers. Call this only from the thread that runs the timers."""
    waiting = [one for one in timer._queue if not one.entry.canceled]
    heapq.heapify(waiting)
    # The main loop has a reference to this list.
    timer._queue[:] = waiting
