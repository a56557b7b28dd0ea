"""Runs `slots` in its own process, as users do, and captures its output and exit code."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pty
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Ran:
    """The result of a command: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def command(*words: object) -> list[str]:
    return [sys.executable, "-c", "from cli.main import main; main()", *map(str, words)]


def bare() -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def at_most(size: int) -> Callable[[], None]:
    """Returns a `preexec_fn` that limits the size of files in bytes. Larger files fail as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@cache
def warm() -> subprocess.Popen[str]:
    """Starts a process that forks a copy of itself for each command.

    The forking process ends with this process, which closes its stdin.
    """
    started = [sys.executable, "-m", "tests.cli.warm"]
    process = subprocess.Popen(
        started, cwd=ROOT, env=bare(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    atexit.register(process.communicate)
    return process


def slots(*words: object, stdin: str = "", cwd: Path | None = None, **environment: str) -> Ran:
    """Runs a command whose environment contains only these variables and the variables in `bare`."""
    with tempfile.TemporaryDirectory() as folder:
        streams = {name: Path(folder, name) for name in ("stdin", "stdout", "stderr")}
        for name, path in streams.items():
            path.write_text(stdin if name == "stdin" else "", encoding="utf-8")
        asked = {
            "words": [*map(str, words)],
            "environment": bare() | environment,
            "cwd": str(cwd or Path.cwd()),
            **{name: str(path) for name, path in streams.items()},
        }
        process = warm()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        code = int(process.stdout.readline())
        output = {name: path.read_text(encoding="utf-8") for name, path in streams.items()}
    assert "Traceback" not in output["stderr"], output["stderr"]
    return Ran(code, output["stdout"], output["stderr"])


def on_a_terminal(*words: object, **environment: str) -> str:
    """Runs a command on a terminal and returns the output."""
    ours, its = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(command(*words), env=bare() | environment, stdout=its, stderr=its)
        os.close(its)
        shown = b""
        # Linux reports EIO when the other end of the terminal is closed.
        with contextlib.suppress(OSError):
            while part := screen.read(4096):
                shown += part
        assert process.wait(PATIENCE_SECONDS) == 0
    return shown.decode()
