"""Reads and changes a shop's settings. A change does not affect deadlines that are already set."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.orm import Session

from db.models import Shop
from db.recoveries.recoveries import POLICY_COLUMNS
from domain.phones.parsing import country_of

COLUMNS = (
    *("name", "country", "currency", "locale", "address", "phone"),
    *POLICY_COLUMNS,
    *("deposit_cents", "show_waitlist_place", "offer_link_in_texts", "tell_of_changes"),
    *("template_offer", "template_acceptance", "template_confirmation", "template_too_late", "template_ask_back"),
)


def country(session: Session, shop_id: UUID) -> str | None:
    """Returns the country (ISO 3166) of phone numbers without a country code, or None."""
    return country_of(*session.execute(select(Shop.country, Shop.sms_from).where(Shop.id == shop_id)).one())


def tells_of_changes(session: Session, shop_id: UUID) -> bool:
    """Returns whether customers are notified when the shop moves or cancels their appointment."""
    tells: bool = session.execute(select(Shop.tell_of_changes).where(Shop.id == shop_id)).scalar_one()
    return tells


def settings_of(session: Session, shop_id: UUID) -> RowMapping:
    """Returns the columns that a shop can change."""
    columns = [getattr(Shop, name) for name in COLUMNS]
    return session.execute(select(*columns).where(Shop.id == shop_id)).mappings().one()


def change(session: Session, shop_id: UUID, values: Mapping[str, Any]) -> None:
    """Updates the columns in `values`. Raises KeyError for a column that is not in COLUMNS."""
    unknown = set(values) - set(COLUMNS)
    if unknown:
        raise KeyError(unknown)
    session.execute(update(Shop).where(Shop.id == shop_id).values(dict(values)))
