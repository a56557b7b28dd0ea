"""Whether what somebody typed is something."""

from zoneinfo import ZoneInfo


def known_zone(name: str) -> bool:
    """An IANA time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
