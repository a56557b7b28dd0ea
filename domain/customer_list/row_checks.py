"""Parses the cells of a row and finds its first problem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain import email_address
from domain.channels import CHANNELS, Channel, ChannelFields
from domain.customer_list.cells import Cell
from domain.email_address import EmailAddress
from domain.phones.parsing import parse
from domain.phones.typed_phone import RefusedNumber
from domain.time_zones import is_known

LONGEST = {
    "name": 120,
    "phone": 40,
    "email": 254,
    **{one.opt_in: 30 for one in CHANNELS.values()},
    **{
        column: longest
        for one in CHANNELS.values()
        for column, longest in zip(one.consent_columns, (200, 500, 40), strict=True)
    },
    "timezone": 64,
    "locale": 35,
}
"""The maximum number of characters in each field."""

COLUMNS = tuple(LONGEST)

YES = frozenset(
    {"yes", "y", "true", "t", "1", "1.0", "ja", "j", "oui", "si", "sí", "sim", "wahr", "vrai", "verdadero", "vero"}
    | {"opted in", "opted-in", "subscribed", "opt in", "opt-in"}
)
NO = frozenset(
    {"no", "n", "false", "f", "0", "0.0", "nein", "non", "nee", "não", "nao", "falsch", "faux", "falso", "never"}
    | {"opted out", "opted-out", "unsubscribed", "not subscribed", "opt out", "opt-out"}
)
TICKS = frozenset({"x", "✓", "✔", "☑"})
"""Cells that mean yes only in a column whose heading requests a tick. In other columns, a cross may mean no."""

EARLIEST_CONSENT = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier dates are rejected as typing errors."""
LATEST_AHEAD = timedelta(days=1)
"""Dates up to this far in the future are accepted, because the next day has already begun in some time zones."""
UNLIKELY_CONSENT_TIME = "The date is before 1990 or in the future."

SHORTENED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
"""A long number in the scientific notation of spreadsheets, such as 4.477E+11."""
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")

RowProblem = tuple[str, str]
"""The invalid field (empty if no single field is invalid) and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNumber:
    """A parsed phone number: `e164`, or the reason why it was refused (`refused`).

    `line` identifies the phone line, and is the same for all forms of the number. `no_texts` is the reason why
    the number can't be opted in, if there is one.
    """

    e164: str | None = None
    line: str = ""
    refused: str = ""
    no_texts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRow:
    """The parsed values of a row. `opt_ins` and `consents` are keyed by column.

    An opt-in is None if its cell is blank. A consent has a source, a wording and a time, which are None if unknown.
    """

    values: Mapping[str, str]
    number: ListedNumber
    email: EmailAddress | None
    opt_ins: Mapping[str, bool | None]
    consents: Mapping[str, str | datetime | None]


def is_likely_consent_time(at: datetime, *, now: datetime) -> bool:
    """Whether a customer could have agreed at this time, which may be up to `LATEST_AHEAD` in the future."""
    return EARLIEST_CONSENT <= at <= now + LATEST_AHEAD


def parse_row(cells: Mapping[str, Cell], *, country: str | None, consent_source: str) -> ParsedRow:
    """Parses the cells without validating them. `consent_source` is the source for rows that contain none."""
    values = {field: cells[field].text for field in COLUMNS}
    return ParsedRow(
        values=values,
        number=_number(values["phone"], country),
        email=email_address.parse(values["email"]) if values["email"] else None,
        opt_ins={one.opt_in: _answer(cells[one.opt_in]) for one in CHANNELS.values()},
        consents=_consents(values, consent_source),
    )


def problem_of(cells: Mapping[str, Cell], one: ParsedRow, *, now: datetime) -> RowProblem | None:
    """Returns the first problem of the row, or None if the row is valid."""
    return (
        _of_the_text(one.values)
        or _of_the_person(one)
        or _of_the_opt_ins(cells, one)
        or _of_the_times(one.values, now)
    )


def _of_the_text(values: Mapping[str, str]) -> RowProblem | None:
    for field, value in values.items():
        if "\0" in value:
            return field, "It contains an invalid character."
        if len(value) > LONGEST[field]:
            return field, f"It is too long: at most {LONGEST[field]} characters."
    return None


def _of_the_person(one: ParsedRow) -> RowProblem | None:
    values = one.values
    checks = (
        (not values["name"], "name", "The name is missing."),
        (bool(values["phone"]) and not one.number.e164, "phone", one.number.refused),
        (not values["phone"] and not values["email"], "", "There is neither a phone number nor an e-mail address."),
        (
            bool(values["email"]) and one.email is None,
            "email",
            "The e-mail address isn't valid. Use one address, like ana@example.com.",
        ),
        (
            not is_known(values["timezone"] or "UTC"),
            "timezone",
            "The time zone isn't valid. Use one like Europe/London.",
        ),
    )
    return next(((field, reason) for wrong, field, reason in checks if wrong), None)


def _of_the_opt_ins(cells: Mapping[str, Cell], one: ParsedRow) -> RowProblem | None:
    found = (_of_the_opt_in(channel, cells[channel.opt_in], one) for channel in CHANNELS.values())
    return next(filter(None, found), None)


def _of_the_opt_in(channel: ChannelFields, cell: Cell, one: ParsedRow) -> RowProblem | None:
    field, agreed = channel.opt_in, one.opt_ins[channel.opt_in]
    address, missing = {"phone_e164": (one.number.e164, "a phone number"), "email": (one.email, "an e-mail address")}[
        channel.address
    ]
    no_texts = one.number.no_texts if channel.channel is Channel.SMS else ""
    checks = (
        (bool(cell.text) and agreed is None, field, "It must be yes or no."),
        (bool(agreed) and not address, field, f"Without {missing}, there can be no opt-in to {channel.noun}."),
        (bool(agreed) and bool(no_texts), "phone", no_texts),
        (
            bool(agreed) and not one.consents[channel.consent_columns[0]],
            field,
            "An opt-in requires a consent_source: where the customer agreed.",
        ),
    )
    return next(((where, reason) for wrong, where, reason in checks if wrong), None)


def _of_the_times(values: Mapping[str, str], now: datetime) -> RowProblem | None:
    for _, _, column in (one.consent_columns for one in CHANNELS.values()):
        at = _moment(values[column])
        if values[column] and at is None:
            return column, "It must be a date like 2026-01-31, or 2026-01-31T10:30."
        if at is not None and not is_likely_consent_time(at, now=now):
            return column, UNLIKELY_CONSENT_TIME
    return None


def _consents(values: Mapping[str, str], default_source: str) -> dict[str, str | datetime | None]:
    """Returns the consents by column. A channel whose own columns are empty gets the consent in the columns for SMS.

    A source is never combined with the wording or the time of a different consent.
    """
    found: dict[str, str | datetime | None] = {}
    general = CHANNELS[Channel.SMS].consent_columns
    for one in CHANNELS.values():
        own = any(values[column] for column in one.consent_columns)
        source, wording, at = (values[column] for column in (one.consent_columns if own else general))
        consent = (source or default_source or None, wording or None, _moment(at))
        found |= dict(zip(one.consent_columns, consent, strict=True))
    return found


def _answer(cell: Cell) -> bool | None:
    """Returns whether the cell means yes, or None if it is blank or means neither yes nor no."""
    answer = cell.text.casefold()
    if answer in YES or (cell.ticks and answer in TICKS):
        return True
    return False if answer in NO else None


def _number(typed: str, country: str | None) -> ListedNumber:
    if SHORTENED.fullmatch(typed):
        return ListedNumber(
            refused="The spreadsheet has shortened this number. Format the column as text and enter the number again."
        )
    number = parse(typed, country)
    if isinstance(number, RefusedNumber):
        return ListedNumber(refused=number.reason)
    return ListedNumber(e164=number.e164, line=number.line, no_texts=number.no_texts or "")


def _moment(typed: str) -> datetime | None:
    """Parses a time, which is UTC if it has no offset. Returns None if it is not a valid time."""
    if day_first := _DAY_FIRST.fullmatch(typed):
        typed = f"{day_first[3]}-{day_first[2]:0>2}-{day_first[1]:0>2}"
    try:
        moment = datetime.fromisoformat(typed)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
