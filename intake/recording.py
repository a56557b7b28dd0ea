"""Records a webhook and the task that follows in one statement."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text

from db.sessions import Speaker
from db.sql import read
from db.tasks import pending_tasks
from db.tasks.pending_tasks import PATIENCE, UnpublishedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingWebhook:
    """A webhook and its task. `argument` is the task's argument: an id.

    `outcome_without_shop`: stored instead of a task if no shop is found; if it is missing, the task is written
    anyway. `id_without_shop`: replaces `event_id` if no shop is found, because a sender may have made it up.
    """

    provider: str
    event_id: str
    type: str
    payload: dict[str, Any]
    task: str
    argument: object
    outcome_without_shop: str | None = None
    id_without_shop: str | None = None


NOTHING_APPLIED = "applied AS (SELECT CAST(NULL AS text) AS outcome)"


def recording_for(shop: str, *, applied: str = NOTHING_APPLIED) -> TextClause:
    """Returns the statement for webhooks whose shop is found by the SQL `shop`.

    `applied`: common table expressions, of which the last one is called `applied` and has a row with the outcome of
    a webhook that needs no task.
    """
    return text(read("record_webhook.sql").replace("/* shop */", shop).replace("/* applied */", applied))


def record(session: Speaker, statement: TextClause, webhook: IncomingWebhook, **parameters: object) -> UUID | None:
    """Records both; the task is published after the commit.

    Returns the id of the webhook, or None if it was recorded before. `statement` is made by `recording_for`;
    `parameters` are those of its SQL.
    """
    task_id = uuid4()
    values = {
        "provider": webhook.provider,
        "event_id": webhook.event_id,
        "id_without_shop": webhook.id_without_shop or webhook.event_id,
        "type": webhook.type,
        "payload": json.dumps(webhook.payload),
        "outcome_without_shop": webhook.outcome_without_shop,
        "task_id": task_id,
        "task": webhook.task,
        "args": json.dumps([str(webhook.argument)]),
        "patience": PATIENCE,
    }
    row = session.execute(statement, values | parameters).one_or_none()
    if row is None:
        return None
    if row.task_id is not None:
        pending_tasks.leave_unpublished(session, [UnpublishedRow(task_id, webhook.task, [str(webhook.argument)])])
    recorded: UUID = row.id
    return recorded
