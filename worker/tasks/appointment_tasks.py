"""Tasks about cancelled and moved appointments."""

from uuid import UUID

from worker.appointments import cancellations, moves
from worker.task_run import Outcome, TaskRun, task


@task("create_slot_opening")
def create_slot_opening(run: TaskRun, appointment_id: str) -> Outcome:
    """Opens the slot of a cancelled appointment, once."""
    with run.last_transaction() as session:
        return run.settle(session, cancellations.open_slot(session, run.dependencies, UUID(appointment_id)))


@task("free_old_time")
def free_old_time(run: TaskRun, appointment_move_id: str) -> Outcome:
    """Opens the slot of the time that a moved appointment has left, once."""
    with run.last_transaction() as session:
        return run.settle(session, moves.free_old_time(session, run.dependencies, UUID(appointment_move_id)))


@task("cancel_appointment")
def cancel_appointment(run: TaskRun, appointment_id: str, by: str = "operator") -> Outcome:
    """Cancels an unpaid appointment after its payment is cancelled."""
    return cancellations.cancel_unpaid(run, UUID(appointment_id), by=by)
