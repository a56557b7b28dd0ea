"""The texts sent to customers."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.date_wording import until, when
from domain.message_variables import VARIABLES, MessageContext, ShopVoice, compose, first_sentence
from domain.segments import Encoding, count
from domain.templates import TEMPLATES, TextKind
from domain.templating import check_template

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
LINK = "https://app.example.com/pay/" + "a" * 34

LANGUAGES = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR", "de": "de_DE"}

FACTS: dict[str, Any] = {
    "now": NOW,
    "starts_at": TOMORROW,
    "held_until": NOW + timedelta(minutes=15),
    "deposit": 2000,
    "price": 5000,
    "amount": 3000,
    "paid": 2000,
    "link": LINK,
    "code": "123456",
    "minutes": 10,
}


def text_of(kind: TextKind, shop: ShopVoice, **facts: Any) -> str:
    return compose(kind, MessageContext(shop=shop, **(FACTS | facts)))


TEXTS = {kind: partial(text_of, kind) for kind in TextKind}
EVERY_LANGUAGE = pytest.mark.parametrize("language", sorted(LANGUAGES))


def test_the_offer_reads_as_agreed() -> None:
    text = text_of(TextKind.OFFER, a_shop(), price=None)
    assert text == "A slot opened tomorrow at 10:30. Reply YES to book. £20 deposit applies."


def test_an_offer_without_a_deposit_says_nothing_of_money() -> None:
    text = text_of(TextKind.OFFER, a_shop(), deposit=0)
    assert text == "A slot opened tomorrow at 10:30. Reply YES to book."


def test_a_deposit_of_the_whole_price_is_payment_in_advance() -> None:
    text = text_of(TextKind.OFFER, a_shop(), deposit=5000)
    assert text == "A slot opened tomorrow at 10:30. Reply YES to book. £50 is payable in advance."


def test_a_short_window_is_stated_in_the_offer() -> None:
    text = text_of(TextKind.OFFER, a_shop(), kept_until=NOW + timedelta(minutes=5))
    assert text.startswith("A slot opened tomorrow at 10:30. Reply YES to book. £20 deposit applies. ")
    assert text.endswith("We keep it for you until 09:05.")


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Free {{ when }}! YES?", "Free tomorrow at 10:30! YES? We keep it for you until 09:05."),
        ("Free {{ when }}! YES by {{ until }}?", "Free tomorrow at 10:30! YES by 09:05?"),
    ],
)
def test_it_is_stated_in_the_shops_own_wording_too(own: str, expected: str) -> None:
    shop = a_shop(templates={"offer": own})
    assert text_of(TextKind.OFFER, shop, kept_until=NOW + timedelta(minutes=5)) == expected


@EVERY_LANGUAGE
@pytest.mark.parametrize("kind", [TextKind.OFFER, TextKind.MOVE_UP_OFFER])
@pytest.mark.parametrize("own", [None, "{{ when }} free, not {{ moved_from }}?", "{{ when }}, {{ link }} ?"])
def test_an_offer_ends_with_its_link_where_the_shop_wants_one(kind: TextKind, language: str, own: str | None) -> None:
    shop = a_shop(locale=LANGUAGES[language], templates={kind.value: own})
    moved = {"moving_from": NOW + timedelta(days=3)}
    assert text_of(kind, shop, offer_link=LINK, **moved).count(LINK) == 1
    assert "http" not in text_of(kind, shop, **moved)


def test_a_late_yes_while_another_customer_is_asked_is_answered() -> None:
    text = text_of(TextKind.NEXT_IN_LINE, a_shop())
    assert "it is yours if the person we are asking says no" in text


def test_the_text_after_a_late_yes_is_as_agreed() -> None:
    assert text_of(TextKind.TOO_LATE, a_shop()) == "Sorry, this slot has just been taken."


def test_the_confirmation_names_time_place_deposit_and_link() -> None:
    text = TEXTS[TextKind.CONFIRMATION](a_shop(address="1 High Street"))
    for part in ("tomorrow at 10:30", "1 High Street", "Deposit paid: £20", LINK):
        assert part in text


def test_a_shop_without_an_address_is_the_place_itself() -> None:
    assert "Bella's Salon" in TEXTS[TextKind.CONFIRMATION](a_shop())


def test_every_variable_that_a_template_declares_has_a_resolver() -> None:
    declared = {name for template in TEMPLATES.values() for name in template.variables}
    assert declared == set(VARIABLES)


def test_a_cancellation_asks_about_money_only_if_some_was_paid() -> None:
    text = text_of(TextKind.CANCELLED_BY_CUSTOMER, a_shop(), paid=0)
    assert text == "Bella's Salon: your appointment tomorrow at 10:30 has been cancelled as you asked."
    assert "about the £20 you paid" in text_of(TextKind.CANCELLED_BY_CUSTOMER, a_shop())


def test_the_acceptance_says_until_when_the_slot_is_held() -> None:
    text = TEXTS[TextKind.ACCEPTANCE](a_shop())
    assert "until 09:15" in text
    assert "the £20 deposit" in text


@EVERY_LANGUAGE
def test_every_text_exists_in_every_language(language: str) -> None:
    texts = {kind: text(a_shop(locale=LANGUAGES[language])) for kind, text in TEXTS.items()}
    assert [kind for kind, text in texts.items() if not text or "{" in text] == []
    assert language == "en" or [kind for kind, text in texts.items() if text == TEXTS[kind](a_shop())] == []


@EVERY_LANGUAGE
def test_every_default_text_fits_two_cheap_segments(language: str) -> None:
    sizes = {kind: count(text(a_shop(locale=LANGUAGES[language], currency="EUR"))) for kind, text in TEXTS.items()}
    assert [kind for kind, size in sizes.items() if size.encoding is not Encoding.GSM_7 or size.segments > 2] == []


@EVERY_LANGUAGE
def test_every_default_would_pass_as_a_shops_own_wording(language: str) -> None:
    problems = {kind: check_template(kind, template.defaults[language]) for kind, template in TEMPLATES.items()}
    assert {kind: found for kind, found in problems.items() if found} == {}


@EVERY_LANGUAGE
def test_no_text_asks_anybody_to_reply_cancel(language: str) -> None:
    texts = {kind: text(a_shop(locale=LANGUAGES[language])) for kind, text in TEXTS.items()}
    assert [kind for kind, text in texts.items() if re.search(r"\bcancel\b", text, re.IGNORECASE)] == []


@EVERY_LANGUAGE
def test_a_text_with_a_link_holds_exactly_that_one_address(language: str) -> None:
    hostile = a_shop(name="Pay at http://evil.com", address="www.evil.com/x", locale=LANGUAGES[language])
    texts = {kind: text_of(kind, hostile, offer_link=LINK) for kind in TextKind}
    addresses = {kind: re.findall(r"(?:https?://|www\.)\S+|\S+\.com\S*", text) for kind, text in texts.items()}
    assert addresses == {kind: [LINK] if "link" in TEMPLATES[kind].variables else [] for kind in TextKind}


@pytest.mark.parametrize(
    ("starts_at", "locale", "text"),
    [
        ("2026-11-23T10:30", "en_GB", "today at 10:30"),
        ("2026-11-24T10:30", "en_GB", "tomorrow at 10:30"),
        ("2026-11-25T10:30", "en_GB", "Wednesday at 10:30"),
        ("2026-11-29T10:30", "en_GB", "Sunday at 10:30"),
        ("2026-11-30T10:30", "en_GB", "Monday 30 November at 10:30"),
        ("2026-12-04T10:30", "en_GB", "Friday 4 December at 10:30"),
        ("2027-01-01T09:00", "en_GB", "Friday 1 January at 09:00"),
        ("2026-11-22T10:30", "en_GB", "Sunday 22 November at 10:30"),
        ("2026-11-24T10:30", "en_US", "tomorrow at 10:30 AM"),
        ("2026-12-04T13:05", "en_US", "Friday, December 4 at 1:05 PM"),
        ("2026-11-24T13:30", "es_ES", "mañana a las 13:30"),
        ("2026-11-24T01:30", "es_ES", "mañana a la 1:30"),
        ("2026-11-27T10:30", "es_ES", "el viernes a las 10:30"),
        ("2026-12-04T10:30", "es_ES", "el viernes 4 de diciembre a las 10:30"),
        ("2026-11-24T10:30", "fr_FR", "demain à 10:30"),
        ("2026-12-04T10:30", "fr_FR", "vendredi 4 décembre à 10:30"),
        ("2026-11-27T10:30", "de_DE", "am Freitag um 10:30 Uhr"),
        ("2026-12-04T10:30", "de_DE", "am Freitag, 4. Dezember um 10:30 Uhr"),
        ("2026-11-27T10:30", "it_IT", "Friday at 10:30"),
        ("2026-11-27T10:30", "nonsense", "Friday at 10:30 AM"),
    ],
)
def test_a_time_is_formatted_as_people_say_it(starts_at: str, locale: str, text: str) -> None:
    assert when(datetime.fromisoformat(starts_at + "+00:00"), NOW, zone="Europe/London", locale=locale) == text


def test_tomorrow_is_tomorrow_where_the_shop_is() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    soon = late + timedelta(hours=1)
    assert when(soon, late, zone="UTC", locale="en_GB") == "tomorrow at 00:30"
    assert when(soon, late, zone="America/New_York", locale="en_GB") == "today at 19:30"


def test_a_day_of_twenty_five_hours_is_one_day() -> None:
    before, after = datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
    assert when(after, before, zone="Europe/London", locale="en_GB") == "tomorrow at 23:30"


@pytest.mark.parametrize(
    ("zone", "locale", "utc", "text"),
    [
        ("Europe/London", "en_GB", "00:30", "tomorrow at 01:30 (BST)"),
        ("Europe/London", "en_GB", "01:30", "tomorrow at 01:30 (GMT)"),
        ("Europe/London", "en_GB", "02:00", "tomorrow at 02:00"),
        ("Europe/Madrid", "es_ES", "00:30", "mañana a las 2:30 (CEST)"),
        ("Europe/Paris", "fr_FR", "01:30", "demain à 02:30 (CET)"),
        ("Europe/Berlin", "de_DE", "00:59", "morgen um 02:59 Uhr (CEST)"),
        ("Europe/Berlin", "de_DE", "02:00", "morgen um 03:00 Uhr"),
        ("UTC", "en_GB", "01:30", "tomorrow at 01:30"),
    ],
)
def test_a_time_that_occurs_twice_includes_its_zone(zone: str, locale: str, utc: str, text: str) -> None:
    """The clocks go back on 25 October 2026 at 01:00 UTC."""
    now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert when(datetime.fromisoformat(f"2026-10-25T{utc}+00:00"), now, zone=zone, locale=locale) == text


def test_a_time_before_a_skipped_hour_does_not_include_its_zone() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    for minute, text in ((59, "tomorrow at 00:59"), (60, "tomorrow at 02:00")):
        at = datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minute)
        assert when(at, now, zone="Europe/London", locale="en_GB") == text


def test_a_hold_past_midnight_says_so() -> None:
    late = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
    ends = late + timedelta(minutes=15)
    assert until(ends, late, zone="UTC", locale="en_GB") == "tomorrow at 00:05"
    assert until(ends, late, zone="UTC", locale="es_ES") == "mañana a las 0:05"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en_GB", "Friday at 10:30"),
        ("es_ES", "el viernes a las 10:30"),
        ("fr_FR", "vendredi à 10:30"),
        ("de_DE", "Freitag um 10:30 Uhr"),
    ],
)
def test_a_deadline_on_another_day_has_no_second_preposition(locale: str, text: str) -> None:
    friday = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)
    assert until(friday, NOW, zone="UTC", locale=locale) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "¡Perfecto! La cita es el viernes a las 10:30 y se la guardamos hasta las 9:15."),
        ("fr", "Parfait ! Votre créneau (vendredi à 10:30) est réservé jusqu'à 09:15."),
        ("de", "Prima! Ihr Termin am Freitag um 10:30 Uhr ist bis 09:15 Uhr reserviert."),
    ],
)
def test_a_sentence_is_grammatical_with_any_day(language: str, text: str) -> None:
    facts = {"starts_at": datetime(2026, 11, 27, 10, 30, tzinfo=UTC)}
    shop = a_shop(locale=LANGUAGES[language], timezone="UTC")
    assert text_of(TextKind.ACCEPTANCE, shop, **facts).startswith(text)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Dr. Lou invites you to manage its appointments"),
        ("es", "Dr. Lou le invita a gestionar sus citas"),
        ("fr", "Dr. Lou vous invite à gérer ses rendez-vous"),
        ("de", "Dr. Lou lädt Sie ein, die Termine zu verwalten"),
    ],
)
def test_the_subject_of_an_invitation_is_its_first_sentence(language: str, subject: str) -> None:
    context = MessageContext(shop=a_shop(name="Dr. Lou", locale=LANGUAGES[language]), link=LINK)
    assert first_sentence(TextKind.STAFF_INVITATION, context) == subject


def test_a_shop_may_say_it_in_its_own_words() -> None:
    shop = a_shop(
        templates={"offer": "{{ shop }}: free {{ when }}!{% if deposit %} {{ deposit }} now.{% endif %} YES?"}
    )
    assert TEXTS[TextKind.OFFER](shop) == "Bella's Salon: free tomorrow at 10:30! £20 now. YES?"


WRONG = [
    (TextKind.OFFER, "", "The text is empty."),
    (TextKind.OFFER, "A slot! Reply YES.", "{{ when }} must be in the text."),
    (TextKind.OFFER, "{% if deposit %}{{ when }}{% endif %} YES", "{{ when }} must be in the text."),
    (TextKind.OFFER, "{{ when }} {{ price }}", "{{ price }} isn't a variable of this text."),
    (TextKind.OFFER, "{{ when }", "The text can't be read"),
    (TextKind.OFFER, "{{ when }} {% if deposit %}", "The text can't be read"),
    (TextKind.OFFER, "{{ when.__class__.__mro__ }}", "Only {{ variables }} and {% if %} can be used."),
    (TextKind.OFFER, "{{ when }}{{ 'x' * 1000000000 }}", "Only {{ variables }} and {% if %} can be used."),
    (TextKind.OFFER, "{% for x in when %}{{ x }}{% endfor %}{{ when }}", "Only {{ variables }}"),
    (TextKind.OFFER, "{% include 'secrets' %}{{ when }}", "Only {{ variables }}"),
    (TextKind.OFFER, "{{ " + "(" * 400 + "when" + ")" * 400 + " }}", "The text is too complicated."),
    (TextKind.OFFER, "{{ when }}" + "{% if " + "not " * 230 + "when %}x{% endif %}", "The text is too complicated."),
    (TextKind.OFFER, "{{ when }}" + "x" * 1000, "The text is longer than 1000 characters."),
    (TextKind.OFFER, "{{ when }}" + "é" * 700, "The text is longer than 4 SMS segments."),
    (TextKind.OFFER, "{{ when }}: reply YES, or CANCEL", "The text must not ask for CANCEL"),
    (TextKind.OFFER, "{{ when }}: text us cancel to drop it", "The text must not ask for CANCEL"),
    (TextKind.ACCEPTANCE, "Please pay.", "{{ link }} must be in the text."),
    (TextKind.ACCEPTANCE, "{{ link }} {{ link }}", "Use {{ link }} exactly once"),
    (TextKind.ACCEPTANCE, "{{ link }}.", "Use {{ link }} exactly once"),
    (TextKind.ACCEPTANCE, "https://our.shop {{ link }}", "Use {{ link }} exactly once"),
]


@pytest.mark.parametrize(("kind", "own", "problem"), WRONG)
def test_wrong_wording_is_explained_and_never_sent(kind: TextKind, own: str, problem: str) -> None:
    assert any(problem in found for found in check_template(kind, own))
    assert TEXTS[kind](a_shop(templates={kind.value: own})) == TEXTS[kind](a_shop())


@given(
    st.sampled_from(list(TextKind)), st.text() | st.from_regex(r"(\{\{ ?|\}\}|\{%|%\}|if|when|link| |\(|not|~){1,40}")
)
def test_for_any_wording_of_a_shop_a_text_is_sent(kind: TextKind, own: str) -> None:
    assert TEXTS[kind](a_shop(templates={kind.value: own}))


@given(st.text(), st.text(), st.text(max_size=8), st.text(max_size=3))
def test_no_name_zone_or_locale_stops_a_text(name: str, address: str, locale: str, currency: str) -> None:
    shop = a_shop(name=name, address=address, locale=locale, currency=currency, timezone=name)
    assert LINK in TEXTS[TextKind.CONFIRMATION](shop)


def a_shop(
    *,
    name: str = "Bella's Salon",
    address: str | None = None,
    locale: str = "en_GB",
    currency: str = "GBP",
    timezone: str = "Europe/London",
    templates: dict[str, str | None] | None = None,
) -> ShopVoice:
    return ShopVoice(
        name=name, timezone=timezone, currency=currency, locale=locale, address=address, templates=templates or {}
    )
