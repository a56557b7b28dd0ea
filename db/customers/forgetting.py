"""Erases the personal data of a customer. Appointments and payments are kept without personal data."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db import audit
from db.models import Customer
from db.sessions import allow_minutes
from domain.channels import CHANNELS

NO_CONSENT = ", ".join(
    f"{one.opt_in} = false, " + ", ".join(f"{column} = NULL" for column in one.consent_columns)
    for one in CHANNELS.values()
)
LOOK = text("""
SELECT EXISTS (SELECT 1 FROM appointments WHERE customer_id = :id AND status IN ('pending_payment', 'booked'))
    OR EXISTS (SELECT 1 FROM slot_offers WHERE customer_id = :id AND status IN ('pending', 'sent'))
    OR EXISTS (SELECT 1 FROM messages WHERE customer_id = :id AND status IN ('queued', 'sending'))
  FROM customers WHERE id = :id AND anonymised_at IS NULL
""")
# A transaction that inserts an offer holds a lock on the customer. Only a statement that starts after this lock was
# acquired reads that offer.
LOCK = text("SELECT FROM customers WHERE id = :id FOR UPDATE")

# The rows without a customer that belong to the phone line of customer `c`, unless another customer has this line.
OF_THE_LINE = """
c.id = :id AND {row}.shop_id = c.shop_id AND {row}.customer_id IS NULL AND {line} = c.phone_e164
   AND NOT EXISTS (SELECT FROM customers o WHERE o.shop_id = c.shop_id AND o.phone_e164 = c.phone_e164
                      AND o.id <> c.id AND o.anonymised_at IS NULL)
"""
# The fields of a Stripe object that are kept. All other fields may describe the cardholder.
KEPT_OF_STRIPE = (
    *("id", "object", "livemode", "created", "status", "amount", "amount_received", "amount_refunded", "currency"),
    *("payment_intent", "charge", "metadata", "reason"),
)

# Texts from before the person became a customer, and texts with a code to join the waiting list.
ADOPT = text(f"""
UPDATE messages m SET customer_id = c.id
  FROM customers c
 WHERE m.staff_id IS NULL AND {
    OF_THE_LINE.format(
        row="m", line="phone_line(CASE m.direction WHEN 'inbound' THEN m.from_address ELSE m.to_address END)"
    )
}
""")  # noqa: S608 - constants

# The number of an opt-out is kept, so that importing the same list again does not opt the number in. The payload of a
# webhook is removed only after the webhook has been handled.
FORGET = (
    # The ids of webhooks are the SIDs of the texts, for delivery statuses with a colon and the status. The range lets
    # Postgres use the index.
    text("""
UPDATE webhook_events w SET payload = '{}'
  FROM messages m
 WHERE m.customer_id = :id AND w.provider = 'twilio' AND w.handled_at IS NOT NULL
   AND w.event_id >= m.provider_id AND w.event_id < m.provider_id || 'zz' AND starts_with(w.event_id, m.provider_id)
"""),
    # The condition must match the index webhook_events_email_idx.
    text("""
UPDATE webhook_events w SET payload = '{}'
  FROM messages m
 WHERE m.customer_id = :id AND m.channel = 'email' AND w.provider = 'resend' AND w.handled_at IS NOT NULL
   AND w.payload #>> '{data,email_id}' = m.provider_id
"""),
    # The condition must match the index on the PaymentIntent of webhooks.
    text("""
UPDATE webhook_events w
   SET payload = jsonb_build_object('id', w.payload -> 'id', 'type', w.payload -> 'type', 'data', jsonb_build_object(
         'object', (SELECT jsonb_object_agg(key, value) FROM jsonb_each(w.payload #> '{data,object}')
                     WHERE key = ANY(:kept))))
  FROM payments p JOIN appointments a ON a.id = p.appointment_id
 WHERE a.customer_id = :id AND w.provider = 'stripe' AND w.handled_at IS NOT NULL
   AND coalesce(w.payload #>> '{data,object,payment_intent}', w.payload #>> '{data,object,id}')
       = p.stripe_payment_intent_id
""").bindparams(kept=list(KEPT_OF_STRIPE)),
    # The outcome of a task may name the customer to the person who started the task.
    text("""
UPDATE pending_tasks t SET outcome = jsonb_build_object('outcome', t.outcome -> 'outcome'), last_error = NULL
  FROM customers c
 WHERE c.id = :id AND t.shop_id = c.shop_id AND t.settled_at IS NOT NULL
   AND (t.args @> to_jsonb(c.id::text) OR t.outcome #>> '{answer,customerId}' = c.id::text)
"""),
    text("""
DELETE FROM notifications n USING messages m
 WHERE m.customer_id = :id AND m.direction = 'inbound' AND n.dedupe_key = 'customer_text:' || m.provider_id
"""),
    text("""
UPDATE messages
   SET to_address = '', from_address = '', subject = NULL, body = '', body_digest = NULL, html = NULL, template = NULL
 WHERE customer_id = :id
"""),
    # Removes the name from notifications about disputes, and from the e-mails that report them.
    text("""
WITH anonymised AS (
  UPDATE notifications n SET text = regexp_replace(n.text, :by_whom, :by_a_customer)
    FROM appointments a
   WHERE a.customer_id = :id AND n.shop_id = a.shop_id AND n.appointment_id = a.id
     AND n.kind IN ('dispute', 'dispute_won')
  RETURNING n.id, n.shop_id, n.created_at
)
UPDATE messages m SET body = regexp_replace(m.body, :by_whom, :by_a_customer)
  FROM anonymised n
 WHERE m.shop_id = n.shop_id AND m.created_at >= n.created_at AND m.purpose = 'alert'
   AND starts_with(m.purpose_key, 'alert:' || n.id)
""").bindparams(by_whom=" by .* for (?=[0-9])", by_a_customer=" by a customer for "),
    text("UPDATE appointments SET note = NULL WHERE customer_id = :id AND note IS NOT NULL"),
    text("DELETE FROM notifications WHERE customer_id = :id"),
    text("DELETE FROM conversations WHERE customer_id = :id"),
    text(f"DELETE FROM conversations r USING customers c WHERE {OF_THE_LINE.format(row='r', line='r.line')}"),  # noqa: S608 - constants
    text("""
DELETE FROM join_requests r USING customers c
 WHERE c.id = :id AND r.shop_id = c.shop_id AND r.line = c.phone_e164
"""),
    text("""
UPDATE waitlist_entries SET note = NULL, consent_address = NULL, email = NULL, priority = 0, priority_reason = NULL,
       status = CASE status WHEN 'active' THEN 'left' ELSE status END,
       ended_at = coalesce(ended_at, (SELECT clock_timestamp()))
 WHERE customer_id = :id
"""),
    text(f"""
UPDATE customers
   SET name = '', phone = NULL, email = NULL, timezone = NULL, locale = NULL, {NO_CONSENT},
       -- A later booking of the same person in a calendar makes a new customer.
       external_id = NULL, note = NULL, tags = '{{}}', anonymised_at = (SELECT clock_timestamp())
 WHERE id = :id
"""),  # noqa: S608 - constants
)


def has_something_open(session: Session, customer_id: UUID) -> bool:
    """Whether a live booking, a live offer or an unsent message prevents the erasure."""
    return bool(session.execute(LOOK, {"id": customer_id}).scalar_one_or_none())


def forget(session: Session, customer_id: UUID, *, by: str) -> bool | None:
    """Removes the customer's personal data like `erase`, and records this in the audit log. `by` is the actor."""
    done = erase(session, customer_id)
    if done:
        audit.note(
            session,
            event="CustomerForgotten",
            reason="The personal data of a customer was erased.",
            shop_id=shop_of(session, customer_id),
            actor=by,
            severity="warning",
            detail={"customer": customer_id},
        )
    return done


def erase(session: Session, customer_id: UUID) -> bool | None:
    """Removes the customer's personal data.

    Returns None if there is no such customer, and False if `has_something_open` is true.
    """
    # Two of the statements read whole tables, which takes seconds for millions of rows.
    allow_minutes(session)
    session.execute(LOCK, {"id": customer_id})
    session.execute(ADOPT, {"id": customer_id})
    live = session.execute(LOOK, {"id": customer_id}).scalar_one_or_none()
    if live is None:
        return None
    if live:
        return False
    for statement in FORGET:
        session.execute(statement, {"id": customer_id})
    return True


def shop_of(session: Session, customer_id: UUID) -> UUID:
    """Returns the shop of a customer, even if the customer was erased."""
    return session.execute(select(Customer.shop_id).where(Customer.id == customer_id)).scalar_one()
