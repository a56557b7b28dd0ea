"""Writes messages to members of staff: sign-in codes, invitations, and alerts by e-mail."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db.access import staff_invitations
from db.access.otp_codes import CodeToSend
from db.messages import message_drafts, staff_alerts
from db.messages.message_drafts import Draft, purpose_key
from db.messages.staff_alerts import StaffAlert
from db.recoveries import test_offers
from domain import segments
from domain.date_wording import language_of
from domain.effects import NotifyStaff, Severity
from domain.message_variables import MessageContext, ShopVoice, compose
from domain.money import to_stripe
from domain.names import plain_name
from domain.sign_in_codes import BACK_OFF
from domain.templates import TextKind
from messaging.derived_bodies import DerivedBody, code_body, invitation_body
from messaging.senders import Senders
from messaging.staff_notifications import notify_staff

log = structlog.get_logger()

CHANNELS = {"email": ("e-mail", "by text"), "sms": ("text", "by e-mail")}
"""The name of each channel, and the alternative way to sign in."""

ALERTS_AT_ONCE = 50


def write_code(session: Session, senders: Senders, code: CodeToSend) -> str:
    """Writes the message for a code. The code itself is derived when the message is sent.

    Returns the outcome: "written", "no sender", "too late", or the limit that refused the code.
    """
    if code.refused:
        return code.refused
    if not code.valid:
        return "too late"
    kind = TextKind.SIGN_IN_CODE
    return _write(session, _draft(senders, code, kind, code_body(kind, senders, code)))


def write_invitation(session: Session, senders: Senders, invitation: staff_invitations.ToSend) -> str:
    """Writes the message for an invitation. The link is derived when the message is sent."""
    body = invitation_body(senders, invitation)
    return _write(session, _draft(senders, invitation, TextKind.STAFF_INVITATION, body))


def _draft(
    senders: Senders, to: CodeToSend | staff_invitations.ToSend, kind: TextKind, derived: DerivedBody
) -> Draft:
    sender = to.email_from if to.channel == "email" else to.sms_from or senders.platform_number
    return Draft(
        shop_id=to.shop_id,
        staff_id=to.staff_id,
        channel=to.channel,
        to_address=to.address,
        from_address=sender or "",
        body="",
        segments=segments.count(derived.body).segments,
        send_before=to.send_before,
        purpose=kind.value,
        purpose_key=purpose_key(kind.value, to.id),
    )


def _write(session: Session, draft: Draft) -> str:
    if draft.channel != "email" and not draft.from_address:
        log.warning(
            "no_sender", shop=str(draft.shop_id), fix="Give the shop a number, or set TWILIO_PLATFORM_NUMBER."
        )
        return "no sender"
    message_drafts.write(session, [draft])
    return "written"


def write_test_offer(session: Session, member: test_offers.TestRecipient) -> str:
    """Texts an offer for a slot tomorrow, in the shop's wording, to the phone of a member of staff."""
    language = language_of(member.locale)
    shop = ShopVoice(
        name=member.shop,
        timezone=member.timezone,
        currency=member.currency,
        locale=member.locale,
        templates={TextKind.OFFER: member.own_texts.get(language)},
    )
    sample = MessageContext(
        shop=shop,
        now=member.now,
        starts_at=member.now + timedelta(days=1),
        deposit=to_stripe(member.deposit, member.currency),
        name=member.name,
    )
    body = compose(TextKind.TEST_OFFER, replace(sample, offer=compose(TextKind.OFFER, sample)))
    draft = Draft(
        shop_id=member.shop_id,
        staff_id=member.staff_id,
        to_address=member.phone,
        from_address=member.sms_from or "",
        body=body,
        segments=segments.count(body).segments,
        send_before=member.now + timedelta(minutes=10),
        purpose=TextKind.TEST_OFFER.value,
        purpose_key=purpose_key(TextKind.TEST_OFFER.value, member.staff_id, member.moment),
    )
    outcome = _write(session, draft)
    if outcome == "written":
        test_offers.sent(session, member.shop_id)
    return outcome


def warn_of_many_codes(session: Session, code: CodeToSend) -> None:
    """Notifies the shop of unusually many requested codes: once a day for a member, once an hour for the shop."""
    name, otherwise = CHANNELS[code.channel]
    if code.refused == "shop":
        text = (
            f"Unusually many sign-in codes were requested by {name}. "
            f"No more are sent by {name} for the rest of this hour."
        )
        key = f"sign_in_codes:{code.shop_id}:{code.channel}:{code.send_before:%Y-%m-%d %H}"
    elif code.level >= BACK_OFF.alarm:
        text = (
            f"Many sign-in codes for {plain_name(code.name) or 'a member of staff'} were requested by {name} and not "
            "used. Someone may be trying to sign in as them. Codes to that address are sent less often now."
        )
        text += f" Signing in {otherwise} works as usual." if code.other_channel else ""
        key = f"sign_in_codes:{code.staff_id}:{code.channel}:{code.send_before:%Y-%m-%d}"
    else:
        return
    effect = NotifyStaff("needs_human", text, Severity.WARNING)
    notify_staff(session, shop_id=code.shop_id, effect=effect, dedupe_key=key)


def write_alerts(session: Session, senders: Senders, shop_id: UUID) -> int:
    """Writes an e-mail for each urgent notification and address. Returns the number of alerts found."""
    alerts = staff_alerts.unsent(session, shop_id, limit=ALERTS_AT_ONCE)
    message_drafts.write(session, [_alert(senders, alert) for alert in alerts])
    return len(alerts)


def _alert(senders: Senders, alert: StaffAlert) -> Draft:
    place = f"/app/slot-openings/{alert.slot_opening_id}" if alert.slot_opening_id else "/app/notifications"
    shop = plain_name(alert.shop)
    return Draft(
        shop_id=alert.shop_id,
        staff_id=alert.staff_id,
        channel="email",
        to_address=alert.email,
        from_address=alert.email_from or "",
        subject=f"{shop}: something needs your attention",
        body=f"{alert.text}\n\n{senders.app_url}{place}\n\n{shop}",
        purpose="alert",
        purpose_key=alert.purpose_key,
    )
