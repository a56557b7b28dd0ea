"""Checks for overdue and parked tasks, unhandled and undelivered webhooks, and broken invariants."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import text

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import CheckTarget
from cli.printing import ago
from db import invariants
from db.money import reconciliation
from domain.plurals import counted
from views import pending_work
from views.pending_work import TaskState

MOST_LOOKED_AT = 1000
LATELY = timedelta(days=1)
NEVER_ARRIVED = {
    "stripe": "In the Stripe dashboard (Webhooks, your endpoint), check its address, signing secret and responses.",
    "twilio": "In the Twilio console, check the webhook address of the number, and the responses (Monitor, Errors).",
}
NEEDS_HUMAN = text(
    "SELECT id::text, needs_human FROM payments WHERE needs_human IS NOT NULL ORDER BY updated_at LIMIT 50"
)


def tasks(target: CheckTarget) -> Iterator[Finding]:
    with target.transaction() as session:
        late = pending_work.unsettled(session, states=(TaskState.LATE,), limit=MOST_LOOKED_AT)
        parked = pending_work.unsettled(session, states=(TaskState.PARKED,), limit=MOST_LOOKED_AT)
    if late:
        message = f"{_counted(late)} overdue, the oldest for {ago(late[0].late_seconds)}"
        fix = "See: slots pending list --late. If no worker is running or Redis is down: slots drain"
        yield failure("work.late", message, fix)
    if parked:
        message = f"{_counted(parked)} parked after too many attempts: {parked[0].last_error}"
        fix = "Fix the cause, then: slots pending retry --all-parked"
        yield failure("work.parked", message, fix)
    if not late and not parked:
        yield ok("work.tasks", "no task is overdue or parked")


def _counted(rows: list[pending_work.OpenTask]) -> str:
    """Returns, for example, "3 send_message, 1 refund_payment"."""
    return ", ".join(f"{times} {name}" for name, times in Counter(row.name for row in rows).most_common())


def webhooks(target: CheckTarget) -> Iterator[Finding]:
    with target.transaction() as session:
        unhandled = pending_work.unhandled(session)
    for one in unhandled:
        message = (
            f"{counted(one.times, 'webhook')} of {one.provider} recorded but not handled, "
            f"the oldest for {ago(one.seconds)}"
        )
        fix = "See: slots received list --unhandled. To handle one again: slots received resend <id>"
        yield failure("work.webhooks", message, fix)
    if not unhandled:
        yield ok("work.webhooks", "all webhooks are handled")


def deliveries(target: CheckTarget) -> Iterator[Finding]:
    """Checks the deliveries of outgoing webhooks."""
    with target.transaction() as session:
        overdue, failing = pending_work.overdue_deliveries(session), pending_work.failing_endpoints(session)
    if overdue:
        message = f"{counted(overdue.times, 'delivery', 'deliveries')} to webhook endpoints overdue"
        fix = "Start the worker of the queue webhooks. If no worker is running or Redis is down: slots drain"
        yield failure("work.deliveries", f"{message}, the oldest for {ago(overdue.seconds)}", fix)
    for endpoint in failing:
        message = f"the webhook endpoint {endpoint.id} has accepted no delivery for {ago(endpoint.seconds)}"
        yield warning("work.endpoints", message, f"See its responses: slots webhooks deliveries {endpoint.id}")
    if not overdue and not failing:
        yield ok("work.deliveries", "all webhook endpoints accept their events")


def reconciled(target: CheckTarget) -> Iterator[Finding]:
    """Reports webhooks that the provider lists but that never arrived: they were rejected or sent elsewhere."""
    with target.transaction() as session:
        found = reconciliation.found(session, within=LATELY)
    for provider, times in found.items():
        message = (
            f"{counted(times, 'webhook')} of {provider} never arrived in the last day; they were fetched instead"
        )
        yield warning("work.reconciled", message, NEVER_ARRIVED[provider])


def invariants_hold(target: CheckTarget) -> Iterator[Finding]:
    """Checks the invariants that can be verified without the sandbox's ledger."""
    with target.transaction() as session:
        broken = invariants.check(session)
    by_invariant: dict[tuple[str, str], list[invariants.Violation]] = defaultdict(list)
    for violation in broken:
        by_invariant[violation.name, violation.sentence].append(violation)
    for (name, sentence), rows in by_invariant.items():
        message = f"{name} is violated {counted(len(rows), 'time')}: {sentence} {rows[0].subject}: {rows[0].detail}"
        fix = f"See its history: slots show {rows[0].subject} (or: slots pending list, slots received list)"
        yield failure(f"invariant.{name}", message, fix)
    if not broken:
        yield ok("invariants", "all invariants hold")


def money(target: CheckTarget) -> Iterator[Finding]:
    with target.transaction() as session:
        rows = session.execute(NEEDS_HUMAN).all()
    if rows:
        message = f"{counted(len(rows), 'payment needs', 'payments need')} an operator: {rows[0].needs_human}"
        yield failure(
            "work.needs_human", message, f"See: slots show {rows[0].id}; settle it in the Stripe dashboard."
        )
