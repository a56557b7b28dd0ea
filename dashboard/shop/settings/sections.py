"""All settings sections, in the order of the navigation. To add a section, add a module and list it here."""

from __future__ import annotations

from dashboard.shop.settings import (
    api_keys_section,
    calendars_section,
    changes_section,
    channels_section,
    deposit_section,
    jobs_section,
    pace_section,
    performers_section,
    quiet_hours_section,
    recovery_section,
    region_section,
    services_section,
    shop_section,
    team_section,
    texts_section,
    waitlist_section,
    webhooks_section,
)
from dashboard.shop.settings.section import Group, SettingsSection

SECTIONS: tuple[SettingsSection, ...] = (
    shop_section.SECTION,
    region_section.SECTION,
    services_section.SECTION,
    performers_section.SECTION,
    team_section.SECTION,
    recovery_section.SECTION,
    channels_section.SECTION,
    waitlist_section.SECTION,
    pace_section.SECTION,
    deposit_section.SECTION,
    texts_section.SECTION,
    changes_section.SECTION,
    quiet_hours_section.SECTION,
    calendars_section.SECTION,
    api_keys_section.SECTION,
    webhooks_section.SECTION,
    jobs_section.SECTION,
)

BY_SLUG = {section.slug: section for section in SECTIONS}
BLUEPRINTS = sorted({section.blueprint for section in SECTIONS} | {"settings"})
"""The blueprints of the pages for which the main navigation highlights Settings."""


def navigation(*, owner: bool) -> list[tuple[Group, list[SettingsSection]]]:
    """Returns the sections that this role can view, by group."""
    shown = [section for section in SECTIONS if owner or not section.owners_only]
    groups = [(group, [section for section in shown if section.group is group]) for group in Group]
    return [(group, sections) for group, sections in groups if sections]
