"""The page with the last run of each periodic job, for owners."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import reading, require_permission
from dashboard.shop.recoveries.status_labels import StatusLabel
from db.tasks import job_runs
from db.tasks.job_runs import LastRun

bp = Blueprint("jobs", __name__, url_prefix="/settings/jobs")

JOBS: dict[str, str] = {
    "tick": "Ends expired offers and asks the next customer",
    "expire_offers": "Checks for stuck recoveries",
    "send_booking_reminders": "Reminds customers of their appointments",
    "send_payment_reminders": "Reminds customers of unpaid balances",
    "send_weekly_summaries": "E-mails owners a summary of the week, on Mondays",
    "resolve_outcomes": "Marks past appointments as completed or missed",
    "cleanup_stale_bookings": "Cancels bookings whose deposit never arrived",
    "cleanup_old_notifications": "Deletes old read notifications",
    "cleanup_expired_otps": "Deletes expired sign-in codes",
    "cleanup_ended_sessions": "Deletes ended sessions",
    "cleanup_expired_invitations": "Deletes expired invitations",
    "cleanup_expired_authorizations": "Deletes calendar connections that were never completed",
    "cleanup_expired_join_requests": "Deletes expired requests to join a waiting list",
    "cleanup_idempotency_records": "Deletes old API responses",
    "cleanup_old_audit_logs": "Deletes old audit log entries, except payments and alerts",
    "cleanup_webhook_events": "Deletes old webhooks from Twilio and Stripe",
    "cleanup_settled_tasks": "Deletes old finished tasks",
    "expire_waitlist_entries": "Ends waiting-list entries whose last day is over",
    "cleanup_webhook_deliveries": "Deletes old webhook delivery logs",
    "cleanup_old_events": "Deletes old events",
}
"""The description of each job, in the order of the page."""

NEVER = StatusLabel("calm", "clock", "Not run yet")
OVERDUE = StatusLabel("stop", "alert", "Overdue")
RUNNING = StatusLabel("wait", "clock", "Running")
WITH_ERRORS = StatusLabel("stop", "alert", "Finished with errors")
RAN = StatusLabel("good", "check", "Finished")


@bp.get("")
@require_permission("manage")
def show() -> ResponseReturnValue:
    """Shows the jobs. They run for the whole installation, so the page shows only the number of errors."""
    with reading() as rows:
        runs = {run.job: run for run in job_runs.last_runs(rows)}
    rows_shown = [(job, description, runs.get(job)) for job, description in JOBS.items()]
    return page_frame.page("shop/jobs.html", jobs=rows_shown, state_of=state_of)


def state_of(run: LastRun | None) -> StatusLabel:
    """Returns the label of the last run."""
    if run is None or run.started_at is None:
        return OVERDUE if run is not None and run.overdue else NEVER
    rules = ((run.overdue, OVERDUE), (run.ended_at is None, RUNNING), (bool(run.errors), WITH_ERRORS))
    return next((words for holds, words in rules if holds), RAN)
