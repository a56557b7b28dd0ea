"""Tests each row of the tables of Stripe's codes."""

import pytest

from providers.stripe.decline_codes import (
    DECLINE_CODES,
    DECLINED,
    ERROR_CODES,
    WITHOUT_REASON,
    meaning_of_decline,
    meaning_of_error,
)
from providers.stripe.stripe_results import STATES, IntentState, state_of

# https://docs.stripe.com/declines/codes: "present as a generic decline, do not report more detail to the customer".
NOT_TO_BE_REVEALED = (
    "fraudulent",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "restricted_card",
    "stolen_card",
)


@pytest.mark.parametrize("code", DECLINE_CODES)
def test_every_decline_is_explained_to_the_shop_and_to_the_customer_in_plain_words(code):
    meaning = meaning_of_error("card_declined", decline_code=code)

    assert meaning == DECLINE_CODES[code] == meaning_of_decline(code)
    for words in (meaning.shop, meaning.customer):
        assert words.endswith(".")
        assert "_" not in words


@pytest.mark.parametrize("code", NOT_TO_BE_REVEALED)
def test_a_customer_never_reads_that_a_card_is_suspect(code):
    assert meaning_of_decline(code).customer == DECLINED


@pytest.mark.parametrize("code", ERROR_CODES)
def test_every_error_has_a_meaning(code):
    assert meaning_of_error(code) == ERROR_CODES[code]


@pytest.mark.parametrize("code", [None, "", "a_code_of_next_year"])
def test_an_unknown_code_is_still_explained(code):
    assert meaning_of_error(code, decline_code=code) == meaning_of_decline(code) == WITHOUT_REASON


@pytest.mark.parametrize("word", STATES)
def test_every_state_is_known(word):
    assert state_of(word) in IntentState


def test_a_state_we_do_not_know_may_mean_money_so_nothing_is_released():
    assert state_of("a_state_of_next_year") is IntentState.PROCESSING
