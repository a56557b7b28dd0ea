"""Time zones by name, as people typed them into a settings page or a database."""

from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


def is_known(name: str) -> bool:
    """Whether it is the name of an IANA zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a key at all ("../x", NUL); a folder ("Europe")
        return False
    return True


def zone_named(name: str | None) -> ZoneInfo:
    """The IANA zone of that name; UTC for a name nobody knows, since a typing error may not stop a recovery."""
    return ZoneInfo(name) if name and is_known(name) else UTC
