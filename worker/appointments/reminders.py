"""Reminds customers of appointments and of the amount still due, once per channel and outside quiet hours."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

from db.messages import due_reminders, recipients
from db.messages.due_reminders import DueReminder
from db.money import balances, payments
from domain.charging import why_not_chargeable
from domain.money import to_stripe
from domain.state import OPEN_PAYMENTS, PaymentStatus
from domain.templates import TextKind
from messaging.channel_choice import channels_to, deliverable, quiet_until
from messaging.customer_messages import CustomerMessage, channel_list, write_customer_messages
from worker.dependencies import Dependencies
from worker.messages import sending
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import REMINDERS
from worker.task_run import Outcome, TaskRun, task


def _remind_of_bookings(run: TaskRun, due: Sequence[DueReminder]) -> Counter[str]:
    app_url = run.dependencies.app_url
    messages = [
        CustomerMessage(
            kind=TextKind.BOOKING_REMINDER, to=one.to, key=one.key, link=f"{app_url}/manage/{one.to.manage_token}"
        )
        for one in _outside_quiet_hours(due)
    ]
    with run.transaction() as session:
        return Counter(sent=write_customer_messages(session, run.dependencies.senders, messages))


def _remind_of_balances(run: TaskRun, due: Sequence[DueReminder]) -> Counter[str]:
    awake = _outside_quiet_hours(due)
    # Amounts that Stripe cannot charge are omitted, because customers pay them at the appointment.
    chargeable = {
        one.id: amount
        for one in awake
        if not why_not_chargeable(amount := to_stripe(one.outstanding, one.to.currency), one.to.currency)
    }
    owed = _cancel_outdated_payments(run, chargeable)
    with run.transaction() as session:
        ordered = balances.order(session, owed, outstanding={one.id: one.outstanding for one in awake})
        messages = [
            CustomerMessage(
                kind=TextKind.PAYMENT_REMINDER,
                to=one.to,
                key=one.key,
                link=f"{run.dependencies.app_url}/pay/{ordered[one.id].pay_token}",
                amount=ordered[one.id].amount_cents,
            )
            for one in awake
            # While the customer is paying, the ordered amount can differ from the amount due.
            if one.id in ordered and ordered[one.id].amount_cents == owed.get(one.to.id)
        ]
        return Counter(sent=write_customer_messages(session, run.dependencies.senders, messages))


def _cancel_outdated_payments(run: TaskRun, owed: dict[UUID, int]) -> dict[UUID, int]:
    """Cancels payments that were created before the amount changed. Raises PostponedError.

    Returns the amounts, except for the appointments that are now paid. The next run computes the omitted amounts
    again.
    """
    with run.transaction() as session:
        outdated = [
            balance
            for balance in balances.standing(session, list(owed)).values()
            if balance.amount_cents != owed[balance.appointment_id]
        ]
    for balance in outdated:
        if end_or_wait(run, balance.payment_id):
            owed = {id: amount for id, amount in owed.items() if id != balance.appointment_id}
            continue
        with run.transaction() as session:
            payments.move(session, balance.payment_id, PaymentStatus.CANCELLED, was=OPEN_PAYMENTS)
    return owed


def _outside_quiet_hours(due: Iterable[DueReminder]) -> list[DueReminder]:
    """Returns the items outside quiet hours. The other items stay due for the next run."""
    return [one for one in due if quiet_until(one.to) is None]


@task("send_by_day")
def send_by_day(run: TaskRun, message_id: UUID) -> Outcome:
    """Sends a reminder outside the recipient's quiet hours."""
    with run.transaction() as session:
        to = recipients.of_message(session, message_id)
        night_ends = to and quiet_until(to)
        if to and night_ends:
            return run.later(session, delay=night_ends - to.now, reason="The recipient has quiet hours.")
    return sending.send(run, message_id, within=deliverable(to) if to else None)


def _preview(kind: TextKind, dependencies: Dependencies, one: DueReminder) -> str:
    channels = channels_to(dependencies.senders, kind, one.to)
    if not channels or quiet_until(one.to):
        return ""
    return f"remind of the appointment of {one.at:%Y-%m-%d %H:%M} UTC by {channel_list(channels)}"


BOOKING_REMINDERS = BatchJob(
    name="send_booking_reminders",
    description="Reminds customers of their appointment, on each channel they agreed to.",
    schedule=REMINDERS,
    setting="REMINDER_HOURS",
    count_name="reminders_sent",
    summary=("booking_reminders", "sent"),
    page=lambda session, retention, *page: due_reminders.bookings(session, *page, hours=retention.reminder_hours),
    handle=_remind_of_bookings,
    preview=partial(_preview, TextKind.BOOKING_REMINDER),
    batch_size=100,
)
PAYMENT_REMINDERS = BatchJob(
    name="send_payment_reminders",
    description="Reminds customers of the amount still due, with a payment link.",
    schedule=REMINDERS,
    setting="PAYMENT_REMINDER_HOURS",
    count_name="reminders_sent",
    summary=("payment_reminders", "sent"),
    page=lambda session, retention, *page: due_reminders.balances(
        session, *page, hours=retention.payment_reminder_hours
    ),
    handle=_remind_of_balances,
    preview=partial(_preview, TextKind.PAYMENT_REMINDER),
    batch_size=50,
)
