"""Checks the sending number, time zone, locale, custom texts, quiet hours and staff of each shop."""

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import RowMapping, text

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import CheckTarget
from domain.phones.e164 import normalise
from domain.plurals import counted
from domain.templates import TextKind
from domain.templating import check_template

SHOPS = text("""
SELECT s.*,
       EXISTS (SELECT 1 FROM staff p
                WHERE p.shop_id = s.id AND p.confirmed_at IS NOT NULL
                  AND (e164(p.phone) IS NOT NULL OR p.email LIKE '%@%')) AS somebody_signs_in
  FROM shops s ORDER BY s.name, s.id
""")
OWN_WORDINGS = (TextKind.OFFER, TextKind.ACCEPTANCE, TextKind.CONFIRMATION, TextKind.TOO_LATE, TextKind.ASK_BACK)
MOST_NAMED = 3

Wrong = Callable[[RowMapping], str | None]


def _number(shop: RowMapping) -> str | None:
    if not shop["sms_from"]:
        return "has no sending number"
    return None


def _number_shape(shop: RowMapping) -> str | None:
    given = shop["sms_from"]
    return (
        f"has the sending number “{given}”, which is not in E.164 format"
        if given and normalise(given) != given
        else None
    )


def _zone(shop: RowMapping) -> str | None:
    try:
        ZoneInfo(shop["timezone"])
    except (KeyError, ValueError, OSError):
        return f"has the unknown time zone “{shop['timezone']}”; UTC is used instead"
    return None


def _locale(shop: RowMapping) -> str | None:
    try:
        Locale.parse(shop["locale"].replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return f"has the unknown locale “{shop['locale']}”; English is used instead"
    return None


def _wording(shop: RowMapping) -> str | None:
    for kind in OWN_WORDINGS:
        own = shop[f"template_{kind.value}"]
        if own and (wrong := check_template(kind, own)):
            return f"has an invalid text for “{kind.value.replace('_', ' ')}”, which is never sent: {wrong[0]}"
    return None


def _quiet(shop: RowMapping) -> str | None:
    """Checks that the start and end of quiet hours are either both set or both unset."""
    return (
        "has only one of quiet_from and quiet_until"
        if (shop["quiet_from"] is None) != (shop["quiet_until"] is None)
        else None
    )


def _staff(shop: RowMapping) -> str | None:
    return None if shop["somebody_signs_in"] else "has no member of staff who can sign in"


# Each row: name, problem, whether the problem makes recoveries fail, and fix.
CHECKS: tuple[tuple[str, Wrong, bool, str], ...] = (
    ("shops.number", _number, True, "UPDATE shops SET sms_from = '+44...' WHERE id = '{id}'"),
    (
        "shops.number_shape",
        _number_shape,
        True,
        "UPDATE shops SET sms_from = '+44...' WHERE id = '{id}' (+, country code)",
    ),
    ("shops.zone", _zone, True, "UPDATE shops SET timezone = 'Europe/London' WHERE id = '{id}' (an IANA name)"),
    ("shops.locale", _locale, False, "UPDATE shops SET locale = 'en_GB' WHERE id = '{id}'"),
    ("shops.wording", _wording, True, "Correct it on the shop's settings page, or clear it to send the default."),
    (
        "shops.quiet_hours",
        _quiet,
        False,
        "Set quiet_from and quiet_until, or clear both: UPDATE shops ... WHERE id = '{id}'",
    ),
    ("shops.staff", _staff, False, "INSERT INTO staff (shop_id, name, phone) VALUES ('{id}', ..., '+44...')"),
)


def shops(target: CheckTarget) -> Iterator[Finding]:
    """Yields a finding for each kind of problem, with the names of the first few shops."""
    with target.transaction() as session:
        rows = session.execute(SHOPS).mappings().all()
    well = True
    for name, wrong, fails, fix in CHECKS:
        found = [(shop, message) for shop in rows if (message := wrong(shop))]
        if found:
            well = well and not fails
            find = failure if fails else warning
            message = "; ".join(f"{shop['name'] or shop['id']} {what}" for shop, what in found[:MOST_NAMED])
            more = f" (and {len(found) - MOST_NAMED} more)" if len(found) > MOST_NAMED else ""
            yield find(name, message + more, fix.format(id=found[0][0]["id"]))
    if well:
        able = f"{counted(len(rows), 'shop')} can send texts"
        yield ok("shops", able if rows else "no shop yet: slots shop create")
