"""Celery's transport to Redis, with two changes in kombu's private methods (docs/decisions/0022).

Publishing reuses one client for each channel instead of making one for each message. Consuming logs and drops
malformed messages instead of ending the worker.
"""

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger()

MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""Raised by kombu and Celery for a message that isn't JSON or has another shape.

A lost connection raises other errors.
"""


class SharedClientChannel(redis.Channel):
    """Makes its publishing client once, because making one costs a third as much as a message.

    Threads may share the client, because it borrows a connection from the pool for each command.
    """

    _sender: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        # A broken connection makes kombu replace the pool.
        if self._sender is None or self._sender.connection_pool is not self.pool:
            self._sender = super()._create_client()  # type: ignore[no-untyped-call]
        return self._sender

    def _brpop_read(self, **options: Any) -> bool:
        """Reads a message from a queue."""
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)

    def _receive_one(self, subscription: Any) -> bool:
        """Reads a broadcast, such as `inspect ping`."""
        try:
            return bool(super()._receive_one(subscription))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)


def _dropped(error: Exception) -> bool:
    # Only the type is logged, because the text of the error may quote the message.
    log.error("message_malformed", error=type(error).__name__)
    return True


class TolerantTransport(redis.Transport):
    """Drops malformed messages. TLS is handled by kombu: `broker_use_ssl` chooses the class of the connections."""

    Channel = SharedClientChannel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except MALFORMED:
            self._acknowledge(message)
            raise

    def _acknowledge(self, message: Any) -> None:
        """Acknowledges a dropped message.

        If it stayed unacknowledged, it would count as prefetched and keep the worker from taking another.
        """
        for channel in self.channels:
            for tag in [tag for tag, one in channel.qos._delivered.items() if one._raw is message]:
                channel.basic_ack(tag)


class SharedClientSentinelChannel(SharedClientChannel, redis.SentinelChannel):
    """The same for the primary that the Sentinels name.

    Asks each Sentinel once: redis-py would keep asking one that is down for a minute.
    """

    @property
    def sentinel_kwargs(self) -> dict[str, Any]:
        """The options of connections to the Sentinels."""
        return {"retry": Retry(NoBackoff(), 0), **self._sentinel_options}

    @sentinel_kwargs.setter
    def sentinel_kwargs(self, options: dict[str, Any] | None) -> None:
        # This is not in the setting itself, because Flower needs a retry of another class.
        self._sentinel_options = options or {}


class TolerantSentinelTransport(TolerantTransport, redis.SentinelTransport):
    """The same for sentinel://."""

    Channel = SharedClientSentinelChannel


TRANSPORTS = {"redis": TolerantTransport, "rediss": TolerantTransport, "sentinel": TolerantSentinelTransport}


def register() -> None:
    """Makes kombu use these transports in this process.

    The `broker_transport` setting is not used, because with it Flower does not recognise the broker and shows no
    queues.
    """
    for scheme, transport in TRANSPORTS.items():
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{transport.__name__}"
