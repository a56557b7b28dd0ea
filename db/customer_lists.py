"""Lists of customers as shops bring them: who is new, who is known, who wants no texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

KNOWN = text("SELECT phone_e164 FROM customers WHERE shop_id = :shop_id AND phone_e164 = ANY(:phones)")
# Who has no number is known by name and e-mail.
KNOWN_WITHOUT = text("""
SELECT lower(name), lower(email) FROM customers
 WHERE shop_id = :shop_id AND phone_e164 IS NULL AND lower(name) = ANY(:names)
""")
OPTED_OUT = text("""
SELECT phone FROM suppressions WHERE shop_id = :shop_id AND phone = ANY(:phones) AND lifted_at IS NULL
""")
ADD = text("""
INSERT INTO customers (shop_id, name, phone, email, timezone, locale, sms_opt_in, consent_source, consent_wording,
                       consent_at)
VALUES (:shop_id, :name, :phone, :email, :timezone, :locale, :sms_opt_in, :consent_source, :consent_wording,
        CASE WHEN :sms_opt_in THEN coalesce(CAST(:consent_at AS timestamptz), (SELECT clock_timestamp()))
             ELSE CAST(:consent_at AS timestamptz) END)
""")


Customer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Added:
    """How many; and the phones (E.164) of those who came in without their opt-in: they had opted out."""

    new: int
    known: int
    kept_out: frozenset[str]


def add(session: Session, shop_id: UUID, customers: Sequence[Customer]) -> Added:
    """Adds those whom the shop does not know, by phone, or without one by name and e-mail; the known are left alone.

    `customers` have the columns of the table, each phone once, in E.164. An opt-out stands whatever a list says: only
    the customer's own START lifts it.
    """
    opted_out = frozenset(session.execute(OPTED_OUT, _values(shop_id, customers)).scalars())
    known = _known(session, shop_id, customers)
    new = [one for one in customers if _identity(one) not in known]
    rows = [
        {**one, "shop_id": shop_id, "sms_opt_in": one["sms_opt_in"] and one["phone"] not in opted_out} for one in new
    ]
    if rows:
        session.execute(ADD, rows)
    brought = {one["phone"] for one in new if one["sms_opt_in"]}
    return Added(len(new), len(customers) - len(new), opted_out & brought)


def _values(shop_id: UUID, customers: Sequence[Customer]) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "phones": [one["phone"] for one in customers if one["phone"]],
        "names": [one["name"].lower() for one in customers if not one["phone"]],
    }


def _known(session: Session, shop_id: UUID, customers: Sequence[Customer]) -> set[object]:
    values = _values(shop_id, customers)
    without = session.execute(KNOWN_WITHOUT, values).all()
    return {*session.execute(KNOWN, values).scalars(), *((name, email) for name, email in without)}


def _identity(one: Customer) -> object:
    return one["phone"] or (one["name"].lower(), (one["email"] or "").lower() or None)
