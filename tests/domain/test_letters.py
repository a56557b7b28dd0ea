"""E-mails to customers: text and HTML say the same, and nothing that people typed becomes markup or a link."""

import pytest

from domain.email_texts import FRAMES, LETTERS
from domain.emails import EmailContent, render_email
from domain.reminder_timing import REMINDERS
from domain.templates import TextKind

ABOUT = EmailContent(
    shop="Salon Lou",
    place="12 Harbour Street",
    name="Ana",
    when="Friday 4 December at 10:30",
    amount="£35",
    link="https://example.com/pay/abc",
    stop="https://example.com/manage/emails/1",
)


@pytest.mark.parametrize("kind", LETTERS)
@pytest.mark.parametrize("locale", ["en_GB", "es_ES", "fr_FR", "de_DE", "it_IT"])
def test_text_and_html_tell_when_and_where_in_every_language(kind, locale):
    written = render_email(kind, ABOUT, locale=locale)
    for part in (ABOUT.when, ABOUT.place, ABOUT.shop, ABOUT.stop):
        assert part in written.text
        assert part in written.html
    assert "{" not in written.subject + written.text
    assert (ABOUT.link in written.html) is (kind in REMINDERS)


def test_the_payment_reminder_names_the_amount_on_its_button():
    written = render_email(TextKind.PAYMENT_REMINDER, ABOUT, locale="en_GB")
    assert written.subject == "Still to be paid: £35"
    assert "Pay £35: https://example.com/pay/abc" in written.text


def test_what_people_typed_becomes_no_markup_no_link_and_no_header():
    typed = "<b>Ana</b> {when}\nBcc: x@y.example http://evil.example"
    about = EmailContent(shop=typed, place=typed, name=typed, when="<i>now</i>", link="https://example.com/?a=1&b=2")
    written = render_email(TextKind.BOOKING_REMINDER, about, locale="en_GB")
    assert "\n" not in written.subject
    assert "evil.example" not in written.html + written.text
    assert "<b>" not in written.html
    assert "<i>" not in written.html
    assert "a=1&amp;b=2" in written.html


def test_without_a_name_nobody_is_greeted_and_without_a_link_nothing_can_be_pressed():
    about = EmailContent(shop="Salon Lou", place="", name="", when="Friday 4 December at 10:30")
    written = render_email(TextKind.UNPAID_BOOKING_CANCELLED, about, locale="en_GB")
    assert "Hello" not in written.text
    assert "href" not in written.html
    assert "Where: Salon Lou" in written.text


def test_every_letter_is_written_in_every_language():
    assert all(set(words) == set(FRAMES) for words in LETTERS.values())
