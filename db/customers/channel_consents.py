"""The columns of a customer's consent to each channel, and the functions that record and withdraw consent.

For opt-outs, see `db.customers.consent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, case, cast, exists, func, null, update
from sqlalchemy.orm import Session

from db import audit
from db.models import Customer, Suppression
from domain.channels import CHANNELS, PHONE_CHANNELS, Channel

NO_PHONE_CHANNEL = dict.fromkeys((one.opt_in for one in PHONE_CHANNELS), False)
"""The values that end the consents to all channels that use a phone number."""

CONSENT_COLUMNS = tuple(column for one in CHANNELS.values() for column in (one.opt_in, *one.consent_columns))
"""The columns of `customers` for all channels."""


def recorded(
    channel: Channel, *, source: str | None, wording: str | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """Returns the values of the columns that record a consent. `at` is the time of the consent, or None for now."""
    one = CHANNELS[channel]
    return {one.opt_in: True} | dict(
        zip(one.consent_columns, (source, wording or None, at or func.clock_now()), strict=True)
    )


def opt_ins_after(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the new opt-ins if the columns `phone` and `email` are set to these values or SQL expressions.

    A change of the number or the address ends the consents that were given for it. An opt-out from e-mails remains.
    """
    kept: dict[str, Any] = {}
    if "phone" in values:
        same_line = Customer.phone_e164.is_not_distinct_from(func.phone_line(cast(values["phone"], Text)))
        for one in PHONE_CHANNELS:
            kept[one.opt_in] = case((same_line, getattr(Customer, one.opt_in)), else_=False)
    if "email" in values:
        same_address = func.lower(Customer.email).is_not_distinct_from(func.lower(cast(values["email"], Text)))
        stays = same_address | Customer.email_opt_in.is_(False)
        kept["email_opt_in"] = case((stays, Customer.email_opt_in), else_=null())
    return kept


def opted_out() -> Any:
    """Returns the SQL condition that the customer's number has opted out. Only its owner can lift the opt-out."""
    return exists().where(
        Suppression.shop_id == Customer.shop_id,
        Suppression.phone == Customer.phone_e164,
        Suppression.lifted_at.is_(None),
    )


CONSENT_EVENTS = {
    True: ("CustomerOptedInByStaff", "Consent to {noun} was recorded."),
    False: ("CustomerOptedOutByStaff", "Consent to {noun} ended."),
}
"""For each new value of an opt-in, the event and its reason in the audit log."""


def note(session: Session, shop_id: UUID, customer_id: UUID, channel: Channel, *, opted_in: bool, by: str) -> None:
    """Records in the audit log that the shop recorded or ended a consent. `by` is the actor."""
    event, reason = CONSENT_EVENTS[opted_in]
    audit.note(
        session,
        event=event,
        reason=reason.format(noun=CHANNELS[channel].noun),
        shop_id=shop_id,
        actor=by,
        detail={"customer": customer_id},
    )


def record(
    session: Session, shop_id: UUID, customer_id: UUID, channel: Channel, *, source: str, wording: str | None, by: str
) -> bool:
    """Opts the customer in, and records this in the audit log. `by` is the actor.

    Returns False if the customer is unknown, has no address or has opted out.
    """
    result = session.execute(
        update(Customer)
        .where(
            Customer.id == customer_id,
            Customer.shop_id == shop_id,
            getattr(Customer, CHANNELS[channel].address).is_not(None),
            ~opted_out(),
        )
        .values(**recorded(channel, source=source, wording=wording))
        .returning(Customer.id)
    )
    if result.scalar_one_or_none() is None:
        return False
    note(session, shop_id, customer_id, channel, opted_in=True, by=by)
    return True


def withdraw_all(session: Session, shop_id: UUID, customer_id: UUID) -> None:
    """Ends all consents of a customer who has no phone number.

    For other customers, use `db.customers.consent.suppress`. Staff and the API use `db.customers.consent.opt_out`.
    """
    session.execute(
        update(Customer)
        .where(Customer.id == customer_id, Customer.shop_id == shop_id)
        .values(**{one.opt_in: False for one in CHANNELS.values()})
    )
