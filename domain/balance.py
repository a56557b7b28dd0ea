"""The outstanding balance of an appointment."""


def outstanding(price_cents: int | None, paid_cents: int) -> int:
    """The unpaid rest of the price in minor units; 0 without a price. `paid_cents` is the sum paid less refunds."""
    return max(0, (price_cents or 0) - paid_cents)
