"""Reads and shows what a customer waits for: the fields of the pages to join and to change an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.dates import get_day_names
from werkzeug.datastructures import MultiDict

from dashboard.catalogues import language, translate
from dashboard.shop import waitlist_form
from dashboard.shop.form_result import FormResult

FIELDS = (
    *("service_id", "performer_id", "weekdays", "time_from", "time_until", "date_from", "date_until"),
    "notice_hours",
)
OF_STAFF = frozenset({"priority", "priority_reason", "note"})
PROBLEMS = (
    *("Choose one.", "Enter a time like 09:00.", "Enter a time like 17:00.", "Enter a date."),
    *("This must come after the beginning.", "Enter a whole number from 0 to 8760."),
)
"""The errors of `waitlist_form`, which are translated."""


def read(form: MultiDict[str, str], services: Mapping[str, str], performers: Mapping[str, str]) -> FormResult:
    """The columns of an entry, or the errors by field in the reader's language. What only staff set is not read."""
    own = MultiDict((name, value) for name, value in form.items(multi=True) if name in FIELDS)
    found = waitlist_form.read(own, services, performers)
    if found.wrong:
        return FormResult(wrong={name: translate(problem) for name, problem in found.wrong.items()})
    columns = waitlist_form.columns(found.values)
    return FormResult({name: value for name, value in columns.items() if name not in OF_STAFF})


def weekdays() -> list[str]:
    """The names of the days in the reader's language, Monday first."""
    names = get_day_names("wide", locale=language())
    return [names[day].capitalize() for day in range(7)]


def as_typed(entry: Any) -> MultiDict[str, str]:
    """The stored wishes as the form would have sent them."""
    typed: MultiDict[str, str] = MultiDict()
    for name in ("service_id", "performer_id", "date_from", "date_until"):
        typed[name] = str(getattr(entry, name) or "")
    for name in ("time_from", "time_until"):
        value = getattr(entry, name)
        typed[name] = value.strftime("%H:%M") if value else ""
    typed.setlist("weekdays", [str(day) for day in entry.weekdays or ()])
    hours, rest = divmod(entry.notice_minutes or 0, 60)
    typed["notice_hours"] = str(hours + bool(rest)) if entry.notice_minutes else ""
    return typed
