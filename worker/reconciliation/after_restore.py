"""Compares a restored database with Stripe and Twilio, which know what happened after the backup's last moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.messages import restored_texts
from db.messages.restored_texts import LostIntent, SentText
from domain.channels import PHONE_CHANNELS, Channel
from domain.effects import NotifyStaff, Severity
from domain.money import format_amount
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_results import Intent, IntentCancelled, IntentState, Later, Refunded
from providers.twilio.twilio_results import Carried, Unknown
from worker.dependencies import Dependencies


class NotListedError(Exception):
    """A provider did not list what it knows. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class LostPayment:
    """A payment at Stripe that the database does not contain. `state`: of the intent; `amount`: as the shop reads it.

    `outcome`: "refunded", "cancelled", or why it was neither.
    """

    intent_id: str
    shop_id: UUID
    shop: str
    amount: str
    state: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class LostText:
    """A text that the database did not contain. `outcome`: "matched", "recorded", or "" for no customer."""

    sid: str
    to: str
    at: datetime
    outcome: str = ""


def lost_payments(dependencies: Dependencies, since: datetime) -> list[tuple[LostPayment, Intent]]:
    """Lists the intents of our shops since then that no payment has. Raises NotListedError."""
    listed = dependencies.stripe.list_intents(since)
    if isinstance(listed, Later):
        raise NotListedError(f"Stripe: {listed.reason}")
    intents = {one.id: one for one in listed if one.state is not IntentState.CANCELLED}
    ids = [(id, one.metadata.get("payment_id", ""), one.metadata.get("shop_id", "")) for id, one in intents.items()]
    with dependencies.transactions() as session:
        lost = restored_texts.lost_intents(session, ids)
    return [(_payment(one, intents[one.intent_id]), intents[one.intent_id]) for one in lost]


def settle_payment(dependencies: Dependencies, lost: LostPayment, intent: Intent) -> str:
    """Refunds the intent, or cancels it if it is unpaid, and tells the staff. Returns the outcome. Repeatable."""
    if intent.state is IntentState.OPEN:
        answer = dependencies.stripe.cancel(intent.id)
        return "cancelled" if isinstance(answer, IntentCancelled) else "not cancelled: try again"
    if intent.state is not IntentState.SUCCEEDED:
        return "still processing: try again"
    refunded = dependencies.stripe.refund(intent.id, intent.amount, f"refund_after_restore:{intent.id}")
    if not isinstance(refunded, Refunded):
        return refunded.reason if isinstance(refunded, Later) else refunded.meaning
    text = (
        f"A payment of {lost.amount} was refunded: its booking was lost when the database was restored. Stripe shows"
        f" the customer of {intent.id}."
    )
    with dependencies.transactions() as session:
        effect = NotifyStaff("needs_human", text, Severity.CRITICAL)
        notify_staff(session, shop_id=lost.shop_id, effect=effect, dedupe_key=f"refund_after_restore:{intent.id}")
    return "refunded"


def lost_texts(dependencies: Dependencies, since: datetime) -> list[SentText]:
    """Lists the texts of our numbers since then that no message has, oldest first.

    Raises NotListedError.
    """
    listed = dependencies.twilio.list_outbound(since)
    if isinstance(listed, Unknown):
        raise NotListedError(f"Twilio: {listed.reason}")
    with dependencies.transactions() as session:
        ours = {*restored_texts.numbers(session), *_shared(dependencies)}
        sent = [_text(carried, since) for carried in listed]
        return restored_texts.unknown(session, [text for text in sent if (text.channel, text.sender) in ours])


def note_text(dependencies: Dependencies, sent: SentText) -> LostText:
    """Records that the text was sent. Repeatable."""
    with dependencies.transactions() as session:
        return LostText(sent.sid, sent.to, sent.at, restored_texts.note(session, sent) or "")


def _payment(lost: LostIntent, intent: Intent) -> LostPayment:
    amount = format_amount(intent.amount, intent.currency, "en")
    return LostPayment(intent.id, lost.shop_id, lost.shop, amount, intent.state.value)


def _shared(dependencies: Dependencies) -> Iterator[tuple[Channel, str]]:
    for channel, number in dependencies.senders.numbers.items():
        yield Channel(channel), number


def _text(carried: Carried, since: datetime) -> SentText:
    prefix, _, sender = carried.from_.rpartition(":")
    channel = next(one for one in PHONE_CHANNELS if one.prefix.rstrip(":") == prefix)
    to = carried.to.removeprefix(channel.prefix)
    return SentText(carried.sid, channel.channel, sender, to, carried.body, carried.created_at or since)
