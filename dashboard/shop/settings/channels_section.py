"""Settings: the channels that offers go by, and the link in texts."""

from __future__ import annotations

from typing import Any

from dashboard.shop.session_access import reading, signed_in
from dashboard.shop.settings.fields import SwitchField
from dashboard.shop.settings.section import Group, Kept, SettingsForm, SettingsSection
from dashboard.shop.text_preview import SAMPLE_LINK, preview
from db import shop_settings, shop_texts, usable_channels
from domain.channels import Channel
from domain.date_wording import language_of
from domain.message_variables import ShopVoice
from domain.templates import TextKind

UNUSABLE = {
    Channel.SMS: "No text can be sent.",
    Channel.WHATSAPP: "Nobody is asked by WhatsApp: no WhatsApp template for offers is set up.",
    Channel.EMAIL: "Nobody is asked by e-mail: no e-mail provider is set up.",
}
"""By channel that the workers can't use."""


def _length(_shown: Kept) -> dict[str, Any]:
    """How many SMS an offer takes, without the link and with it; the channels that can't be used."""
    me = signed_in()
    with reading() as rows:
        unusable = usable_channels.unusable(rows)
        kept, own = shop_settings.settings_of(rows, me.shop.id), shop_texts.of_shop(rows, me.shop.id)
    source = own.get((TextKind.OFFER.value, language_of(kept["locale"])), "")
    same = {name: kept[name] for name in ("name", "timezone", "currency", "locale", "address", "phone")}
    plain, linked = (
        preview(TextKind.OFFER, source, ShopVoice(**same), now=me.now, deposit=kept["deposit_cents"], offer_link=link)
        for link in ("", SAMPLE_LINK)
    )
    return {"plain": plain.cost, "linked": linked.cost, "unusable": [UNUSABLE[one] for one in sorted(unusable)]}


SECTION = SettingsSection(
    slug="channels",
    name="Channels",
    group=Group.RECOVERY,
    lead="Each customer is asked on the first channel that they agreed to: text, WhatsApp, e-mail.",
    form=SettingsForm(
        template="shop/settings/channels.html",
        extras=_length,
        fields=(
            SwitchField(
                name="offer_by_whatsapp",
                label="Ask by WhatsApp",
                hint="Customers who agreed to WhatsApp and not to texts. Needs an approved WhatsApp template.",
            ),
            SwitchField(
                name="offer_by_email",
                label="Ask by e-mail",
                hint="Customers who agreed to e-mail and not to texts or WhatsApp.",
            ),
            SwitchField(
                name="offer_link_in_texts",
                label="Add a link to offers by text",
                hint="Customers can answer on a page instead of replying. WhatsApp and e-mail always have it.",
            ),
        ),
    ),
)
