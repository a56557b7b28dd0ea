"""What a shop may change, read from the form: each field with its limits, and what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from domain.countries import country_names
from domain.money import minor_digits
from domain.templates import Kind
from domain.templating import check_template

TEMPLATES: dict[str, tuple[Kind, str]] = {
    "template_offer": (Kind.OFFER, "The offer"),
    "template_acceptance": (Kind.ACCEPTANCE, "After a YES, with the payment link"),
    "template_confirmation": (Kind.CONFIRMATION, "After the payment"),
    "template_too_late": (Kind.TOO_LATE, "To whoever says YES too late"),
    "template_ask_back": (Kind.ASK_BACK, "To an answer that can't be understood"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number with its limits, and what it means."""

    name: str
    least: int
    most: int
    hint: str


NUMBERS: dict[str, Number] = {
    "offer_window_minutes": Number(
        "Time to answer an offer, in minutes", 1, 1440, "Then the next customer is asked."
    ),
    "payment_window_minutes": Number(
        "Time to pay the deposit, in minutes", 1, 1440, "How long the slot is held after a YES."
    ),
    "cooldown_hours": Number("Pause before the same customer is asked again, in hours", 0, 8760, "0: no pause."),
    "payment_attempts": Number("Declined cards allowed", 1, 10, "After that many, the next customer is asked."),
    "min_notice_minutes": Number(
        "Stop asking before the start, in minutes", 0, 10080, "Any later and nobody is asked."
    ),
}
SWITCHES: dict[str, str] = {
    "recovery_enabled": "Offer cancelled times to other customers",
    "require_prior_booking": "Ask only customers who have been here before",
    "recover_unpaid": "Also offer times whose deposit was never paid",
}
WORDS: dict[str, tuple[str, int]] = {"name": ("Name", 120), "address": ("Address", 200), "phone": ("Phone", 40)}
LOCALES = ("en_GB", "en_US", "en_IE", "de_DE", "de_AT", "fr_FR", "es_ES")
LARGEST_DEPOSIT = 10_000_000


@dataclass(slots=True)
class Read:
    """The values by column, and what is wrong by column."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, problem: str | None) -> None:
        """Takes the value unless there is a problem with it."""
        if problem:
            self.wrong[name] = problem
        else:
            self.values[name] = value


def read(form: Mapping[str, str]) -> Read:
    """All fields of the form; what is wrong is not among the values."""
    found = Read()
    for part in (_words, _country, _place, _numbers, _switches, _quiet, _deposit, _templates):
        part(form, found)
    return found


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()


def _words(form: Mapping[str, str], found: Read) -> None:
    for name, (label, longest) in WORDS.items():
        value = _text(form, name)
        problem = f"{label} may have {longest} characters." if len(value) > longest else None
        if name == "name" and not value:
            problem = "The shop needs a name."
        found.put(name, value if name == "name" else value or None, problem)


def _country(form: Mapping[str, str], found: Read) -> None:
    if "country" not in form:
        return
    code = _text(form, "country").upper()
    known = not code or code in country_names()
    found.put("country", code or None, None if known else "Please choose a country of the list.")


def _place(form: Mapping[str, str], found: Read) -> None:
    zone, currency, locale = _text(form, "timezone"), _text(form, "currency").upper(), _text(form, "locale")
    found.put("timezone", zone, None if zone in available_timezones() else "There is no such time zone.")
    is_code = re.fullmatch(r"[A-Z]{3}", currency)
    found.put("currency", currency, None if is_code else "A currency is three letters: GBP, EUR, USD.")
    is_locale = re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", locale)
    found.put("locale", locale, None if is_locale else "A language and country: en_GB.")


def _numbers(form: Mapping[str, str], found: Read) -> None:
    for name, number in NUMBERS.items():
        typed = _text(form, name)
        value = int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None
        fits = value is not None and number.least <= value <= number.most
        problem = None if fits else f"A whole number from {number.least} to {number.most}."
        found.put(name, value, problem)


def _switches(form: Mapping[str, str], found: Read) -> None:
    for name in SWITCHES:
        found.put(name, bool(form.get(name)), None)


def _quiet(form: Mapping[str, str], found: Read) -> None:
    typed = {name: _text(form, name) for name in ("quiet_from", "quiet_until")}
    if not any(typed.values()):
        found.values |= {"quiet_from": None, "quiet_until": None}
        return
    for name, value in typed.items():
        try:
            found.put(name, time.fromisoformat(value), None)
        except ValueError:
            found.put(name, None, "A time like 21:00; both empty for none.")


def _deposit(form: Mapping[str, str], found: Read) -> None:
    digits = minor_digits(str(found.values.get("currency", "GBP")))
    try:
        cents = Decimal(_text(form, "deposit").replace(",", ".") or "0").scaleb(digits)
    except InvalidOperation:
        cents = Decimal("NaN")
    fits = cents.is_finite() and cents == cents.to_integral_value() and 0 <= cents <= LARGEST_DEPOSIT
    found.put("deposit_cents", int(cents) if fits else None, None if fits else "An amount like 20 or 20.50.")


def _templates(form: Mapping[str, str], found: Read) -> None:
    for name, (kind, _) in TEMPLATES.items():
        source = _text(form, name)
        problems = check_template(kind, source) if source else []
        found.put(name, source or None, " ".join(problems) or None)
