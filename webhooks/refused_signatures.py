"""Counts webhooks that were refused because of their signature, by reason, and detects a series of refusals."""

import threading
import time
from collections import defaultdict, deque

import structlog

from providers.signature import NotAuthentic
from telemetry import metrics

log = structlog.get_logger()

MISSING = NotAuthentic("missing")
"""The signature is missing. A wrong secret is not the cause, because the provider would still sign."""
OF_NO_SECRET = {"missing", "time"}
"""The reasons that a wrong secret does not cause: the request is not from the provider, or a clock is wrong."""
REASONS = ("missing", "unset", "wrong", "time", "account", "malformed")
MANY, RECENT_SECONDS = 5, 900.0
"""The number of refusals and the period in seconds that indicate a wrong secret instead of an attack."""


class RefusedSignatures:
    """The refusals in a web process. This class is thread-safe."""

    def __init__(self) -> None:
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MANY))
        self._lock = threading.Lock()

    def start(self, provider: str) -> None:
        """Starts the counters at zero, so that Prometheus registers the first refusal as an increase."""
        for reason in REASONS:
            metrics.SIGNATURES_REFUSED.labels(provider, reason)

    def note(self, provider: str, reason: str) -> None:
        """Counts and logs a refusal."""
        metrics.SIGNATURES_REFUSED.labels(provider, reason).inc()
        log.warning("signature_refused", provider=provider, reason=reason)
        if reason not in OF_NO_SECRET:
            with self._lock:
                self._recent[provider].append(time.monotonic())

    def many_of(self, provider: str) -> bool:
        """Returns whether at least MANY signed webhooks of this provider were refused in the last RECENT_SECONDS."""
        with self._lock:
            moments = self._recent[provider]
            return len(moments) == MANY and time.monotonic() - moments[0] < RECENT_SECONDS
