"""Handles output that cannot be written."""

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def whole_output() -> Iterator[None]:
    """Flushes stdout at the end of the block. If the block fails, nothing of its output remains in a file.

    Half an export could be taken for a whole one. The file gets back the length that it had before the block.
    """
    length = _length_of_file()
    try:
        yield
        sys.stdout.flush()
    except BaseException:
        if length is not None:
            os.ftruncate(sys.stdout.fileno(), length)
            discard_the_rest()
        raise


def _length_of_file() -> int | None:
    """Returns the length of the file that stdout writes to, or None if it is a pipe, a terminal or in memory."""
    try:
        about = os.fstat(sys.stdout.fileno())
    except io.UnsupportedOperation:
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def discard_the_rest() -> None:
    """Discards what stdout has buffered. Otherwise, the interpreter would write it when it exits, and fail again."""
    with suppress(io.UnsupportedOperation):
        target = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, target)
        os.close(nowhere)
