"""Runs `slots` as whoever types it: a process of its own, judged by what it prints and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, its data, its talk."""

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


def slots(*words: object, stdin: str = "", cwd: Path | None = None, **environment: str) -> Ran:
    """With nothing in the environment but what is given."""
    done = subprocess.run(
        command(*words),
        env=bare() | environment,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def on_a_terminal(*words: object, **environment: str) -> str:
    """What is shown to somebody who sits before it."""
    ours, its = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(command(*words), env=bare() | environment, stdout=its, stderr=its)
        os.close(its)
        shown = b""
        # Linux says EIO when the other end is closed.
        with contextlib.suppress(OSError):
            while part := screen.read(4096):
                shown += part
        assert process.wait(30) == 0
    return shown.decode()
