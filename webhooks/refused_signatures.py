"""Webhooks that were refused for their signature: counted by reason, and whether there were many of late."""

import threading
import time
from collections import deque

import structlog

from telemetry import metrics

log = structlog.get_logger()

PROVIDERS = ("stripe", "twilio")
REASONS = ("missing", "unset", "wrong", "time", "account", "malformed")
MANY, LATELY_SECONDS = 5, 900.0
"""So many in so long are a wrong secret rather than somebody who tries."""


class Refusals:
    """Of one web process. Safe for its threads."""

    def __init__(self) -> None:
        self._lately = {provider: deque[float](maxlen=MANY) for provider in PROVIDERS}
        self._noting = threading.Lock()
        # From zero on: the first refusal is an increase too.
        for provider in PROVIDERS:
            for reason in REASONS:
                metrics.SIGNATURES_REFUSED.labels(provider, reason)

    def note(self, provider: str, reason: str) -> None:
        """`provider` and `reason` as in the tables above."""
        metrics.SIGNATURES_REFUSED.labels(provider, reason).inc()
        log.warning("signature_refused", provider=provider, reason=reason)
        if reason != "missing":
            with self._noting:
                self._lately[provider].append(time.monotonic())

    def many_of(self, provider: str) -> bool:
        """Whether signed webhooks of this provider have been refused again and again."""
        with self._noting:
            moments = self._lately[provider]
            return len(moments) == MANY and time.monotonic() - moments[0] < LATELY_SECONDS
