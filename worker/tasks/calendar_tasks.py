"""Tasks about connected calendars. No other tasks call the providers of calendars."""

from uuid import UUID

from db.calendars import calendars
from worker.calendars import holds, moves, reconnect, set_up, sync
from worker.calendars import write_back as writing
from worker.task_run import Outcome, TaskRun, clock_task, task


@task("sync_booking")
def sync_booking(run: TaskRun, calendar_id: str, external_id: str) -> Outcome:
    """Reads one booking from its calendar and applies the changes."""
    return sync.sync_booking(run, UUID(calendar_id), external_id)


@task("sync_calendar")
def sync_calendar(run: TaskRun, calendar_id: str) -> Outcome:
    """Reads everything that changed in a calendar since the last time."""
    return sync.sync_calendar(run, UUID(calendar_id))


@task("preview_calendar")
def preview_calendar(run: TaskRun, calendar_id: str) -> Outcome:
    """Counts the contents of a calendar before anything is imported."""
    return set_up.preview(run, UUID(calendar_id))


@task("start_calendar")
def start_calendar(run: TaskRun, calendar_id: str) -> Outcome:
    """Subscribes to the webhooks of a newly connected calendar and reads it."""
    return set_up.start(run, UUID(calendar_id))


@task("reconnect_calendar")
def reconnect_calendar(run: TaskRun, calendar_id: str) -> Outcome:
    """Checks new credentials of a calendar, and uses them from then on."""
    return reconnect.reconnect(run, UUID(calendar_id))


@task("disconnect_calendar")
def disconnect_calendar(run: TaskRun, calendar_id: str, staff_id: str) -> Outcome:
    """Ends the webhooks of a calendar and deletes its credentials."""
    return set_up.disconnect(run, UUID(calendar_id), by=staff_id)


@clock_task("sync_calendars")
def sync_calendars(run: TaskRun) -> Outcome:
    """Adds a task for each calendar that is read periodically."""
    with run.transaction() as session:
        return {"outcome": "requested", "found": calendars.request_syncs(session)}


@task("write_back")
def write_back(run: TaskRun, appointment_id: str) -> Outcome:
    """Books the time of a YES in its calendar, before a deposit is requested."""
    return writing.write_back(run, UUID(appointment_id))


@task("cancel_in_calendar")
def cancel_in_calendar(run: TaskRun, appointment_id: str) -> Outcome:
    """Cancels a booking in its calendar that was cancelled here."""
    return writing.cancel(run, UUID(appointment_id))


@task("move_in_calendar")
def move_in_calendar(run: TaskRun, appointment_move_id: str) -> Outcome:
    """Moves a booking in its calendar that was moved here. Undoes the move if the calendar refuses it."""
    return moves.write_move(run, UUID(appointment_move_id))


@task("mark_paid_in_calendar")
def mark_paid_in_calendar(run: TaskRun, appointment_id: str) -> Outcome:
    """Marks a booking in its calendar as paid."""
    return writing.mark_paid(run, UUID(appointment_id))


@task("hold_in_calendar")
def hold_in_calendar(run: TaskRun, slot_opening_id: str) -> Outcome:
    """Keeps the time of an offered slot from being sold in its calendar."""
    return holds.hold(run, UUID(slot_opening_id))


@task("release_in_calendar")
def release_in_calendar(run: TaskRun, slot_opening_id: str) -> Outcome:
    """Releases the time of a slot that is sold or no longer offered."""
    return holds.release(run, UUID(slot_opening_id))
