"""E-mails a summary of the last week to each owner, once, on Monday morning in the shop's time zone."""

from collections import Counter
from collections.abc import Sequence

from db.messages import weekly_summaries
from db.messages.weekly_summaries import SummaryRecipient
from domain.statistics import Period, last_week, week_is_fresh
from domain.time_zones import zone_named
from messaging.weekly_summary import write_weekly_summary
from worker.dependencies import Dependencies
from worker.periodic.batch_job import BatchJob
from worker.periodic.schedule import SUMMARIES
from worker.task_run import TaskRun


def _due(dependencies: Dependencies, owner: SummaryRecipient) -> Period | None:
    """Returns the week to report, or None if it is too late, the shop is too new or no e-mail can be sent."""
    if not dependencies.senders.email_ready or not week_is_fresh(owner.now, owner.timezone):
        return None
    week = last_week(owner.now, owner.timezone)
    return week if owner.since.astimezone(zone_named(owner.timezone)).date() <= week.last else None


def _summarise(run: TaskRun, owners: Sequence[SummaryRecipient]) -> Counter[str]:
    senders = run.dependencies.senders
    with run.transaction() as session:
        weeks = [(owner, _due(run.dependencies, owner)) for owner in owners]
        return Counter(
            sent=sum(write_weekly_summary(session, senders, owner, week) for owner, week in weeks if week is not None)
        )


def _preview(dependencies: Dependencies, owner: SummaryRecipient) -> str:
    week = _due(dependencies, owner)
    return f"e-mail an owner the summary of the week from {week.first}" if week else ""


WEEKLY_SUMMARIES = BatchJob(
    name="send_weekly_summaries",
    description="E-mails owners a weekly summary of recovered and lost appointments, with the reasons.",
    schedule=SUMMARIES,
    count_name="summaries_sent",
    page=lambda session, _, *page: weekly_summaries.owners(session, *page),
    handle=_summarise,
    preview=_preview,
    batch_size=20,
)
