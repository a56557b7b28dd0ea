"""The endpoints that run jobs. A worker runs the job, and the request waits for its answer for a limited time."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from db.recoveries import recoveries
from db.tasks import pending_tasks
from outbox.job_answers import SLOT_NOT_FOUND
from webhooks.json_response import error_response, json_response
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note
from webhooks.response_models import CleanedUp, NextCustomer, OutcomesResponse, Reminded, Sweep, Underway
from webhooks.web_dependencies import WebDependencies


def offer_loop(request: IncomingRequest) -> ResponseReturnValue:
    """Offers one slot to the next customer."""
    body = request.json_object
    if body is None:
        return error_response("Invalid JSON body", 400)
    given_id = body.get("slotOpeningId")
    if not isinstance(given_id, str) or not given_id:
        return error_response("slotOpeningId required", 400)
    slot_opening_id = as_uuid(given_id)
    note(slot_opening_id=slot_opening_id)
    with request.dependencies.transactions() as session:
        slot = recoveries.time_of(session, slot_opening_id) if slot_opening_id else None
        if slot is None:
            return _slot_not_found()
        task_id = pending_tasks.add(session, "send_next_offer", slot_opening_id, shop_id=slot[0])
    return _answer(request.dependencies, task_id, NextCustomer)


def expire_offers(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "expire_offers", Sweep)


def resolve_outcomes(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "resolve_outcomes", OutcomesResponse)


def clean_up(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "run_all_cleanup_jobs", CleanedUp)


def remind(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "run_all_reminder_jobs", Reminded)


def _run(dependencies: WebDependencies, task: str, model: type[BaseModel]) -> ResponseReturnValue:
    with dependencies.transactions() as session:
        task_id = pending_tasks.add(session, task)
    return _answer(dependencies, task_id, model)


def _answer(dependencies: WebDependencies, task_id: UUID, model: type[BaseModel]) -> ResponseReturnValue:
    """Returns the worker's answer as `model`, or the id of the task if the task does not finish in time."""
    note(task_id=task_id)
    outcome = dependencies.outcomes.of(task_id)
    if outcome is None:
        return json_response(Underway(task_id=task_id), 202)
    if outcome["outcome"] == SLOT_NOT_FOUND:
        return _slot_not_found()
    return json_response(model.model_validate(outcome["answer"]))


def _slot_not_found() -> ResponseReturnValue:
    return error_response("Slot opening not found", 404)
