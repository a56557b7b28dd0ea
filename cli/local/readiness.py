"""Readiness checks for processes."""

import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from celery import Celery

PATIENCE_SECONDS = 0.4
# A ready worker answers within a few hundredths of a second, and several are checked in turn.
PING_SECONDS = 0.1


class Readiness(Protocol):
    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        """Whether the process with this pid answers now. Waits at most PATIENCE_SECONDS."""


@dataclass(frozen=True)
class AnswersHttp:
    """Ready if it answers HTTP with a status below 500, such as 401."""

    url: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        try:
            with urllib.request.urlopen(self.url.format_map(settings), timeout=PATIENCE_SECONDS):  # noqa: S310
                return True
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False


@dataclass(frozen=True)
class AnswersPing:
    """Ready if the Celery worker answers a ping through the broker."""

    worker: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        return _all_answer(settings, [self.worker], PING_SECONDS)


@dataclass(frozen=True)
class AnswerPings:
    """Ready if all of these Celery workers answer."""

    workers: tuple[str, ...]

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        return _all_answer(settings, self.workers, PATIENCE_SECONDS)


def _all_answer(settings: Mapping[str, str], workers: Sequence[str], seconds: float) -> bool:
    from celery.utils.nodenames import gethostname
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    nodes = [f"{worker}@{gethostname()}" for worker in workers]
    try:
        app = _caller(settings["REDIS_URL"], settings.get("REDIS_CA_FILE", ""))
        return len(app.control.ping(destination=nodes, timeout=seconds, limit=len(nodes))) == len(nodes)
    except (OperationalError, RedisError, OSError):  # the broker is unavailable; try again
        return False


@cache
def _caller(url: str, ca_file: str) -> "Celery":
    """A shared client: each client leaves a reply queue in the broker."""
    from outbox.celery_client import client
    from settings.redis import RedisSettings

    return client(RedisSettings.model_validate({"redis_url": url, "redis_ca_file": ca_file}))


@dataclass(frozen=True)
class WrotePid:
    """Ready once the process has written its pid."""

    file: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        try:
            return Path(self.file.format_map(settings)).read_text().strip() == str(pid)
        except OSError:
            return False
