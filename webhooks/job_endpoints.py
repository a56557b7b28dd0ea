"""The doors for whoever runs jobs from outside: the worker runs them, the caller waits a little for the outcome."""

from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from db import pending_tasks, recoveries
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note
from webhooks.web_dependencies import WebDependencies


def offer_loop(request: IncomingRequest) -> ResponseReturnValue:
    """Asks the next customer for one slot."""
    told = request.json_object
    if told is None:
        return jsonify(error="Invalid JSON body"), 400
    named = told.get("slotOpeningId")
    if not isinstance(named, str) or not named:
        return jsonify(error="slotOpeningId required"), 400
    slot_opening_id = as_uuid(named)
    note(slot_opening_id=slot_opening_id)
    with request.dependencies.transactions() as session:
        slot = recoveries.time_of(session, slot_opening_id) if slot_opening_id else None
        if slot is None:
            return jsonify(error="Slot opening not found"), 404
        task_id = pending_tasks.add(session, "send_next_offer", slot_opening_id, shop_id=slot[0])
    return _answer(request.dependencies, task_id)


def expire_offers(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "expire_offers")


def resolve_outcomes(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "resolve_outcomes")


def clean_up(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "run_all_cleanup_jobs")


def remind(request: IncomingRequest) -> ResponseReturnValue:
    return _run(request.dependencies, "run_all_reminder_jobs")


def _run(dependencies: WebDependencies, task: str) -> ResponseReturnValue:
    with dependencies.transactions() as session:
        task_id = pending_tasks.add(session, task)
    return _answer(dependencies, task_id)


def _answer(dependencies: WebDependencies, task_id: UUID) -> ResponseReturnValue:
    """What the task came to, or its id: it is done in any case, only later."""
    note(task_id=task_id)
    outcome = dependencies.outcomes.of(task_id)
    if outcome is None:
        return jsonify(taskId=str(task_id)), 202
    answer = outcome.get("answer", {"success": True})
    # The slot was deleted since we looked.
    return jsonify(answer), 404 if "error" in answer else 200
