"""Returns free memory to the operating system after every thousand tasks.

glibc keeps the memory that tasks have freed, in pieces between what is in use. Without this, a worker grows by a
megabyte for every two thousand tasks, although it keeps nothing of them.
"""

import ctypes
import itertools

EVERY = 1_000

_libc = ctypes.CDLL(None)
_tasks = itertools.count(1)


def after_task() -> None:
    """Counts a task. Takes some milliseconds for one of a thousand, and does nothing without glibc."""
    if next(_tasks) % EVERY == 0 and hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
