"""Celery's Redis transport, with two changes to private methods of kombu (docs/decisions/0022).

Publishing reuses a client for each channel, instead of creating a client for each message. Consuming logs and drops
malformed messages, which would otherwise end the worker.
"""

from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger()

MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""The errors that kombu and Celery raise for a message that is not JSON or has an unexpected shape.

A lost connection raises other errors.
"""


class SharedClientChannel(redis.Channel):
    """Creates its publishing client once, because creating it would take a third of the time that a message takes.

    Threads can share the client, because it borrows a connection from the pool for each command.
    """

    _sender: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[no-untyped-call]
        # After a connection error, kombu replaces the pool.
        if self._sender is None or self._sender.connection_pool is not self.pool:
            self._sender = super()._create_client()  # type: ignore[no-untyped-call]
        return self._sender

    def _brpop_read(self, **options: Any) -> bool:
        """Reads a message from a queue. Drops a malformed message."""
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)

    def _receive_one(self, subscription: Any) -> bool:
        """Reads a broadcast, such as `inspect ping`. Drops a malformed broadcast."""
        try:
            return bool(super()._receive_one(subscription))  # type: ignore[no-untyped-call]
        except MALFORMED as error:
            return _dropped(error)


def _dropped(error: Exception) -> bool:
    # This logs only the type, because the text of the error may quote the message.
    log.error("message_malformed", error=type(error).__name__)
    return True


class TolerantTransport(redis.Transport):
    """Drops malformed messages. kombu handles TLS: `broker_use_ssl` selects the class of the connections."""

    Channel = SharedClientChannel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except MALFORMED:
            self._acknowledge(message)
            raise

    def _acknowledge(self, message: Any) -> None:
        """Acknowledges a dropped message.

        An unacknowledged message would be considered prefetched and keep the worker from taking another message.
        """
        for channel in self.channels:
            for tag in [tag for tag, one in channel.qos._delivered.items() if one._raw is message]:
                channel.basic_ack(tag)


class SharedClientSentinelChannel(SharedClientChannel, redis.SentinelChannel):
    """Like `SharedClientChannel`, for the primary that the Sentinels report.

    Queries each Sentinel only once. By default, redis-py would try an unavailable Sentinel for a minute.
    """

    @property
    def sentinel_kwargs(self) -> dict[str, Any]:
        """The options for connections to the Sentinels."""
        return {"retry": Retry(NoBackoff(), 0), **self._sentinel_options}

    @sentinel_kwargs.setter
    def sentinel_kwargs(self, options: dict[str, Any] | None) -> None:
        # The setting itself does not contain this option, because Flower needs a retry of another class.
        self._sentinel_options = options or {}


class TolerantSentinelTransport(TolerantTransport, redis.SentinelTransport):
    """Like `TolerantTransport`, for sentinel://."""

    Channel = SharedClientSentinelChannel


TRANSPORTS = {"redis": TolerantTransport, "rediss": TolerantTransport, "sentinel": TolerantSentinelTransport}


def register() -> None:
    """Registers these transports with kombu in this process.

    The setting `broker_transport` is not used, because Flower would not recognise the broker and would show no
    queues.
    """
    for scheme, transport in TRANSPORTS.items():
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{transport.__name__}"
