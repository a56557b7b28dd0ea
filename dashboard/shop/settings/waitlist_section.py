"""The settings section for the waiting list, and for offering earlier times to customers with later appointments."""

from typing import Any

import segno
from markupsafe import Markup

from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.session_access import reading, signed_in
from dashboard.shop.settings.form_fields import ChoiceField, NumberField, SwitchField
from dashboard.shop.settings.section import Group, Kept, SettingsForm, SettingsSection
from db.waitlist import waitlist_links

MODES = {
    "first": "Ask customers on the waiting list first, then everyone else",
    "only": "Only ask customers on the waiting list",
    "off": "Ignore the waiting list",
}


def _join_link(kept: Kept) -> dict[str, Any]:
    """Returns the link to the join page and its QR code as SVG. Both are empty while the waiting list is off."""
    if kept["waitlist"] == "off":
        return {"join_link": "", "join_code": ""}
    with reading() as rows:
        token = waitlist_links.join_token(rows, signed_in().shop.id)
    link = f"{page_dependencies().settings.app_url}/join/{token}"
    code = segno.make(link, micro=False, error="m")
    drawing = code.svg_inline(scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, title="QR code")
    return {"join_link": link, "join_code": Markup(drawing)}  # noqa: S704 - drawn by segno from our own link


SECTION = SettingsSection(
    slug="waiting-list",
    name="Waiting list",
    group=Group.RECOVERY,
    lead="Choose who is asked first, and whether customers can move to an earlier time.",
    form=SettingsForm(
        template="shop/settings/waiting_list.html",
        extras=_join_link,
        fields=(
            ChoiceField(
                name="waitlist",
                label="When a time becomes free",
                groups=lambda: {"": MODES},
                refusal="Choose an option from the list.",
            ),
            SwitchField(
                name="move_up",
                label="Offer earlier times to customers with a later appointment",
                hint="Their deposit moves with them, and we offer their old time.",
            ),
            NumberField(
                name="move_up_within_days",
                label="Move appointments from at most this many days later",
                least=1,
                most=366,
            ),
            NumberField(
                name="move_up_chain",
                label="Maximum number of moves after one cancellation",
                least=0,
                most=20,
                hint="Enter 0 to move no one.",
            ),
            SwitchField(
                name="show_waitlist_place",
                label="Show customers their place in line",
                hint="Shown on the page that the waiting-list text links to.",
            ),
            SwitchField(
                name="sell_rest",
                label="Sell the remaining time of a slot",
                hint="If a shorter service is booked and another one fits into the remaining time, we offer the "
                "remaining time too.",
            ),
        ),
    ),
)
