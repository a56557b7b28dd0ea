"""The model of a settings section: its place in the navigation, and its standard form, if any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.shop.form_result import FormResult
from dashboard.shop.settings.form_fields import Field

Kept = Mapping[str, Any]
"""The stored settings of the shop, by column."""


class Group(StrEnum):
    """The headings of the navigation, in order."""

    SHOP = "Your shop"
    RECOVERY = "Slot recovery"
    MESSAGES = "Messages"
    CONNECTIONS = "Connections"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """Columns of the shop that are edited together.

    `check` compares several fields after all have been read. `saved` is the message after a change.
    `extras` computes additional values for the template from the values shown.
    """

    fields: tuple[Field, ...]
    template: str = "shop/settings/form.html"
    check: Callable[[FormResult], None] | None = None
    saved: str = "Saved. Applies to new offers."
    extras: Callable[[Kept], dict[str, Any]] | None = None

    def read(self, form: Mapping[str, str]) -> FormResult:
        """Returns the valid values by column, and an error for each invalid field."""
        found = FormResult()
        for field in self.fields:
            field.read(form, found)
        if self.check is not None:
            self.check(found)
        return found

    def shown(self, kept: Kept) -> dict[str, Any]:
        """The stored values, keyed by the name of the field."""
        return {field.name: field.shown(kept) for field in self.fields}

    def typed(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The values of an invalid form as they were typed."""
        return {field.name: form.get(field.name, "") for field in self.fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSection:
    """One entry of the navigation: a standard `form` at /app/settings/<slug>, or the page at `endpoint`.

    A section without a form has its own blueprint, whose template extends shop/settings/layout.html.
    `owners_only` hides the section from other roles. `lead` describes the section in one sentence.
    """

    slug: str
    name: str
    group: Group
    lead: str
    form: SettingsForm | None = None
    endpoint: str = ""
    owners_only: bool = False

    @property
    def blueprint(self) -> str:
        """The name of the blueprint that serves the section's pages."""
        return self.endpoint.split(".")[1] if self.endpoint else "settings"
