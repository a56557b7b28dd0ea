"""The settings section that defines whether cancelled appointments are offered, to whom, and for how long."""

from dashboard.shop.settings.form_fields import NumberField, SwitchField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

SECTION = SettingsSection(
    slug="recovery",
    name="Offers",
    group=Group.RECOVERY,
    lead="Choose which cancelled appointments we offer, to whom, and for how long.",
    form=SettingsForm(
        fields=(
            SwitchField(name="recovery_enabled", label="Offer cancelled appointments to other customers"),
            SwitchField(name="recover_unpaid", label="Also offer appointments whose deposit was never paid"),
            SwitchField(name="require_prior_booking", label="Only ask customers who have visited before"),
            NumberField(
                name="offer_window_minutes",
                label="Time to reply to an offer (minutes)",
                least=1,
                most=1440,
                hint="After this time, we ask the next customer.",
            ),
            NumberField(
                name="cooldown_hours",
                label="Time before asking a customer again (hours)",
                least=0,
                most=8760,
                hint="Enter 0 for no limit.",
            ),
            NumberField(
                name="min_notice_minutes",
                label="Minimum notice (minutes)",
                least=0,
                most=10080,
                hint="We stop asking this long before the start.",
            ),
        ),
    ),
)
