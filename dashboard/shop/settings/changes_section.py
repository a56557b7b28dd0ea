"""The settings section that defines whether customers are notified when the shop moves or cancels an appointment."""

from dashboard.shop.settings.form_fields import SwitchField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

SECTION = SettingsSection(
    slug="changes",
    name="Changed appointments",
    group=Group.MESSAGES,
    lead="Choose whether customers are told when you or your booking system changes their appointment.",
    form=SettingsForm(
        fields=(
            SwitchField(
                name="tell_of_changes",
                label="Tell customers when an appointment is moved or cancelled",
                hint="We use the first channel that the customer agreed to, outside quiet hours. You can turn this "
                "off for a single change.",
            ),
        ),
        saved="Saved.",
    ),
)
