"""Finds the time zone of a shop or customer by its stored name, which may be invalid."""

from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
UNKNOWN = (KeyError, ValueError, OSError)
"""The errors for an unknown name, for an invalid key ("../x", NUL) and for a folder ("Europe")."""
_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
_COPIES = ("posix/", "right/")
"""Further files in the folder of the system's time zones. Zones in `right/` are 27 seconds ahead."""


def is_known(name: str) -> bool:
    """Whether `name` is an IANA time zone. The zone of the machine and zones with leap seconds are not."""
    if name in _OF_THE_MACHINE or name.startswith(_COPIES):
        return False
    try:
        ZoneInfo(name)
    except UNKNOWN:
        return False
    return True


def zone_named(name: str | None) -> ZoneInfo:
    """Returns the IANA zone, or UTC for an unknown name, so that a typing error does not stop a recovery."""
    try:
        return _zone(name) if name else UTC
    except UNKNOWN:
        return UTC


# Failures are not cached, because reading the file of a known zone fails while the process has too many open files.
_zone = lru_cache(maxsize=1024)(ZoneInfo)
