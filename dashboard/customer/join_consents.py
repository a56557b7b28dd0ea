"""The checkboxes of the join page, one for each channel used for offers. No checkbox is ticked in advance."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from dashboard.catalogues import language, translate
from dashboard.shop.form_result import FormResult, typed
from domain import email_address, join_consent
from domain.channels import CHANNELS, Channel

FIELDS = {channel: "consent" if channel is Channel.SMS else f"consent_{channel}" for channel in join_consent.WORDING}


@dataclass(frozen=True, slots=True)
class ConsentBox:
    """A checkbox with its field and the sentence next to it."""

    channel: Channel
    name: str
    wording: str


def boxes(shop: Row[Any]) -> list[ConsentBox]:
    """Returns a box for each usable channel on which the shop makes offers."""
    used = {one.channel: one.setting is None or getattr(shop, one.setting) for one in CHANNELS.values()}
    return [
        ConsentBox(channel, name, join_consent.wording(channel, language(), shop.name))
        for channel, name in FIELDS.items()
        if used[channel] and channel not in shop.unusable_channels
    ]


def read(form: Any, shop: Row[Any], found: FormResult) -> tuple[dict[str, str], str | None]:
    """Returns the wording of each ticked box by channel, and the e-mail address. Adds errors to `found`."""
    shown = boxes(shop)
    ticked = {box.channel.value: box.wording for box in shown if form.get(box.name)}
    if not ticked or form.get("version") != join_consent.VERSION:
        found.wrong["consent"] = (
            translate("Tick the box to join. Otherwise, we can't text you.")
            if len(shown) == 1
            else translate("Tick at least one box to join. Otherwise, we can't tell you about free times.")
        )
    if Channel.EMAIL not in ticked:
        return ticked, None
    email = email_address.parse(typed(form, "email"))
    if email is None:
        found.wrong["email"] = translate("Enter an e-mail address, like ana@example.com.")
    return ticked, typed(form, "email") if email else None
