"""Runs a function on SIGTERM and SIGINT, without replacing Granian's handling of these signals."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_shutdown(act: Callable[[], None]) -> None:
    """Runs `act` in a thread on SIGTERM or SIGINT. The process ends only after `act` has finished.

    Call in the main thread, after Granian has set its handlers. Granian also handles these signals, on its event
    loop, and then waits for all responses in progress. Long event streams must therefore be closed.
    """

    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=act, name="stopping").start()

    for number in SIGNALS:
        signal.signal(number, end)
