"""Delivers outgoing webhooks."""

from worker.outgoing_webhooks.lanes import lanes
from worker.task_run import Outcome, TaskRun, clock_task


# Every second: in Flower it would hide all other tasks.
@clock_task("deliver_webhooks", send_events=False)
def deliver_webhooks(run: TaskRun) -> Outcome:
    """Delivers events to the webhook endpoints that have some due."""
    return {"outcome": "delivering", "count": lanes().deliver_due(run.dependencies)}
