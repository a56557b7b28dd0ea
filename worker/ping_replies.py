"""How a worker answers those who look at it: `inspect ping`, the supervisor, Flower."""

from typing import Any

from celery.app.control import Control
from kombu.pidbox import Mailbox

ONCE = {"max_retries": 0}


class AnswersOnce(Mailbox):
    """An answer that Redis does not take is given up: nobody waits for it any more by the time Redis is back.

    kombu would try for ever, in the worker's main loop: it would hear no signal to end before Redis came back.
    """

    def _publish_reply(self, *args: Any, **options: Any) -> None:
        super()._publish_reply(*args, retry_policy=ONCE, **options)  # type: ignore[no-untyped-call]


class ShortAnswers(Control):  # type: ignore[misc]
    Mailbox = AnswersOnce
