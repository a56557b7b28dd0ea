"""The minute in which a test first reads the clock. It stays the same until the end of the test."""

from datetime import UTC, datetime

_began: datetime | None = None


def forget() -> None:
    """Clears the minute before the next test; called by `tests/conftest.py`."""
    global _began
    _began = None


def of_this_test() -> datetime:
    global _began
    if _began is None:
        _began = datetime.now(UTC).replace(second=0, microsecond=0)
    return _began
