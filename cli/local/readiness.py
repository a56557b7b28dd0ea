"""Ways to see that a process does its work, each a question that is answered at once."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from celery import Celery

PATIENCE_SECONDS = 0.4
# A worker that listens answers in a few hundredths, and several are asked one after the other.
PING_SECONDS = 0.1


class Readiness(Protocol):
    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        """Whether the process with this pid answers now. Waits at most PATIENCE_SECONDS."""


@dataclass(frozen=True)
class AnswersHttp:
    """Any answer but a server's error, also one that asks for a password."""

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
    """A Celery worker that answers through the broker, hence listens to it."""

    worker: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        from celery.utils.nodenames import gethostname
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        node = f"{self.worker}@{gethostname()}"
        try:
            app = _caller(settings["REDIS_URL"])
            return bool(app.control.ping(destination=[node], timeout=PING_SECONDS, limit=1))
        except (OperationalError, RedisError, OSError):  # the broker is away; ask again
            return False


@cache
def _caller(broker: str) -> "Celery":
    """One for all questions: each would leave a queue for its answers in the broker."""
    from celery import Celery

    return Celery(broker=broker, set_as_current=False)


@dataclass(frozen=True)
class WrotePid:
    """A process that writes its pid once it has loaded what it needs."""

    file: str

    def __call__(self, settings: Mapping[str, str], pid: int) -> bool:
        try:
            return Path(self.file.format_map(settings)).read_text().strip() == str(pid)
        except OSError:
            return False
