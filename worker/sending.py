"""Sending a text: claim and commit, call, record. The carrier has no idempotency key: one call per claim."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import consent, messages, notices, webhook_events
from db.messages import Outgoing, Subject
from domain import events as ev
from domain.delivery import NOT_ARRIVED, MessageStatus, reached
from domain.effects import Severity, TellStaff
from domain.reminders import REMINDERS
from providers.twilio.client import Template
from providers.twilio.codes import Kind as Refusal
from providers.twilio.codes import on_delivery
from providers.twilio.inbound import Channel, StatusCallback, read_status
from providers.twilio.outcomes import Carried, NotThere, Refused, Sent, Unknown
from telemetry import logs
from worker import mailing
from worker.decisions import happens
from worker.derived import fill_in, is_derived
from worker.effects import tell_staff
from worker.gates import cooldown
from worker.job import Job, Outcome

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP_LOOKING = timedelta(seconds=90)
"""How long a text of unknown outcome is looked for; Twilio's list may lag by a minute."""

NEVER_LEFT = timedelta(minutes=10)
"""After so long, a text that is not in the carrier's list was never there."""

BACK_OFF = {Refusal.LATER: timedelta(seconds=5), Refusal.OURS_TO_FIX: timedelta(seconds=60)}

LONGEST_WAIT_SECONDS = 4 * 3600
"""How long a text without a deadline may wait at the carrier."""


def send(job: Job, message_id: UUID, *, within: timedelta | None = None) -> Outcome:
    """One call for one claim. What was claimed before and has no outcome is looked for, never sent again.

    `within`: how long the carrier may try, where that is shorter than the message itself allows.
    """
    with job.transaction() as session:
        claimed = messages.claim(session, message_id)
        if isinstance(claimed, Outgoing) and is_derived(claimed.purpose_key):
            claimed = fill_in(session, job.tools, claimed)
    if not isinstance(claimed, Outgoing):
        because = f"The message is {claimed}." if claimed else "There is no such message."
        return {"outcome": "not sent", "because": because}
    logs.also_about(slot_opening_id=claimed.slot_opening_id)
    if within is not None:
        latest = claimed.now + within
        claimed = replace(claimed, send_before=min(claimed.send_before or latest, latest))
    return BY_CHANNEL[claimed.channel](job, claimed)


def _text(job: Job, message: Outgoing) -> Outcome:
    if message.already_claimed:
        return _reconcile(job, message)
    answer = job.tools.twilio.send(
        message.from_address,
        message.to_address,
        message.body,
        status_callback=f"{job.tools.app_url}/api/twilio/status/{message.id}",
        validity_seconds=_validity(message),
        channel=Channel(message.channel),
        template=Template(message.template["sid"], message.template["variables"]) if message.template else None,
    )
    if isinstance(answer, Sent):
        return _taken(job, message, answer.sid)
    return _refused(job, message, answer) if isinstance(answer, Refused) else _unknown(job, answer)


BY_CHANNEL: dict[str, Callable[[Job, Outgoing], Outcome]] = {"sms": _text, "whatsapp": _text, "email": mailing.send}


def _validity(message: Outgoing) -> int:
    if message.send_before is None:
        return LONGEST_WAIT_SECONDS
    return max(1, int((message.send_before - message.now).total_seconds()))


def _taken(job: Job, message: Outgoing, sid: str) -> Outcome:
    """The carrier has it: the offer's window opens."""
    with job.transaction() as session:
        messages.climb(session, message.id, MessageStatus.SENT, provider_id=sid)
        _happens_to_its_offer(session, job, message, ev.OfferSent)
        return job.settle(session, {"outcome": "sent", "sid": sid})


def _happens_to_its_offer(
    session: Session, job: Job, message: Outgoing | Subject, event_of: Callable[[UUID], ev.Event]
) -> None:
    """To the offer that this text brings, if it brings one."""
    offer_id, slot_opening_id = message.slot_offer_id, message.slot_opening_id
    if message.purpose == "offer" and offer_id and slot_opening_id:
        happens(session, job.tools, slot_opening_id, event_of(offer_id), offer_id=offer_id)


def _unknown(job: Job, answer: Unknown) -> Outcome:
    with job.transaction() as session:
        return job.later(session, delay=LOOK_AGAIN, because=answer.reason)


def _refused(job: Job, message: Outgoing, answer: Refused) -> Outcome:
    code = str(answer.code) if answer.code else None
    # While WhatsApp is not set up as it should be, the same goes by SMS at once.
    if answer.kind in BACK_OFF and not (message.channel == "whatsapp" and answer.kind is Refusal.OURS_TO_FIX):
        return _wait(job, message, answer, code)
    with job.transaction() as session:
        messages.climb(session, message.id, MessageStatus.FAILED, error_code=code)
        notices.send_as_sms_instead(session, message.id)
        if answer.kind is Refusal.OURS_TO_FIX:
            _alarm(session, message, answer, code)
        if answer.kind is Refusal.OPTED_OUT:
            consent.suppress(session, shop_id=message.shop_id, phone=message.to_address, reason=answer.meaning)
        _undeliverable(session, job, messages.subject(session, message.id), answer.meaning)
        return job.settle(session, {"outcome": "refused", "code": code, "because": answer.meaning})


def _wait(job: Job, message: Outgoing, answer: Refused, code: str | None) -> Outcome:
    """Certainly not sent: the same customer later. What only we can mend is told to the staff as well."""
    delay = BACK_OFF[answer.kind]
    with job.transaction() as session:
        messages.give_back(session, message.id, error_code=code)
        _happens_to_its_offer(session, job, message, partial(ev.OfferDelayed, retry_at=message.now + delay))
        if answer.kind is Refusal.OURS_TO_FIX:
            _alarm(session, message, answer, code)
        return job.later(session, delay=delay, because=answer.meaning)


def _alarm(session: Session, message: Outgoing, answer: Refused, code: str | None) -> None:
    told = TellStaff("provider_refuses", answer.meaning, Severity.CRITICAL)
    key = f"provider_refuses:{message.shop_id}:{code}:{message.now:%Y-%m-%d}"
    tell_staff(session, shop_id=message.shop_id, effect=told, dedupe_key=key)


def _undeliverable(session: Session, job: Job, about: Subject | None, because: str) -> None:
    """An offer that can't arrive moves on at once; its customer was not asked and needs no rest."""
    if about is None or about.purpose != "offer":
        return
    _happens_to_its_offer(session, job, about, partial(ev.OfferUndeliverable, because=because))
    if (customer_id := about.customer_id) is not None:
        job.after_commit.append(lambda: cooldown.forget(job.tools.gates, customer_id))


def _reconcile(job: Job, message: Outgoing) -> Outcome:
    """The outcome of an earlier call is unknown: is there such a text at the carrier?"""
    if message.provider_id:
        return _taken(job, message, message.provider_id)
    with job.transaction() as session:
        known = messages.sids_to(session, message.to_address, since=message.claimed_at)
    found = job.tools.twilio.find(
        from_=message.from_address,
        to=message.to_address,
        # A template's words are the carrier's.
        body=None if message.template else message.body,
        sent_after=message.claimed_at,
        known=known,
        channel=Channel(message.channel),
    )
    if isinstance(found, Carried):
        return _taken(job, message, found.sid)
    looked_for = message.now - message.claimed_at
    if isinstance(found, NotThere) and message.purpose in REMINDERS:
        return _try_again(job, message, looked_for)
    if isinstance(found, NotThere) and looked_for > GIVE_UP_LOOKING:
        return _close_as_unknown(job, message)
    with job.transaction() as session:
        return job.later(session, delay=LOOK_AGAIN, because="The carrier may have it; looked for again soon.")


def _try_again(job: Job, message: Outgoing, looked_for: timedelta) -> Outcome:
    """Nobody waits for the answer to a reminder: it can wait until it is certain that it never left."""
    certain = looked_for > NEVER_LEFT
    with job.transaction() as session:
        if certain:
            messages.give_back(session, message.id, error_code=None)
        because = "It never left; it is sent again." if certain else "The carrier may have it."
        return job.later(session, delay=timedelta() if certain else NEVER_LEFT, because=because)


def _close_as_unknown(job: Job, message: Outgoing) -> Outcome:
    because = "Nobody could find out whether the text ever left; it is not sent a second time."
    with job.transaction() as session:
        messages.climb(session, message.id, MessageStatus.UNKNOWN)
        _undeliverable(session, job, messages.subject(session, message.id), because)
        return job.settle(session, {"outcome": "unknown", "because": because})


def hear_status(job: Job, message_id: UUID) -> Outcome:
    """Callbacks come in any order and more than once: the message only moves up."""
    with job.transaction() as session:
        event = webhook_events.of_task(session, job.webhook_event_id)
        heard = read_status({name: [str(value)] for name, value in event.payload.items()}) if event else None
        if not isinstance(heard, StatusCallback):
            return job.settle(session, {"outcome": "unreadable"})
        return job.settle(session, believe(session, job, message_id, heard))


def believe(session: Session, job: Job, message_id: UUID, heard: StatusCallback) -> Outcome:
    """What the carrier says of a text: its message moves up, and so does the offer it brings."""
    about = messages.subject(session, message_id)
    if about is None:
        return {"outcome": "no such message"}
    moved = _climb(session, message_id, heard)
    if moved and heard.status.value in NOT_ARRIVED:
        _not_arrived(session, job, about, heard)
        notices.send_as_sms_instead(session, message_id)
    elif about.offer_pending:
        # The first word we have of a text whose sending is not recorded yet, or had an unknown outcome.
        _happens_to_its_offer(session, job, about, ev.OfferSent)
    return {"outcome": heard.status.value if moved else "known already"}


def _not_arrived(session: Session, job: Job, about: Subject, heard: StatusCallback) -> None:
    meaning = on_delivery(heard.error_code)
    if meaning.kind is Refusal.OPTED_OUT:
        consent.suppress(session, shop_id=about.shop_id, phone=about.to_address, reason=meaning.words)
    _undeliverable(session, job, about, meaning.words)


def _climb(session: Session, message_id: UUID, heard: StatusCallback) -> bool:
    return messages.climb(
        session,
        message_id,
        reached(heard.status.value),
        provider_id=heard.message_sid,
        carrier_status=heard.status.value,
        error_code=str(heard.error_code) if heard.error_code else None,
    )
