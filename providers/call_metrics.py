"""Counts, times and traces calls to providers, by outcome."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from telemetry import metrics, tracing

P = ParamSpec("P")
R = TypeVar("R")


def measured(provider: str, operation: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates a call. The outcome is the kind of a refusal, or else the class name of the result."""

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        @wraps(call)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            started, outcome = time.monotonic(), "raised"
            with tracing.call_span(provider, operation) as note_outcome:
                try:
                    result = call(*args, **kwargs)
                    outcome = outcome_of(result)
                finally:
                    metrics.PROVIDER_SECONDS.labels(provider, operation).observe(time.monotonic() - started)
                    metrics.PROVIDER_CALLS.labels(provider, operation, outcome).inc()
                    note_outcome(outcome)
            return result

        return timed

    return decorate


def outcome_of(result: object) -> str:
    """Returns "text_sent" for `TextSent`, the kind of a refusal, or "listed" for a list."""
    if isinstance(result, list):
        return "listed"
    kind = getattr(result, "kind", None)
    return str(kind) if kind is not None else re.sub(r"(?<!^)(?=[A-Z])", "_", type(result).__name__).lower()
