"""Reads and validates the settings form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError

from dashboard.shop.form_result import FormResult, too_long, typed
from domain.charging import CURRENCIES, why_not_chargeable
from domain.countries import country_names
from domain.money import charge_step, format_amount, minor_digits, to_stripe
from domain.templates import TextKind
from domain.templating import check_template

TEMPLATES: dict[str, tuple[TextKind, str]] = {
    "template_offer": (TextKind.OFFER, "Offer"),
    "template_acceptance": (TextKind.ACCEPTANCE, "Reply to a YES, with the payment link"),
    "template_confirmation": (TextKind.CONFIRMATION, "Payment confirmation"),
    "template_too_late": (TextKind.TOO_LATE, "Reply to a late YES"),
    "template_ask_back": (TextKind.ASK_BACK, "Reply to an unclear answer"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number field with its label, limits and hint."""

    name: str
    least: int
    most: int
    hint: str


NUMBERS: dict[str, Number] = {
    "offer_window_minutes": Number("Time to reply to an offer (minutes)", 1, 1440, "Then we ask the next customer."),
    "payment_window_minutes": Number(
        "Time to pay the deposit (minutes)", 1, 1440, "How long we hold the slot after a YES."
    ),
    "cooldown_hours": Number("Time before asking a customer again (hours)", 0, 8760, "0 for no limit."),
    "payment_attempts": Number("Card attempts", 1, 10, "After this many declined cards, we ask the next customer."),
    "min_notice_minutes": Number("Minimum notice (minutes)", 0, 10080, "We stop asking this long before the start."),
}
SWITCHES: dict[str, str] = {
    "recovery_enabled": "Offer cancelled appointments to other customers",
    "require_prior_booking": "Only ask customers who have visited before",
    "recover_unpaid": "Also offer appointments whose deposit was never paid",
}
WORDS: dict[str, tuple[str, int]] = {"name": ("Name", 120), "address": ("Address", 200), "phone": ("Phone", 40)}
LOCALES = ("en_GB", "en_US", "en_IE", "de_DE", "de_AT", "fr_FR", "es_ES")
DEFAULT_CURRENCY = "GBP"
AN_AMOUNT = {0: "2000", 2: "20 or 20.50", 3: "20 or 20.500"}


Read = FormResult


def read(form: Mapping[str, str]) -> Read:
    """The valid values of the form, and an error for each invalid field."""
    found = Read()
    for part in (_words, _country, _place, _numbers, _switches, _quiet, _deposit, _templates):
        part(form, found)
    return found


def _words(form: Mapping[str, str], found: Read) -> None:
    for name, (_, longest) in WORDS.items():
        value = typed(form, name)
        problem = too_long(value, longest)
        if name == "name" and not value:
            problem = "Enter a name."
        found.put(name, value if name == "name" else value or None, problem)


def _country(form: Mapping[str, str], found: Read) -> None:
    if "country" not in form:
        return
    code = typed(form, "country").upper()
    known = not code or code in country_names()
    found.put("country", code or None, None if known else "Choose a country from the list.")


def _place(form: Mapping[str, str], found: Read) -> None:
    zone, currency, locale = typed(form, "timezone"), typed(form, "currency"), typed(form, "locale")
    found.put(
        "timezone",
        zone,
        None if zone in available_timezones() else "Enter a time zone like Europe/London.",
    )
    problem = None if currency.upper() in CURRENCIES else "Choose a currency from the list."
    found.put("currency", currency.upper(), problem)
    known = _known_locale(locale)
    found.put("locale", known, None if known else "Enter a language and region, like en_GB.")


def _known_locale(name: str) -> str | None:
    """Babel's name of the locale: "en_GB" for "en-gb"; None for an unknown one."""
    try:
        known = str(Locale.parse(name.replace("-", "_"), sep="_"))
    except (UnknownLocaleError, ValueError):
        return None
    return None if known == "root" else known


def _numbers(form: Mapping[str, str], found: Read) -> None:
    for name, number in NUMBERS.items():
        text = typed(form, name)
        value = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
        fits = value is not None and number.least <= value <= number.most
        problem = None if fits else f"Enter a whole number from {number.least} to {number.most}."
        found.put(name, value, problem)


def _switches(form: Mapping[str, str], found: Read) -> None:
    for name in SWITCHES:
        found.put(name, bool(form.get(name)), None)


def _quiet(form: Mapping[str, str], found: Read) -> None:
    times = {name: typed(form, name) for name in ("quiet_from", "quiet_until")}
    if not any(times.values()):
        found.values |= {"quiet_from": None, "quiet_until": None}
        return
    for name, value in times.items():
        try:
            found.put(name, time.fromisoformat(value), None)
        except ValueError:
            found.put(name, None, "Enter a time like 21:00, or leave both empty.")


def _deposit(form: Mapping[str, str], found: Read) -> None:
    currency = str(found.values.get("currency", DEFAULT_CURRENCY))
    cents = amount_of(typed(form, "deposit"), currency)
    found.put("deposit_cents", cents, _problem_of(cents, currency))


def amount_of(text: str, currency: str) -> int | None:
    """Parses an amount ("20", "20.50", "20,50") into minor units; None if it is invalid.

    "1,000" is invalid if the currency has two decimals: it may mean a thousand, or one.
    """
    digits = minor_digits(currency)
    match = re.fullmatch(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?", text or "0")
    if match is None or len(match[2] or "") > digits:
        return None
    return int(match[1] + (match[2] or "").ljust(digits, "0"))


def _problem_of(cents: int | None, currency: str) -> str | None:
    """Why this deposit can't be charged; None if it can. 0 means no deposit."""
    if cents is None:
        return f"Enter an amount like {AN_AMOUNT[minor_digits(currency)]}, without signs or spaces."
    if cents == 0:
        return None
    if cents != to_stripe(cents, currency):
        return f"Stripe charges {currency} in steps of {format_amount(charge_step(currency), currency, 'en_GB')}."
    return why_not_chargeable(cents, currency)


def _templates(form: Mapping[str, str], found: Read) -> None:
    for name, (kind, _) in TEMPLATES.items():
        source = typed(form, name)
        problems = check_template(kind, source) if source else []
        found.put(name, source or None, " ".join(problems) or None)
