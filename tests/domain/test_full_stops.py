"""Each sentence ends with one full stop, even if its last word already ends with a full stop."""

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.localedata import locale_identifiers

from domain.date_wording import language_of
from domain.message_variables import MessageContext, ShopVoice
from domain.templates import TextKind
from domain.templating import render
from messaging.email_rendering import render_email
from tests.domain.test_wording import LANGUAGES, TEXTS, TOMORROW
from tests.effort import long_except, repeats

TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)|[!?…]\.")
PARTS = 15
EVERY_LOCALE = sorted(locale_identifiers())
"""Babel's locales. `make test` tests a part of them, and `make test-all` tests all parts."""
POUNDS = "GBP"


@cache
def with_an_amount() -> list[TextKind]:
    """Returns the texts that name an amount. All other texts are the same in every currency."""
    shops = [
        [ShopVoice(name="Aurora", locale=locale, currency=currency) for currency in (POUNDS, "KWD")]
        for locale in LANGUAGES.values()
    ]
    return [kind for kind, text in TEXTS.items() if any(text(one) != text(other) for one, other in shops)]


@pytest.mark.parametrize("locale", ["en_CA", "es_MX", "es_CO", "es_US", "el_GR", "sq_AL"])
def test_an_offer_has_one_full_stop_after_the_time(locale: str) -> None:
    shop = ShopVoice(name="Aurora", locale=locale)
    text = TEXTS[TextKind.OFFER](shop)
    assert ".." not in text
    assert ". Re" in text, "the sentence still ends"


@pytest.mark.parametrize("currency", ["DKK", POUNDS, "AED", "CHF", "KWD"])
@pytest.mark.parametrize("first", long_except(repeats(1, most=PARTS), 0))
def test_no_text_has_two_full_stops_in_any_locale(currency: str, first: int) -> None:
    """Renders each text in every locale of Babel. The name and the address end with a full stop."""
    found, kinds = [], TEXTS if currency == POUNDS else with_an_amount()
    for locale in EVERY_LOCALE[first::PARTS]:
        shop = ShopVoice(name="Hair Inc.", locale=locale, currency=currency, address="12 Main St.")
        texts = [TEXTS[kind](shop) for kind in kinds]
        found += [(locale, text) for text in texts if TWO_STOPS.search(text)]
    assert found == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_e_mail_has_two_full_stops(language: str) -> None:
    shop = ShopVoice(name="Hair Inc.", locale=LANGUAGES[language], currency="DKK", address="12 Main St.")
    context = MessageContext(shop=shop, name="Ana Jr.", starts_at=TOMORROW, amount=2000, link="l")
    for kind in (TextKind.BOOKING_REMINDER, TextKind.PAYMENT_REMINDER, TextKind.UNPAID_BOOKING_CANCELLED):
        rendered = render_email(kind, context, unsubscribe_url="s")
        assert not TWO_STOPS.search(rendered.text)


@pytest.mark.parametrize(
    ("sentence", "value", "text"),
    [
        ("Until {{ it }}.", "2:30 p.m.", "Until 2:30 p.m."),
        ("Until {{ it }}.", "14:30", "Until 14:30."),
        ("Ask {{ it }}. Now.", "Wow!", "Ask Wow! Now."),
        ("{{ it }}, please.", "2:30 p.m.", "2:30 p.m., please."),
        ("{{ it }}...", "2:30 p.m.", "2:30 p.m...."),
        ("{{ it }}.", "", "."),
    ],
)
def test_a_value_that_ends_a_sentence_brings_the_only_full_stop(sentence: str, value: str, text: str) -> None:
    assert render(sentence, {"it": value}) == text


@pytest.mark.long
@pytest.mark.parametrize("first", repeats(1, most=PARTS))
def test_a_text_in_english_has_no_word_of_another_script(first: int) -> None:
    """In a locale without translated texts, times and amounts are also written in English."""
    odd = re.compile(r"[^\x00-\x7f£€¥]")
    found = []
    for locale in EVERY_LOCALE[first::PARTS]:
        if language_of(locale) == "en":
            shop = ShopVoice(name="Aurora", locale=locale, currency="GBP")
            found += [(locale, text(shop)) for text in TEXTS.values() if odd.search(text(shop))]
    assert found == []
