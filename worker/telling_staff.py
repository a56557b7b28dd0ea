"""What members of staff are sent: the codes they sign in with, and word of what needs a human."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import messages, pending_tasks
from db.dashboard import alerts, codes
from db.dashboard.alerts import Alert
from db.dashboard.codes import ToSend
from db.messages import Draft
from domain import segments, wording
from domain.names import plain_name
from domain.sign_in import CODE_LIFE, code_of
from domain.templates import Kind
from domain.wording import ShopVoice
from worker.job import Job, Outcome

PURPOSE = Kind.SIGN_IN_CODE.value


def send_code(job: Job, code_id: UUID) -> Outcome:
    """The code is derived here, and stands in the message alone."""
    with job.transaction() as session:
        asked = codes.to_send(session, code_id)
        if asked is None:
            return job.settle(session, {"outcome": "nothing to send"})
        return job.settle(session, {"outcome": "written" if _write(session, job, asked) else "no address"})


def _write(session: Session, job: Job, asked: ToSend) -> bool:
    to = asked.email if asked.channel == "email" else asked.phone
    if not to:
        return False
    body = _words(job, asked)
    draft = Draft(
        shop_id=asked.shop_id,
        staff_id=asked.staff_id,
        channel=asked.channel,
        to_address=to,
        from_address=(asked.email_from if asked.channel == "email" else asked.sms_from) or "",
        subject=body.partition(".")[0] if asked.channel == "email" else None,
        body=body,
        segments=segments.count(body).segments,
        send_before=asked.send_before,
        purpose=PURPOSE,
        purpose_key=f"{PURPOSE}:{asked.id}",
    )
    message_id = messages.write(session, draft)
    if message_id is not None:
        pending_tasks.add(session, "send_message", message_id, shop_id=asked.shop_id)
    return True


def _words(job: Job, asked: ToSend) -> str:
    key = job.tools.settings.staff.secret_key.get_secret_value()
    code = code_of(key, asked.id, asked.nonce)
    minutes = int(CODE_LIFE.total_seconds()) // 60
    return wording.sign_in_code(ShopVoice(name=asked.shop, locale=asked.locale), code=code, minutes=minutes)


AT_ONCE = 50


def send_alerts(job: Job, shop_id: UUID) -> Outcome:
    """E-mails what needs a human to those who want it, once each. Without a carrier the pages' bell remains."""
    if not job.tools.email.ready:
        return {"outcome": "no e-mail"}
    with job.transaction() as session:
        found = alerts.untold(session, shop_id, limit=AT_ONCE)
        for alert in found:
            _write_alert(session, job, alert)
        return job.settle(session, {"outcome": "written", "count": len(found)})


def _write_alert(session: Session, job: Job, alert: Alert) -> None:
    place = f"/app/slot-openings/{alert.slot_opening_id}" if alert.slot_opening_id else "/app/notifications"
    body = f"{alert.text}\n\n{job.tools.app_url}{place}\n\n{plain_name(alert.shop)}"
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
