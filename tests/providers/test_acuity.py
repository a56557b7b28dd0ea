"""Acuity's bookings in the formats of its API."""

import pytest

from providers.calendars.acuity import as_booking

BOOKING = {
    "id": 1,
    "datetime": "2026-12-01T10:00:00-0800",
    "duration": "60",
    "paid": "yes",
}


@pytest.mark.parametrize(
    ("currency", "text", "amount"),
    [
        ("GBP", "20.00", 2000),
        ("JPY", "5000.00", 5000),
        ("JPY", "5000", 5000),
        ("KWD", "5.125", 5125),
        ("ISK", "2000", 200000),
        ("GBP", "1e12", None),
        ("GBP", "inf", None),
        ("GBP", "free", None),
    ],
)
def test_an_amount_is_in_the_shops_currency(currency, text, amount):
    one = as_booking(BOOKING | {"price": text, "amountPaid": text}, currency)
    assert (one.price_cents, one.paid_cents) == (amount, amount)
