"""Counts webhooks refused because of their signature, by reason, and detects a recent series of refusals."""

import threading
import time
from collections import defaultdict, deque

import structlog

from telemetry import metrics

log = structlog.get_logger()

PROVIDERS = ("stripe", "twilio", "calendar", "resend")
OF_NO_SECRET = {"missing", "time"}
"""Reasons that are not caused by a wrong secret: the request is not from the provider, or a clock is wrong."""
REASONS = ("missing", "unset", "wrong", "time", "account", "malformed")
MANY, RECENT_SECONDS = 5, 900.0
"""This many refusals in this time indicate a wrong secret and not an attack."""


class RefusedSignatures:
    """The refusals of one web process. Safe for its threads."""

    def __init__(self) -> None:
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MANY))
        self._lock = threading.Lock()
        # Each counter starts at zero, so that Prometheus sees the first refusal as an increase.
        for provider in PROVIDERS:
            for reason in REASONS:
                metrics.SIGNATURES_REFUSED.labels(provider, reason)

    def note(self, provider: str, reason: str) -> None:
        """Counts and logs a refusal. The counters of the reasons in the tables above start at zero."""
        metrics.SIGNATURES_REFUSED.labels(provider, reason).inc()
        log.warning("signature_refused", provider=provider, reason=reason)
        if reason not in OF_NO_SECRET:
            with self._lock:
                self._recent[provider].append(time.monotonic())

    def many_of(self, provider: str) -> bool:
        """Returns whether MANY signed webhooks of this provider were refused in the last RECENT_SECONDS."""
        with self._lock:
            moments = self._recent[provider]
            return len(moments) == MANY and time.monotonic() - moments[0] < RECENT_SECONDS
