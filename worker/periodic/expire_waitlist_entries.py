"""Expires waiting-list entries after their last day."""

from collections import Counter
from collections.abc import Sequence

from db.waitlist import waitlist
from db.waitlist.waitlist import PastEntry
from worker.periodic import schedule
from worker.periodic.batch_job import BatchJob
from worker.task_run import TaskRun


def _expire(run: TaskRun, past: Sequence[PastEntry]) -> Counter[str]:
    with run.transaction() as session:
        return Counter(expired=waitlist.expire(session, [entry.id for entry in past]))


PAST_ENTRIES = BatchJob(
    name="expire_waitlist_entries",
    description="Expires waiting-list entries after their last day.",
    schedule=schedule.CLEANUP,
    count_name="expired_count",
    page=lambda session, _, scope, after, limit: waitlist.past_entries(session, scope, after, limit),
    handle=_expire,
    preview=lambda _, entry: f"expire the waiting-list entry of {entry.at:%Y-%m-%d}",
    batch_size=500,
)
