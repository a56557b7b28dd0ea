"""Starts a server process in its own session, with its output in a log file, and stops it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.local.servers.start_errors import DidNotStartError
from cli.local.servers.unprivileged import end_with_parent

POLL_SECONDS = 0.01
START_SECONDS = 300
"""A server that does not respond after this time has failed. A busy machine takes many times the usual second."""


def spawn(
    command: Sequence[str | Path],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    when_parent_dies: signal.Signals = signal.SIGTERM,
    identity: Callable[[], None] = lambda: None,
) -> subprocess.Popen[bytes]:
    """Runs the command in `folder`. Call this from the main thread, because a child is signalled when its parent
    thread ends.
    """

    def in_the_child() -> None:
        identity()
        end_with_parent(when_parent_dies)  # An identity change would reset this signal.

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            # No other thread runs while processes are started, so the child cannot inherit a held lock.
            preexec_fn=in_the_child,  # noqa: PLW1509
        )


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path, seconds: float
) -> None:
    """Waits until `ready` returns true. Raises DidNotStartError if the process ends first or the timeout expires."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise DidNotStartError(f"{name} exited with code {process.returncode} while starting.\n{tail(log)}")
        if time.monotonic() > deadline:
            raise DidNotStartError(f"{name} did not respond within {seconds:g} s.\n{tail(log)}")
        time.sleep(POLL_SECONDS)


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Sends each signal, and waits until the process ends or the timeout expires. Finally, kills the process."""
    for number, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def tail(log: Path, lines: int = 12) -> str:
    """Returns the path and the last lines of a log for an error message."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        text = ""
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in text.rstrip().splitlines()[-lines:])])


def bare_environment() -> dict[str, str]:
    """Returns the environment for a server, without PG* variables, secrets or loader variables."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
