"""The payments that take what is left of a price."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import pending_tasks
from db.pending_tasks import NewRow


@dataclass(frozen=True, slots=True)
class Balance:
    """A payment that waits for its money."""

    payment_id: UUID
    appointment_id: UUID
    amount_cents: int
    pay_token: str


OPEN = text("""
SELECT DISTINCT ON (appointment_id) id, appointment_id, amount_cents, pay_token FROM payments
 WHERE appointment_id = ANY(:ids) AND kind = 'balance' AND status IN ('pending', 'processing', 'failed')
 ORDER BY appointment_id, attempt DESC
""")
# Two runs at once: the second waits for the first's row, and finds it. Who cancels the appointment at this moment
# waits for us, and finds the payment, or we for them, and order none.
ORDER = text("""
INSERT INTO payments (shop_id, appointment_id, kind, attempt, amount_cents, currency)
SELECT a.shop_id, a.id, 'balance',
       1 + (SELECT count(*) FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'balance'),
       owed.amount, coalesce(a.currency, shop.currency)
  FROM jsonb_to_recordset(CAST(:owed AS jsonb)) AS owed (id uuid, amount integer)
  JOIN appointments a ON a.id = owed.id JOIN shops shop ON shop.id = a.shop_id
 WHERE a.status = 'booked'
   AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'balance'
                      AND p.status IN ('pending', 'processing', 'failed'))
   FOR SHARE OF a
ON CONFLICT (appointment_id, kind, attempt) DO NOTHING
RETURNING id, shop_id
""")


def standing(session: Session, appointment_ids: Sequence[UUID]) -> dict[UUID, Balance]:
    """The open one of each appointment that has one."""
    found = session.execute(OPEN, {"ids": list(appointment_ids)})
    return {row.appointment_id: Balance(row.id, row.appointment_id, row.amount_cents, row.pay_token) for row in found}


def order(session: Session, owed: Mapping[UUID, int]) -> dict[UUID, Balance]:
    """One for each that is still booked, of what it owes (minor units), and the task that asks for its intent."""
    told = json.dumps([{"id": str(id), "amount": amount} for id, amount in owed.items()])
    new = list(session.execute(ORDER, {"owed": told}))
    tasks = [NewRow("create_payment", (row.id,), key=f"create_payment:{row.id}", shop_id=row.shop_id) for row in new]
    pending_tasks.add_all(session, tasks)
    return standing(session, list(owed))
