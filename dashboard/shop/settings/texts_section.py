"""Settings: the shop's own wording of texts to customers, with a preview of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from dashboard.shop.form_result import FormResult, typed
from dashboard.shop.settings.fields import Field
from dashboard.shop.settings.section import Group, Kept, SettingsForm, SettingsSection
from dashboard.shop.text_preview import Preview, preview
from domain.message_variables import ShopVoice
from domain.templates import TextKind
from domain.templating import check_template


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField(Field):
    """The shop's own wording of one text; empty for the default."""

    text: TextKind
    kind: ClassVar[str] = "template"

    def read(self, form: Mapping[str, str], found: FormResult) -> None:
        """See Field."""
        source = typed(form, self.name)
        problems = check_template(self.text, source) if source else []
        found.put(self.name, source or None, " ".join(problems) or None)


FIELDS = (
    TemplateField(name="template_offer", text=TextKind.OFFER, label="Offer"),
    TemplateField(
        name="template_acceptance", text=TextKind.ACCEPTANCE, label="Reply to a YES, with the payment link"
    ),
    TemplateField(name="template_confirmation", text=TextKind.CONFIRMATION, label="Payment confirmation"),
    TemplateField(name="template_too_late", text=TextKind.TOO_LATE, label="Reply to a late YES"),
    TemplateField(name="template_ask_back", text=TextKind.ASK_BACK, label="Reply to an unclear answer"),
)
BY_NAME = {field.name: field for field in FIELDS}


def preview_of(name: str, source: str, kept: Kept, now: datetime) -> Preview:
    """The text as it would be sent now."""
    voice = ShopVoice(
        name=kept["name"],
        timezone=kept["timezone"],
        currency=kept["currency"],
        locale=kept["locale"],
        address=kept["address"],
    )
    return preview(BY_NAME[name].text, source, voice, now=now, deposit=kept["deposit_cents"])


def _extras(kept: Kept) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"previews": {name: preview_of(name, kept.get(name) or "", kept, now) for name in BY_NAME}}


SECTION = SettingsSection(
    slug="texts",
    name="Texts to customers",
    group=Group.MESSAGES,
    lead="The wording of offers, confirmations and replies.",
    form=SettingsForm(fields=FIELDS, template="shop/settings/texts.html", extras=_extras),
)
