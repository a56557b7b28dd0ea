"""The booking systems section of the settings, which links to separate pages."""

from __future__ import annotations

from dashboard.shop.settings.section import Group, SettingsSection

SECTION = SettingsSection(
    slug="calendars",
    name="Calendars",
    group=Group.CONNECTIONS,
    lead="Booking systems whose cancelled appointments we offer, and that receive the recovered bookings.",
    endpoint="shop.connected_calendars.listing",
    owners_only=True,
)
