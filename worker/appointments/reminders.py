"""Reminds customers of what they booked and of what is left to pay: once on each channel, never at night."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from db import balances, due_reminders, payments, recipients
from db.balances import Balance
from db.due_reminders import DueReminder
from db.keyset_pagination import PageKey, Scope
from domain.charging import why_not_chargeable
from domain.money import to_stripe
from domain.state import OPEN_PAYMENTS, PaymentStatus
from domain.templates import TextKind
from messaging.channel_choice import channels_to, deliverable, quiet_until
from messaging.customer_messages import CustomerMessage, channel_list, write_customer_messages
from settings.retention_periods import RetentionSettings
from worker.dependencies import Dependencies
from worker.messages import send_text
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import REMINDERS
from worker.task_run import Outcome, TaskRun


def _remind_of_bookings(run: TaskRun, due: Sequence[DueReminder]) -> int:
    told = [
        CustomerMessage(
            kind=TextKind.BOOKING_REMINDER,
            to=one.to,
            key=one.key,
            link=f"{run.dependencies.app_url}/manage/{one.to.manage_token}",
        )
        for one in _awake(due)
    ]
    with run.transaction() as session:
        return write_customer_messages(session, run.dependencies.senders, told)


def _remind_of_balances(run: TaskRun, due: Sequence[DueReminder]) -> int:
    awake = _awake(due)
    # A rest that Stripe can't charge is left to the visit.
    chargeable = {
        one.id: amount
        for one in awake
        if not why_not_chargeable(amount := to_stripe(one.outstanding, one.to.currency), one.to.currency)
    }
    owed = _without_wrong_amounts(run, chargeable)
    with run.transaction() as session:
        ordered = balances.order(session, owed)
        # One that is being paid at this moment needs no reminder.
        told = [_of_balance(run, one, ordered[one.id]) for one in awake if one.id in ordered]
        due_now = [one for one in told if one.amount == owed.get(one.to.id)]
        return write_customer_messages(session, run.dependencies.senders, due_now)


def _of_balance(run: TaskRun, one: DueReminder, balance: Balance) -> CustomerMessage:
    link = f"{run.dependencies.app_url}/pay/{balance.pay_token}"
    return CustomerMessage(
        kind=TextKind.PAYMENT_REMINDER, to=one.to, key=one.key, link=link, amount=balance.amount_cents
    )


def _without_wrong_amounts(run: TaskRun, owed: dict[UUID, int]) -> dict[UUID, int]:
    """A payment ordered before the price changed must not be paid beside the right one. Raises Waits.

    Who has just paid it is left to the next run, which knows what is still owed.
    """
    with run.transaction() as session:
        wrong = [
            one
            for one in balances.standing(session, list(owed)).values()
            if one.amount_cents != owed[one.appointment_id]
        ]
    for balance in wrong:
        if end_or_wait(run, balance.payment_id):
            owed = {id: amount for id, amount in owed.items() if id != balance.appointment_id}
            continue
        with run.transaction() as session:
            payments.move(session, balance.payment_id, PaymentStatus.CANCELLED, was=OPEN_PAYMENTS)
    return owed


def _awake(due: Iterable[DueReminder]) -> list[DueReminder]:
    """Whose night it is comes again with the next run."""
    return [one for one in due if quiet_until(one.to) is None]


def send_by_day(run: TaskRun, message_id: UUID) -> Outcome:
    """Hands a message to its carrier, unless it is night where its recipient is: hours may have passed since it was
    written."""
    with run.transaction() as session:
        to = recipients.of_message(session, message_id)
        night_ends = to and quiet_until(to)
        if to and night_ends:
            return run.later(session, delay=night_ends - to.now, reason="It is night where the recipient is.")
    return send_text.send(run, message_id, within=deliverable(to) if to else None)


Page = Callable[..., list[DueReminder]]


def _page(
    page: Page, hours: str, session: Session, kept: RetentionSettings, scope: Scope, after: PageKey, limit: int
) -> list[DueReminder]:
    return page(session, scope, after, limit, hours=getattr(kept, hours))


def _says(kind: TextKind, dependencies: Dependencies, one: DueReminder) -> str:
    channels = channels_to(dependencies.senders, kind, one.to)
    if not channels or quiet_until(one.to):
        return ""
    return f"remind of the appointment of {one.at:%Y-%m-%d %H:%M} UTC by {channel_list(channels)}"


BOOKING_REMINDERS = BatchJob(
    name="send_booking_reminders",
    what="Reminds customers of their appointment, on each channel they agreed to.",
    setting="REMINDER_HOURS",
    counts="reminders_sent",
    page=partial(_page, due_reminders.bookings, "reminder_hours"),
    do=_remind_of_bookings,
    says=partial(_says, TextKind.BOOKING_REMINDER),
    pace=REMINDERS,
    at_once=100,
)
PAYMENT_REMINDERS = BatchJob(
    name="send_payment_reminders",
    what="Reminds customers of what is left to pay, with a link that takes it.",
    setting="PAYMENT_REMINDER_HOURS",
    counts="reminders_sent",
    page=partial(_page, due_reminders.balances, "payment_reminder_hours"),
    do=_remind_of_balances,
    says=partial(_says, TextKind.PAYMENT_REMINDER),
    pace=REMINDERS,
    at_once=50,
)
