"""Decides when the delivery of an outgoing webhook is retried, and interprets the endpoint's responses."""

import datetime as dt
from email.utils import parsedate_to_datetime
from enum import StrEnum

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
DELAYS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The wait after each failed attempt. After one more failed attempt, the delivery has failed."""

JITTER = 0.1
"""The maximum share of a delay that is added at random, so that failed deliveries are not all retried together."""

LONGEST_RETRY_AFTER = dt.timedelta(hours=24)

DISABLED_AFTER = dt.timedelta(days=5)
"""The time without a success after which a failing endpoint is disabled."""

GONE = 410


class AttemptOutcome(StrEnum):
    """The meaning of a response."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    GONE = "gone"
    """The receiver refuses all further events, so the endpoint is disabled immediately."""


def outcome_of(status_code: int | None) -> AttemptOutcome:
    """Interprets a response. `status_code` is None if there was no response. Redirects are failures."""
    if status_code is not None and 200 <= status_code < 300:
        return AttemptOutcome.SUCCEEDED
    return AttemptOutcome.GONE if status_code == GONE else AttemptOutcome.FAILED


def delay_after(tries: int, *, chance: float, retry_after: dt.timedelta | None = None) -> dt.timedelta | None:
    """Returns the wait after failed attempt number `tries` (from 1), or None after the last attempt.

    `chance` is a random number from 0 to 1.
    """
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1] * (1 + JITTER * chance)
    return delay if retry_after is None else max(delay, min(retry_after, LONGEST_RETRY_AFTER))


def retry_after(header: str | None, *, now: dt.datetime) -> dt.timedelta | None:
    """Parses a Retry-After header: seconds or a date (RFC 9110, 10.2.3). Returns None if it is missing or invalid."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return dt.timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(moment - now, dt.timedelta())
