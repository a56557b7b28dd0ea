"""The settings section for the channels used for offers, and the link in texts."""

from typing import Any

from dashboard.shop.access.session_access import reading, signed_in
from dashboard.shop.catalogue.text_preview import SAMPLE_LINK, preview
from dashboard.shop.settings.form_fields import SwitchField
from dashboard.shop.settings.section import Group, Kept, SettingsForm, SettingsSection
from db.messages import usable_channels
from db.shops import shop_settings, shop_texts
from domain.channels import CHANNELS, Channel, ChannelFields
from domain.date_wording import language_of
from domain.message_variables import ShopVoice
from domain.templates import TextKind


def _length(_shown: Kept) -> dict[str, Any]:
    """Returns the number of SMS that an offer takes with and without the link, and a message for each unusable
    channel.
    """
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
    return {
        "plain": plain.cost,
        "linked": linked.cost,
        "unusable": [_unusable(CHANNELS[one]) for one in sorted(unusable)],
    }


OFFERED = tuple(CHANNELS.values())


def _unusable(one: ChannelFields) -> str:
    """Returns the reason why no offers are sent on a channel that the workers can't use."""
    if one.channel is Channel.SMS:
        return "No texts can be sent: no SMS provider is set up."
    missing = f"no {one.name} template for offers" if one.needs_template else f"no {one.name} provider"
    return f"No one is asked by {one.by}: {missing} is set up."


def _hint(one: ChannelFields) -> str:
    before = [other.noun for other in OFFERED[: OFFERED.index(one)]]
    needs = f" Requires an approved {one.name} template." if one.needs_template else ""
    return f"For customers who agreed to {one.noun} but not to {' or '.join(before)}.{needs}"


SECTION = SettingsSection(
    slug="channels",
    name="Channels",
    group=Group.RECOVERY,
    lead=f"Each customer is asked on the first channel that they agreed to: {', '.join(one.by for one in OFFERED)}.",
    form=SettingsForm(
        template="shop/settings/channels.html",
        extras=_length,
        fields=(
            *(
                SwitchField(name=one.setting, label=f"Ask by {one.by}", hint=_hint(one))
                for one in OFFERED
                if one.setting
            ),
            SwitchField(
                name="offer_link_in_texts",
                label="Add a link to offers by text",
                hint="Customers can answer on a page instead of replying. Offers by WhatsApp and e-mail always "
                "contain the link.",
            ),
        ),
    ),
)
