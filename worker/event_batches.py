"""A Celery consumer that sends task events once a second in a single message, instead of one message per event."""

from typing import Any

from celery.worker.consumer import Consumer

from worker import finished_timers

EVENT_SECONDS = 1.0
"""The maximum delay in seconds before Flower shows a task."""

HEARTBEAT_SECONDS = 10.0
"""The interval between heartbeats.

Each event contains this interval, so that Flower can detect a missing worker. Celery's default is two seconds.
"""


class BatchingConsumer(Consumer):  # type: ignore[misc]
    """The consumer for the setting `worker_consumer`."""

    def __init__(self, *args: Any, worker_options: dict[str, Any] | None = None, **options: Any) -> None:
        defaults = {"heartbeat_interval": HEARTBEAT_SECONDS}
        given = {name: value for name, value in (worker_options or {}).items() if value is not None}
        super().__init__(*args, worker_options=defaults | given, **options)

    def register_with_event_loop(self, hub: Any) -> None:
        """Also starts the timers that send the events and drop the timers of finished tasks. The event loop stops
        them when the connection ends.
        """
        super().register_with_event_loop(hub)
        finished_timers.start(hub)
        hub.call_repeatedly(EVENT_SECONDS, self._flush_events)

    def on_send_event_buffered(self) -> None:
        """Does nothing, because the timer sends the event."""

    def stop(self) -> None:
        """Sends the remaining events."""
        self._flush_events()
        super().stop()
