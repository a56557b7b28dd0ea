"""Delivers outgoing webhooks."""

from worker.outgoing_webhooks.lanes import lanes
from worker.task_run import Outcome, TaskRun, clock_task


@clock_task("deliver_webhooks")
def deliver_webhooks(run: TaskRun) -> Outcome:
    """Delivers events to the webhook endpoints for which some are due."""
    return {"outcome": "delivering", "count": lanes().deliver_due(run.dependencies)}
