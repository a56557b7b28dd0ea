"""Records the carrier's reports about texts and applies them to the offers in those texts."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from db.customers import consent
from db.messages import message_drafts, messages
from db.messages.messages import MessageSubject, Outgoing
from db.webhooks import webhook_events
from domain import events as ev
from domain.delivery import NOT_ARRIVED, reached
from providers.twilio.twilio_codes import TwilioCodeKind, on_delivery
from providers.twilio.webhook_forms import StatusCallback, read_status
from worker.apply_events import apply_event
from worker.gates import cooldown
from worker.task_run import Outcome, TaskRun, task


@task("update_message_status")
def update_status(run: TaskRun, message_id: UUID) -> Outcome:
    """Records a status callback from the carrier. A status never moves backwards, because callbacks can arrive out of
    order.
    """
    with run.transaction() as session:
        event = webhook_events.of_task(session, run.webhook_event_id)
        callback = read_status({name: [str(value)] for name, value in event.payload.items()}) if event else None
        if not isinstance(callback, StatusCallback):
            return run.settle(session, {"outcome": "unreadable"})
        return run.settle(session, record_status(session, run, message_id, callback))


def record_status(session: Session, run: TaskRun, message_id: UUID, callback: StatusCallback) -> Outcome:
    """Advances the message and its offer to the status that the carrier reports."""
    subject = messages.subject(session, message_id)
    if subject is None:
        return {"outcome": "no such message"}
    advanced = _advance(session, message_id, callback)
    if advanced and callback.status.value in NOT_ARRIVED:
        _record_failure(session, run, subject, callback)
        message_drafts.write_sms_instead(session, message_id)
    elif subject.offer_pending:
        # This is the first report about a text whose sending is not recorded yet or has an unknown outcome.
        apply_to_offer(session, run, subject, ev.OfferSent)
    return {"outcome": callback.status.value if advanced else "known already"}


def _record_failure(session: Session, run: TaskRun, subject: MessageSubject, callback: StatusCallback) -> None:
    meaning = on_delivery(callback.error_code)
    if meaning.kind is TwilioCodeKind.OPTED_OUT:
        consent.suppress(session, shop_id=subject.shop_id, phone=subject.to_address, reason=meaning.words)
    mark_undeliverable(session, run, subject, meaning.words)


def _advance(session: Session, message_id: UUID, callback: StatusCallback) -> bool:
    return messages.advance(
        session,
        message_id,
        reached(callback.status.value),
        provider_id=callback.message_sid,
        carrier_status=callback.status.value,
        error_code=str(callback.error_code) if callback.error_code else None,
    )


def apply_to_offer(
    session: Session, run: TaskRun, message: Outgoing | MessageSubject, event_of: Callable[[UUID], ev.Event]
) -> None:
    """Applies an event to the offer in this text, if any."""
    offer_id, slot_opening_id = message.slot_offer_id, message.slot_opening_id
    if message.purpose == "offer" and offer_id and slot_opening_id:
        apply_event(session, run.dependencies, slot_opening_id, event_of(offer_id), offer_id=offer_id)


def mark_undeliverable(session: Session, run: TaskRun, subject: MessageSubject | None, reason: str) -> None:
    """Ends the offer of an undeliverable text. Clears the customer's cooldown, because the customer was not asked."""
    if subject is None or subject.purpose != "offer":
        return
    apply_to_offer(session, run, subject, partial(ev.OfferUndeliverable, reason=reason))
    if (customer_id := subject.customer_id) is not None:
        run.after_commit.append(lambda: cooldown.forget(run.dependencies.gates, customer_id))
