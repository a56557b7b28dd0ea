"""The services section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="services",
    name="Services",
    group=Group.SHOP,
    lead="Set the length, price and deposit of each service that customers book.",
    endpoint="shop.services.listing",
    owners_only=True,
)
