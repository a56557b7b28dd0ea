"""What the token of a customer's link looks like, and how long the link is good."""

from datetime import datetime, timedelta

from werkzeug.routing import BaseConverter

LIFE = timedelta(days=30)
"""How long after the appointment its links still open: long enough to look up what was paid."""


class LinkToken(BaseConverter):
    """Whatever could be one; anything else is no page at all, and no question to the database."""

    regex = r"[A-Za-z0-9_-]{8,128}"


def has_expired(ends_at: datetime, *, now: datetime) -> bool:
    """Whether the link of an appointment that ended then opens no more."""
    return ends_at + LIFE <= now
