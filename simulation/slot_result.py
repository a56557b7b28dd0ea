"""The result of one simulated slot."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class SlotResult:
    """`sold_at`: the time of the payment, or of a booking without a deposit.

    `turned_away`: customers who said YES and did not get the slot. `asked` is the number of offers, and `abandoned`
    the number of holds that ended without a payment. `frees_at`: the start of the later appointment of a customer who
    was moved up; `freed`: the result for the time of that appointment.
    """

    cancelled_at: datetime
    starts_at: datetime
    first_asked_at: datetime | None = None
    sold_at: datetime | None = None
    sold_to: int | None = None
    asked: int = 0
    turned_away: int = 0
    abandoned: int = 0
    frees_at: datetime | None = None
    freed: "SlotResult | None" = None

    @property
    def moves(self) -> int:
        """The number of customers in the chain who were moved up."""
        return 0 if self.frees_at is None else 1 + (self.freed.moves if self.freed else 0)

    @property
    def resold(self) -> bool:
        """Whether the last time in the chain of moves was sold to a customer without an appointment."""
        if self.frees_at is not None:
            return self.freed is not None and self.freed.resold
        return self.sold_at is not None

    @property
    def lead_minutes(self) -> float:
        return (self.starts_at - self.cancelled_at).total_seconds() / 60

    @property
    def minutes_to_sell(self) -> float | None:
        """The minutes from the first text or call to the sale."""
        if self.sold_at is None or self.first_asked_at is None:
            return None
        return (self.sold_at - self.first_asked_at).total_seconds() / 60
