"""Checks the invariants. Logs each violation as critical, and shows it to the staff of its shop."""

from collections import Counter

import structlog
from sqlalchemy.orm import Session

from db import invariants
from db.invariants import INVARIANTS, Violation
from domain.effects import NotifyStaff, Severity
from messaging.staff_notifications import notify_staff
from telemetry import metrics
from worker.task_run import Outcome, TaskRun, clock_task

log = structlog.get_logger()


@clock_task("check_invariants")
def check_invariants(run: TaskRun) -> Outcome:
    """Checks the invariants."""
    return {"outcome": "checked", "violations": len(check(run))}


def check(run: TaskRun) -> list[Violation]:
    """Checks the invariants that can be verified without a provider's ledger. Returns the violations."""
    with run.transaction() as session:
        invariants.take_time(session)
        found = invariants.check(session)
        for violation in found:
            _report(session, violation)
    broken = Counter(violation.name for violation in found)
    for name in {invariant.name for invariant in INVARIANTS}:
        metrics.VIOLATIONS.labels(name).set(broken[name])
    return found


def _report(session: Session, violation: Violation) -> None:
    log.critical("invariant_broken", invariant=violation.name, subject=violation.subject, reason=violation.detail)
    shop_id = invariants.shop_of(session, violation)
    if shop_id is None:
        return
    notification = NotifyStaff(
        "needs_human",
        f"A consistency check failed. Expected: {violation.sentence} Found: {violation.detail}.",
        Severity.CRITICAL,
    )
    key = f"invariant:{violation.name}:{violation.subject}"
    notify_staff(session, shop_id=shop_id, effect=notification, dedupe_key=key)
