"""The last runs of the regular jobs, for owners: what runs by itself, and whether it does."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.session_access import only, reading
from dashboard.shop.status_labels import StatusLabel
from db import job_runs
from db.job_runs import LastRun

bp = Blueprint("jobs", __name__, url_prefix="/settings/jobs")

JOBS: dict[str, str] = {
    "tick": "Goes on with whatever is due: offers that ran out, customers to ask next",
    "expire_offers": "Looks through everything for what stands still",
    "send_booking_reminders": "Reminds customers of their appointments",
    "send_payment_reminders": "Reminds customers of what is left to pay",
    "resolve_outcomes": "Settles appointments that are over",
    "cleanup_stale_bookings": "Cancels bookings whose deposit never came",
    "cleanup_old_notifications": "Deletes notifications that were read long ago",
    "cleanup_expired_otps": "Deletes sign-in codes that have expired",
    "cleanup_ended_sessions": "Deletes sign-ins that have ended",
    "cleanup_expired_invitations": "Deletes invitations of staff that have expired",
    "cleanup_old_audit_logs": "Deletes old entries of the log, but for money and alarms",
    "cleanup_webhook_events": "Deletes what Twilio and Stripe sent long ago",
    "cleanup_settled_tasks": "Deletes what was done long ago",
}
"""By the job's name, in the order of the page."""

NEVER = StatusLabel("calm", "clock", "Has not run yet")
OVERDUE = StatusLabel("stop", "alert", "Overdue")
RUNNING = StatusLabel("wait", "clock", "Running")
WITH_ERRORS = StatusLabel("stop", "alert", "Ran, with errors")
RAN = StatusLabel("good", "check", "Ran")


@bp.get("")
@only("manage")
def show() -> ResponseReturnValue:
    """For the whole installation, not for this shop alone: how many failed is said, not which."""
    with reading() as rows:
        runs = {run.job: run for run in job_runs.last_runs(rows)}
    lines = [(job, what, runs.get(job)) for job, what in JOBS.items()]
    return page_frame.page("shop/jobs.html", lines=lines, state_of=state_of)


def state_of(run: LastRun | None) -> StatusLabel:
    """The first that holds."""
    if run is None or run.started_at is None:
        return OVERDUE if run is not None and run.overdue else NEVER
    rules = ((run.overdue, OVERDUE), (run.ended_at is None, RUNNING), (bool(run.errors), WITH_ERRORS))
    return next((words for holds, words in rules if holds), RAN)
