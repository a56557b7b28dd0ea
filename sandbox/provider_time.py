"""The current time, and the time formats of the providers."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime


def now() -> float:
    """Returns the current time in Unix seconds."""
    return time.time()


def iso(at: float) -> str:
    """Converts Unix seconds to a time such as `2026-11-21T03:10:00.123456Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def rfc2822(at: float) -> str:
    """Converts Unix seconds to a time in Twilio's format: `Sat, 21 Nov 2026 03:10:00 +0000`."""
    return format_datetime(datetime.fromtimestamp(int(at), UTC))
