"""What became of one simulated slot."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class SlotResult:
    """`sold_at`: paid, or booked without a deposit. `turned_away`: said YES and did not get the slot.

    `asked` and `abandoned` count offers, and holds that ended without a payment.
    """

    cancelled_at: datetime
    starts_at: datetime
    first_asked_at: datetime | None = None
    sold_at: datetime | None = None
    sold_to: int | None = None
    asked: int = 0
    turned_away: int = 0
    abandoned: int = 0

    @property
    def lead_minutes(self) -> float:
        return (self.starts_at - self.cancelled_at).total_seconds() / 60

    @property
    def minutes_to_sell(self) -> float | None:
        """From the first text or call to the sale."""
        if self.sold_at is None or self.first_asked_at is None:
            return None
        return (self.sold_at - self.first_asked_at).total_seconds() / 60
