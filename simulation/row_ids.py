"""The ids of the rows of one simulated slot, computed from the customer's place in line."""

from uuid import UUID

from simulation.plans import MOST_CUSTOMERS

SLOT_ID, SHOP_ID = UUID(int=10**6), UUID(int=10**6 + 1)
# The customer's place identifies the rows, because each attempt for a slot belongs to another customer.
OFFER_IDS, BOOKING_IDS, PAYMENT_IDS = (
    tuple(UUID(int=kind * 10**6 + number) for number in range(MOST_CUSTOMERS)) for kind in (2, 3, 4)
)


def number_of(id: UUID) -> int:
    """Returns the place in line of the customer to whom this offer, booking or payment belongs."""
    return id.int % 10**6
