"""docs/reference/jobs.md: the periodic jobs, what each does and how to run it by hand."""

from cli.beat_intervals import beat_intervals
from docs.generator.markdown import code, page, sentence, table
from docs.generator.tasks_page import bodies
from settings.retention_periods import RetentionSettings
from worker import sweep
from worker.periodic import maintain_partitions
from worker.periodic.periodic_jobs import JOBS, PeriodicJob

INTRODUCTION = """\
Beat starts these jobs. Each run processes everything that is due, item by item: a failed item is listed in the
outcome and the others are processed. A run may be killed, late, repeated or overlap with another run; nothing is done
twice. `slots jobs` shows the last run of each job. A job that missed two runs is overdue, and `/readyz` reports
it."""

BY_HAND = """\
`slots run <job>` runs a job for every shop, now; with `--dry-run` it only lists what it would do. An external
scheduler calls `GET /api/cron/cleanup`, `GET /api/cron/reminders` or `POST /api/jobs/resolve-outcomes` (see
[routes](routes.md))."""

SWEEPS = """\
Sweeps and reconciliation find work that is due, work whose message was lost, and rows that break an invariant. `slots
drain` runs `expire_offers` and every task that it adds, without Redis and without workers."""

LOCKS = {"expire_offers": sweep.ONE_SWEEP_AT_A_TIME, "maintain_partitions": maintain_partitions.LOCK}


def periodic_jobs_page() -> str:
    """Groups and single jobs from the worker's table; sweeps from the beat schedule."""
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
    """The environment variable and its default; "none" for a job without one."""
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
