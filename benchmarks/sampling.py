"""Samples a value in another thread while a block runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def sampled(sample: Callable[[], object], *, every: float) -> Iterator[None]:
    """Calls `sample` before the block, and then every `every` seconds until the block ends."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(every):
            sample()

    sample()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
