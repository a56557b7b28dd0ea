"""Celery's transport to Redis, but for messages that are none: they are logged and dropped.

kombu lets the error out of the worker's main loop, and the worker ends.
"""

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis

log = structlog.get_logger()

MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What kombu and Celery raise over what isn't JSON, or isn't of their shape. Lost connections are other errors."""


class TolerantChannel(redis.Channel):
    """Reads messages from queues, and what is told to all workers."""

    def _brpop_read(self, **options: Any) -> bool:
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)

    def _receive_one(self, subscription: Any) -> bool:
        try:
            return bool(super()._receive_one(subscription))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)


def _dropped(error: Exception) -> bool:
    # Not its text: it may quote the message.
    log.error("message_malformed", error=type(error).__name__)
    return True


class TolerantTransport(redis.Transport):
    """By the schemes of the address, so that TLS goes on following from them."""

    Channel = TolerantChannel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except MALFORMED:
            self._give_up(message)
            raise

    def _give_up(self, message: Any) -> None:
        """Taken for one that is being worked on, it would keep the worker from taking another."""
        for channel in self.channels:
            for tag in [tag for tag, one in channel.qos._delivered.items() if one._raw is message]:
                channel.basic_ack(tag)


def install() -> None:
    """For every connection of this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{TolerantTransport.__name__}"
