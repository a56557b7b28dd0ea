"""Adds the task for an answer that was given on the offer page.

The answer has the same effect as a YES or NO by text.
"""

from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from db.tasks import pending_tasks


class OfferAnswer(StrEnum):
    """An answer, with the values of the page's form."""

    YES = "yes"
    NO = "no"


TASKS = {OfferAnswer.YES: "accept_offer", OfferAnswer.NO: "decline_offer"}


def request(session: Session, answer: OfferAnswer, *, offer_id: UUID, shop_id: UUID) -> bool:
    """Adds the task. Returns False if an earlier answer to this offer is still being handled."""
    key = f"answer_offer:{offer_id}"
    return pending_tasks.add(session, TASKS[answer], offer_id, key=key, shop_id=shop_id) is not None
