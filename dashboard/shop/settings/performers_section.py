"""Settings: the performers, on pages of their own."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="performers",
    name="People and rooms",
    group=Group.SHOP,
    lead="Whose time customers book, and which services each of them does.",
    endpoint="shop.performers.listing",
    owners_only=True,
)
