"""The result for a list that is too long for one response."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TooMany:
    """The period contains at least `most` entries, and the oldest may be missing. Request a shorter period."""

    most: int

    @property
    def reason(self) -> str:
        """The reason why the list could not be read completely, for a log line."""
        return f"There are at least {self.most:,} entries in this time."
