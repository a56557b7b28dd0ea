"""The data folder of `slots up` and `slots demo`, which is private and used by only one process at a time."""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from cli.local.servers.start_errors import DidNotStartError

# An empty database and its log take 70 MB.
LEAST_FREE_MB = 100
PRIVATE = 0o700
NO_SPACE = "Free some space there, or choose a folder on another disk with --data."
NO_ACCESS = "Choose a folder that you may write to with --data, or change who owns this one."
NO_FOLDER = "Choose a folder with --data; the name of a file can't be used."
# The advice for each file system error.
ADVICE: Mapping[int, str] = {
    errno.ENOSPC: NO_SPACE,
    errno.EDQUOT: NO_SPACE,
    errno.EIO: "The disk has an error. Choose a folder on another disk with --data.",
    errno.EACCES: NO_ACCESS,
    errno.EPERM: NO_ACCESS,
    errno.EROFS: NO_ACCESS,
    errno.ENOENT: "Choose another folder with --data: this one cannot be created, or was removed.",
    errno.EEXIST: NO_FOLDER,
    errno.ENOTDIR: NO_FOLDER,
    errno.ENAMETOOLONG: "Choose a shorter name with --data.",
    errno.ELOOP: "The path contains a loop of symbolic links. Choose another folder with --data.",
}
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# These are error numbers of failed writes. Their messages do not name the file.
NAMELESS = DISK_FULL | {errno.EIO}


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """Creates and locks the folder. Files created during the block are private to the user.

    Raises DidNotStartError, with advice, if the folder is unusable or in use, or if a later write fails.
    """
    umask = os.umask(0o077)
    try:
        folder = folder.absolute()
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _make_private(folder)
        _see_that_there_is_space(folder)
        with _only_one(folder):
            yield folder
    except OSError as why:
        if not _is_about(folder, why):
            raise
        place = why.filename or folder
        raise DidNotStartError(f"{place} can't be written: {why.strerror}. {ADVICE[why.errno or 0]}") from None
    finally:
        os.umask(umask)


def _make_private(folder: Path) -> None:
    """Restricts access to a folder that an earlier version created. Leaves other folders unchanged."""
    mode = folder.stat().st_mode
    if (folder / "credentials").exists() and not mode & stat.S_ISVTX:
        folder.chmod(PRIVATE)


def _see_that_there_is_space(folder: Path) -> None:
    disk = shutil.disk_usage(folder)
    free = disk.free // 1_000_000
    # Some file systems report a size of 0.
    if disk.total and free < LEAST_FREE_MB:
        raise DidNotStartError(
            f"{folder} is on a disk with {free} MB free, and {LEAST_FREE_MB} MB are needed. {NO_SPACE}"
        )


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Raises DidNotStartError if another process uses this folder. The process holds the lock until it ends."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            raise DidNotStartError(
                f"`slots up` is already running in {quote(str(folder))}, as process {pid}. "
                f"Stop that process (kill {pid}), or choose another folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        # Forks can outlive this process and must not keep the lock.
        os.register_at_fork(after_in_child=lock.close)
        yield


def _is_about(folder: Path, why: OSError) -> bool:
    if why.errno in NAMELESS:
        return True
    if why.errno not in ADVICE or why.filename is None:
        return False
    path = Path(os.fsdecode(why.filename)).absolute()
    return path.is_relative_to(folder) or folder.is_relative_to(path)
