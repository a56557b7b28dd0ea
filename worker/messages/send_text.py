"""Sending a text: claim and commit, call, record. The carrier has no idempotency key: one call per claim."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import bulk_messages, consent, messages, webhook_events
from db.messages import MessageSubject, Outgoing
from domain import events as ev
from domain.delivery import NOT_ARRIVED, MessageStatus, reached
from domain.effects import NotifyStaff, Severity
from domain.reminder_timing import REMINDERS
from providers.twilio.twilio_client import WhatsAppTemplate
from providers.twilio.twilio_codes import TwilioCodeKind as Refusal
from providers.twilio.twilio_codes import on_delivery
from providers.twilio.twilio_results import Carried, NotThere, TextRefused, TextSent, Unknown
from providers.twilio.webhook_forms import StatusCallback, TwilioChannel, read_status
from telemetry import logs
from worker.apply_events import apply_event
from worker.effect_rows import notify_staff
from worker.gates import cooldown
from worker.messages import send_email
from worker.messages.derived_bodies import fill_in, is_derived
from worker.task_run import Outcome, TaskRun

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP_LOOKING = timedelta(seconds=90)
"""How long a text of unknown outcome is looked for; Twilio's list may lag by a minute."""

NEVER_LEFT = timedelta(minutes=10)
"""After so long, a text that is not in the carrier's list was never there."""

BACK_OFF = {Refusal.LATER: timedelta(seconds=5), Refusal.OURS_TO_FIX: timedelta(seconds=60)}

LONGEST_WAIT_SECONDS = 4 * 3600
"""How long a text without a deadline may wait at the carrier."""


def send(run: TaskRun, message_id: UUID, *, within: timedelta | None = None) -> Outcome:
    """One call for one claim. What was claimed before and has no outcome is looked for, never sent again.

    `within`: how long the carrier may try, where that is shorter than the message itself allows.
    """
    with run.transaction() as session:
        claimed = messages.claim(session, message_id)
        if isinstance(claimed, Outgoing) and is_derived(claimed.purpose_key):
            claimed = fill_in(session, run.dependencies, claimed)
    if not isinstance(claimed, Outgoing):
        reason = f"The message is {claimed}." if claimed else "There is no such message."
        return {"outcome": "not sent", "reason": reason}
    logs.also_about(slot_opening_id=claimed.slot_opening_id)
    if within is not None:
        latest = claimed.now + within
        claimed = replace(claimed, send_before=min(claimed.send_before or latest, latest))
    return BY_CHANNEL[claimed.channel](run, claimed)


def _text(run: TaskRun, message: Outgoing) -> Outcome:
    if message.already_claimed:
        return _reconcile(run, message)
    answer = run.dependencies.twilio.send(
        message.from_address,
        message.to_address,
        message.body,
        status_callback=f"{run.dependencies.app_url}/api/twilio/status/{message.id}",
        validity_seconds=_validity(message),
        channel=TwilioChannel(message.channel),
        template=WhatsAppTemplate(message.template["sid"], message.template["variables"])
        if message.template
        else None,
    )
    if isinstance(answer, TextSent):
        return _taken(run, message, answer.sid)
    return _refused(run, message, answer) if isinstance(answer, TextRefused) else _unknown(run, answer)


BY_CHANNEL: dict[str, Callable[[TaskRun, Outgoing], Outcome]] = {
    "sms": _text,
    "whatsapp": _text,
    "email": send_email.send,
}


def _validity(message: Outgoing) -> int:
    if message.send_before is None:
        return LONGEST_WAIT_SECONDS
    return max(1, int((message.send_before - message.now).total_seconds()))


def _taken(run: TaskRun, message: Outgoing, sid: str) -> Outcome:
    """The carrier has it: the offer's window opens."""
    with run.transaction() as session:
        messages.climb(session, message.id, MessageStatus.SENT, provider_id=sid)
        _happens_to_its_offer(session, run, message, ev.OfferSent)
        return run.settle(session, {"outcome": "sent", "sid": sid})


def _happens_to_its_offer(
    session: Session, run: TaskRun, message: Outgoing | MessageSubject, event_of: Callable[[UUID], ev.Event]
) -> None:
    """To the offer that this text brings, if it brings one."""
    offer_id, slot_opening_id = message.slot_offer_id, message.slot_opening_id
    if message.purpose == "offer" and offer_id and slot_opening_id:
        apply_event(session, run.dependencies, slot_opening_id, event_of(offer_id), offer_id=offer_id)


def _unknown(run: TaskRun, answer: Unknown) -> Outcome:
    with run.transaction() as session:
        return run.later(session, delay=LOOK_AGAIN, reason=answer.reason)


def _refused(run: TaskRun, message: Outgoing, answer: TextRefused) -> Outcome:
    code = str(answer.code) if answer.code else None
    # While WhatsApp is not set up as it should be, the same goes by SMS at once.
    if answer.kind in BACK_OFF and not (message.channel == "whatsapp" and answer.kind is Refusal.OURS_TO_FIX):
        return _wait(run, message, answer, code)
    with run.transaction() as session:
        messages.climb(session, message.id, MessageStatus.FAILED, error_code=code)
        bulk_messages.send_as_sms_instead(session, message.id)
        if answer.kind is Refusal.OURS_TO_FIX:
            _alarm(session, message, answer, code)
        if answer.kind is Refusal.OPTED_OUT:
            consent.suppress(session, shop_id=message.shop_id, phone=message.to_address, reason=answer.meaning)
        _undeliverable(session, run, messages.subject(session, message.id), answer.meaning)
        return run.settle(session, {"outcome": "refused", "code": code, "reason": answer.meaning})


def _wait(run: TaskRun, message: Outgoing, answer: TextRefused, code: str | None) -> Outcome:
    """Certainly not sent: the same customer later. What only we can mend is told to the staff as well."""
    delay = BACK_OFF[answer.kind]
    with run.transaction() as session:
        messages.give_back(session, message.id, error_code=code)
        _happens_to_its_offer(session, run, message, partial(ev.OfferDelayed, retry_at=message.now + delay))
        if answer.kind is Refusal.OURS_TO_FIX:
            _alarm(session, message, answer, code)
        return run.later(session, delay=delay, reason=answer.meaning)


def _alarm(session: Session, message: Outgoing, answer: TextRefused, code: str | None) -> None:
    told = NotifyStaff("provider_refuses", answer.meaning, Severity.CRITICAL)
    key = f"provider_refuses:{message.shop_id}:{code}:{message.now:%Y-%m-%d}"
    notify_staff(session, shop_id=message.shop_id, effect=told, dedupe_key=key)


def _undeliverable(session: Session, run: TaskRun, about: MessageSubject | None, reason: str) -> None:
    """An offer that can't arrive moves on at once; its customer was not asked and needs no rest."""
    if about is None or about.purpose != "offer":
        return
    _happens_to_its_offer(session, run, about, partial(ev.OfferUndeliverable, reason=reason))
    if (customer_id := about.customer_id) is not None:
        run.after_commit.append(lambda: cooldown.forget(run.dependencies.gates, customer_id))


def _reconcile(run: TaskRun, message: Outgoing) -> Outcome:
    """The outcome of an earlier call is unknown: is there such a text at the carrier?"""
    if message.provider_id:
        return _taken(run, message, message.provider_id)
    with run.transaction() as session:
        known = messages.sids_to(session, message.to_address, since=message.claimed_at)
    found = run.dependencies.twilio.find(
        from_=message.from_address,
        to=message.to_address,
        # A template's words are the carrier's.
        body=None if message.template else message.body,
        sent_after=message.claimed_at,
        known=known,
        channel=TwilioChannel(message.channel),
    )
    if isinstance(found, Carried):
        return _taken(run, message, found.sid)
    looked_for = message.now - message.claimed_at
    if isinstance(found, NotThere) and message.purpose in REMINDERS:
        return _try_again(run, message, looked_for)
    if isinstance(found, NotThere) and looked_for > GIVE_UP_LOOKING:
        return _close_as_unknown(run, message)
    with run.transaction() as session:
        return run.later(session, delay=LOOK_AGAIN, reason="The carrier may have it; looked for again soon.")


def _try_again(run: TaskRun, message: Outgoing, looked_for: timedelta) -> Outcome:
    """Nobody waits for the answer to a reminder: it can wait until it is certain that it never left."""
    certain = looked_for > NEVER_LEFT
    with run.transaction() as session:
        if certain:
            messages.give_back(session, message.id, error_code=None)
        reason = "It never left; it is sent again." if certain else "The carrier may have it."
        return run.later(session, delay=timedelta() if certain else NEVER_LEFT, reason=reason)


def _close_as_unknown(run: TaskRun, message: Outgoing) -> Outcome:
    reason = "Nobody could find out whether the text ever left; it is not sent a second time."
    with run.transaction() as session:
        messages.climb(session, message.id, MessageStatus.UNKNOWN)
        _undeliverable(session, run, messages.subject(session, message.id), reason)
        return run.settle(session, {"outcome": "unknown", "reason": reason})


def update_status(run: TaskRun, message_id: UUID) -> Outcome:
    """Callbacks come in any order and more than once: the message only moves up."""
    with run.transaction() as session:
        event = webhook_events.of_task(session, run.webhook_event_id)
        heard = read_status(event.payload) if event else None
        if not isinstance(heard, StatusCallback):
            return run.settle(session, {"outcome": "unreadable"})
        return run.settle(session, believe(session, run, message_id, heard))


def believe(session: Session, run: TaskRun, message_id: UUID, heard: StatusCallback) -> Outcome:
    """What the carrier says of a text: its message moves up, and so does the offer it brings."""
    about = messages.subject(session, message_id)
    if about is None:
        return {"outcome": "no such message"}
    moved = _climb(session, message_id, heard)
    if moved and heard.status.value in NOT_ARRIVED:
        _not_arrived(session, run, about, heard)
        bulk_messages.send_as_sms_instead(session, message_id)
    elif about.offer_pending:
        # The first word we have of a text whose sending is not recorded yet, or had an unknown outcome.
        _happens_to_its_offer(session, run, about, ev.OfferSent)
    return {"outcome": heard.status.value if moved else "known already"}


def _not_arrived(session: Session, run: TaskRun, about: MessageSubject, heard: StatusCallback) -> None:
    meaning = on_delivery(heard.error_code)
    if meaning.kind is Refusal.OPTED_OUT:
        consent.suppress(session, shop_id=about.shop_id, phone=about.to_address, reason=meaning.words)
    _undeliverable(session, run, about, meaning.words)


def _climb(session: Session, message_id: UUID, heard: StatusCallback) -> bool:
    return messages.climb(
        session,
        message_id,
        reached(heard.status.value),
        provider_id=heard.message_sid,
        carrier_status=heard.status.value,
        error_code=str(heard.error_code) if heard.error_code else None,
    )
