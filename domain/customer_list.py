"""Reads a list of customers that somebody brings as CSV: each line is taken, or rejected with the reason.

The first line names the columns; `name` and `phone` or `email` must be among them. Nobody is opted in without saying
where the consent came from. What `slots export customers` writes can be brought again.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.csv_cells import as_meant
from domain.phone_parsing import PhoneNumber, parse
from domain.zones import is_known

LONGEST = {
    "name": 120,
    "phone": 40,
    "email": 254,
    "sms_opt_in": 10,
    "consent_source": 200,
    "consent_wording": 500,
    "consent_at": 40,
    "timezone": 64,
    "locale": 35,
}
COLUMNS = tuple(LONGEST)
# Exported besides; ours to know.
PASSED_OVER = frozenset({"id", "last_settled_at", "created_at"})
YES = frozenset({"yes", "y", "true", "t", "1", "x", "ja", "oui", "si", "sí"})
NO = frozenset({"", "no", "n", "false", "f", "0", "nein", "non"})
MOST_LINES = 100_000
WHOLE_LIST = 0


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
    consent_at: datetime | None
    timezone: str | None
    locale: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a line was not taken; `line` is WHOLE_LIST when none can be."""

    line: int
    reason: str


def read_list(text: str, *, country: str | None = None) -> list[Brought | Rejected]:
    """Every line that isn't empty, in order. Commas, semicolons or tabs between the columns.

    `country` (GB, DE ...) is taken for numbers without a country code.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    try:
        names = [as_meant(cell).lower().replace(" ", "_") for cell in next(reader, [])]
    except csv.Error as error:
        return [Rejected(WHOLE_LIST, f"The file can't be read: {error}.")]
    unknown = [name for name in names if name not in PASSED_OVER.union(COLUMNS)]
    if unknown or "name" not in names or not {"phone", "email"} & set(names):
        told = f" Unknown: {', '.join(unknown)}." if unknown else ""
        told += f" Known: {', '.join(COLUMNS)}."
        return [Rejected(WHOLE_LIST, f"The first line must name the columns: name, and phone or email.{told}")]
    return list(_lines(reader, names, country))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _lines(reader: Any, names: list[str], country: str | None) -> Iterator[Brought | Rejected]:
    seen: dict[str, int] = {}
    try:
        for count, cells in enumerate(reader, 1):
            line = reader.line_num
            if count > MOST_LINES:
                yield Rejected(line, f"A list may have {MOST_LINES:,} lines; the rest was not read.")
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                yield Rejected(line, f"It has {len(cells)} cells; the first line has {len(names)}.")
                continue
            given = dict(zip(names, map(as_meant, cells), strict=True))
            yield _judged({name: given.get(name, "") for name in COLUMNS}, line, seen, country)
    except csv.Error as error:
        yield Rejected(reader.line_num, f"The file can't be read from here on: {error}.")


def _judged(values: dict[str, str], line: int, seen: dict[str, int], country: str | None) -> Brought | Rejected:
    number = parse(values["phone"], country)
    phone = number.e164 if isinstance(number, PhoneNumber) else None
    line_key = number.line if isinstance(number, PhoneNumber) else values["email"].lower()
    no_texts = number.no_texts if isinstance(number, PhoneNumber) else number.reason
    agreed = _moment(values["consent_at"])
    reason = _problem(values, phone, no_texts, agreed)
    if reason is None and (before := seen.setdefault(line_key, line)) != line:
        reason = f"The {'phone number' if phone else 'e-mail address'} is already on line {before}."
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
        consent_at=agreed,
        timezone=values["timezone"] or None,
        locale=values["locale"] or None,
    )


def _problem(values: dict[str, str], phone: str | None, no_texts: str | None, agreed: datetime | None) -> str | None:
    """The first thing that is wrong with a line."""
    opted_in = values["sms_opt_in"].lower()
    checks = (
        (any("\0" in value for value in values.values()), "One of its characters isn't text."),
        (any(len(value) > LONGEST[name] for name, value in values.items()), "One of its fields is too long."),
        (not values["name"], "The name is missing."),
        (bool(values["phone"]) and phone is None, no_texts or ""),
        (not values["phone"] and not values["email"], "There is neither a phone number nor an e-mail address."),
        (bool(values["email"]) and "@" not in values["email"][1:-1], "The e-mail address isn't valid."),
        (opted_in not in YES | NO, "sms_opt_in must be yes or no."),
        (opted_in in YES and phone is None, "Without a phone number there can be no opt-in to texts."),
        (opted_in in YES and no_texts is not None, no_texts or ""),
        (opted_in in YES and not values["consent_source"], "An opt-in needs its consent_source: where it was given."),
        (bool(values["consent_at"]) and agreed is None, "consent_at is written like 2026-01-31 or 2026-01-31T10:30."),
        (not is_known(values["timezone"] or "UTC"), "The time zone isn't one like Europe/London."),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def _moment(typed: str) -> datetime | None:
    """UTC where no offset is said; None for what is no moment."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
