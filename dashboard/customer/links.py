"""The format of the token in a customer's link, and the lifetime of the link."""

from datetime import datetime, timedelta

from werkzeug.routing import BaseConverter

LIFE = timedelta(days=30)
"""The time for which links work after their appointment ends, so that customers can look up their payments."""


class LinkToken(BaseConverter):
    """Matches well-formed tokens. All other paths return 404 without a database query."""

    regex = r"[A-Za-z0-9_-]{8,128}"


def has_expired(ends_at: datetime, *, now: datetime) -> bool:
    """Whether the links of an appointment that ended at `ends_at` have expired."""
    return ends_at + LIFE <= now
