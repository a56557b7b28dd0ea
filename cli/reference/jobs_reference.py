"""docs/reference/jobs.md: the regular jobs, what each does and how it is run by hand."""

from cli.reference.markdown import code, page, sentence, table
from cli.reference.tasks_page import bodies, pace_of
from settings.retention_periods import RetentionSettings
from worker import sweep
from worker.periodic.periodic_jobs import JOBS, PeriodicJob

INTRODUCTION = """\
The clock fires these by itself. Each does everything that is due, item by item: what fails is listed in the answer
and the rest is done. A run may be killed, may come late, twice, or two at once; nothing happens twice. `slots jobs`
shows the last run of each; one that has missed two runs is overdue and reported by `/readyz`."""

BY_HAND = """\
`slots run <job>` runs one for every shop, now; with `--dry-run` it only lists what it would do. An outside scheduler
calls `GET /api/cron/cleanup`, `GET /api/cron/reminders` or `POST /api/jobs/resolve-outcomes` (see the routes)."""


SWEEPS = """\
These look for what is due, for what was lost on its way and for what should not be. `slots drain` does by hand what
`expire_offers` does, and all that it leads to."""

LOCKS = {"expire_offers": sweep.ONE_SWEEP_AT_A_TIME}


def jobs_page() -> str:
    """Groups and single jobs, from the table the worker runs by; the sweeps, from the clock's."""
    groups = [(job, job.schedule.description) for job in JOBS.values() if job.schedule]
    parts = [job for job in JOBS.values() if not job.schedule]
    fired = table(
        ("Job", "What it does", "When", "Advisory lock"),
        ((code(job.name), job.description, when, _lock(job.lock)) for job, when in groups),
    )
    single = table(
        ("Job", "What it does", "As part of", "How long or how early"),
        ((code(job.name), job.description, _group_of(job), _setting_of(job)) for job in parts),
    )
    sweeps = table(
        ("Task", "What it does", "When", "Advisory lock"),
        (
            (code(name), _what(name), pace, _lock(LOCKS.get(name)))
            for name, pace in pace_of().items()
            if name not in JOBS
        ),
    )
    sections = (f"## Their parts\n\n{single}", f"## By hand\n\n{BY_HAND}", f"## Sweeps\n\n{SWEEPS}\n\n{sweeps}")
    return page("Regular jobs", INTRODUCTION, fired, *sections)


def _setting_of(part: PeriodicJob) -> str:
    """The variable, with what it is by default."""
    setting = part.parts[0].setting
    return f"{code(setting)} ({RetentionSettings.model_fields[setting.lower()].default})"


def _what(task: str) -> str:
    return sentence(bodies()[task])


def _lock(lock: int | None) -> str:
    return code(lock) if lock else "none"


def _group_of(part: PeriodicJob) -> str:
    return next(code(job.name) for job in JOBS.values() if job.schedule and part.parts[0] in job.parts)
