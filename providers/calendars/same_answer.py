"""Recognises a listing that is the one compared last, where a provider has no list of changes.

The token of such a listing is the time (UTC) when it was compared, and its version: a digest of its bytes, or the
validator of a feed. After WHOLE_EVERY an equal listing is compared all the same.
"""

from datetime import timedelta

from providers.calendars.port import SyncPoint, is_recent

WHOLE_EVERY = timedelta(hours=1)


def known_version(point: SyncPoint) -> str:
    """Of the listing that was compared last; empty if this one is to be compared anyway."""
    if not point.token or point.cursor:
        return ""
    compared_at, _, version = point.token.partition(" ")
    return version if is_recent(compared_at, point.now, WHOLE_EVERY) else ""


def token_of(point: SyncPoint, version: str) -> str:
    """For a listing of one page that is now compared."""
    return f"{point.now.isoformat()} {version}"
