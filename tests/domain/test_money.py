"""Amounts in the format for customers and in Stripe's units."""

import pytest

from domain.money import format_amount, minor_digits, to_stripe


@pytest.mark.parametrize(
    ("cents", "currency", "locale", "text"),
    [
        (2000, "GBP", "en_GB", "£20"),
        (2050, "GBP", "en_GB", "£20.50"),
        (5, "gbp", "en_GB", "£0.05"),
        (0, "GBP", "en_GB", "£0"),
        (123456700, "GBP", "en-GB", "£1,234,567"),
        (2000, "USD", "en_US", "$20"),
        (2000, "EUR", "fr_FR", "20 €"),
        (2050, "EUR", "de_DE", "20,50 €"),
        (2000, "EUR", "en_IE", "€20"),
        (2000, "JPY", "en_US", "¥2,000"),
        (20000, "KWD", "en_GB", "KWD 20"),
        (20500, "KWD", "en_GB", "KWD 20.500"),
        (2000, "GBP", "nonsense", "£20"),
        (2000, "GBP", "", "£20"),
        (2000, "QQQ", "en_GB", "QQQ 20"),
    ],
)
def test_an_amount_is_written_as_the_locale_writes_it(cents: int, currency: str, locale: str, text: str) -> None:
    assert format_amount(cents, currency, locale) == text


@pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("jpy", 0), ("KWD", 3), ("ISK", 2)])
def test_the_smallest_unit_is_the_one_that_stripe_counts(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("cents", "currency", "asked"),
    [(2050, "GBP", 2050), (2000, "JPY", 2000), (20500, "KWD", 20500), (20504, "KWD", 20500), (20505, "KWD", 20510)],
)
def test_stripe_is_asked_for_an_amount_it_takes(cents: int, currency: str, asked: int) -> None:
    assert to_stripe(cents, currency) == asked
