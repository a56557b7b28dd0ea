"""Acts when the process is asked to end, beside whatever else handles the signal."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

ENDS = (signal.SIGTERM, signal.SIGINT)


def when_asked_to_end(act: Callable[[], None]) -> None:
    """Runs `act` in a thread of its own at SIGTERM or SIGINT. To be called in the main thread.

    Call it after the web server has set its handlers. Granian sets them on the event loop, which is woken by the
    signal's number whatever handler Python has, and then waits for all responses that are under way: one that goes on
    for minutes has to be ended.
    """

    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=act, name="stopping", daemon=True).start()

    for number in ENDS:
        signal.signal(number, end)
