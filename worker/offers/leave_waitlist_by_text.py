"""Handles LEAVE: the customer leaves the waiting list and still gets texts. A live offer stays open."""

from db import waitlist
from domain.templates import TextKind
from worker.offers.customer_replies import find_text, reply_with, store_text
from worker.task_run import Outcome, TaskRun


def leave(run: TaskRun, message_sid: str) -> Outcome:
    """Ends every active entry of the phone line in this shop, and confirms it, at most once an hour."""
    found = find_text(run, message_sid)
    if not isinstance(found, tuple):
        return found
    inbound, reply = found
    with run.transaction() as session:
        store_text(session, inbound, reply)
        ended = waitlist.leave_by_phone(session, reply.shop_id, inbound.from_)
        reply_with(session, run, reply, TextKind.WAITLIST_LEFT, inbound)
        return run.settle(session, {"outcome": "left", "count": ended})
