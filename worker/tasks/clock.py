"""Tasks that beat fires. They need no row of their own: each does everything that is due, whenever it comes."""

from worker import sweeping
from worker.job import Job, Outcome, clock_task


@clock_task("tick")
def tick(job: Job) -> Outcome:
    """The light look between two sweeps."""
    return {"outcome": "swept", **sweeping.bring_forward(job.tools, batches=20).answer}


@clock_task("expire_offers")
def expire_offers(job: Job) -> Outcome:
    """The full sweep: always advances what has stood still."""
    return {"outcome": "swept", "answer": sweeping.sweep(job.tools)}
