"""A process that has imported all commands and runs each command in a fork of itself.

Importing all modules for each of a hundred commands would add a minute to the tests.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
from importlib import import_module
from pkgutil import iter_modules

from cli.main import main
from tests.waiting import PATIENCE_SECONDS

READ_AHEAD = ("cli", "cli.doctor", "db", "domain", "settings", "providers", "worker")


def serve() -> None:
    """Runs one command for each line of JSON on stdin and prints its exit code, until stdin ends."""
    for package in READ_AHEAD:
        for module in iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    # Excludes the shared objects from garbage collection.
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            become(**asked)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(words: list[str], environment: dict[str, str], cwd: str, stdin: str, stdout: str, stderr: str) -> None:
    """Runs the command with these files as its stdin, stdout and stderr."""
    for stream, path, flags in ((0, stdin, os.O_RDONLY), (1, stdout, os.O_WRONLY), (2, stderr, os.O_WRONLY)):
        opened = os.open(path, flags)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (the old one has read ahead)
    sys.argv = ["slots", *words]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    signal.alarm(round(PATIENCE_SECONDS))
    try:
        main()
    except SystemExit as ended:
        end_quickly(ended)


def end_quickly(ended: SystemExit) -> None:
    """Ends the process as Python does, but without deleting the modules, which would copy the shared memory."""
    atexit._run_exitfuncs()
    if isinstance(ended.code, str):
        print(ended.code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))


if __name__ == "__main__":
    serve()
