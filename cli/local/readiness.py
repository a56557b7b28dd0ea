"""Readiness checks for processes."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cli.local.forked_process import ForkedProcess
from cli.local.servers.server_process import bare_environment

if TYPE_CHECKING:
    from celery import Celery

PATIENCE_SECONDS = 0.4
# A ready worker replies within a few hundredths of a second. Several workers are checked one after another.
PING_SECONDS = 0.1
SHARE_OF_SILENCE = 0.05
"""The share of the time since the first check that a check may wait, because a busy machine replies slowly."""


class Readiness(Protocol):
    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        """Whether the process with this pid responds now. At first, waits for less than a second."""


class Patience:
    """The time limits of the checks of one service, by pid. They grow while the process does not respond."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def check(self, pid: int, responds: Callable[[float], bool], *, least: float) -> bool:
        """Returns `responds(seconds)`, with at least `least` seconds. A response resets the time limit."""
        silent = time.monotonic() - self._since.setdefault(pid, time.monotonic())
        if not responds(max(least, silent * SHARE_OF_SILENCE)):
            return False
        del self._since[pid]
        return True


@dataclass(frozen=True)
class AnswersHttp:
    """Ready if the process responds over HTTP with any status below 500, including 401."""

    url: str
    _patience: Patience = field(default_factory=Patience, compare=False)

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        return self._patience.check(pid, partial(self._answers, settings), least=PATIENCE_SECONDS)

    def _answers(self, settings: Mapping[str, str], seconds: float) -> bool:
        try:
            with urllib.request.urlopen(self.url.format_map(settings), timeout=seconds):  # noqa: S310
                return True
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False


@dataclass(frozen=True)
class AnswersPing:
    """Ready if the Celery worker responds to a ping through the broker."""

    worker: str
    _patience: Patience = field(default_factory=Patience, compare=False)

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        return self._patience.check(pid, partial(_answers, settings, self.worker), least=PING_SECONDS)


@dataclass(frozen=True)
class AnswersPingOfAFork:
    """Like `AnswersPing`, but pings from a fork, because later forks must not inherit the connection."""

    worker: str
    _asking: dict[int, ForkedProcess] = field(default_factory=dict, compare=False)

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        if pid not in self._asking:
            self._asking[pid] = _ask(settings, self.worker)
        code = self._asking[pid].poll()
        if code is not None:
            del self._asking[pid]
        return code == 0


def _ask(settings: Mapping[str, str], worker: str) -> ForkedProcess:
    redis = {name: settings[name] for name in ("ENVIRONMENT", "REDIS_URL", "REDIS_CA_FILE") if settings.get(name)}
    return ForkedProcess(
        (sys.executable, "-m", "cli.local.ping_worker", str(PATIENCE_SECONDS), worker),
        folder=Path.cwd(),
        log=Path(os.devnull),
        environment={**bare_environment(), **redis},
        when_parent_dies=signal.SIGKILL,
    )


def _answers(settings: Mapping[str, str], worker: str, seconds: float) -> bool:
    from celery.utils.nodenames import gethostname
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    node = f"{worker}@{gethostname()}"
    try:
        app = _caller(settings["REDIS_URL"], settings.get("REDIS_CA_FILE", ""))
        return bool(app.control.ping(destination=[node], timeout=seconds, limit=1))
    except (OperationalError, RedisError, OSError):  # the broker is unavailable; try again
        return False


@cache
def _caller(url: str, ca_file: str) -> "Celery":
    """Returns a shared client, because each client leaves a reply queue in the broker."""
    from outbox.celery_client import client
    from settings.redis import RedisSettings

    return client(RedisSettings.model_validate({"redis_url": url, "redis_ca_file": ca_file}))


@dataclass(frozen=True)
class WrotePid:
    """Ready when the process has written its pid."""

    file: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        try:
            return Path(self.file.format_map(settings)).read_text().strip() == str(pid)
        except OSError:
            return False
