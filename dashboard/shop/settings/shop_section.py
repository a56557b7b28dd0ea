"""The settings section for the name, address and phone number that customers see."""

from dashboard.shop.settings.form_fields import TextField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

SECTION = SettingsSection(
    slug="shop",
    name="Shop details",
    group=Group.SHOP,
    lead="Set the name, address and phone number that customers see.",
    form=SettingsForm(
        fields=(
            TextField(name="name", label="Name", longest=120, required="Enter a name."),
            TextField(name="address", label="Address", longest=200, hint="Shown in confirmations."),
            TextField(name="phone", label="Phone", longest=40, hint="For calls. Texts are sent from another number."),
        ),
        saved="Saved.",
    ),
)
