"""E-mails to customers: text and HTML have the same content, and typed values become neither markup nor links."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.email_texts import EMAIL_TEXTS, FRAMES
from domain.message_variables import MessageContext, ShopVoice
from domain.templates import OFFERS, TextKind
from messaging.email_rendering import render_email

SHOP = ShopVoice(name="Salon Lou", address="12 Harbour Street")
CONTEXT = MessageContext(
    shop=SHOP,
    name="Ana",
    starts_at=datetime(2026, 12, 4, 10, 30, tzinfo=UTC),
    amount=3500,
    link="https://example.com/pay/abc",
)
STOP = "https://example.com/manage/emails/1"


@pytest.mark.parametrize("kind", EMAIL_TEXTS)
@pytest.mark.parametrize("locale", ["en_GB", "es_ES", "fr_FR", "de_DE", "it_IT"])
def test_text_and_html_have_date_and_place_in_every_language(kind, locale):
    context = replace(CONTEXT, shop=replace(SHOP, locale=locale))
    rendered = render_email(kind, context, unsubscribe_url=STOP)
    has_button = bool(EMAIL_TEXTS[kind]["en"].button) and kind not in OFFERS
    for part in ("10:30", "12 Harbour Street", "Salon Lou", STOP):
        assert part in rendered.text
        assert part in rendered.html
    assert (CONTEXT.link in rendered.text) is (CONTEXT.link in rendered.html) is has_button
    assert "{" not in rendered.subject + rendered.text


def test_the_payment_reminder_names_the_amount_on_its_button():
    rendered = render_email(TextKind.PAYMENT_REMINDER, CONTEXT)
    assert rendered.subject == "Still to be paid: £35"
    assert "Pay £35: https://example.com/pay/abc" in rendered.text


def test_a_french_email_has_no_break_spaces_before_its_marks():
    rendered = render_email(TextKind.PAYMENT_REMINDER, replace(CONTEXT, shop=replace(SHOP, locale="fr_FR")))
    assert rendered.subject.startswith("Reste à payer\u00a0: ")
    assert "Où\u00a0: 12 Harbour Street" in rendered.text
    assert "Où\u00a0: <strong>12 Harbour Street" in rendered.html


def test_typed_values_become_no_markup_no_link_and_no_header():
    typed = "<b>Ana</b> {when}\nBcc: x@y.example http://evil.example"
    context = replace(
        CONTEXT, shop=ShopVoice(name=typed, address=typed), name=typed, link="https://example.com/?a=1&b=2"
    )
    rendered = render_email(TextKind.BOOKING_REMINDER, context)
    assert "\n" not in rendered.subject
    assert "evil.example" not in rendered.html + rendered.text
    assert "<b>" not in rendered.html
    assert "a=1&amp;b=2" in rendered.html


def test_without_a_name_there_is_no_greeting_and_without_a_link_no_button():
    context = replace(CONTEXT, shop=ShopVoice(name="Salon Lou"), name="", link="")
    rendered = render_email(TextKind.UNPAID_BOOKING_CANCELLED, context)
    assert "Hello" not in rendered.text
    assert "href" not in rendered.html
    assert "Where: Salon Lou" in rendered.text


def test_every_email_exists_in_every_language():
    assert all(set(texts) == set(FRAMES) for texts in EMAIL_TEXTS.values())


@pytest.mark.parametrize("kind", sorted(OFFERS))
def test_an_offer_links_to_its_page_and_asks_for_no_reply(kind):
    rendered = render_email(kind, replace(CONTEXT, offer_link="https://example.com/offer/abc"), unsubscribe_url=STOP)
    assert "https://example.com/offer/abc" in rendered.text
    assert "https://example.com/offer/abc" in rendered.html
    assert "because you agreed" in rendered.text
    assert "YES" not in rendered.text
