"""What the doors hear, written down with the task that deals with it, in one statement."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text

from db import pending_tasks
from db.pending_tasks import PATIENCE, UnpublishedRow
from db.sessions import Speaker
from db.sql import read


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingWebhook:
    """A webhook and what is to be done about it. `argument` is the task's: an id.

    Where no shop is concerned, `otherwise` says why nothing is done; without it the task looks into it all the same.
    `strange_id` names such an event where the provider's own id is not to be believed.
    """

    provider: str
    event_id: str
    type: str
    payload: dict[str, Any]
    task: str
    argument: object
    otherwise: str | None = None
    strange_id: str | None = None


def shop_of_number(shop: str, *, needless: str = "false") -> TextClause:
    """The statement for webhooks that concern the shop which this SQL finds.

    Where `needless` (SQL) holds, nothing is new in it: it is recorded, and no task is written.
    """
    return text(read("heard.sql").replace("/* whose */", shop).replace("/* needless */", needless))


def write(session: Speaker, statement: TextClause, heard: IncomingWebhook, **named: object) -> UUID | None:
    """Writes both down, and hands the task out for ringing; None when this event is known already.

    `statement` is made by `whose`; `named` are the parameters of its SQL.
    """
    task_id = uuid4()
    values = {
        "provider": heard.provider,
        "event_id": heard.event_id,
        "strange_id": heard.strange_id or heard.event_id,
        "type": heard.type,
        "payload": json.dumps(heard.payload),
        "otherwise": heard.otherwise,
        "task_id": task_id,
        "task": heard.task,
        "args": json.dumps([str(heard.argument)]),
        "patience": PATIENCE,
    }
    row = session.execute(statement, values | named).one_or_none()
    if row is None:
        return None
    if row.task_id is not None:
        pending_tasks.leave_unpublished(session, [UnpublishedRow(task_id, heard.task, [str(heard.argument)])])
    recorded: UUID = row.id
    return recorded
