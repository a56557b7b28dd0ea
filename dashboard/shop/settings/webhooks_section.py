"""Settings: where events are sent, on pages of its own."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="webhooks",
    name="Webhooks",
    group=Group.CONNECTIONS,
    lead="Other systems that hear of every change, and what was delivered to them.",
    endpoint="shop.webhooks.listing",
    owners_only=True,
)
