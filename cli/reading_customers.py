"""Reads a list of customers: each line becomes a customer, or is rejected with its number and the reason."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import phonenumbers

from cli.checking import known_zone
from cli.csv_cells import as_meant
from cli.surroundings import CannotError
from domain.phone import normalise

COLUMNS = (
    *("name", "phone", "email", "sms_opt_in", "consent_source", "consent_wording", "consent_at"),
    *("timezone", "locale"),
)
# What `slots export customers` writes besides; ours to know.
PASSED_OVER = ("id", "last_settled_at", "created_at")
YES, NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"", "no", "n", "false", "0"})
LONGEST = 500
DELIMITERS = ",;\t"


class RejectedError(Exception):
    """This line is no customer; the message says why, in words for whoever made the list."""


@dataclass(frozen=True, slots=True)
class Line:
    """`customer` has the columns of the table `customers`; or `reason` says why the line is rejected."""

    number: int
    customer: Mapping[str, Any] | None
    reason: str = ""


def read_lines(file: Iterable[str], *, country: str | None) -> Iterator[Line]:
    """`country` (GB, DE ...) is taken for numbers without a country code. Raises CannotError for the heading."""
    text = iter(file)
    heading = next(text, "")
    # The first of them that is there more often than the others.
    delimiter = max(DELIMITERS, key=heading.count)
    names = _columns(next(csv.reader([heading], delimiter=delimiter), []))
    seen: dict[str, int] = {}
    reader = csv.reader(text, delimiter=delimiter)
    for cells in reader:
        number = reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        try:
            yield Line(number, _customer(_named(names, cells), country, seen, number))
        except RejectedError as why:
            yield Line(number, None, str(why))


def _columns(heading: list[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff").lower().replace(" ", "_") for cell in heading]
    unknown = [name for name in names if name not in COLUMNS + PASSED_OVER]
    if unknown or not names:
        raise CannotError(
            f"The first line must name the columns. Unknown: {', '.join(unknown) or 'all of it'}. "
            f"Known: {', '.join(COLUMNS)}"
        )
    return names


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(names):
        raise RejectedError(f"it has {len(cells)} cells, the first line has {len(names)}")
    values = {name: as_meant(cell) for name, cell in zip(names, cells, strict=True)}
    for name, value in values.items():
        if len(value) > LONGEST or "\0" in value:
            raise RejectedError(f"{name} is too long, or has a character in it that isn't text")
    return {name: values.get(name, "") for name in COLUMNS}


def _customer(given: dict[str, str], country: str | None, seen: dict[str, int], number: int) -> dict[str, Any]:
    if not given["name"] and not given["phone"] and not given["email"]:
        raise RejectedError("it has no name, phone or e-mail")
    phone = _phone(given["phone"], country)
    if phone and seen.setdefault(phone, number) != number:
        raise RejectedError(f"it has the same phone as line {seen[phone]}")
    if given["email"] and "@" not in given["email"]:
        raise RejectedError(f"“{given['email']}” isn't an e-mail address")
    if given["timezone"] and not known_zone(given["timezone"]):
        raise RejectedError(f"“{given['timezone']}” isn't a known time zone")
    plain = {name: given[name] or None for name in ("email", "timezone", "locale")}
    return {"name": given["name"], "phone": phone, **plain, **_consent(given, phone)}


def _phone(typed: str, country: str | None) -> str | None:
    if not typed:
        return None
    phone = normalise(typed)
    if phone is None and country:
        phone = _in_country(typed, country)
    if phone is None:
        raise RejectedError(f"“{typed}” isn't a phone number with its country code (+44...); see --country")
    return phone


def _in_country(typed: str, country: str) -> str | None:
    try:
        read = phonenumbers.parse(typed, country.upper())
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def _consent(given: dict[str, str], phone: str | None) -> dict[str, Any]:
    """Nobody is opted in without saying where and how they agreed."""
    word = given["sms_opt_in"].lower()
    if word not in YES | NO:
        raise RejectedError(f"sms_opt_in is “{given['sms_opt_in']}”, neither yes nor no")
    opted_in = word in YES
    if opted_in and not phone:
        raise RejectedError("it is opted in without a phone")
    if opted_in and not given["consent_source"]:
        raise RejectedError("it is opted in without a consent_source: where did this customer agree?")
    return {
        "sms_opt_in": opted_in,
        "consent_source": given["consent_source"] or None,
        "consent_wording": given["consent_wording"] or None,
        "consent_at": _moment(given["consent_at"]) if opted_in or given["consent_at"] else None,
    }


def _moment(typed: str) -> datetime | None:
    """UTC where no offset is said."""
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise RejectedError(f"consent_at is “{typed}”; write it like 2026-01-31 or 2026-01-31T10:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
