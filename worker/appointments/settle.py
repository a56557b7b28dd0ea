"""What becomes of appointments whose time is over: settled if their deposit was paid or none was due, else voided."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db import appointments, past_appointments
from db.keyset_pagination import PageKey, Scope
from db.past_appointments import EndedAppointment
from domain.appointment_outcomes import outcome_of
from domain.state import BookingStatus
from settings.retention_periods import RetentionSettings
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import OUTCOMES
from worker.task_run import TaskRun

ONE_AT_A_TIME = 482173
"""The advisory lock under which outcomes are resolved."""

BECAUSE = {
    BookingStatus.SETTLED: "The appointment is over; its deposit was paid, or none was due.",
    BookingStatus.VOIDED: "The appointment is over and its deposit never came.",
}


class SettleResult:
    """How many became what, over one run."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(BECAUSE, 0)

    def resolve(self, run: TaskRun, over: Sequence[EndedAppointment]) -> int:
        """Those without open payments at once; of the others, the payments first."""
        unpaid = [one for one in over if _must_be_unpayable_first(one)]
        done = self._write(run, [one.id for one in over if one not in unpaid])
        for one in unpaid:
            done += self._void(run, one)
        return done

    def _void(self, run: TaskRun, one: EndedAppointment) -> int:
        with run.transaction() as session:
            waiting = appointments.open_payments(session, one.id)
        for payment_id in waiting:
            end_or_wait(run, payment_id)
        # Whether one turned out to be paid is seen there.
        return self._write(run, [one.id])

    def _write(self, run: TaskRun, ids: list[UUID]) -> int:
        with run.transaction() as session:
            live = past_appointments.lock(session, ids)
            became = past_appointments.resolve(
                session, {one.id: outcome_of(one.past) for one in live}, reason=BECAUSE
            )
        for status, count in became.items():
            self.counts[status] += count
        return sum(became.values())


def _must_be_unpayable_first(one: EndedAppointment) -> bool:
    return one.open_payment and outcome_of(one.past) is BookingStatus.VOIDED


def chore(resolved: SettleResult) -> BatchJob:
    """The job, which counts in `resolved`."""
    return BatchJob(
        name="resolve_outcomes",
        what="Settles appointments that are over and paid, or free; voids those whose deposit never came.",
        counts="resolved_count",
        page=_page,
        do=resolved.resolve,
        says=lambda _, one: f"{outcome_of(one.past).value}: appointment of {one.at:%Y-%m-%d %H:%M} UTC",
        pace=OUTCOMES,
        at_once=200,
    )


def _page(
    session: Session, kept: RetentionSettings, scope: Scope, after: PageKey, limit: int
) -> list[EndedAppointment]:
    return past_appointments.page(session, scope, after, limit)
