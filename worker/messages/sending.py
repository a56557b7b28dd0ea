"""Sends a message: claims the message and commits, calls the provider, and records the outcome.

Twilio has no idempotency keys. Therefore, each claim makes only one call, and a text with an unknown outcome is
looked up instead of being sent again.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from db.customers import consent
from db.messages import message_drafts, messages
from db.messages.messages import Outgoing
from domain import events as ev
from domain.channels import CHANNELS, Channel
from domain.delivery import MessageStatus
from domain.effects import NotifyStaff, Severity
from domain.reminder_timing import REMINDERS
from messaging.derived_bodies import fill_in, is_derived
from messaging.staff_notifications import notify_staff
from providers.twilio.twilio_client import MessageTemplate
from providers.twilio.twilio_codes import TwilioCodeKind
from providers.twilio.twilio_results import Carried, MessageNotThere, TextRefused, TextSent, Unknown
from telemetry import logs
from worker.messages import send_email
from worker.messages.delayed_offers import with_new_deadline
from worker.messages.message_status import apply_to_offer, mark_undeliverable
from worker.task_run import Outcome, TaskRun, task

LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP_LOOKING = timedelta(seconds=90)
"""The time for which a text with an unknown outcome is looked up. Twilio's message list may lag by a minute."""

NEVER_LEFT = timedelta(minutes=10)
"""The time after which a text that is missing from the carrier's list was never sent."""

BACK_OFF = {TwilioCodeKind.LATER: timedelta(seconds=5), TwilioCodeKind.OURS_TO_FIX: timedelta(seconds=60)}

LONGEST_WAIT_SECONDS = 4 * 3600
"""The maximum delivery time that the carrier is given for a text without a deadline."""


@task("send_message")
def send(run: TaskRun, message_id: UUID, *, within: timedelta | None = None) -> Outcome:
    """Sends a message through its carrier, unless it has expired, is suppressed or was already sent.

    If an earlier attempt claimed a text, looks it up at the carrier instead of sending it again. `within`: the
    maximum time for the delivery.
    """
    with run.transaction() as session:
        claimed = messages.claim(session, message_id)
        if isinstance(claimed, Outgoing) and is_derived(claimed.purpose_key):
            claimed = fill_in(session, run.dependencies.senders, claimed)
        elif isinstance(claimed, Outgoing):
            claimed = with_new_deadline(session, claimed, run.dependencies.senders)
    if not isinstance(claimed, Outgoing):
        reason = f"The message is {claimed}." if claimed else "There is no such message."
        return {"outcome": "not sent", "reason": reason}
    logs.bind(slot_opening_id=claimed.slot_opening_id)
    if within is not None:
        latest = claimed.now + within
        claimed = replace(claimed, send_before=min(claimed.send_before or latest, latest))
    return send_email.send(run, claimed) if claimed.channel == Channel.EMAIL else _text(run, claimed)


def _text(run: TaskRun, message: Outgoing) -> Outcome:
    if message.already_claimed:
        return _reconcile(run, message)
    answer = run.dependencies.twilio.send(
        message.from_address,
        message.to_address,
        message.body,
        status_callback=f"{run.dependencies.app_url}/api/twilio/status/{message.id}",
        validity_seconds=_validity(message),
        channel=Channel(message.channel),
        template=MessageTemplate(message.template["sid"], message.template["variables"])
        if message.template
        else None,
    )
    if isinstance(answer, TextSent):
        return _sent(run, message, answer.sid)
    return _refused(run, message, answer) if isinstance(answer, TextRefused) else _unknown(run, message, answer)


def _validity(message: Outgoing) -> int:
    if message.send_before is None:
        return LONGEST_WAIT_SECONDS
    return max(1, int((message.send_before - message.now).total_seconds()))


def _sent(run: TaskRun, message: Outgoing, sid: str) -> Outcome:
    """Records that the carrier accepted the text, and starts the window of its offer."""
    with run.transaction() as session:
        messages.advance(session, message.id, MessageStatus.SENT, provider_id=sid)
        apply_to_offer(session, run, message, ev.OfferSent)
        return run.settle(session, {"outcome": "sent", "sid": sid})


def _unknown(run: TaskRun, message: Outgoing, answer: Unknown) -> Outcome:
    """Records the text as sent if the carrier reported the text during the call. Otherwise, looks it up later."""
    with run.transaction() as session:
        sid = messages.provider_id(session, message.id)
        if sid is None:
            return run.later(session, delay=LOOK_AGAIN, reason=answer.reason)
    return _sent(run, message, sid)


def _refused(run: TaskRun, message: Outgoing, answer: TextRefused) -> Outcome:
    code = str(answer.code) if answer.code else None
    # While a channel with templates is misconfigured, messages are immediately sent by SMS instead.
    instead = CHANNELS[Channel(message.channel)].needs_template and answer.kind is TwilioCodeKind.OURS_TO_FIX
    if answer.kind in BACK_OFF and not instead:
        return _wait(run, message, answer, code)
    with run.transaction() as session:
        messages.advance(session, message.id, MessageStatus.FAILED, error_code=code)
        message_drafts.write_sms_instead(session, message.id)
        if answer.kind is TwilioCodeKind.OURS_TO_FIX:
            _alert_staff(session, message, answer, code)
        if answer.kind is TwilioCodeKind.OPTED_OUT:
            consent.suppress(session, shop_id=message.shop_id, phone=message.to_address, reason=answer.meaning)
        mark_undeliverable(session, run, messages.subject(session, message.id), answer.meaning)
        return run.settle(session, {"outcome": "refused", "code": code, "reason": answer.meaning})


def _wait(run: TaskRun, message: Outgoing, answer: TextRefused, code: str | None) -> Outcome:
    """Schedules another attempt for the same customer. This is safe, because the failed attempt did not send the
    text.

    Alerts the staff if they must fix the cause.
    """
    delay = BACK_OFF[answer.kind]
    with run.transaction() as session:
        messages.give_back(session, message.id, error_code=code)
        apply_to_offer(session, run, message, partial(ev.OfferDelayed, retry_at=message.now + delay))
        if answer.kind is TwilioCodeKind.OURS_TO_FIX:
            _alert_staff(session, message, answer, code)
        return run.later(session, delay=delay, reason=answer.meaning)


def _alert_staff(session: Session, message: Outgoing, answer: TextRefused, code: str | None) -> None:
    effect = NotifyStaff("provider_refuses", answer.meaning, Severity.CRITICAL)
    key = f"provider_refuses:{message.shop_id}:{code}:{message.now:%Y-%m-%d}"
    notify_staff(session, shop_id=message.shop_id, effect=effect, dedupe_key=key)


def _reconcile(run: TaskRun, message: Outgoing) -> Outcome:
    """Looks up the text of an earlier attempt at the carrier."""
    if message.provider_id:
        return _sent(run, message, message.provider_id)
    with run.transaction() as session:
        known = messages.sids_to(session, message.to_address, since=message.claimed_at)
    found = run.dependencies.twilio.find(
        from_=message.from_address,
        to=message.to_address,
        # The carrier renders templates, so the body can differ.
        body=None if message.template else message.body,
        sent_after=message.claimed_at,
        known=known,
        channel=Channel(message.channel),
    )
    if isinstance(found, Carried):
        return _sent(run, message, found.sid)
    looked_for = message.now - message.claimed_at
    if isinstance(found, MessageNotThere) and message.purpose in REMINDERS:
        return _try_again(run, message, looked_for)
    if isinstance(found, MessageNotThere) and looked_for > GIVE_UP_LOOKING:
        return _close_as_unknown(run, message)
    with run.transaction() as session:
        return run.later(
            session, delay=LOOK_AGAIN, reason="The carrier may have accepted it; it will be looked up again soon."
        )


def _try_again(run: TaskRun, message: Outgoing, looked_for: timedelta) -> Outcome:
    """Sends a reminder again as soon as it is certain that the reminder was not sent."""
    certain = looked_for > NEVER_LEFT
    with run.transaction() as session:
        if certain:
            messages.give_back(session, message.id)
        reason = "It was never sent; it is sent again." if certain else "The carrier may have accepted it."
        return run.later(session, delay=timedelta() if certain else NEVER_LEFT, reason=reason)


def _close_as_unknown(run: TaskRun, message: Outgoing) -> Outcome:
    reason = "It is unknown whether the text was sent; it is not sent again."
    with run.transaction() as session:
        messages.advance(session, message.id, MessageStatus.UNKNOWN)
        mark_undeliverable(session, run, messages.subject(session, message.id), reason)
        return run.settle(session, {"outcome": "unknown", "reason": reason})
