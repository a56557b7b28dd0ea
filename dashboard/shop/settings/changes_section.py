"""The settings section that defines whether customers are notified when the shop moves or cancels an appointment."""

from __future__ import annotations

from dashboard.shop.settings.fields import SwitchField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

SECTION = SettingsSection(
    slug="changes",
    name="Moved and cancelled",
    group=Group.MESSAGES,
    lead="What customers are told when you or your booking system changes their appointment.",
    form=SettingsForm(
        fields=(
            SwitchField(
                name="tell_of_changes",
                label="Tell customers when an appointment is moved or cancelled",
                hint="On the first channel they agreed to, outside quiet hours. You can turn it off for one change.",
            ),
        ),
        saved="Saved.",
    ),
)
