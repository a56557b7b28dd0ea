"""The shop's settings, as its pages show and change them. Deadlines that are set already don't move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from domain.phones.parsing import country_of

COLUMNS = (
    *("name", "country", "timezone", "currency", "locale", "address", "phone"),
    *("deposit_cents", "offer_window_minutes", "payment_window_minutes", "cooldown_hours", "payment_attempts"),
    *(
        "require_prior_booking",
        "min_notice_minutes",
        "recovery_enabled",
        "recover_unpaid",
        "quiet_from",
        "quiet_until",
    ),
    *("template_offer", "template_acceptance", "template_confirmation", "template_too_late", "template_ask_back"),
)
READ = text(f"SELECT {', '.join(COLUMNS)} FROM shops WHERE id = :shop_id")  # noqa: S608 - constants


COUNTRY = text("SELECT country, sms_from FROM shops WHERE id = :shop_id")


def country(session: Session, shop_id: UUID) -> str | None:
    """Where phone numbers without a country code are from (ISO 3166); None where nobody said it."""
    return country_of(*session.execute(COUNTRY, {"shop_id": shop_id}).one())


def settings_of(session: Session, shop_id: UUID) -> RowMapping:
    """The columns a shop may change."""
    return session.execute(READ, {"shop_id": shop_id}).mappings().one()


def change(session: Session, shop_id: UUID, values: Mapping[str, Any]) -> None:
    """Writes these columns; each is one of COLUMNS."""
    unknown = set(values) - set(COLUMNS)
    if unknown:
        raise KeyError(unknown)
    settings = ", ".join(f"{name} = :{name}" for name in values)
    session.execute(text(f"UPDATE shops SET {settings} WHERE id = :shop_id"), {**values, "shop_id": shop_id})  # noqa: S608
