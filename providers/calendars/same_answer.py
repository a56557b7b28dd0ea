"""Detects a listing that equals the last compared listing, for providers that can't list changes.

The token of a listing contains the time (UTC) of the comparison and the version of the listing, which is a digest of
its bytes or the validator of a feed. After WHOLE_EVERY, even an equal listing is compared.
"""

from datetime import timedelta

from providers.calendars.port import SyncPoint, is_recent

WHOLE_EVERY = timedelta(hours=1)


def known_version(point: SyncPoint) -> str:
    """Returns the version of the last compared listing, or an empty string if the new listing must be compared."""
    if not point.token or point.cursor:
        return ""
    compared_at, _, version = point.token.partition(" ")
    return version if is_recent(compared_at, point.now, WHOLE_EVERY) else ""


def token_of(point: SyncPoint, version: str) -> str:
    """Returns the token for a listing that has one page and is compared now."""
    return f"{point.now.isoformat()} {version}"
