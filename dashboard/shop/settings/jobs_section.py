"""The background jobs section of the settings, which links to a separate page."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="jobs",
    name="Background jobs",
    group=Group.CONNECTIONS,
    lead="Jobs that run in the background, and when each last ran.",
    endpoint="shop.jobs.show",
    owners_only=True,
)
