"""Tasks about cancelled appointments."""

from uuid import UUID

from worker import cancelling
from worker.job import Job, Outcome, task


@task("create_slot_opening")
def create_slot_opening(job: Job, appointment_id: str) -> Outcome:
    """Opens the cancelled appointment's time for sale, once."""
    with job.transaction() as session:
        return job.settle(session, cancelling.open_slot(session, job.tools, UUID(appointment_id)))


@task("cancel_appointment")
def cancel_appointment(job: Job, appointment_id: str, by: str = "operator") -> Outcome:
    """Cancels an unpaid appointment, its payment first."""
    return cancelling.cancel_unpaid(job, UUID(appointment_id), by=by)
