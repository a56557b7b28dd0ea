"""The API keys section of the settings, which links to a separate page."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="api-keys",
    name="API keys",
    group=Group.CONNECTIONS,
    lead="Create keys that let your booking system read and change this shop's data.",
    endpoint="shop.api_keys.listing",
    owners_only=True,
)
