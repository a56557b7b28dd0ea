"""The work itself: what is late, set aside, unheard, or breaks what must always hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import text

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import Patient
from cli.printing import ago
from db import invariants, reconciliation
from domain.plurals import counted
from views import pending_work
from views.pending_work import TaskState

MOST_LOOKED_AT = 1000
LATELY = timedelta(days=1)
NEVER_ARRIVED = {
    "stripe": "Stripe dashboard, Webhooks, your endpoint: its address, its signing secret, and the answers it got.",
    "twilio": "Twilio console, the number: its webhook's address; Monitor, Errors: the answers it got.",
}
NEEDS_HUMAN = text(
    "SELECT id::text, needs_human FROM payments WHERE needs_human IS NOT NULL ORDER BY updated_at LIMIT 50"
)


def tasks(patient: Patient) -> Iterator[Finding]:
    with patient.transaction() as session:
        late = pending_work.unsettled(session, states=(TaskState.LATE,), limit=MOST_LOOKED_AT)
        parked = pending_work.unsettled(session, states=(TaskState.PARKED,), limit=MOST_LOOKED_AT)
    if late:
        said = f"{_counted(late)} should be done by now, the oldest for {ago(late[0].late_seconds)}"
        fix = "See: slots pending list --late. With no worker or no Redis, this does them: slots drain"
        yield failure("work.late", said, fix)
    if parked:
        said = f"{_counted(parked)} set aside after too many tries: {parked[0].last_error}"
        fix = "Mend what they say, then: slots pending retry --all-parked"
        yield failure("work.parked", said, fix)
    if not late and not parked:
        yield ok("work.tasks", "nothing is late, nothing is set aside")


def _counted(rows: list[pending_work.PendingTask]) -> str:
    """ "3 send_message, 1 refund_payment"."""
    return ", ".join(f"{times} {name}" for name, times in Counter(row.name for row in rows).most_common())


def webhooks(patient: Patient) -> Iterator[Finding]:
    with patient.transaction() as session:
        unheard = pending_work.unhandled(session)
    for one in unheard:
        said = (
            f"{counted(one.times, 'webhook')} of {one.provider} recorded and not handled, "
            f"the oldest for {ago(one.seconds)}"
        )
        fix = "See: slots events list --unhandled. Handle one again: slots events resend <id>"
        yield failure("work.webhooks", said, fix)
    if not unheard:
        yield ok("work.webhooks", "every webhook is handled")


def reconciled(patient: Patient) -> Iterator[Finding]:
    """Webhooks that the provider has and that never reached us: refused, or brought to another address."""
    with patient.transaction() as session:
        found = reconciliation.found(session, within=LATELY)
    for provider, times in found.items():
        said = (
            f"{counted(times, 'webhook')} of {provider} in the last day never arrived; the provider's list had them"
        )
        yield warning("work.reconciled", said, NEVER_ARRIVED[provider])


def promises(patient: Patient) -> Iterator[Finding]:
    """The invariants that need no ledger of a sandbox."""
    with patient.transaction() as session:
        broken = invariants.check(session)
    by_promise: dict[tuple[str, str], list[invariants.Violation]] = defaultdict(list)
    for violation in broken:
        by_promise[violation.name, violation.sentence].append(violation)
    for (name, sentence), rows in by_promise.items():
        said = f"{name} is broken {counted(len(rows), 'time')}: {sentence} {rows[0].subject}: {rows[0].detail}"
        fix = f"See what happened there: slots show {rows[0].subject} (or: slots pending list, slots events list)"
        yield failure(f"invariant.{name}", said, fix)
    if not broken:
        yield ok("invariants", "all invariants hold")


def money(patient: Patient) -> Iterator[Finding]:
    with patient.transaction() as session:
        rows = session.execute(NEEDS_HUMAN).all()
    if rows:
        said = f"{counted(len(rows), 'payment needs', 'payments need')} a human: {rows[0].needs_human}"
        yield failure("work.needs_human", said, f"See: slots show {rows[0].id}; settle it in the Stripe dashboard.")
