"""The endpoint with which the booking system cancels an appointment."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from db import appointments
from domain.cancellation import REFUSALS
from webhooks.request import IncomingRequest, as_uuid
from webhooks.request_log import note


def cancel(request: IncomingRequest, appointment_id: str) -> ResponseReturnValue:
    """Cancels the appointment. A repeated request gets the same answer and has no further effect."""
    found = as_uuid(appointment_id)
    note(appointment_id=found)
    with request.dependencies.transactions() as session:
        verdict = appointments.request_cancellation(session, found, by="api") if found else None
    if verdict is None:
        return jsonify(error="Appointment not found"), 404
    if verdict in REFUSALS:
        return jsonify(error=verdict.value), 409
    return jsonify(success=True), 202
