"""Balance payments, which collect the price of an appointment minus its deposit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.tasks import pending_tasks
from db.tasks.pending_tasks import NewRow


@dataclass(frozen=True, slots=True)
class Balance:
    """An open balance payment. The amount is in minor units."""

    payment_id: UUID
    appointment_id: UUID
    amount_cents: int
    pay_token: str


# The part of the price of appointment `a` that is paid, or that the customer can pay with the link for the deposit.
COVERED = """
SELECT coalesce(sum(p.amount_cents - p.refunded_cents), 0)::int AS cents FROM payments p
 WHERE p.appointment_id = a.id
   AND (p.status IN ('succeeded', 'disputed')
        OR p.kind = 'deposit' AND p.status IN ('pending', 'processing', 'failed'))
"""
OPEN = text("""
SELECT DISTINCT ON (appointment_id) id, appointment_id, amount_cents, pay_token FROM payments
 WHERE appointment_id = ANY(:ids) AND kind = 'balance' AND status IN ('pending', 'processing', 'failed')
 ORDER BY appointment_id, attempt DESC
""")
# A concurrent run of this statement waits until the inserted row is committed, and then finds the row. A concurrent
# cancellation either waits for this statement and then finds the payment, or commits first, in which case this
# statement creates no payment. A customer who paid after `outstanding` was computed owes less.
ORDER = text(f"""
INSERT INTO payments (shop_id, appointment_id, kind, attempt, amount_cents, currency)
SELECT a.shop_id, a.id, 'balance',
       1 + (SELECT count(*) FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'balance'),
       owed.amount, coalesce(a.currency, shop.currency)
  FROM jsonb_to_recordset(CAST(:owed AS jsonb)) AS owed (id uuid, amount integer, outstanding integer)
  JOIN appointments a ON a.id = owed.id JOIN shops shop ON shop.id = a.shop_id
 WHERE a.status = 'booked' AND owed.outstanding = a.price_cents - ({COVERED})
   AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'balance'
                      AND p.status IN ('pending', 'processing', 'failed'))
   FOR SHARE OF a
ON CONFLICT (appointment_id, kind, attempt) DO NOTHING
RETURNING id, shop_id
""")  # noqa: S608 - constants


def standing(session: Session, appointment_ids: Sequence[UUID]) -> dict[UUID, Balance]:
    """Returns the open balance payment of each appointment that has one."""
    found = session.execute(OPEN, {"ids": list(appointment_ids)})
    return {row.appointment_id: Balance(row.id, row.appointment_id, row.amount_cents, row.pay_token) for row in found}


def order(session: Session, owed: Mapping[UUID, int], *, outstanding: Mapping[UUID, int]) -> dict[UUID, Balance]:
    """Creates a balance payment and its `create_payment` task for each booked appointment without an open balance
    payment.

    `owed` maps appointments to the amounts to charge, and `outstanding` to the exact amounts due, both in minor
    units. An appointment whose amount due has changed gets no payment. Returns the open balance payments of these
    appointments.
    """
    rows = [{"id": str(id), "amount": amount, "outstanding": outstanding[id]} for id, amount in owed.items()]
    new = list(session.execute(ORDER, {"owed": json.dumps(rows)}))
    tasks = [NewRow("create_payment", (row.id,), key=f"create_payment:{row.id}", shop_id=row.shop_id) for row in new]
    pending_tasks.add_all(session, tasks)
    return standing(session, list(owed))
