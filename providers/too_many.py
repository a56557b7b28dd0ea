"""The answer for a list that is too long to be read at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TooMany:
    """At least `most` entries are in this period, and the oldest may be missing. Request a shorter period."""

    most: int

    @property
    def reason(self) -> str:
        """The reason, for a log line."""
        return f"There are at least {self.most:,} entries in this time."
