"""Runs a function on SIGTERM and SIGINT, in addition to other handlers."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_shutdown(act: Callable[[], None]) -> None:
    """Runs `act` in a thread on SIGTERM or SIGINT; the process ends after it.

    Call it in the main thread, after the web server has set its handlers.
    Granian handles these signals on its event loop as well, and waits for all responses in progress, so long event
    streams must be closed.
    """

    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=act, name="stopping").start()

    for number in SIGNALS:
        signal.signal(number, end)
