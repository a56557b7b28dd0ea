"""The background jobs section of the settings, which links to a separate page."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="jobs",
    name="Background jobs",
    group=Group.CONNECTIONS,
    lead="View the jobs that run in the background, and the last run of each.",
    endpoint="shop.jobs.show",
    owners_only=True,
)
