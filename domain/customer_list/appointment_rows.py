"""Reads a list of appointments: a customer list that also has columns for the time and the service.

Each row contains a customer, a date and a time. Times without an offset are in the shop's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.calendar_days import moment
from domain.channels import CHANNELS
from domain.customer_list.more_columns import WrongCellError, date_in, notes_of, places_of, time_in
from domain.customer_list.person_reader import PersonReader, PersonRow
from domain.customer_list.read_list import LARGEST_FILE, TOO_LARGE, ListFile, each_row
from domain.customer_list.rows import table_of
from domain.time_zones import zone_named

MOST_ROWS = 2_000
"""The maximum number of rows in a file. It is low, because each row is booked by separate statements."""

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day", "appointment date", "start date", "datum", "fecha"),
    "time": ("time", "start time", "appointment time", "uhrzeit", "hora", "heure"),
    "start": ("start", "starts at", "start at", "start date time", "appointment", "beginn", "inicio", "debut"),
    "end": ("end", "ends at", "end at", "end time", "end date time", "ende", "fin"),
    "minutes": ("minutes", "duration", "duration minutes", "length", "dauer", "duracion", "duree"),
    "service": ("service", "services", "appointment type", "type", "treatment", "dienstleistung", "servicio"),
    "performer": ("with", "staff", "performer", "team member", "calendar", "employee", "provider", "stylist"),
    "note": ("note", "notes", "appointment note", "appointment notes", "notiz", "nota"),
}
"""The headings of each field of an appointment. They are compared like the headings of customer lists."""

LONGEST_NOTE = 2000
MOST_MINUTES = 24 * 60
NO_TIME = "The list has no column for the start. Add “date” and “time”, or “start”."
_CONSENT = tuple(column for one in CHANNELS.values() for column in (one.opt_in, *one.consent_columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """An accepted row. Times are UTC. `minutes` is None if the service determines the length.

    `service` and `performer` are names as typed. `cells` contains the cells as read.
    """

    line: int
    name: str
    phone: str | None
    email: str | None
    starts_at: datetime
    minutes: int | None
    service: str
    performer: str
    note: str | None
    cells: tuple[str, ...]


def read_appointments(data: bytes, *, now: datetime, country: str | None, zone: str) -> ListFile[AppointmentRow]:
    """Reads a CSV file or an Excel workbook. `country` applies to numbers without a country code."""
    if len(data) > LARGEST_FILE:
        return ListFile(TOO_LARGE, (), (), iter(()))
    table = table_of(data)
    places = places_of(table.heading, HEADINGS)
    problem = table.problem or ("" if "start" in places or {"date", "time"} <= set(places) else NO_TIME)
    build = _AppointmentBuilder(now, zone).build
    reader = PersonReader(table, places, build, now=now, country=country, left_out=_CONSENT)
    return ListFile(problem, notes_of(table, places), table.heading, each_row(table, MOST_ROWS, reader.read))


class _AppointmentBuilder:
    def __init__(self, now: datetime, zone: str) -> None:
        self._now, self._zone = now, zone

    def build(self, row: PersonRow) -> AppointmentRow:
        texts, person = row.texts, row.person
        starts_at = self._start(texts)
        minutes = self._minutes(texts, starts_at)
        if len(texts.get("note", "")) > LONGEST_NOTE:
            raise WrongCellError("note", f"It is too long: at most {LONGEST_NOTE} characters.")
        return AppointmentRow(
            line=row.line,
            name=person.values["name"],
            phone=person.number.e164,
            email=person.values["email"] or None,
            starts_at=starts_at,
            minutes=minutes,
            service=texts.get("service", ""),
            performer=texts.get("performer", ""),
            note=texts.get("note") or None,
            cells=row.cells,
        )

    def _start(self, texts: Mapping[str, str]) -> datetime:
        if texts.get("start"):
            found, field = self._moment("start", texts["start"]), "start"
        else:
            field = "time" if texts.get("date") else "date"
            if not texts.get(field):
                raise WrongCellError(field, f"The {field} is missing.")
            found = self._local(field, date_in("date", texts["date"]), time_in("time", texts["time"]))
        if found <= self._now:
            raise WrongCellError(field, "The appointment is in the past.")
        if found.year > self._now.year + 3:
            raise WrongCellError(field, "The appointment is more than three years away.")
        return found

    def _moment(self, field: str, text: str) -> datetime:
        day, _, at = text.replace("T", " ", 1).partition(" ")
        try:
            exact = datetime.fromisoformat(text)
            if exact.tzinfo:
                return exact.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        if not at:
            raise WrongCellError(field, "It must be a date and a time, like 2026-01-31 14:30.")
        return self._local(field, date_in(field, day), time_in(field, at))

    def _local(self, field: str, day: date, at: time) -> datetime:
        """Returns the moment of a local time. Ignores seconds, which spreadsheets add."""
        found = moment(day, at.replace(second=0, microsecond=0), self._zone)
        if found is None:
            raise WrongCellError(field, "This time doesn't exist: the clocks go forward. Choose another time.")
        return found

    def _minutes(self, texts: Mapping[str, str], starts_at: datetime) -> int | None:
        if text := texts.get("minutes"):
            match = re.fullmatch(r"([0-9]{1,4})(?:\s*min(?:utes)?)?", text, re.IGNORECASE)
            return _fitting("minutes", int(match[1]) if match else 0)
        if text := texts.get("end"):
            day = starts_at.astimezone(zone_named(self._zone)).date()
            dated = re.match(r"\d{4}-|\d{1,2}\.\d{1,2}\.", text)
            ends_at = self._moment("end", text) if dated else self._local("end", day, time_in("end", text))
            return _fitting("end", int((ends_at - starts_at) / timedelta(minutes=1)))
        return None


def _fitting(field: str, minutes: int) -> int:
    if not 5 <= minutes <= MOST_MINUTES:
        raise WrongCellError(field, "An appointment must last between 5 minutes and 24 hours.")
    return minutes
