"""A Celery consumer that sends task events once a second, in one message instead of one for each event."""

from typing import Any

from celery.worker.consumer import Consumer

EVENT_SECONDS = 1.0
"""The maximum delay, in seconds, until Flower shows a task."""

HEARTBEAT_SECONDS = 10.0
"""Each event names the interval, so that Flower knows when a worker is missing. Celery's default is two seconds."""


class BatchingConsumer(Consumer):  # type: ignore[misc]
    """The consumer that the `worker_consumer` setting names."""

    def __init__(self, *args: Any, worker_options: dict[str, Any] | None = None, **options: Any) -> None:
        defaults = {"heartbeat_interval": HEARTBEAT_SECONDS}
        given = {name: value for name, value in (worker_options or {}).items() if value is not None}
        super().__init__(*args, worker_options=defaults | given, **options)

    def register_with_event_loop(self, hub: Any) -> None:
        """Also starts the timer that sends the events. The loop stops it with the connection."""
        super().register_with_event_loop(hub)
        hub.call_repeatedly(EVENT_SECONDS, self._flush_events)

    def on_send_event_buffered(self) -> None:
        """Leaves the event to the timer."""

    def stop(self) -> None:
        """Sends the last events."""
        self._flush_events()
        super().stop()
