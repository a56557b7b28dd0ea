"""The team section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="people",
    name="Team",
    group=Group.SHOP,
    lead="Who can sign in, and what they may do.",
    endpoint="shop.people.listing",
)
