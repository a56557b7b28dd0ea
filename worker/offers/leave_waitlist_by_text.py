"""Handles LEAVE: the customer leaves the waiting list but still gets texts. A live offer stays open."""

from sqlalchemy.orm import Session

from db.audit import CUSTOMER
from db.recoveries.offers import Replied
from db.waitlist import waitlist
from domain.templates import TextKind
from providers.twilio.webhook_forms import InboundText
from worker.offers.customer_replies import on_text, reply_with
from worker.task_run import Outcome, TaskRun, task


@task("leave_waitlist")
def leave(run: TaskRun, message_sid: str) -> Outcome:
    """Handles LEAVE: ends the customer's entries on the waiting list. The customer stays opted in.

    Ends all active entries of the phone number at this shop, and confirms this at most once an hour.
    """

    def react(session: Session, inbound: InboundText, reply: Replied) -> Outcome:
        ended = waitlist.leave_by_phone(session, reply.shop_id, inbound.from_, by=CUSTOMER)
        reply_with(session, run, reply, TextKind.WAITLIST_LEFT, inbound)
        return {"outcome": "left", "count": ended}

    return on_text(run, message_sid, react)
