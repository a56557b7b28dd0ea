"""Finds what never reached our doors, and whatever waits for a word that does not come."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import pending_tasks, reconciliation
from db.reconciliation import UnreadList
from intake import incoming_texts, stripe_webhooks
from worker.task_run import TaskRun

log = structlog.get_logger()

OFTEN, SELDOM = timedelta(minutes=1), timedelta(minutes=15)
"""How long a shop's texts go unread while it waits for an answer, and otherwise."""

QUIET_FOR = {"look_up_payment": timedelta(minutes=5), "look_up_message": timedelta(minutes=2)}
"""How long nothing is heard of something before it is asked about."""

STALE_AFTER = {"look_up_payment": timedelta(days=3), "look_up_message": timedelta(hours=4)}
"""How old it may be: what is silent for longer has nothing more to say."""

BATCH = 500


def find_inbound_texts(run: TaskRun) -> int:
    """Texts that came while the door was shut, recorded as the door would have; how many."""
    with run.transaction() as session:
        lists = reconciliation.numbers_due(session, often=OFTEN, seldom=SELDOM)
    return sum(_read_texts(run, one) for one in lists)


def _read_texts(run: TaskRun, unread: UnreadList) -> int:
    texts = run.dependencies.twilio.list_inbound(unread.number, unread.since)
    if not isinstance(texts, list):
        log.warning("list_unread", source="texts", reason=texts.reason)
        return 0
    with run.transaction() as session:
        ids = [text.message_sid for text in texts]
        known = reconciliation.known(session, provider="twilio", ids=ids)
        found = [text for text in texts if text.message_sid not in known]
        recorded = _recorded(session, [incoming_texts.record_listed(session, text) for text in found])
        reconciliation.note_read(session, unread)
    return _counted("texts", recorded)


def find_stripe_events(run: TaskRun) -> int:
    """Events that never came, recorded as the door would have; how many."""
    with run.transaction() as session:
        unread = reconciliation.events_since(session)
    events = run.dependencies.stripe.list_events(unread.since)
    if not isinstance(events, list):
        log.warning("list_unread", source="events", reason=events.reason)
        return 0
    with run.transaction() as session:
        ids = [str(event.get("id", "")) for event in events]
        known = reconciliation.known(session, provider="stripe", ids=ids)
        found = [event for event in events if event.get("id") not in known]
        recorded = _recorded(session, [stripe_webhooks.record(session, event) for event in found])
        reconciliation.note_read(session, unread)
    return _counted("events", recorded)


def ask_about_overdue(run: TaskRun, task: str) -> int:
    """Writes a task for each payment or text that nothing was heard of for a while; how many. `task`: of SILENT."""
    with run.transaction() as session:
        silent = reconciliation.silent(session, task, quiet_for=QUIET_FOR[task], until=STALE_AFTER[task], limit=BATCH)
        for id, shop_id in silent:
            pending_tasks.add(session, task, id, key=f"{task}:{id}", shop_id=shop_id)
    return len(silent)


def find_orphans(run: TaskRun, *tasks: str) -> int:
    """Writes the task that something waits for in vain; how many. `tasks`: of WITHOUT_A_TASK."""
    with run.transaction() as session:
        alone = [(task, *row) for task in tasks for row in reconciliation.orphans(session, task)]
        for task, id, shop_id in alone:
            pending_tasks.add(session, task, id, key=f"{task}:{id}", shop_id=shop_id)
    return len(alone)


def _recorded(session: Session, ids: Sequence[UUID | None]) -> list[UUID]:
    """The webhooks that nobody else recorded meanwhile, marked as found here."""
    ours = [id for id in ids if id is not None]
    reconciliation.note_found(session, ours)
    return ours


def _counted(source: str, recorded: Sequence[UUID]) -> int:
    count = len(recorded)
    if count:
        log.warning("found_late", source=source, count=count)
    return count
