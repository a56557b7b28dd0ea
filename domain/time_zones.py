"""Finds time zones by the name stored for a shop or customer, which may be invalid."""

from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
UNKNOWN = (KeyError, ValueError, OSError)
"""The errors for an unknown name, an invalid key ("../x", NUL) and a folder ("Europe")."""


def is_known(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except UNKNOWN:
        return False
    return True


def zone_named(name: str | None) -> ZoneInfo:
    """The IANA zone of that name; UTC for an unknown name, because a typing error must not stop a recovery."""
    try:
        return _zone(name) if name else UTC
    except UNKNOWN:
        return UTC


# Failures are not cached: the file of a known zone can't be read while the process has too many open files.
_zone = lru_cache(maxsize=1024)(ZoneInfo)
