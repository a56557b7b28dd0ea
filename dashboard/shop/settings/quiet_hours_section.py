"""The settings section for the hours during which no offers or reminders are sent."""

from dashboard.shop.form_result import FormResult
from dashboard.shop.settings.form_fields import TimeField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

BOTH = "Enter a time like 21:00, or leave both empty."


def _both_or_none(found: FormResult) -> None:
    times = {name: found.values.get(name) for name in ("quiet_from", "quiet_until")}
    if any(times.values()):
        found.wrong |= {name: BOTH for name, value in times.items() if value is None and name not in found.wrong}


SECTION = SettingsSection(
    slug="quiet-hours",
    name="Quiet hours",
    group=Group.MESSAGES,
    lead="During quiet hours, we send no offers and no reminders. Leave both fields empty to turn quiet hours off.",
    form=SettingsForm(
        fields=(
            TimeField(name="quiet_from", label="From", hint="In the customer's time zone."),
            TimeField(name="quiet_until", label="Until"),
        ),
        check=_both_or_none,
        saved="Saved. Applies to new offers. If a slot is already waiting, you can resume it on its page.",
    ),
)
