"""What members of staff are sent: the codes they sign in with, and word of what needs a human."""

from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import messages, otp_codes, pending_tasks, staff_alerts, staff_invitations
from db.messages import Draft
from db.staff_alerts import StaffAlert
from domain import segments
from domain.effects import NotifyStaff, Severity
from domain.names import plain_name
from domain.sign_in_codes import BACK_OFF
from domain.templates import TextKind
from telemetry import metrics
from worker.effect_rows import notify_staff
from worker.messages import derived_bodies
from worker.messages.derived_bodies import DerivedBody
from worker.task_run import Outcome, TaskRun

log = structlog.get_logger()


def send_code(run: TaskRun, code_id: UUID) -> Outcome:
    """Writes the message for a code, without the code: that is derived when the message is sent."""
    with run.transaction() as session:
        asked = otp_codes.to_send(session, code_id)
        if asked is None:
            return run.settle(session, {"outcome": "nothing to send"})
        _alarm(session, asked)
        outcome = asked.refused or (_write(session, run, _code_draft(run, asked)) if asked.good else "too late")
        metrics.SIGN_IN_CODES.labels(outcome).inc()
        return run.settle(session, {"outcome": outcome})


def _code_draft(run: TaskRun, asked: otp_codes.CodeToSend) -> Draft:
    words = derived_bodies.code_words(run.dependencies, asked)
    return _draft(run, asked, TextKind.SIGN_IN_CODE, words)


def send_invitation(run: TaskRun, invitation_id: UUID) -> Outcome:
    """Writes the message for an invitation, without its link: that is derived when the message is sent."""
    with run.transaction() as session:
        invited = staff_invitations.to_send(session, invitation_id)
        if invited is None or not invited.good:
            return run.settle(session, {"outcome": "nothing to send"})
        words = derived_bodies.invitation_words(run.dependencies, invited)
        return run.settle(
            session, {"outcome": _write(session, run, _draft(run, invited, TextKind.STAFF_INVITATION, words))}
        )


def _draft(
    run: TaskRun, to: otp_codes.CodeToSend | staff_invitations.ToSend, kind: TextKind, words: DerivedBody
) -> Draft:
    by_email = to.channel == "email"
    platform = run.dependencies.settings.twilio.twilio_platform_number
    return Draft(
        shop_id=to.shop_id,
        staff_id=to.staff_id,
        channel=to.channel,
        to_address=to.address,
        from_address=(to.email_from if by_email else to.sms_from or platform) or "",
        body="",
        segments=segments.count(words.body).segments,
        send_before=to.send_before,
        purpose=kind.value,
        purpose_key=f"{kind.value}:{to.id}",
    )


def _write(session: Session, run: TaskRun, draft: Draft) -> str:
    if draft.channel != "email" and not draft.from_address:
        log.warning(
            "no_sender", shop=str(draft.shop_id), fix="Give the shop a number, or set TWILIO_PLATFORM_NUMBER."
        )
        return "no sender"
    message_id = messages.write(session, draft)
    if message_id is not None:
        pending_tasks.add(session, "send_message", message_id, shop_id=draft.shop_id)
    return "written"


CHANNELS = {"email": ("e-mail", "by text"), "sms": ("text", "by e-mail")}
"""By channel: what it is called, and how else one signs in."""


def _alarm(session: Session, asked: otp_codes.CodeToSend) -> None:
    """Tells the shop, once a day or hour, when more codes are asked for than anybody needs."""
    by, otherwise = CHANNELS.get(asked.channel, CHANNELS["sms"])
    if asked.refused == "shop":
        text = f"Unusually many sign-in codes were asked for by {by}. No more are sent that way within this hour."
        key = f"sign_in_codes:{asked.shop_id}:{asked.channel}:{asked.send_before:%Y-%m-%d %H}"
    elif asked.level >= BACK_OFF.alarm:
        text = (
            f"Many sign-in codes for {plain_name(asked.name) or 'a member of staff'} were asked for by {by} and not "
            "used. Somebody may be trying to sign in in their name. Codes to that address are sent ever more seldom."
        )
        text += f" Signing in {otherwise} works as usual." if asked.other_channel else ""
        key = f"sign_in_codes:{asked.staff_id}:{asked.channel}:{asked.send_before:%Y-%m-%d}"
    else:
        return
    effect = NotifyStaff("needs_human", text, Severity.WARNING)
    notify_staff(session, shop_id=asked.shop_id, effect=effect, dedupe_key=key)


AT_ONCE = 50


def send_alerts(run: TaskRun, shop_id: UUID) -> Outcome:
    """E-mails what needs a human to those who want it, once each. Without a carrier the pages' bell remains."""
    if not run.dependencies.email.ready:
        return {"outcome": "no e-mail"}
    with run.transaction() as session:
        found = staff_alerts.unsent(session, shop_id, limit=AT_ONCE)
        for alert in found:
            _write_alert(session, run, alert)
        return run.settle(session, {"outcome": "written", "count": len(found)})


def _write_alert(session: Session, run: TaskRun, alert: StaffAlert) -> None:
    place = f"/app/slot-openings/{alert.slot_opening_id}" if alert.slot_opening_id else "/app/notifications"
    body = f"{alert.text}\n\n{run.dependencies.app_url}{place}\n\n{plain_name(alert.shop)}"
    draft = Draft(
        shop_id=alert.shop_id,
        staff_id=alert.staff_id,
        channel="email",
        to_address=alert.email,
        from_address=alert.email_from or "",
        subject=f"{plain_name(alert.shop)}: something needs you",
        body=body,
        purpose="alert",
        purpose_key=alert.purpose_key,
    )
    message_id = messages.write(session, draft)
    if message_id is not None:
        pending_tasks.add(session, "send_message", message_id, shop_id=alert.shop_id)
