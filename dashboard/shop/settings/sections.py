"""All settings sections, in the order of the navigation.

A section with a form has its own module. A section with its own pages is listed here with its endpoint.
"""

from __future__ import annotations

from dashboard.shop.settings import (
    changes_section,
    channels_section,
    deposit_section,
    pace_section,
    quiet_hours_section,
    recovery_section,
    region_section,
    shop_section,
    waitlist_section,
)
from dashboard.shop.settings.section import Group, SettingsSection

SECTIONS: tuple[SettingsSection, ...] = (
    shop_section.SECTION,
    region_section.SECTION,
    SettingsSection(
        slug="services",
        name="Services",
        group=Group.SHOP,
        lead="Set the length, price and deposit of each service that customers book.",
        endpoint="shop.services.listing",
        owners_only=True,
    ),
    SettingsSection(
        slug="performers",
        name="People and rooms",
        group=Group.SHOP,
        lead="Manage the people and rooms that customers book, and the services of each.",
        endpoint="shop.performers.listing",
        owners_only=True,
    ),
    SettingsSection(
        slug="people",
        name="Team",
        group=Group.SHOP,
        lead="Choose who can sign in, and what each person may do.",
        endpoint="shop.people.listing",
    ),
    recovery_section.SECTION,
    channels_section.SECTION,
    waitlist_section.SECTION,
    pace_section.SECTION,
    deposit_section.SECTION,
    SettingsSection(
        slug="texts",
        name="Texts to customers",
        group=Group.MESSAGES,
        lead="Change the wording of each text, in every language.",
        endpoint="shop.texts.listing",
    ),
    changes_section.SECTION,
    quiet_hours_section.SECTION,
    SettingsSection(
        slug="calendars",
        name="Calendars",
        group=Group.CONNECTIONS,
        lead="Connect your booking systems. We offer their cancelled appointments and add the recovered bookings.",
        endpoint="shop.connected_calendars.listing",
        owners_only=True,
    ),
    SettingsSection(
        slug="api-keys",
        name="API keys",
        group=Group.CONNECTIONS,
        lead="Create keys that let your booking system read and change this shop's data.",
        endpoint="shop.api_keys.listing",
        owners_only=True,
    ),
    SettingsSection(
        slug="webhooks",
        name="Webhooks",
        group=Group.CONNECTIONS,
        lead="Send events to your other systems, and view the deliveries to each.",
        endpoint="shop.webhooks.listing",
        owners_only=True,
    ),
    SettingsSection(
        slug="jobs",
        name="Background jobs",
        group=Group.CONNECTIONS,
        lead="View the jobs that run in the background, and the last run of each.",
        endpoint="shop.jobs.show",
        owners_only=True,
    ),
)

BY_SLUG = {section.slug: section for section in SECTIONS}
BLUEPRINTS = sorted({section.blueprint for section in SECTIONS} | {"settings"})
"""The blueprints of the pages for which the main navigation highlights Settings."""


def navigation(*, owner: bool) -> list[tuple[Group, list[SettingsSection]]]:
    """Returns the sections that this role can view, by group."""
    shown = [section for section in SECTIONS if owner or not section.owners_only]
    groups = [(group, [section for section in shown if section.group is group]) for group in Group]
    return [(group, sections) for group, sections in groups if sections]
