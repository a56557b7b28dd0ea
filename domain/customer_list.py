"""Reads a list of customers that somebody brings as CSV: each line is taken, or rejected with the reason.

The first line names the columns; `name` and `phone` or `email` must be among them. Nobody is opted in without saying
where the consent came from.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from domain.phone import normalise

COLUMNS = ("name", "phone", "email", "sms_opt_in", "consent_source", "consent_wording")
YES = frozenset({"yes", "y", "true", "t", "1", "x", "ja", "oui", "si", "sí"})
NO = frozenset({"", "no", "n", "false", "f", "0", "nein", "non"})
LONGEST = {"name": 120, "phone": 40, "email": 254, "sms_opt_in": 10, "consent_source": 200, "consent_wording": 500}
MOST_LINES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One customer of the list. `phone` is E.164 or None; `line` counts from 1, the heading included."""

    line: int
    name: str
    phone: str | None
    email: str | None
    sms_opt_in: bool
    consent_source: str | None
    consent_wording: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a line was not taken; 0 is the whole list."""

    line: int
    reason: str


def read_list(text: str) -> list[Brought | Rejected]:
    """Every line that isn't empty, in order. Commas, semicolons or tabs between the columns."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    reader.fieldnames = [str(name or "").strip().lower() for name in reader.fieldnames or []]
    if "name" not in reader.fieldnames or not {"phone", "email"} & set(reader.fieldnames):
        known = ", ".join(COLUMNS)
        return [Rejected(0, f"The first line must name the columns: name, and phone or email. Known are: {known}.")]
    return list(_lines(reader))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _lines(reader: "csv.DictReader[str]") -> Iterator[Brought | Rejected]:
    seen: dict[str, int] = {}
    try:
        for number, row in enumerate(reader, 1):
            if number > MOST_LINES:
                yield Rejected(reader.line_num, f"A list may have {MOST_LINES:,} lines; the rest was not read.")
                return
            values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
            if any(values.values()):
                yield _judged(values, reader.line_num, seen)
    except csv.Error as error:
        yield Rejected(reader.line_num, f"The file can't be read from here on: {error}.")


def _judged(values: dict[str, str], line: int, seen: dict[str, int]) -> Brought | Rejected:
    phone = normalise(values["phone"])
    reason = _problem(values, phone)
    if reason is None and phone is not None:
        before = seen.setdefault(phone, line)
        reason = None if before == line else f"The phone number is already on line {before}."
    if reason is not None:
        return Rejected(line, reason)
    return Brought(
        line=line,
        name=values["name"],
        phone=phone,
        email=values["email"] or None,
        sms_opt_in=values["sms_opt_in"].lower() in YES,
        consent_source=values["consent_source"] or None,
        consent_wording=values["consent_wording"] or None,
    )


def _problem(values: dict[str, str], phone: str | None) -> str | None:
    """The first thing that is wrong with a line."""
    opted_in = values["sms_opt_in"].lower()
    checks = (
        (any("\0" in value for value in values.values()), "One of its characters isn't text."),
        (any(len(value) > LONGEST[name] for name, value in values.items()), "One of its fields is too long."),
        (not values["name"], "The name is missing."),
        (bool(values["phone"]) and phone is None, "The phone number needs its country code: +44..."),
        (not values["phone"] and not values["email"], "There is neither a phone number nor an e-mail address."),
        (bool(values["email"]) and "@" not in values["email"][1:-1], "The e-mail address isn't valid."),
        (opted_in not in YES | NO, "sms_opt_in must be yes or no."),
        (opted_in in YES and phone is None, "Without a phone number there can be no opt-in to texts."),
        (opted_in in YES and not values["consent_source"], "An opt-in needs its consent_source: where it was given."),
    )
    return next((reason for wrong, reason in checks if wrong), None)
