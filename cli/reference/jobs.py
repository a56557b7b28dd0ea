"""docs/reference/jobs.md: the regular jobs, what each does and how it is run by hand."""

from cli.reference.markdown import code, page, table
from worker.regular import JOBS, Regular

INTRODUCTION = """\
The clock fires these by itself. Each does everything that is due, item by item: what fails is listed in the answer
and the rest is done. A run may be killed, may come late, twice, or two at once; nothing happens twice. `slots jobs`
shows the last run of each; one that has missed two runs is overdue and reported by `/readyz`."""

BY_HAND = """\
`slots run <job>` runs one for every shop, now; with `--dry-run` it only lists what it would do. An outside scheduler
calls `GET /api/cron/cleanup`, `GET /api/cron/reminders` or `POST /api/jobs/resolve-outcomes` (see the routes)."""


def jobs_page() -> str:
    """Groups and single jobs, from the table the worker runs by."""
    groups = [job for job in JOBS.values() if job.when]
    parts = [job for job in JOBS.values() if not job.when]
    fired = table(
        ("Job", "What it does", "When", "Advisory lock"),
        ((code(job.name), job.what, job.when, code(job.lock) if job.lock else "none") for job in groups),
    )
    single = table(
        ("Job", "What it does", "As part of", "How long or how early"),
        ((code(job.name), job.what, _group_of(job), code(job.parts[0].setting)) for job in parts),
    )
    return page("Regular jobs", INTRODUCTION, fired, f"## Their parts\n\n{single}", f"## By hand\n\n{BY_HAND}")


def _group_of(part: Regular) -> str:
    return next(code(job.name) for job in JOBS.values() if job.when and part.parts[0] in job.parts)
