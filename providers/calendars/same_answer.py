"""Recognises a listing that is, byte for byte, the one compared last, where a provider has no list of changes.

The token of such a listing is its digest and the time (UTC) when it was compared. After WHOLE_EVERY an equal listing
is compared all the same.
"""

from datetime import datetime, timedelta

from providers.calendars.port import SyncPoint

WHOLE_EVERY = timedelta(hours=1)


def known_digest(point: SyncPoint) -> str:
    """The digest of the listing that was compared last; empty if this one is to be compared anyway."""
    if not point.token or point.cursor:
        return ""
    compared_at, _, digest = point.token.partition(" ")
    return digest if point.now - datetime.fromisoformat(compared_at) < WHOLE_EVERY else ""


def token_of(point: SyncPoint, digest: str) -> str:
    """For a listing of one page that is now compared."""
    return f"{point.now.isoformat()} {digest}"
