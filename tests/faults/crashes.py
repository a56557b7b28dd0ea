"""Workers that stop dead, in this process: an exception that nothing catches, at any step.

For processes that are really killed see test_failpoints.py; this is the same a hundred times faster.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from tests.faults.world import Killed, World


@contextmanager
def cut_short(world: World, *, after: int) -> Iterator[None]:
    """What runs in the block is stopped at its step number `after`, if it has so many.

    A step is the beginning of a statement, a commit, and either end of a call to a provider.
    """
    left = after

    def step(*_: Any, **__: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    original = http.client.HTTPConnection.getresponse

    def answered(self: Any, *args: Any, **more: Any) -> Any:
        answer = original(self, *args, **more)
        step()
        return answer

    factory = world.tools.transactions.sessions
    event.listen(factory, "after_commit", step)
    event.listen(world.tools.engine, "before_cursor_execute", step)
    try:
        with patch.object(http.client.HTTPConnection, "getresponse", answered), suppress(Killed):
            yield
    finally:
        event.remove(factory, "after_commit", step)
        event.remove(world.tools.engine, "before_cursor_execute", step)
