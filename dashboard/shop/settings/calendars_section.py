"""The booking systems section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="calendars",
    name="Calendars",
    group=Group.CONNECTIONS,
    lead="Connect your booking systems. We offer their cancelled appointments and add the recovered bookings.",
    endpoint="shop.connected_calendars.listing",
    owners_only=True,
)
