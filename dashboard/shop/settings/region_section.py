"""The settings section for the country, time zone and language, each chosen from a list."""

from collections.abc import Mapping
from functools import cache

from babel.core import Locale, UnknownLocaleError, get_locale_identifier, parse_locale
from babel.localedata import locale_identifiers

from dashboard.shop.settings.form_fields import ChoiceField, Options
from dashboard.shop.settings.section import Group, SettingsForm, SettingsSection
from dashboard.shop.settings.zone_choices import zone_groups
from domain.countries import country_names

LANGUAGES = ("en", "de", "es", "fr")
"""The languages of texts and customer pages."""


def _countries() -> dict[str, Options]:
    return {"": country_names()}


def known_locale(name: str) -> str:
    """Returns Babel's name of a locale, such as "en_GB" for "en-gb". Returns an unknown name unchanged."""
    try:
        known = str(Locale.parse(name.replace("-", "_"), sep="_"))
    except (UnknownLocaleError, ValueError):
        return name
    return name if known == "root" else known


@cache
def locale_groups() -> Mapping[str, Options]:
    """Returns the locales of our languages by country, then all other locales."""
    named: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    others: dict[str, str] = {}
    for identifier in locale_identifiers():
        language, territory, script, variant, *_ = parse_locale(identifier)
        if not territory or variant or territory.isdigit():
            continue
        if script and language in LANGUAGES:
            continue
        place = Locale.parse(identifier)
        name = str(place.get_display_name("en"))
        named.get(language, others)[get_locale_identifier((language, territory, script))] = name
    ordered = {str(Locale(language).get_display_name("en")): _sorted(named[language]) for language in LANGUAGES}
    return ordered | {"Dates only; texts are in English": _sorted(others)}


def _sorted(options: dict[str, str]) -> dict[str, str]:
    return dict(sorted(options.items(), key=lambda option: option[1]))


SECTION = SettingsSection(
    slug="region",
    name="Country and language",
    group=Group.SHOP,
    lead="Set the country, time zone and language for phone numbers, times and texts.",
    form=SettingsForm(
        fields=(
            ChoiceField(
                name="country",
                label="Country",
                groups=_countries,
                none="From the shop's phone number",
                fold=str.upper,
                refusal="Choose a country from the list.",
                hint="For phone numbers without a country code.",
            ),
            ChoiceField(
                name="timezone",
                label="Time zone",
                groups=zone_groups,
                refusal="Choose a time zone from the list.",
                hint="Applies to the pages and to texts.",
            ),
            ChoiceField(
                name="locale",
                label="Language and region",
                groups=locale_groups,
                fold=known_locale,
                refusal="Choose a language from the list.",
                hint="For texts to customers, and for dates and amounts.",
            ),
        ),
        saved="Saved. Applies to new texts.",
    ),
)
