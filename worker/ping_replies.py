"""The worker's replies to `inspect ping`, the supervisor and Flower."""

from typing import Any

from celery.app.control import Control
from kombu.pidbox import Mailbox

SINGLE_ATTEMPT = {"max_retries": 0}


class SingleAttemptMailbox(Mailbox):
    """Drops a reply that Redis does not accept, because its sender has stopped waiting when Redis is available again.

    kombu would retry indefinitely in the worker's main loop, which could then handle no signals
    (docs/decisions/0022).
    """

    def _publish_reply(self, *args: Any, **options: Any) -> None:
        super()._publish_reply(*args, retry_policy=SINGLE_ATTEMPT, **options)  # type: ignore[no-untyped-call]


class WorkerControl(Control):  # type: ignore[misc]
    Mailbox = SingleAttemptMailbox
