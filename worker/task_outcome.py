"""The outcome of a task, which is stored in the task's row."""

from typing import Any, Required, TypedDict

from outbox.job_answers import JobAnswer


class Outcome(TypedDict, total=False):
    """The result of a task in a few words, and the reason as a sentence.

    `answer`: the response of the endpoint that waits for the task. The other fields are details for operators: ids of
    the carrier, the e-mail provider and Stripe, the carrier's error code, and counts.
    """

    outcome: Required[str]
    reason: str | None
    answer: JobAnswer
    sid: str
    id: str
    intent: str
    refund: str
    code: str | None
    slot_opening_id: str
    queue: str
    count: int
    found: int
    violations: int
    read: int
    changes: dict[str, int]


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Returns the outcome as JSON for the row and for Celery."""
    plain = {name: value for name, value in outcome.items() if name != "answer"}
    answer = outcome.get("answer")
    return plain if answer is None else plain | {"answer": answer.model_dump(mode="json", by_alias=True)}


def without_answer(outcome: Outcome) -> Outcome:
    """Returns a copy without the answer, because the answer may contain a phone number."""
    copy = outcome.copy()
    copy.pop("answer", None)
    return copy
