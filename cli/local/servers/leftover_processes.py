"""Finds and kills processes that an earlier run left. The `embedded` extra installs psutil."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from cli.local.servers.server_process import POLL_SECONDS


def end_leftovers(program: Path, folder: Path) -> None:
    """Kills processes of an earlier run of `program` in this folder or below it."""
    program, folder = program.resolve(), folder.resolve()
    left = [found for found in psutil.process_iter() if _works_in(found, program, folder)]
    kill_all([*left, *(child for found in left for child in _children(found))])


def kill_all(processes: Sequence[psutil.Process], *, seconds: float = 5) -> None:
    """Kills processes. Returns when they have ended or after `seconds`."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _lives(process: psutil.Process) -> bool:
    try:
        # An orphan stays a zombie if the first process of the container does not reap it.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _works_in(process: psutil.Process, program: Path, folder: Path) -> bool:
    try:
        here = Path(process.cwd())
        return (here == folder or folder in here.parents) and Path(process.exe()) == program
    except psutil.AccessDenied:
        # Without CAP_SYS_PTRACE, which containers lack, root can read only the arguments of other users' processes.
        return _was_started_with(process, program, folder)
    except (psutil.Error, OSError):
        return False


def _was_started_with(process: psutil.Process, program: Path, folder: Path) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return words[:1] == [str(program)] and str(folder) in words


def _children(process: psutil.Process) -> Sequence[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return ()
