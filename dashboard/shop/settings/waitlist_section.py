"""Settings: the waiting list, and moving customers with a later appointment to an earlier time."""

from __future__ import annotations

from dashboard.shop.settings.fields import ChoiceField, NumberField, SwitchField
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection

MODES = {
    "first": "Ask customers on the waiting list first, then everyone else",
    "only": "Only ask customers on the waiting list",
    "off": "Ignore the waiting list",
}

SECTION = SettingsSection(
    slug="waiting-list",
    name="Waiting list",
    group=Group.RECOVERY,
    lead="Who is asked first, and whether customers can move to an earlier time.",
    form=SettingsForm(
        fields=(
            ChoiceField(
                name="waitlist",
                label="When a time comes free",
                groups=lambda: {"": MODES},
                refusal="Choose an option from the list.",
            ),
            SwitchField(
                name="move_up",
                label="Offer earlier times to customers with a later appointment",
                hint="They keep their deposit, and we offer the time that they leave.",
            ),
            NumberField(
                name="move_up_within_days",
                label="Move appointments from at most this many days later",
                least=1,
                most=366,
            ),
            NumberField(
                name="move_up_chain",
                label="Customers moved in a row after one cancellation",
                least=0,
                most=20,
                hint="0 moves no one.",
            ),
            SwitchField(
                name="offer_link_in_texts",
                label="Add a link to offers by text",
                hint="Customers can answer on a page instead of replying. The text may take one more SMS.",
            ),
        ),
    ),
)
