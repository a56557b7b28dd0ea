"""The answer for a list that is too long to be read at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TooMany:
    """At least `most` entries are in this time, and the oldest may be missing. Ask for a shorter time."""

    most: int

    @property
    def reason(self) -> str:
        """The reason for a log."""
        return f"There are at least {self.most:,} entries in this time."
