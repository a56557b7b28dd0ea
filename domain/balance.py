"""What is left to pay for an appointment."""


def outstanding(price_cents: int | None, paid_cents: int) -> int:
    """The rest of the price, in minor units; 0 where no price is known. `paid_cents`: all that came and stayed."""
    return max(0, (price_cents or 0) - paid_cents)
