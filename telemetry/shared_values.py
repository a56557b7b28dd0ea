"""Metric values that processes share through files, which a full disk can't stop.

`prometheus_client` maps its files into memory. On a full disk, a write to a new page of such a file ends the process
with SIGBUS. These values are written with system calls instead, which return an error. The files have the format that
`prometheus_client.multiprocess` reads.
"""

import errno
import os
import secrets
import struct
from pathlib import Path
from threading import Lock
from typing import Any

import structlog
from prometheus_client import values
from prometheus_client.mmap_dict import mmap_key

log = structlog.get_logger()

LENGTH = struct.Struct("i")
NUMBERS = struct.Struct("dd")
START = 8
"""The position of the first entry. The used length of the file precedes it."""


class SharedValue(values.MutexValue):
    """A number in the memory of this process, and after `share` also in a file."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: list[str],
        labelvalues: list[str],
        help_text: str,
        multiprocess_mode: str = "",
        **_: Any,
    ) -> None:
        super().__init__(typ, metric_name, name, labelnames, labelvalues, help_text)  # type: ignore[no-untyped-call]
        self.file = f"{typ}_{multiprocess_mode}" if typ == "gauge" else typ
        self.key = mmap_key(metric_name, name, labelnames, labelvalues, help_text)
        self.timestamp = 0.0
        _shared.add(self)

    def inc(self, amount: float) -> None:
        super().inc(amount)  # type: ignore[no-untyped-call]
        self.timestamp = 0.0
        _shared.write(self)

    def set(self, value: float, timestamp: float | None = None) -> None:
        super().set(value)  # type: ignore[no-untyped-call]
        self.timestamp = timestamp or 0.0
        _shared.write(self)

    def reset(self) -> None:
        self._lock, self._value, self.timestamp = Lock(), 0.0, 0.0


class ValueFile:
    """The values of one kind of metric in one process. Every method raises OSError if the disk is full."""

    def __init__(self, path: Path) -> None:
        self._positions: dict[str, int] = {}
        self._end = START
        # An empty file would fail every scrape, so the file gets its name after its first bytes.
        draft = path.with_suffix(".new")
        self._descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            self._put(LENGTH.pack(START) + bytes(START - LENGTH.size), 0)
            draft.rename(path)
        except OSError:
            self.close()
            raise

    def write(self, value: SharedValue) -> None:
        numbers = NUMBERS.pack(value.get(), value.timestamp)  # type: ignore[no-untyped-call]
        if value.key in self._positions:
            self._put(numbers, self._positions[value.key])
            return
        key = value.key.encode()
        padding = b" " * (8 - (LENGTH.size + len(key)) % 8)
        entry = LENGTH.pack(len(key)) + key + padding + numbers
        self._put(entry, self._end)
        # Readers ignore what is beyond this length, such as an entry that was written in part.
        self._put(LENGTH.pack(self._end + len(entry)), 0)
        self._end += len(entry)
        self._positions[value.key] = self._end - NUMBERS.size

    def close(self) -> None:
        os.close(self._descriptor)

    def _put(self, data: bytes, position: int) -> None:
        if os.pwrite(self._descriptor, data, position) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class SharedValues:
    """All values of this process, and their files once it shares them."""

    def __init__(self) -> None:
        self._values: list[SharedValue] = []
        self._folder: Path | None = None
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._files: dict[str, ValueFile] = {}
        self._unwritten: set[SharedValue] = set()
        # A process id can be used again. Counters in files of ended processes must stay as they are.
        self._process = f"{os.getpid()}-{secrets.token_hex(4)}"

    def add(self, value: SharedValue) -> None:
        self._values.append(value)
        self.write(value)

    def share(self, folder: Path) -> None:
        # This process may be a fork, and its files are named after its own pid.
        self._begin()
        self._folder = folder
        for value in self._values:
            self.write(value)

    def begin_in_fork(self) -> None:
        """Starts again at zero with its own files, if the parent shares its values."""
        if self._folder is None:
            return
        for file in self._files.values():
            file.close()
        self._begin()
        for value in self._values:
            value.reset()

    def write(self, value: SharedValue) -> None:
        """Writes the value, and then those that could not be written before, if this process shares its values."""
        if self._folder is None:
            return
        with self._lock:
            try:
                self._write(self._folder, value)
                if self._unwritten:
                    self._write_rest(self._folder)
            except OSError as error:
                if not self._unwritten:
                    log.warning("metrics_not_written", folder=str(self._folder), reason=error.strerror)
                self._unwritten.add(value)

    def _write(self, folder: Path, value: SharedValue) -> None:
        if value.file not in self._files:
            self._files[value.file] = ValueFile(folder / f"{value.file}_{self._process}.db")
        self._files[value.file].write(value)

    def _write_rest(self, folder: Path) -> None:
        for value in tuple(self._unwritten):
            self._write(folder, value)
            self._unwritten.discard(value)
        log.info("metrics_written_again", folder=str(folder))


_shared = SharedValues()
os.register_at_fork(after_in_child=_shared.begin_in_fork)


def share(folder: Path) -> None:
    """Writes the values of this process to files in the folder from now on, and those of its later forks.

    If the files can't be written, logs this instead of raising an error, and counts in memory until they can be.
    """
    _shared.share(folder)
