"""Reads and shows a customer's wishes, for the join page and the customer's page of an entry."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import get_day_names
from werkzeug.datastructures import MultiDict

from dashboard.catalogues import language, translate
from dashboard.shop.form_result import FormResult
from dashboard.shop.waiting import waitlist_form
from domain.wishes import END_BEFORE_START, LAST_DAY_OVER, NO_SUCH_WEEKDAY, WISH_FIELDS, WishKind

FIELDS = ("service_id", "performer_id", "weekdays", *(field.name for field in WISH_FIELDS))
OF_STAFF = frozenset({"priority", "priority_reason", "note"})
PROBLEMS = (
    *("Choose one.", "Choose days from Monday to Sunday.", "Enter a time like 17:00.", "Enter a date."),
    *(END_BEFORE_START, LAST_DAY_OVER, NO_SUCH_WEEKDAY, "Enter a whole number from 0 to 8760."),
)
"""The error messages of `waitlist_form`, listed so that they are translated."""
LABELS = tuple(field.own_label or field.label for field in WISH_FIELDS)
"""The labels of the fields, listed so that they are translated."""


TYPED: Mapping[WishKind, Callable[[Any], str]] = {
    WishKind.TIME: lambda at: at.strftime("%H:%M"),
    WishKind.DATE: str,
    WishKind.HOURS: lambda minutes: str(-(-minutes // 60)),
}


def read(
    form: MultiDict[str, str], services: Mapping[str, str], performers: Mapping[str, str], *, today: date
) -> FormResult:
    """Reads the columns of an entry, or an error for each invalid field in the reader's language.

    Fields that only staff set are ignored. `today` is in the shop's time zone.
    """
    own = MultiDict((name, value) for name, value in form.items(multi=True) if name in FIELDS)
    found = waitlist_form.read(own, services, performers, today=today)
    if found.wrong:
        return FormResult(wrong={name: translate(problem) for name, problem in found.wrong.items()})
    columns = waitlist_form.columns(found.values)
    return FormResult({name: value for name, value in columns.items() if name not in OF_STAFF})


def weekdays() -> list[str]:
    """The names of the weekdays in the reader's language, starting with Monday."""
    names = get_day_names("wide", locale=language())
    return [names[day].capitalize() for day in range(7)]


def as_typed(entry: Any) -> MultiDict[str, str]:
    """Converts the stored wishes to form values."""
    typed: MultiDict[str, str] = MultiDict()
    for name in ("service_id", "performer_id"):
        typed[name] = str(getattr(entry, name) or "")
    typed.setlist("weekdays", [str(day) for day in entry.weekdays or ()])
    for field in WISH_FIELDS:
        value = getattr(entry, field.column)
        typed[field.name] = TYPED[field.kind](value) if value else ""
    return typed
