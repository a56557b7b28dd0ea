"""Time zones by the name stored for a shop or customer, which may be invalid."""

from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


def is_known(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a valid key ("../x", NUL); a folder ("Europe")
        return False
    return True


@lru_cache(maxsize=1024)
def zone_named(name: str | None) -> ZoneInfo:
    """The IANA zone of that name; UTC for an unknown name, because a typing error must not stop a recovery."""
    return ZoneInfo(name) if name and is_known(name) else UTC
