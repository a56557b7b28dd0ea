"""The team section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="people",
    name="Team",
    group=Group.SHOP,
    lead="Choose who can sign in, and what each person may do.",
    endpoint="shop.people.listing",
)
