"""The settings section that defines whether the time to reply depends on how soon the slot starts."""

from dashboard.shop.settings.form_fields import ChoiceField, NumberField, Options
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

PACES = {"fixed": "Always the same time to reply", "adaptive": "Shorter when many customers have to be asked"}


def _paces() -> dict[str, Options]:
    return {"": PACES}


SECTION = SettingsSection(
    slug="pace",
    name="Pace",
    group=Group.RECOVERY,
    lead="Choose how soon we ask the next customer. The text states the deadline if the time to reply is short.",
    form=SettingsForm(
        fields=(
            ChoiceField(
                name="pace",
                label="Time to reply",
                groups=_paces,
                refusal="Choose one from the list.",
                hint="The longest time to reply is set under Offers. A later YES still counts while the slot "
                "is free.",
            ),
            NumberField(
                name="offer_window_least_minutes",
                label="Shortest time to reply (minutes)",
                least=1,
                most=1440,
                hint="Applies only when the time to reply is shortened.",
            ),
        ),
    ),
)
