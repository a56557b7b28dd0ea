"""Reminds customers of what they booked and of what is left to pay: once on each channel, never at night."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from db import balances, notices, payments, recipients, reminders
from db.balances import Balance
from db.due_rows import Place, Scope
from db.notices import Record
from db.reminders import Due
from domain.charging import why_not_chargeable
from domain.money import to_stripe
from domain.state import OPEN_PAYMENTS, PaymentStatus
from domain.templates import Kind
from settings.retention import RetentionSettings
from worker import sending
from worker.chores import Chore
from worker.job import Job, Outcome
from worker.notices import Told, channels_to, deliverable, notices_of, quiet_until
from worker.pace import REMINDERS
from worker.releasing import end_or_wait
from worker.tools import Tools

CHANNEL_WORDS = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "e-mail"}


def _remind_of_bookings(job: Job, due: Sequence[Due]) -> int:
    told = [
        Told(
            kind=Kind.BOOKING_REMINDER,
            to=one.to,
            key=one.key,
            link=f"{job.tools.app_url}/manage/{one.to.manage_token}",
        )
        for one in _awake(due)
    ]
    with job.transaction() as session:
        return tell(session, job, told)


def _remind_of_balances(job: Job, due: Sequence[Due]) -> int:
    awake = _awake(due)
    # A rest that Stripe can't charge is left to the visit.
    chargeable = {
        one.id: amount
        for one in awake
        if not why_not_chargeable(amount := to_stripe(one.outstanding, one.to.currency), one.to.currency)
    }
    owed = _without_wrong_amounts(job, chargeable)
    with job.transaction() as session:
        ordered = balances.order(session, owed)
        # One that is being paid at this moment needs no reminder.
        told = [_of_balance(job, one, ordered[one.id]) for one in awake if one.id in ordered]
        return tell(session, job, [one for one in told if one.amount == owed.get(one.to.id)])


def _of_balance(job: Job, one: Due, balance: Balance) -> Told:
    link = f"{job.tools.app_url}/pay/{balance.pay_token}"
    return Told(kind=Kind.PAYMENT_REMINDER, to=one.to, key=one.key, link=link, amount=balance.amount_cents)


def _without_wrong_amounts(job: Job, owed: dict[UUID, int]) -> dict[UUID, int]:
    """A payment ordered before the price changed must not be paid beside the right one. Raises Waits.

    Who has just paid it is left to the next run, which knows what is still owed.
    """
    with job.transaction() as session:
        wrong = [
            one
            for one in balances.standing(session, list(owed)).values()
            if one.amount_cents != owed[one.appointment_id]
        ]
    for balance in wrong:
        if end_or_wait(job, balance.payment_id):
            owed = {id: amount for id, amount in owed.items() if id != balance.appointment_id}
            continue
        with job.transaction() as session:
            payments.move(session, balance.payment_id, PaymentStatus.CANCELLED, was=OPEN_PAYMENTS)
    return owed


def _awake(due: Iterable[Due]) -> list[Due]:
    """Whose night it is comes again with the next run."""
    return [one for one in due if quiet_until(one.to) is None]


def tell(session: Session, job: Job, told: Sequence[Told]) -> int:
    """Writes each message that isn't written yet, and the record of it; how many were written."""
    by_appointment = {one.to.id: one for one in told}
    written = notices.write(session, [notice for one in told for notice in notices_of(job.tools, one)])
    # The order of the notices: those of an appointment are neighbours.
    channels = {id: [n.channel for n in group] for id, group in groupby(written, key=lambda n: n.appointment_id)}
    notices.note(session, [_record(by_appointment[id], how) for id, how in channels.items()])
    return len(written)


SENTENCES: dict[Kind, tuple[str, str]] = {
    Kind.BOOKING_REMINDER: ("BookingReminded", "Reminded of the appointment on {when}, by {how}."),
    Kind.PAYMENT_REMINDER: ("BalanceReminded", "Reminded of {amount} still to be paid for {when}, by {how}."),
    Kind.UNPAID_BOOKING_CANCELLED: ("CustomerTold", "Told that the unpaid booking on {when} was released, by {how}."),
}


def _record(one: Told, channels: list[str]) -> Record:
    event, sentence = SENTENCES[one.kind]
    how = " and ".join(CHANNEL_WORDS[channel] for channel in channels)
    return Record(
        shop_id=one.to.shop_id,
        customer_id=one.to.customer_id,
        appointment_id=one.to.id,
        kind=one.kind.value,
        event=event,
        sentence=sentence.format(when=one.when, amount=one.how_much, how=how),
        key=one.key,
    )


def send_by_day(job: Job, message_id: UUID) -> Outcome:
    """Hands a message to its carrier, unless it is night where its recipient is: hours may have passed since it was
    written."""
    with job.transaction() as session:
        to = recipients.of_message(session, message_id)
        night_ends = to and quiet_until(to)
        if to and night_ends:
            return job.later(session, delay=night_ends - to.now, because="It is night where the recipient is.")
    return sending.send(job, message_id, within=deliverable(to) if to else None)


Page = Callable[..., list[Due]]


def _page(
    page: Page, hours: str, session: Session, kept: RetentionSettings, scope: Scope, after: Place, limit: int
) -> list[Due]:
    return page(session, scope, after, limit, hours=getattr(kept, hours))


def _says(kind: Kind, tools: Tools, one: Due) -> str:
    channels = channels_to(tools, kind, one.to)
    if not channels or quiet_until(one.to):
        return ""
    how = " and ".join(CHANNEL_WORDS[channel] for channel in channels)
    return f"remind of the appointment of {one.at:%Y-%m-%d %H:%M} UTC by {how}"


BOOKING_REMINDERS = Chore(
    name="send_booking_reminders",
    what="Reminds customers of their appointment, on each channel they agreed to.",
    setting="REMINDER_HOURS",
    counts="reminders_sent",
    page=partial(_page, reminders.bookings, "reminder_hours"),
    do=_remind_of_bookings,
    says=partial(_says, Kind.BOOKING_REMINDER),
    pace=REMINDERS,
    at_once=100,
)
PAYMENT_REMINDERS = Chore(
    name="send_payment_reminders",
    what="Reminds customers of what is left to pay, with a link that takes it.",
    setting="PAYMENT_REMINDER_HOURS",
    counts="reminders_sent",
    page=partial(_page, reminders.balances, "payment_reminder_hours"),
    do=_remind_of_balances,
    says=partial(_says, Kind.PAYMENT_REMINDER),
    pace=REMINDERS,
    at_once=50,
)
