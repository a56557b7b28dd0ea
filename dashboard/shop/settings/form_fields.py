"""The fields of a settings form. Each field reads its value from the form and shows the stored value.

A field's `kind` is the name of the macro in shop/settings/fields.html that renders it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.settings.typed_amount import amount_of, shown_amount, why_refused
from domain.calendar_days import time_of_day

Options = Mapping[str, str]
"""The labels of the options, by value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field. `name` is its name in the form and, unless `column` is set, also its column.

    `hint` is shown below the field.
    """

    name: str
    label: str
    hint: str = ""
    column: str = ""
    kind: ClassVar[str]

    @property
    def stored_in(self) -> str:
        """The column that stores the value."""
        return self.column or self.name

    def shown(self, kept: Mapping[str, Any]) -> Any:
        """Returns the stored value in the format of the form."""
        return kept[self.stored_in]

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """Adds the value, or the error, to `found`."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """One line of at most `longest` characters. An empty line is stored as null unless `required` is set."""

    longest: int
    required: str = ""
    """The error for an empty value."""
    kind: ClassVar[str] = "text"

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        value = typed(form, self.name)
        problem = too_long(value, self.longest) if value else self.required
        found.put(self.name, value if self.required else value or None, problem or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A whole number from `least` to `most`."""

    least: int
    most: int
    unit: str = ""
    kind: ClassVar[str] = "number"

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        text = typed(form, self.name)
        value = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
        fits = value is not None and self.least <= value <= self.most
        found.put(self.name, value, None if fits else f"Enter a whole number from {self.least} to {self.most}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchField(Field):
    """A checkbox."""

    kind: ClassVar[str] = "switch"

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        found.put(self.name, bool(form.get(self.name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """A picker. `groups` contains the options by heading; a heading can be empty. `none` labels the empty choice."""

    groups: Callable[[], Mapping[str, Options]]
    refusal: str
    none: str = ""
    fold: Callable[[str], str] = str
    """Converts a typed or stored value to the format of the options."""
    kind: ClassVar[str] = "choice"

    def shown(self, kept: Mapping[str, Any]) -> Any:
        """See Field."""
        return self.fold(kept[self.stored_in] or "")

    def name_of(self, value: str) -> str | None:
        """Returns the label of an option, or None for any other value."""
        return next((options[value] for options in self.groups().values() if value in options), None)

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field. If the form does not contain the field, the value stays the same."""
        if self.name not in form:
            return
        value = self.fold(typed(form, self.name))
        known = self.name_of(value) is not None or (not value and self.none)
        found.put(self.name, value or None, None if known else self.refusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField(Field):
    """A time of day. An empty field is stored as null."""

    kind: ClassVar[str] = "clock"

    def shown(self, kept: Mapping[str, Any]) -> Any:
        """See Field."""
        value = kept[self.stored_in]
        return value.strftime("%H:%M") if value else ""

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        text = typed(form, self.name)
        try:
            found.put(self.name, time_of_day(text) if text else None, None)
        except ValueError:
            found.put(self.name, None, "Enter a time like 21:00, or leave both empty.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountField(Field):
    """An amount in the currency chosen in the same form, or else in the shop's currency. Stored in minor units."""

    kind: ClassVar[str] = "amount"

    def shown(self, kept: Mapping[str, Any]) -> Any:
        """The stored amount as typed, such as "20" or "20.50"."""
        return shown_amount(kept[self.stored_in], kept["currency"])

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        currency = str(found.values.get("currency") or "GBP")
        cents = amount_of(typed(form, self.name), currency)
        problem = why_refused(cents, currency)
        found.put(self.name if problem else self.stored_in, cents, problem)
