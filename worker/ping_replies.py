"""The worker's replies to the supervisor, Flower and `inspect ping`."""

from typing import Any

from celery.app.control import Control
from kombu.pidbox import Mailbox

SINGLE_ATTEMPT = {"max_retries": 0}


class SingleAttemptMailbox(Mailbox):
    """Drops a reply that Redis does not accept. When Redis is available again, the caller no longer waits for the
    reply.

    kombu would retry indefinitely in the worker's main loop, which could then handle no signals
    (docs/decisions/0022).
    """

    def _publish_reply(self, *args: Any, **options: Any) -> None:
        super()._publish_reply(*args, retry_policy=SINGLE_ATTEMPT, **options)  # type: ignore[no-untyped-call]


class WorkerControl(Control):  # type: ignore[misc]
    Mailbox = SingleAttemptMailbox
