"""The webhook endpoints section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="webhooks",
    name="Webhooks",
    group=Group.CONNECTIONS,
    lead="Send events to your other systems, and view the deliveries to each.",
    endpoint="shop.webhooks.listing",
    owners_only=True,
)
