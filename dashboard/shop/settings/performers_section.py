"""The performers section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="performers",
    name="People and rooms",
    group=Group.SHOP,
    lead="Manage the people and rooms that customers book, and the services of each.",
    endpoint="shop.performers.listing",
    owners_only=True,
)
