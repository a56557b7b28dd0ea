"""The texts section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="texts",
    name="Texts to customers",
    group=Group.MESSAGES,
    lead="Change the wording of each text, in every language.",
    endpoint="shop.texts.listing",
)
