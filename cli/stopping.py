"""Hears that the process is asked to end, beside whatever else handles the signal."""

import signal
import socket
import threading
from collections.abc import Callable

ENDS = {signal.SIGTERM, signal.SIGINT}


def when_asked_to_end(act: Callable[[], None]) -> None:
    """Runs `act` in a thread of its own at the first SIGTERM or SIGINT. To be called in the main thread.

    The web server sets handlers of its own once the application is loaded, and waits for all answers that are under
    way: one that goes on for minutes has to be told. Python writes each signal's number here, whoever handles it.
    """
    heard, said = socket.socketpair()
    said.setblocking(False)
    signal.set_wakeup_fd(said.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(heard, said, act), name="stopping", daemon=True).start()


def _wait(heard: socket.socket, said: socket.socket, act: Callable[[], None]) -> None:
    """`said` is only kept open."""
    while number := heard.recv(1):
        if number[0] in ENDS:
            act()
            return
