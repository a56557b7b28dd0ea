"""Handles output that cannot be written."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def whole_output() -> Iterator[None]:
    """Flushes stdout at the end of the block. If the block fails, nothing of its output remains in a file.

    Half an export could be taken for a whole one. The file gets back the length that it had before the block.
    """
    before = os.fstat(sys.stdout.fileno())
    try:
        yield
        sys.stdout.flush()
    except BaseException:
        if stat.S_ISREG(before.st_mode):
            os.ftruncate(sys.stdout.fileno(), before.st_size)
            discard_the_rest()
        raise


def discard_the_rest() -> None:
    """Discards what stdout has buffered. Otherwise, the interpreter would write it when it exits, and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
