"""Runs a startup step in a fork, whose memory is freed when the step ends. This keeps the supervisor small."""

import os
import sys
import traceback
from collections.abc import Callable

from cli.local.servers.start_errors import DidNotStartError

REFUSED = 2


def apart(work: Callable[[], None]) -> None:
    """Runs `work`. Raises DidNotStartError if it fails. Call this from the main thread while no other thread runs."""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os._exit(_code(work, writing))
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        reason = pipe.read()
    _, status = os.waitpid(pid, 0)
    if (code := os.waitstatus_to_exitcode(status)) != 0:
        raise DidNotStartError(reason if code == REFUSED else "A step of the start failed; the reason is above.")


def _code(work: Callable[[], None], writing: int) -> int:
    try:
        work()
    except DidNotStartError as why:
        os.write(writing, str(why).encode())
        return REFUSED
    except BaseException:  # noqa: BLE001 - reported, and the fork must end here
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
