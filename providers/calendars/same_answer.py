"""Recognises a listing that equals the last compared one, for providers without a list of changes.

The token of such a listing is the time (UTC) when it was compared, and its version: a digest of its bytes, or the
validator of a feed. After WHOLE_EVERY even an equal listing is compared.
"""

from datetime import timedelta

from providers.calendars.port import SyncPoint, is_recent

WHOLE_EVERY = timedelta(hours=1)


def known_version(point: SyncPoint) -> str:
    """Returns the version of the listing that was compared last, or an empty string if this one must be compared."""
    if not point.token or point.cursor:
        return ""
    compared_at, _, version = point.token.partition(" ")
    return version if is_recent(compared_at, point.now, WHOLE_EVERY) else ""


def token_of(point: SyncPoint, version: str) -> str:
    """Returns the token for a listing of one page that is compared now."""
    return f"{point.now.isoformat()} {version}"
