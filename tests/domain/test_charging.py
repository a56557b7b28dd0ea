"""The amounts that Stripe can charge, and the amount that is requested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.charging import CURRENCIES, MINIMUMS, currency_names, deposit_due, maximum, minimum, why_not_chargeable
from domain.money import charge_step, format_amount, to_stripe
from sandbox import stripe_amounts as at_stripe
from sandbox.http_answers import ProviderAnswer

EVERY_CURRENCY = sorted({*CURRENCIES, *MINIMUMS})
AMOUNTS = st.integers(1, 2**31 - 1) | st.integers(1, 20_000)


@given(currency=st.sampled_from(CURRENCIES), cents=AMOUNTS)
def test_the_sandbox_refuses_exactly_what_we_never_ask_for(currency: str, cents: int) -> None:
    asked = to_stripe(cents, currency)
    refused = isinstance(at_stripe.amount_of(asked, currency.lower()), ProviderAnswer)
    assert (asked == 0 or why_not_chargeable(asked, currency) is not None) is refused


def test_the_currencies_are_those_of_the_sandbox() -> None:
    assert {code.lower() for code in CURRENCIES} <= at_stripe.CURRENCIES
    assert {code.lower(): least for code, least in MINIMUMS.items()} == at_stripe.MINIMUMS


def test_the_limits_themselves_can_be_charged() -> None:
    for currency in EVERY_CURRENCY:
        for cents in (minimum(currency), maximum(currency)):
            assert to_stripe(cents, currency) == cents, currency
            assert why_not_chargeable(cents, currency) is None, currency
        assert why_not_chargeable(minimum(currency) - charge_step(currency), currency), currency


@pytest.mark.parametrize("currency", ["POU", "pounds", "", "€", "123", "GB"])
def test_an_unknown_currency_cannot_be_charged(currency: str) -> None:
    assert "is not a currency" in str(why_not_chargeable(2000, currency))


@given(deposit=st.integers(0, 10**8), price=st.none() | st.integers(0, 10**8), currency=st.sampled_from(CURRENCIES))
def test_the_announced_amount_is_charged_and_never_more_than_the_price(
    deposit: int, price: int | None, currency: str
) -> None:
    due = deposit_due(deposit, currency, price=price)
    assert to_stripe(due, currency) == due
    assert price is None or due <= price
    assert due <= deposit + charge_step(currency)


@pytest.mark.parametrize(
    ("deposit", "price", "currency", "due"),
    [
        (2000, 5000, "GBP", 2000),
        (9000, 5000, "GBP", 5000),
        (1005, None, "KWD", 1010),
        (1005, 1005, "KWD", 1000),
        (150, 150, "ISK", 100),
        (2000, 0, "GBP", 0),
    ],
)
def test_the_smaller_of_deposit_and_price_is_due(deposit: int, price: int | None, currency: str, due: int) -> None:
    assert deposit_due(deposit, currency, price=price) == due


def test_currencies_are_offered_by_name() -> None:
    names = currency_names()
    assert set(names) == set(CURRENCIES)
    assert list(names.values()) == sorted(names.values(), key=str.casefold)
    assert all(name != code for code, name in names.items()), "Babel knows each of them"


def test_every_currency_is_written_without_an_odd_space() -> None:
    texts = {currency: format_amount(minimum(currency), currency, "en_GB") for currency in CURRENCIES}
    assert {currency: text for currency, text in texts.items() if "\u00a0" in text or text.strip() != text} == {}
