"""Reads the forms of the calendar: time, performer, service and customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.settings.typed_amount import amount_of, why_refused
from domain.calendar_days import moment, time_of_day
from domain.phones.parsing import PhoneNumber, parse
from views.calendar import ServiceChoice
from views.customer_search import as_id

LONGEST_APPOINTMENT = 24 * 60
"""In minutes."""
LONGEST = {"new_name": 120, "new_phone": 40, "note": 2000, "customer": 100}


@dataclass(frozen=True, slots=True)
class FormPlace:
    """The context for reading a form: the shop's time zone, currency, country, services and performers."""

    zone: str
    currency: str
    country: str | None
    services: Mapping[UUID, ServiceChoice]
    performers: Mapping[UUID, str]


def read_time(fields: Mapping[str, str], place: FormPlace, form: FormResult) -> None:
    """Adds `starts_at` and `ends_at` (UTC), `performer_id` and `service_id`, or their errors, to the form."""
    service = place.services.get(as_id(typed(fields, "service")) or UUID(int=0))
    form.values["service_id"] = service.id if service else None
    performer = as_id(typed(fields, "performer"))
    form.values["performer_id"] = performer if performer in place.performers else None
    starts_at, problem = _start(fields, place.zone)
    form.put("starts_at", starts_at, None)
    if problem:
        form.wrong[problem[0]] = problem[1]
    minutes = _minutes(typed(fields, "minutes"), service)
    if minutes is None:
        form.wrong["minutes"] = "Choose a service, or enter a length between 5 minutes and 24 hours."
    elif starts_at:
        form.values["ends_at"] = starts_at + timedelta(minutes=minutes)


def _start(fields: Mapping[str, str], zone: str) -> tuple[datetime | None, tuple[str, str] | None]:
    try:
        day = date.fromisoformat(typed(fields, "day"))
    except ValueError:
        return None, ("day", "Enter a date.")
    if not 2000 <= day.year <= 2999:
        return None, ("day", "Enter a date in this century.")
    try:
        at = time_of_day(typed(fields, "at"))
    except ValueError:
        return None, ("at", "Enter a time like 14:30.")
    found = moment(day, at, zone)
    return found, None if found else ("at", "This time doesn't exist: the clocks go forward. Choose another time.")


def _minutes(text: str, service: ServiceChoice | None) -> int | None:
    if not text:
        return service.duration_minutes if service else None
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        return None
    return int(text) if 5 <= int(text) <= LONGEST_APPOINTMENT else None


def read_money(fields: Mapping[str, str], place: FormPlace, form: FormResult) -> None:
    """Adds `price_cents` and `deposit_cents` to the form. An empty field becomes None."""
    for name in ("price", "deposit"):
        text = typed(fields, name)
        cents = amount_of(text, place.currency) if text else None
        problem = why_refused(cents, place.currency) if text else None
        form.put(f"{name}_cents", cents, None)
        if problem:
            form.wrong[name] = problem


def read_newcomer(fields: Mapping[str, str], place: FormPlace, form: FormResult) -> None:
    """Adds the `new_name` and the `new_phone`, in its stored format, of a person who is not a customer yet."""
    name, phone = typed(fields, "new_name"), typed(fields, "new_phone")
    form.put("new_name", name, too_long(name, LONGEST["new_name"]))
    if not phone:
        form.values["new_phone"] = None
        return
    read = parse(phone, country=place.country)
    form.put("new_phone", *((read.e164, None) if isinstance(read, PhoneNumber) else (None, read.reason)))


def read_note(fields: Mapping[str, str], form: FormResult) -> None:
    note = typed(fields, "note")
    form.put("note", note, too_long(note, LONGEST["note"]))
