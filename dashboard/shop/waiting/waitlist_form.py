"""Reads the form with a customer's wishes."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from dashboard.shop.form_result import FormResult, too_long, typed
from domain.calendar_days import time_of_day
from domain.wishes import (
    LONGEST_NOTE,
    MOST_NOTICE_HOURS,
    MOST_PRIORITY,
    WEEKDAYS,
    WISH_FIELDS,
    WishKind,
    contradictions,
)

READERS: Mapping[WishKind, tuple[Callable[[str], Any], str]] = {
    WishKind.TIME: (time_of_day, "Enter a time like 17:00."),
    WishKind.DATE: (date.fromisoformat, "Enter a date."),
}


def read(
    form: MultiDict[str, str], services: Mapping[str, str], performers: Mapping[str, str], *, today: date
) -> FormResult:
    """Reads the columns of an entry, or an error for each invalid field. Empty fields mean no preference.

    `today` is in the shop's time zone.
    """
    found = FormResult()
    for name, known in (("service_id", services), ("performer_id", performers)):
        value = typed(form, name)
        found.put(name, UUID(value) if value in known else None, None if value in {*known, ""} else "Choose one.")
    for field in WISH_FIELDS:
        if field.kind is WishKind.HOURS:
            _number(found, form, field.name, MOST_NOTICE_HOURS)
        else:
            _parsed(found, field.name, typed(form, field.name), *READERS[field.kind])
    _weekdays(found, form)
    _number(found, form, "priority", MOST_PRIORITY)
    for name in ("priority_reason", "note"):
        value = typed(form, name)
        found.put(name, value or None, too_long(value, LONGEST_NOTE))
    for column, reason in contradictions(found.values, today=today):
        found.put(column, None, reason)
    return found


def _weekdays(found: FormResult, form: MultiDict[str, str]) -> None:
    """Reads the ISO weekdays. Choosing no days or all days means no preference."""
    ticked = set(filter(None, form.getlist("weekdays")))
    if not ticked <= set("1234567"):
        found.put("weekdays", None, "Choose days from Monday to Sunday.")
        return
    found.put("weekdays", sorted(map(int, ticked)) if 0 < len(ticked) < len(WEEKDAYS) else None, None)


def _parsed(found: FormResult, name: str, text: str, reader: Callable[[str], Any], problem: str) -> None:
    try:
        found.put(name, reader(text) if text else None, None)
    except ValueError:
        found.put(name, None, problem)


def _number(found: FormResult, form: Mapping[str, str], name: str, most: int) -> None:
    text = typed(form, name) or "0"
    fits = re.fullmatch("[0-9]{1,6}", text) and int(text) <= most
    found.put(name, int(text) if fits else None, None if fits else f"Enter a whole number from 0 to {most}.")


def columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Converts the values to the columns of an entry."""
    hours = {field.name: field.column for field in WISH_FIELDS if field.kind is WishKind.HOURS}
    return {name: value for name, value in values.items() if name not in hours} | {
        column: 60 * values[name] if values[name] else None for name, column in hours.items()
    }
