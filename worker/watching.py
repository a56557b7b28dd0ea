"""The promises, looked after: whatever breaks an invariant is an alarm, shown to the shop it is about."""

from collections import Counter

import structlog
from sqlalchemy.orm import Session

from db import invariants
from db.invariants import INVARIANTS, Violation
from domain.effects import Severity, TellStaff
from telemetry import metrics
from worker.effects import tell_staff
from worker.job import Job

log = structlog.get_logger()


def check(job: Job) -> list[Violation]:
    """Asks every invariant that needs no ledger of a provider; what is broken is told, counted and logged."""
    with job.transaction() as session:
        invariants.take_time(session)
        found = invariants.check(session)
        for violation in found:
            _tell(session, violation)
    broken = Counter(violation.name for violation in found)
    for name in {invariant.name for invariant in INVARIANTS}:
        metrics.VIOLATIONS.labels(name).set(broken[name])
    return found


def _tell(session: Session, violation: Violation) -> None:
    log.critical("invariant_broken", invariant=violation.name, subject=violation.subject, because=violation.detail)
    shop_id = invariants.shop_of(session, violation)
    if shop_id is None:
        return
    told = TellStaff("needs_human", f"{violation.sentence} But {violation.detail}.", Severity.CRITICAL)
    key = f"invariant:{violation.name}:{violation.subject}"
    tell_staff(session, shop_id=shop_id, effect=told, dedupe_key=key)
