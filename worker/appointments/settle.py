"""Resolves past appointments.

Settles an appointment if its deposit was paid or none was due, and voids it otherwise.
"""

from collections import Counter
from collections.abc import Sequence

from db.appointments import appointments, past_appointments
from db.appointments.past_appointments import EndedAppointment
from domain.appointment_outcomes import outcome_of
from domain.state import BookingStatus
from worker.payments.cancel_then_release import end_or_wait
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import OUTCOMES
from worker.task_run import TaskRun

RESOLVE_OUTCOMES_LOCK = 482173

REASONS = {
    BookingStatus.SETTLED: "The appointment is over; its deposit was paid, or none was due.",
    BookingStatus.VOIDED: "The appointment is over, without a paid deposit.",
}


def _resolve(run: TaskRun, ended: Sequence[EndedAppointment]) -> Counter[str]:
    """Cancels the open payments of the appointments to be voided, then resolves all appointments. Raises
    PostponedError.
    """
    for one in ended:
        if one.open_payment and outcome_of(one.past) is BookingStatus.VOIDED:
            with run.transaction() as session:
                open_payments = appointments.open_payments(session, one.id)
            for payment_id in open_payments:
                end_or_wait(run, payment_id)
    with run.transaction() as session:
        # The appointments are read again, because a payment may have succeeded.
        live = past_appointments.lock(session, [one.id for one in ended])
        outcomes = {one.id: outcome_of(one.past) for one in live}
        resolved = past_appointments.resolve(session, outcomes, reason=REASONS)
    return Counter({status.value: count for status, count in resolved.items()})


RESOLVE_OUTCOMES = BatchJob(
    name="resolve_outcomes",
    description="Settles past appointments that were paid or needed no deposit, and voids the others.",
    schedule=OUTCOMES,
    count_name="resolved_count",
    page=lambda session, _, *page: past_appointments.page(session, *page),
    handle=_resolve,
    preview=lambda _, one: f"{outcome_of(one.past).value}: appointment of {one.at:%Y-%m-%d %H:%M} UTC",
    batch_size=200,
)
