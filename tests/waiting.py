"""Waits for a condition. Tests use this instead of sleeping."""

from __future__ import annotations

import contextlib
import time
import urllib.request
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 300.0
"""The limit of every wait. Only a failed test waits for so long.

On a busy machine, a success may take many times its usual duration, so no test sets a shorter limit.
"""
LOOKS_EVERY_SECONDS = 0.02, 0.2
"""The shortest and the longest pause between two checks."""
REDIS_PATIENCE_SECONDS = 10.0
"""The time limit for a Redis that answers. A busy machine may need more than the half second of the product."""


def wait_for(look: Callable[[], T | None], what: str) -> T:
    """Waits until the result of `look` is true and returns it. `what` completes the message "waited 300 s for".

    The interval between two checks grows, because each check takes processor time from the system that is waited for.
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE_SECONDS:
        if found := look():
            return found
        time.sleep(min(max(LOOKS_EVERY_SECONDS[0], waited / 20), LOOKS_EVERY_SECONDS[1]))
    raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


def answers(url: str) -> str | None:
    """Returns the response body, or None if the server does not respond or returns an error."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())
    return None
