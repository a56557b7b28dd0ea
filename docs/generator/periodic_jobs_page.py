"""docs/reference/jobs.md: the periodic jobs, their descriptions, and how to run them by hand."""

from cli.beat_intervals import beat_intervals
from docs.generator.markdown import code, page, sentence, table
from docs.generator.tasks_page import bodies
from settings.retention_periods import RetentionSettings
from worker import sweep
from worker.periodic import maintain_partitions
from worker.periodic.periodic_jobs import JOBS, PeriodicJob

INTRODUCTION = """\
Beat starts these jobs. Each run processes all due items one by one: a failed item is listed in the outcome, and the
remaining items are still processed. A run can be killed, late or repeated, or overlap with another run, but no item
is processed twice. `slots jobs` shows the last run of each job. `/readyz` reports a job that missed two runs as
overdue."""

BY_HAND = """\
`slots run <job>` immediately runs a job for every shop; with `--dry-run`, it only lists the items that it would
process. An external scheduler calls `GET /api/cron/cleanup`, `GET /api/cron/reminders` or
`POST /api/jobs/resolve-outcomes` (see [routes](routes.md))."""

SWEEPS = """\
Sweeps and reconciliation find due work, work whose message was lost, and rows that violate an invariant.
`slots drain` runs `expire_offers` and every task that it adds, without Redis or workers."""

LOCKS = {"expire_offers": sweep.ONE_SWEEP_AT_A_TIME, "maintain_partitions": maintain_partitions.LOCK}


def periodic_jobs_page() -> str:
    """Returns the page: groups and single jobs from the worker's table, and sweeps from the beat schedule."""
    groups = [job for job in JOBS.values() if job.schedule]
    parts = [job for job in JOBS.values() if not job.schedule]
    fired = table(
        ("Job", "Description", "Runs", "Advisory lock"),
        (
            (code(job.name), job.description, job.schedule.description if job.schedule else "", _lock(job.lock))
            for job in groups
        ),
    )
    single = table(
        ("Job", "Description", "Part of", "Setting (default)"),
        ((code(job.name), job.description, _group_of(job), _setting_of(job)) for job in parts),
    )
    sweeps = table(
        ("Task", "Description", "Runs", "Advisory lock"),
        (
            (code(name), _what(name), interval, _lock(LOCKS.get(name)))
            for name, interval in beat_intervals().items()
            if name not in JOBS
        ),
    )
    sections = (f"## Single jobs\n\n{single}", f"## By hand\n\n{BY_HAND}", f"## Sweeps\n\n{SWEEPS}\n\n{sweeps}")
    return page("Periodic jobs", INTRODUCTION, fired, *sections)


def _setting_of(part: PeriodicJob) -> str:
    """Returns the environment variable and its default, or "none" for a job without a setting."""
    setting = part.parts[0].setting
    if not setting:
        return "none"
    return f"{code(setting)} ({RetentionSettings.model_fields[setting.lower()].default})"


def _what(task: str) -> str:
    return sentence(bodies()[task])


def _lock(lock: int | None) -> str:
    return code(lock) if lock else "none"


def _group_of(part: PeriodicJob) -> str:
    return next(code(job.name) for job in JOBS.values() if job.schedule and part.parts[0] in job.parts)
