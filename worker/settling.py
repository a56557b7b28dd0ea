"""What becomes of appointments whose time is over: settled if their deposit was paid or none was due, else voided."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db import appointments, outcomes
from db.due_rows import Place, Scope
from db.outcomes import Over
from domain.outcomes import outcome_of
from domain.state import BookingStatus
from settings.retention import RetentionSettings
from worker.chores import Chore
from worker.job import Job
from worker.pace import OUTCOMES
from worker.releasing import end_or_wait

ONE_AT_A_TIME = 482173
"""The advisory lock under which outcomes are resolved."""

BECAUSE = {
    BookingStatus.SETTLED: "The appointment is over; its deposit was paid, or none was due.",
    BookingStatus.VOIDED: "The appointment is over and its deposit never came.",
}


class Resolved:
    """How many became what, over one run."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(BECAUSE, 0)

    def resolve(self, job: Job, over: Sequence[Over]) -> int:
        """Those without open payments at once; of the others, the payments first."""
        unpaid = [one for one in over if _must_be_unpayable_first(one)]
        done = self._write(job, [one.id for one in over if one not in unpaid])
        for one in unpaid:
            done += self._void(job, one)
        return done

    def _void(self, job: Job, one: Over) -> int:
        with job.transaction() as session:
            waiting = appointments.open_payments(session, one.id)
        for payment_id in waiting:
            end_or_wait(job, payment_id)
        # Whether one turned out to be paid is seen there.
        return self._write(job, [one.id])

    def _write(self, job: Job, ids: list[UUID]) -> int:
        with job.transaction() as session:
            live = outcomes.lock(session, ids)
            became = outcomes.resolve(session, {one.id: outcome_of(one.past) for one in live}, because=BECAUSE)
        for status, count in became.items():
            self.counts[status] += count
        return sum(became.values())


def _must_be_unpayable_first(one: Over) -> bool:
    return one.open_payment and outcome_of(one.past) is BookingStatus.VOIDED


def chore(resolved: Resolved) -> Chore:
    """The job, which counts in `resolved`."""
    return Chore(
        name="resolve_outcomes",
        what="Settles appointments that are over and paid, or free; voids those whose deposit never came.",
        counts="resolved_count",
        page=_page,
        do=resolved.resolve,
        says=lambda _, one: f"{outcome_of(one.past).value}: appointment of {one.at:%Y-%m-%d %H:%M} UTC",
        pace=OUTCOMES,
        at_once=200,
    )


def _page(session: Session, kept: RetentionSettings, scope: Scope, after: Place, limit: int) -> list[Over]:
    return outcomes.page(session, scope, after, limit)
