"""Compares a restored database with Stripe and Twilio, whose records include the time after the backup."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from db.messages import restored_texts
from db.messages.restored_texts import SentText
from db.money import lost_intents, reconciliation
from db.money.lost_intents import LostIntent
from db.tasks import waiting_tasks
from db.tasks.pending_tasks import UnpublishedRow
from domain.channels import PHONE_CHANNELS, Channel
from domain.effects import NotifyStaff, Severity
from domain.money import format_amount
from messaging.staff_notifications import notify_staff
from providers.stripe.stripe_results import Intent, IntentCancelled, IntentState, Later, Refunded
from providers.twilio.delivery_status import Status
from providers.twilio.twilio_client import without_trial_prefix
from providers.twilio.twilio_results import Carried, Unknown
from worker.dependencies import Dependencies
from worker.offers.customer_replies import opt_in, opt_out
from worker.reconciliation.find_missed import read_texts
from worker.task_run import Body, TaskRun, run_row

REFUNDED, CANCELLED = "refunded", "cancelled"
CHECK_BOOKING = "booking exists: check it"
NOT_SENT = (Status.FAILED, Status.UNDELIVERED)
ALREADY_REFUNDED = "charge_already_refunded"
NO_BOOKING = "A payment of {amount} has no booking now and is refunded. Stripe shows the customer of {intent}."
BOOKING_EXISTS = (
    "A payment of {amount} is missing here, but its appointment exists. Compare it with {intent} at Stripe: nothing"
    " was refunded."
)
NOT_REFUNDED = "Stripe did not refund {amount} of {intent}; refund it yourself."
OPT_OUTS: dict[str, Body] = {"opt_out": opt_out, "opt_in": opt_in}


class UnfinishedError(Exception):
    """The comparison could not be completed. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class LostPayment:
    """A payment at Stripe that the database does not contain.

    `state`: the state of the intent. `left`: the amount that has not been refunded, in minor units of `currency`.
    `amount`: the same amount, formatted for the shop. `outcome`: "refunded", "cancelled", or the reason for neither.
    """

    intent_id: str
    shop_id: UUID
    shop: str
    amount: str
    left: int
    currency: str
    state: IntentState
    outcome: str = ""

    @property
    def to_refund(self) -> bool:
        """Whether the payment succeeded but has no booking."""
        return self.state is IntentState.SUCCEEDED and self.outcome != CHECK_BOOKING


@dataclass(frozen=True, slots=True)
class LostText:
    """A text that is not in the database. `outcome`: "matched", "recorded", "no customer" or, at first, empty."""

    sid: str
    to: str
    at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """The payments and texts that are missing from the database because they were made after its backup."""

    payments: list[LostPayment]
    texts: list[SentText]


def find_lost(dependencies: Dependencies, since: datetime) -> Lost:
    """Lists the payments and texts since `since` that are missing from the database. Raises UnfinishedError."""
    return Lost(lost_payments(dependencies, since), lost_texts(dependencies, since))


def settle(dependencies: Dependencies, lost: Lost, since: datetime) -> tuple[list[LostPayment], list[LostText]]:
    """Records the texts, applies opt-outs, then refunds or cancels the payments. Returns the outcomes. A repeated
    call is safe.

    The texts are recorded first, because they show to which shop a customer's answer to a shared number belongs.
    Raises UnfinishedError.
    """
    texts = [note_text(dependencies, one) for one in lost.texts]
    apply_opt_outs(dependencies, since)
    return [replace(one, outcome=settle_payment(dependencies, one)) for one in lost.payments], texts


def lost_payments(dependencies: Dependencies, since: datetime) -> list[LostPayment]:
    """Lists our shops' intents since `since` that have no payment row and are neither cancelled nor refunded.

    Raises UnfinishedError.
    """
    listed = dependencies.stripe.list_intents(since)
    if isinstance(listed, Later):
        raise UnfinishedError(f"Stripe: {listed.reason}")
    intents = {
        one.id: one for one in listed if one.state is not IntentState.CANCELLED and one.amount > one.amount_refunded
    }
    with dependencies.transactions() as session:
        lost = lost_intents.lost(session, {id: one.metadata for id, one in intents.items()})
    return [_payment(one, intents[one.intent_id]) for one in lost]


def settle_payment(dependencies: Dependencies, lost: LostPayment) -> str:
    """Refunds a paid payment that has no booking, or cancels an unpaid payment. Notifies the staff. Returns the
    outcome.
    """
    if lost.state is IntentState.OPEN:
        answer = dependencies.stripe.cancel(lost.intent_id)
        return CANCELLED if isinstance(answer, IntentCancelled) else "not cancelled: try again"
    if lost.state is not IntentState.SUCCEEDED:
        return "still processing: try again"
    if lost.outcome == CHECK_BOOKING:
        _tell(dependencies, lost, "booking", BOOKING_EXISTS)
        return CHECK_BOOKING
    return _refund(dependencies, lost)


def _refund(dependencies: Dependencies, lost: LostPayment) -> str:
    # The staff are notified first, because after an interruption a refunded payment is not found again.
    _tell(dependencies, lost, "refund", NO_BOOKING)
    refunded = dependencies.stripe.refund(lost.intent_id, None, f"refund_after_restore:{lost.intent_id}")
    if isinstance(refunded, Later):
        return refunded.reason
    if isinstance(refunded, Refunded) or refunded.code == ALREADY_REFUNDED:
        return REFUNDED
    _tell(dependencies, lost, "refused", f"{NOT_REFUNDED} {refunded.meaning}")
    return f"not refunded: {refunded.meaning}"


def _tell(dependencies: Dependencies, lost: LostPayment, about: str, text: str) -> None:
    """Notifies the staff once. `about` distinguishes several notifications about the same payment."""
    text = "The database was restored. " + text.format(amount=lost.amount, intent=lost.intent_id)
    with dependencies.transactions() as session:
        effect = NotifyStaff("needs_human", text, Severity.CRITICAL)
        notify_staff(
            session, shop_id=lost.shop_id, effect=effect, dedupe_key=f"after_restore:{about}:{lost.intent_id}"
        )


def lost_texts(dependencies: Dependencies, since: datetime) -> list[SentText]:
    """Lists the texts that our numbers have sent since `since` and that match no message, oldest first, without
    failed texts.

    Raises UnfinishedError.
    """
    listed = dependencies.twilio.list_outbound(since)
    if isinstance(listed, Unknown):
        raise UnfinishedError(f"Twilio: {listed.reason}")
    shared = set(_shared(dependencies))
    with dependencies.transactions() as session:
        ours = {*restored_texts.numbers(session), *shared}
        sent = [_text(carried, since, shared) for carried in listed if carried.status not in NOT_SENT]
        return restored_texts.unknown(session, [text for text in sent if (text.channel, text.sender) in ours])


def note_text(dependencies: Dependencies, sent: SentText) -> LostText:
    """Records that the text was sent. A repeated call is safe."""
    with dependencies.transactions() as session:
        return LostText(sent.sid, sent.to, sent.at, restored_texts.note(session, sent) or "no customer")


def apply_opt_outs(dependencies: Dependencies, since: datetime) -> None:
    """Reads the customers' texts since `since`, and applies each STOP and START in order, without a worker.

    Workers handle the other texts later. Raises UnfinishedError.
    """
    run = TaskRun(None, dependencies)
    with dependencies.transactions() as session:
        shared = dependencies.senders.numbers
        lists = reconciliation.numbers_due(session, often=timedelta(), seldom=timedelta(), shared=shared)
    read = [read_texts(run, replace(one, since=min(one.since, since))) for one in lists]
    if None in read:
        raise UnfinishedError("Twilio did not list the customers' texts, so opt-outs may be missing. Try again.")
    for task in _opt_outs(dependencies):
        run_row(OPT_OUTS[task.name], task.name, task.id)
    if _opt_outs(dependencies):
        raise UnfinishedError("An opt-out could not be applied. Try again in some minutes.")


def _opt_outs(dependencies: Dependencies) -> list[UnpublishedRow]:
    with dependencies.transactions() as session:
        return waiting_tasks.unsettled(session, list(OPT_OUTS))


def _payment(lost: LostIntent, intent: Intent) -> LostPayment:
    left = intent.amount - intent.amount_refunded
    amount = format_amount(left, intent.currency, "en")
    outcome = CHECK_BOOKING if lost.has_booking and intent.state is IntentState.SUCCEEDED else ""
    return LostPayment(intent.id, lost.shop_id, lost.shop, amount, left, intent.currency, intent.state, outcome)


def _shared(dependencies: Dependencies) -> Iterator[tuple[Channel, str]]:
    for channel, number in dependencies.senders.numbers.items():
        yield Channel(channel), number


def _text(carried: Carried, since: datetime, shared: set[tuple[Channel, str]]) -> SentText:
    prefix, _, sender = carried.from_.rpartition(":")
    channel = next(one for one in PHONE_CHANNELS if one.prefix.rstrip(":") == prefix)
    return SentText(
        sid=carried.sid,
        channel=channel.channel,
        sender=sender,
        shared=(channel.channel, sender) in shared,
        to=carried.to.removeprefix(channel.prefix),
        words=without_trial_prefix(carried.body).rstrip(" \n\r\t"),
        at=carried.created_at or since,
    )
