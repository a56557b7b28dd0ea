"""Finds webhooks that never arrived, and messages and payments whose status is overdue."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db.money import reconciliation
from db.money.reconciliation import UnreadList
from db.tasks import pending_tasks
from intake import incoming_texts, stripe_webhooks
from providers.too_many import TooMany
from providers.twilio.twilio_results import Unknown
from providers.twilio.webhook_forms import InboundText
from worker.reconciliation.list_parts import parts
from worker.task_run import Outcome, TaskRun, clock_task

log = structlog.get_logger()

OFTEN, SELDOM = timedelta(minutes=1), timedelta(minutes=15)
"""The intervals at which a shop's texts are listed: first with a live offer, then without a live offer."""

QUIET_FOR = {"look_up_payment": timedelta(minutes=5), "look_up_message": timedelta(minutes=2)}
"""The time for which a status must be unchanged before it is looked up."""

STALE_AFTER = {"look_up_payment": timedelta(days=3), "look_up_message": timedelta(hours=4)}
"""The maximum age at which a payment or message is looked up."""

BATCH = 500

NUMBERS_AT_ONCE = 100
"""The number of lists in memory while they are read, which takes a request to the carrier for each list."""

READING_TEXTS, READING_EVENTS = threading.Lock(), threading.Lock()
"""Held by the thread that reads the list. Under load, reading takes longer than the interval of its job, and a second
run would read the same entries.
"""

SKIPPED: Outcome = {"outcome": "skipped", "reason": "Another thread is reading the list."}


@clock_task("reconcile_inbound_texts")
def reconcile_inbound_texts(run: TaskRun) -> Outcome:
    """Reads the carrier's list of texts, and records texts whose webhooks never arrived."""
    return _reconciled(READING_TEXTS, partial(_find_inbound_texts, run))


@clock_task("reconcile_stripe_events")
def reconcile_stripe_events(run: TaskRun) -> Outcome:
    """Reads Stripe's list of events, and records events whose webhooks never arrived."""
    return _reconciled(READING_EVENTS, partial(_find_stripe_events, run))


def _reconciled(reading: threading.Lock, find: Callable[[], int]) -> Outcome:
    if not reading.acquire(blocking=False):
        return SKIPPED
    try:
        return {"outcome": "reconciled", "found": find()}
    finally:
        reading.release()


@clock_task("reconcile_open_intents")
def reconcile_open_intents(run: TaskRun) -> Outcome:
    """Looks up payments with an overdue status, and cancels the payments of ended holds."""
    found = _ask_about_overdue(run, "look_up_payment") + _find_orphans(run, "cancel_payment")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_unknown_texts")
def reconcile_unknown_texts(run: TaskRun) -> Outcome:
    """Looks up texts with an overdue status, and adds missing tasks for unsent texts."""
    found = _ask_about_overdue(run, "look_up_message") + _find_orphans(run, "send_message")
    return {"outcome": "reconciled", "found": found}


@clock_task("reconcile_refunds")
def reconcile_refunds(run: TaskRun) -> Outcome:
    """Adds missing tasks for requested refunds."""
    return {"outcome": "reconciled", "found": _find_orphans(run, "refund_payment", "send_refund")}


def _find_inbound_texts(run: TaskRun) -> int:
    """Records texts whose webhooks never arrived. Returns their number."""
    found, unavailable = 0, list[str]()
    now: datetime | None = None
    while lists := _numbers_due(run, now, unavailable):
        now = lists[0].now
        for one in lists:
            recorded = read_texts(run, one)
            if recorded is None:
                unavailable.append(one.source)
            found += recorded or 0
    return found


def _numbers_due(run: TaskRun, now: datetime | None, without: Sequence[str]) -> list[UnreadList]:
    with run.transaction() as session:
        return reconciliation.numbers_due(
            session,
            often=OFTEN,
            seldom=SELDOM,
            shared=run.dependencies.senders.numbers,
            now=now,
            without=without,
            limit=NUMBERS_AT_ONCE,
        )


def read_texts(run: TaskRun, unread: UnreadList) -> int | None:
    """Records the texts in this list whose webhooks never arrived. Returns their number, or None if the list is
    incomplete.
    """

    def listing(since: datetime, until: datetime | None) -> list[InboundText] | TooMany | Unknown:
        return run.dependencies.twilio.list_inbound(unread.number, since, until)

    recorded, read_until = 0, unread.since
    for part, texts in parts(unread, listing):
        recorded += _record_texts(run, part, texts)
        read_until = part.now
    return recorded if read_until == unread.now else None


def _record_texts(run: TaskRun, part: UnreadList, texts: Sequence[InboundText]) -> int:
    with run.transaction() as session:
        ids = [text.message_sid for text in texts]
        known = reconciliation.known(session, provider="twilio", ids=ids)
        found = [text for text in texts if text.message_sid not in known]
        recorded = _recorded(session, [incoming_texts.record_listed(session, text) for text in found])
        reconciliation.note_read(session, part)
    return _counted("texts", recorded)


def _find_stripe_events(run: TaskRun) -> int:
    """Records Stripe events whose webhooks never arrived. Returns their number."""
    with run.transaction() as session:
        unread = reconciliation.events_since(session)
    listed = parts(unread, partial(run.dependencies.stripe.list_events, known=partial(_known_events, run)))
    return sum(_record_events(run, part, events) for part, events in listed)


def _known_events(run: TaskRun, ids: list[str]) -> set[str]:
    with run.transaction() as session:
        return reconciliation.known(session, provider="stripe", ids=ids)


def _record_events(run: TaskRun, part: UnreadList, events: Sequence[dict[str, Any]]) -> int:
    with run.transaction() as session:
        recorded = _recorded(session, [stripe_webhooks.record(session, event) for event in events])
        reconciliation.note_read(session, part)
    return _counted("events", recorded)


def _ask_about_overdue(run: TaskRun, task: str) -> int:
    """Adds a lookup task for each overdue payment or text. Returns their number. `task`: a key of QUIET_FOR."""
    with run.transaction() as session:
        silent = reconciliation.silent(session, task, quiet_for=QUIET_FOR[task], until=STALE_AFTER[task], limit=BATCH)
        for id, shop_id in silent:
            pending_tasks.add(session, task, id, key=f"{task}:{id}", shop_id=shop_id)
    return len(silent)


def _find_orphans(run: TaskRun, *tasks: str) -> int:
    """Adds missing tasks for rows that need a task. Returns their number. `tasks`: keys of WITHOUT_A_TASK."""
    with run.transaction() as session:
        alone = [(task, *row) for task in tasks for row in reconciliation.orphans(session, task)]
        for task, id, shop_id in alone:
            pending_tasks.add(session, task, id, key=f"{task}:{id}", shop_id=shop_id)
    return len(alone)


def _recorded(session: Session, ids: Sequence[UUID | None]) -> list[UUID]:
    """Marks webhooks as found by reconciliation. `ids` has None for webhooks that another process recorded first."""
    recorded = [id for id in ids if id is not None]
    reconciliation.note_found(session, recorded)
    return recorded


def _counted(source: str, recorded: Sequence[UUID]) -> int:
    count = len(recorded)
    if count:
        log.warning("missed_webhooks_found", source=source, count=count)
    return count
